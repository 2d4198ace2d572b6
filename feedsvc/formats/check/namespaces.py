"""Namespaces of feeds: which are known, and what goes for every element of an XML document."""

from __future__ import annotations

import re

from lxml import etree

from feedsvc.formats.check import iris, words
from feedsvc.formats.check.finding import Report
from feedsvc.formats.check.tree import BASE, LANG, Element, namespace

ATOM = "http://www.w3.org/2005/Atom"
ATOM_03 = "http://purl.org/atom/ns#"
CONTENT = "http://purl.org/rss/1.0/modules/content/"
DC = "http://purl.org/dc/elements/1.1/"
DCTERMS = "http://purl.org/dc/terms/"
HISTORY = "http://purl.org/syndication/history/1.0"
ITUNES = "http://www.itunes.com/dtds/podcast-1.0.dtd"
MEDIA = "http://search.yahoo.com/mrss/"
PODCAST = "https://podcastindex.org/namespace/1.0"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RSS_090 = frozenset({
    "http://my.netscape.com/rdf/simple/0.9/",
    "http://channel.netscape.com/rdf/simple/0.9/",
})
RSS_10 = "http://purl.org/rss/1.0/"
SLASH = "http://purl.org/rss/1.0/modules/slash/"
SYNDICATION = "http://purl.org/rss/1.0/modules/syndication/"
THREADING = "http://purl.org/syndication/thread/1.0"
TOMBSTONES = "http://purl.org/atompub/tombstones/1.0"
WFW = "http://wellformedweb.org/CommentAPI/"
XHTML = "http://www.w3.org/1999/xhtml"

#: Namespaces whose prefix simple readers take for granted.
USUAL_PREFIX = {
    ATOM: "atom",
    CONTENT: "content",
    DC: "dc",
    DCTERMS: "dcterms",
    HISTORY: "fh",
    ITUNES: "itunes",
    MEDIA: "media",
    PODCAST: "podcast",
    RDF: "rdf",
    SLASH: "slash",
    SYNDICATION: "sy",
    THREADING: "thr",
    WFW: "wfw",
    XHTML: "xhtml",
    "http://www.georss.org/georss": "georss",
}
_PREFIXES = {prefix: uri for uri, prefix in USUAL_PREFIX.items()}

#: Further spellings and namespaces that software is known to read.
_ALSO_KNOWN = frozenset({
    ATOM_03,
    RSS_10,
    TOMBSTONES,
    "https://github.com/Podcastindex-org/podcast-namespace/blob/main/docs/1.0.md",
    "http://a9.com/-/spec/opensearch/1.1/",
    "http://a9.com/-/spec/opensearchrss/1.0/",
    "http://activitystrea.ms/spec/1.0/",
    "http://backend.userland.com/blogChannelModule",
    "http://backend.userland.com/creativeCommonsRssModule",
    "http://base.google.com/ns/1.0",
    "http://blogs.law.harvard.edu/tech/creativeCommonsRssModule",
    "http://conversationsnetwork.org/rssNamespace-1.0/",
    "http://cyber.law.harvard.edu/rss/creativeCommonsRssModule.html",
    "http://feedsync.org/2007/feedsync",
    "http://geourl.org/rss/module/",
    "http://madskills.com/public/xml/rss/module/trackback/",
    "http://microformats.org/profile/hcard",
    "http://my.theinfo.org/changed/1.0/rss/",
    "http://openid.net/xmlns/1.0",
    "http://ostatus.org/schema/1.0",
    "http://podlove.org/simple-chapters",
    "http://poco.w3.org/2008/05/poco/",
    "http://portablecontacts.net/spec/1.0",
    "http://prismstandard.org/namespaces/basic/2.0/",
    "http://purl.org/net/rss1.1#",
    "http://purl.org/rss/1.0/modules/aggregation/",
    "http://purl.org/rss/1.0/modules/annotate/",
    "http://purl.org/rss/1.0/modules/company",
    "http://purl.org/rss/1.0/modules/email/",
    "http://purl.org/rss/1.0/modules/event/",
    "http://purl.org/rss/1.0/modules/image/",
    "http://purl.org/rss/1.0/modules/link/",
    "http://prismstandard.org/namespaces/1.2/basic/",
    "http://prismstandard.org/namespaces/basic/3.0/",
    "http://purl.org/rss/1.0/modules/prism/",
    "http://purl.org/rss/1.0/modules/reference/",
    "http://purl.org/rss/1.0/modules/richequiv/",
    "http://purl.org/rss/1.0/modules/rss091#",
    "http://purl.org/rss/1.0/modules/search/",
    "http://purl.org/rss/1.0/modules/servicestatus/",
    "http://purl.org/rss/1.0/modules/subscription/",
    "http://purl.org/rss/1.0/modules/taxonomy/",
    "http://purl.org/rss/1.0/modules/threading/",
    "http://purl.org/rss/1.0/modules/wiki/",
    "http://rssnamespace.org/feedburner/ext/1.0",
    "http://salmon-protocol.org/ns/magic-env",
    "http://schema.org/",
    "https://schema.org/",
    "http://schemas.google.com/blogger/2008",
    "http://schemas.google.com/g/2005",
    "http://source.scripting.com/",
    "http://web.resource.org/cc/",
    "http://webfeeds.org/rss/1.0",
    "http://webns.net/mvcb/",
    "http://wordpress.org/export/1.0/",
    "http://wordpress.org/export/1.1/",
    "http://wordpress.org/export/1.2/",
    "http://wordpress.org/export/1.2/excerpt/",
    "http://www.bloglines.com/about/specs/fac-1.0",
    "http://www.google.com/schemas/play-podcasts/1.0",
    "http://www.google.com/schemas/play-podcasts/1.0/",
    "http://www.opengis.net/gml",
    "http://www.opml.org/spec2",
    "http://www.rawvoice.com/rawvoiceRssModule/",
    "http://www.spotify.com/ns/rss",
    "https://www.spotify.com/ns/rss",
    "http://www.usemod.com/cgi-bin/mb.pl?ModWiki",
    "http://www.w3.org/1998/Math/MathML",
    "http://www.w3.org/1999/xlink",
    "http://www.w3.org/2000/01/rdf-schema#",
    "http://www.w3.org/2000/svg",
    "http://www.w3.org/2003/01/geo/wgs84_pos#",
    "http://www.w3.org/2005/11/its",
    "http://www.w3.org/2007/app",
    "http://www.w3.org/XML/1998/namespace",
    "http://www.youtube.com/xml/schemas/2015",
    "http://xmlns.com/foaf/0.1/",
    "urn:atom-extension:indexing",
    "xri://$xrd*($v*2.0)",
})  # fmt: skip
KNOWN = _ALSO_KNOWN | RSS_090 | USUAL_PREFIX.keys()

