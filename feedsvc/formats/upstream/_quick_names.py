"""What feedparser does at the elements of feeds, so far as the quick reader knows it.

An element is told by its namespace as feedparser tells it (its ``mixin.py``): the namespaces of
RSS and Atom are one, a handful of modules have handlers, and whatever it has no handler for it
keeps under the element's own name, which nobody asks it for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from feedsvc.formats.upstream._elements import Element, short
from feedsvc.formats.upstream._reference import is_read_by_us

#: Namespaces that feedparser takes for no namespace.
_NONE = frozenset((
    "",
    "http://backend.userland.com/rss",
    "http://blogs.law.harvard.edu/tech/rss",
    "http://purl.org/rss/1.0/",
    "http://my.netscape.com/rdf/simple/0.9/",
    "http://example.com/newformat#",
    "http://example.com/necho",
    "http://purl.org/echo/",
    "uri/of/echo/namespace#",
    "http://purl.org/pie/",
    "http://purl.org/atom/ns#",
    "http://www.w3.org/2005/atom",
    "http://purl.org/rss/1.0/modules/rss091#",
))
XHTML = "http://www.w3.org/1999/xhtml"
#: Namespaces with elements that it handles, and what it calls them.
_HANDLED: Mapping[str, str] = {
    "http://creativecommons.org/ns#license": "cc",
    "http://web.resource.org/cc/": "cc",
    "http://cyber.law.harvard.edu/rss/creativecommonsrssmodule.html": "creativecommons",
    "http://backend.userland.com/creativecommonsrssmodule": "creativecommons",
    "http://purl.org/rss/1.0/modules/content/": "content",
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://purl.org/dc/terms/": "dcterms",
    "http://rssnamespace.org/feedburner/ext/1.0": "feedburner",
    "http://www.georss.org/georss": "georss",
    "http://www.opengis.net/gml": "gml",
    "http://www.itunes.com/dtds/podcast-1.0.dtd": "itunes",
    "http://example.com/dtds/podcast-1.0.dtd": "itunes",
    "http://search.yahoo.com/mrss": "media",
    "http://search.yahoo.com/mrss/": "media",
    "http://podlove.org/simple-chapters": "psc",
    XHTML: "xhtml",
}
_XLINK = "http://www.w3.org/1999/xlink"

# What a child of a feed or an entry is to the quick reader.
OURS = "ours"  #: our own passes read it, and feedparser never sees it
ENTRY = "entry"
CHANNEL = "channel"
TEXT_INPUT = "textinput"
UNKNOWN = "unknown"  #: feedparser keeps it where nobody asks for it
FOREIGN = "foreign"  #: the same, of a namespace that it doesn't know
LEAF = "leaf"  #: handled without any mark on what we ask for
ODD = "odd"  #: anything else
#: Words with their key, and the type that they are of when they say none.
WORDS: Mapping[str, tuple[str, str]] = {
    "title": ("title", "text/plain"),
    "dc_title": ("title", "text/plain"),
    "description": ("description", "text/html"),
    "dc_description": ("description", "text/html"),
    "summary": ("summary", "text/plain"),
    "content": ("content", "text/plain"),
    "content_encoded": ("encoded", "text/html"),
    "fullitem": ("encoded", "text/html"),
    "rights": ("rights", "text/plain"),
    "copyright": ("rights", "text/plain"),
    "dc_rights": ("rights", "text/plain"),
    "subtitle": ("subtitle", "text/plain"),
    "tagline": ("subtitle", "text/plain"),
}
TIMES: Mapping[str, str] = {
    "published": "published",
    "issued": "published",
    "pubdate": "published",
    "dcterms_issued": "published",
    "updated": "updated",
    "modified": "updated",
    "lastbuilddate": "updated",
    "dc_date": "updated",
    "dcterms_modified": "updated",
    "created": "created",
    "dcterms_created": "created",
}
_LEAVES = frozenset(
    """
    cloud creativecommons_license expirationdate feedburner_browserfriendly generator info language
""".split()
)
#: Everything else that feedparser has a handler for.
_ODD = frozenset(
    """
    abstract author body category cc_license contributor dc_author dc_contributor dc_creator
    dc_language dc_publisher dc_subject dcterms_valid email enclosure entry feed geom georss_box
    georss_line georss_point georss_polygon georss_where georssgeom gml_exterior gml_linearring
    gml_linestring gml_point gml_polygon gml_pos gml_poslist guid height homepage id image item
    itunes_author itunes_block itunes_category itunes_email itunes_explicit itunes_image
    itunes_keywords itunes_link itunes_name itunes_owner itunes_subtitle itunes_summary keywords
    link managingeditor media_category media_content media_credit media_description media_group
    media_keywords media_license media_player media_rating media_restriction media_thumbnail
    media_title name newlocation psc_chapter psc_chapters rss source tags uri url webmaster where
    width xhtml_body
""".split()
)
HANDLERS = frozenset((*WORDS, *TIMES, *_LEAVES, *_ODD, CHANNEL, TEXT_INPUT))


@lru_cache(maxsize=1024)
def kind(tag: object) -> str:
    """What an element of this name is: one of the words above, or a key of WORDS or TIMES."""
    if not isinstance(tag, str):  # what stands for an entity
        return ODD
    known = short(tag)
    if is_read_by_us(known):
        return OURS
    if known in ("item", "atom:entry"):
        return ENTRY
    namespace, _, local = tag.lower().rpartition("}")
    namespace = namespace[1:]
    # Expat knows fewer letters for names than libxml2.
    if not tag.isascii() or ":" in local:
        return ODD
    if namespace in _NONE or "backend.userland.com/rss" in namespace:
        key = local
    elif namespace in _HANDLED:
        key = f"{_HANDLED[namespace]}_{local}"
    else:
        return FOREIGN
    return _kind_of_key(key)


def _kind_of_key(key: str) -> str:
    if key in WORDS or key in TIMES or key in (CHANNEL, TEXT_INPUT):
        return key
    if key in _LEAVES:
        return LEAF
    # "_": it would stand where feedparser puts the details of words.
    return ODD if key in _ODD or key.endswith(("_detail", "_parsed")) else UNKNOWN


_DECLARED = re.compile(r"""xmlns(?::([^\s=]{1,99}))?\s*=\s*(?:"([^"]*)"|'([^']*)')""")
#: Prefixes that mean to feedparser what they usually mean, whatever they are declared for.
_FIXED = frozenset((*_HANDLED.values(), "creativecommons"))
#: Prefixes whose elements could be taken for the details of words.
_BAD = frozenset(
    """
    xml xmlns title summary content rights subtitle description copyright tagline published updated
    created issued modified date
""".split()
) - {"content"}


@lru_cache(maxsize=256)
def _is_plain(declared: frozenset[tuple[str, str]]) -> bool:
    meant: dict[str, str] = {}
    for prefix, address in declared:
        if "&" in address or address == _XLINK or prefix in _BAD:
            return False
        if prefix and meant.setdefault(prefix, address) != address:
            return False
        if prefix.lower() in _FIXED and _HANDLED.get(address.lower()) != prefix.lower():
            return False
    return True


def has_plain_prefixes(root: Element, text: str) -> bool:
    """Whether each prefix in the tree of ``text`` means one namespace throughout, its usual one."""
    told = frozenset((prefix, one or two) for prefix, one, two in set(_DECLARED.findall(text)))
    if _is_plain(told):
        return True
    # Words may look like declarations. To ask every element takes long.
    declared = {pair for element in root.iter("*") for pair in element.nsmap.items()}
    return _is_plain(frozenset((prefix or "", address) for prefix, address in declared))