_BROKEN = re.compile("[\x80-\x9f\ufffd]")
# UTF-8 read as Latin-1 or windows-1252: é as Ã©, ’ as â€™.
_GARBLED = re.compile("[\u00c2\u00c3][\x80-\xbf]|\u00e2\u20ac.")


def _near(uri: str) -> str:
    """What is left of a namespace when case, scheme, www. and end marks don't count."""
    return re.sub(r"^https?://(?:www\.)?", "", uri.lower()).rstrip("/#. ")


_NEAR = {_near(uri): uri for uri in USUAL_PREFIX}


def check_all(report: Report, root: Element) -> None:
    """What every element has to keep: namespaces, ``xml:lang``, ``xml:base``, sound characters."""
    declared: list[tuple[str, str]] = []
    told: set[tuple[str, str]] = set()
    unknown: set[str] = set()
    for event, node in etree.iterwalk(root, events=("start-ns", "start")):
        if event == "start-ns":
            declared.append(node)
            continue
        for prefix, uri in declared:
            if (prefix, uri) not in told:
                told.add((prefix, uri))
                _declaration(report, node, prefix, uri)
        declared.clear()
        if not isinstance(node.tag, str):
            continue
        uri = namespace(node)
        if uri and uri not in KNOWN and uri not in unknown and _near(uri) not in _NEAR:
            unknown.add(uri)
            report.add("xml.namespace-unknown", node, namespace=uri)
        _attributes(report, node)
        _characters(report, node)


def _declaration(report: Report, node: Element, prefix: str, uri: str) -> None:
    if uri not in KNOWN and (right := _NEAR.get(_near(uri))):
        report.add("xml.namespace-misspelt", node, namespace=uri, right=right)
    elif prefix in _PREFIXES and uri not in KNOWN:
        report.add(
            "xml.prefix-reserved", node, prefix=prefix, namespace=uri, usual=_PREFIXES[prefix]
        )


def _attributes(report: Report, node: Element) -> None:
    language = node.get(LANG)
    if language and (fault := words.language_fault(language)):
        report.add("xml.language-invalid", node, value=language, fault=fault)
    base = node.get(BASE)
    if base is not None and (fault := iris.fault(base, absolute=False)):
        report.add("xml.base-invalid", node, value=base, fault=fault)


def _characters(report: Report, node: Element) -> None:
    for text in (node.text, node.tail, *node.attrib.values()):
        if not text or text.isascii():
            continue
        # A tail stands in the parent.
        at = node.getparent() if text is node.tail else node
        at = node if at is None else at
        if not report.has("xml.encoding-bytes") and (broken := _BROKEN.search(text)):
            report.add("xml.character-discouraged", at, character=f"U+{ord(broken[0]):04X}")
        elif (garbled := _GARBLED.search(text)) and is_garbled(text):
            report.add("xml.text-garbled", at, value=text[max(0, garbled.start() - 10) :][:40])


def is_garbled(text: str) -> bool:
    """Whether the text is UTF-8 that was decoded as Latin-1 or windows-1252."""
    try:
        text.encode("cp1252").decode("utf-8")
    except UnicodeError:
        return False
    return True
