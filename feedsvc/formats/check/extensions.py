"""Extension elements: the vocabularies that are known, and the check of one element by them."""

from __future__ import annotations

from feedsvc.formats.check import (
    constructs,
    content,
    html,
    iris,
    media,
    podcasts,
    tombstones,
    words,
)
from feedsvc.formats.check.constructs import CATEGORY_ATTRIBUTES, LINK_ATTRIBUTES
from feedsvc.formats.check.content import CONTENT_ATTRIBUTES, TEXT_ATTRIBUTES
from feedsvc.formats.check.finding import Report
from feedsvc.formats.check.namespaces import (
    ATOM,
    CONTENT,
    DC,
    DCTERMS,
    HISTORY,
    ITUNES,
    MEDIA,
    PODCAST,
    RDF,
    SLASH,
    SYNDICATION,
    THREADING,
    TOMBSTONES,
    WFW,
    XHTML,
)
from feedsvc.formats.check.podcasts import check_show
from feedsvc.formats.check.tree import Element, local, namespace, raw_text, text
from feedsvc.formats.check.vocabulary import (
    BOTH,
    FEED,
    ITEM,
    Defined,
    Vocabulary,
    address,
    defined,
    invalid,
    is_count,
    is_number,
    is_positive,
    language,
    matching,
    one_of,
    plain,
    w3cdtf,
)
from feedsvc.formats.check.walk import Level
from feedsvc.formats.check.words import HTML_ELEMENTS

__all__ = ["check_show", "in_feed", "in_item"]

_DC = "Dublin Core 1.1"
_SY = "RSS 1.0 Syndication Module"
_SLASH = "RSS 1.0 Slash Module"
_THR = "RFC 4685"
_WFW = "Comment API"
_GEORSS = "GeoRSS Simple"


def in_feed(report: Report, node: Element) -> None:
    """Check an extension element of a feed or channel."""
    _check(report, node, "feed")


def in_item(report: Report, node: Element) -> None:
    """Check an extension element of an entry or item."""
    _check(report, node, "item")


def _check(report: Report, node: Element, level: Level) -> None:
    uri, name = namespace(node), local(node)
    if not uri:
        report.add("extension.namespace-missing", node)
        return
    vocabulary = VOCABULARIES.get(uri)
    if vocabulary is None:
        return
    known = vocabulary.elements.get(name)
    source = vocabulary.source
    if known is None:
        if vocabulary.closed:
            meant = next((n for n in vocabulary.elements if n.lower() == name.lower()), "")
            hint = f"; {meant} is meant, perhaps" if meant else ""
            report.add("extension.element-undefined", node, hint=hint, section=source)
        return
    _frame(report, node, known, level, source)
    known.check(report, node)


def _frame(report: Report, node: Element, known: Defined, level: Level, source: str) -> None:
    """Place, number and attributes of the element."""
    if level not in known.levels:
        place = "an item or entry" if level == "item" else "a channel or feed"
        report.add("extension.element-misplaced", node, place=place, section=source)
    if not known.many and next(node.itersiblings(node.tag, preceding=True), None) is not None:
        report.add("extension.element-repeated", node, section=source)
    for name in sorted(known.required):
        if node.get(name) is None:
            report.add("extension.attribute-missing", node, attribute=name, section=source)
    if known.attributes is not None:
        for attribute in node.attrib:
            if not str(attribute).startswith("{") and attribute not in known.attributes:
                report.add(
                    "extension.attribute-undefined", node, attribute=attribute, section=source
                )


def _encoded(report: Report, node: Element) -> None:
    html.check_html(report, raw_text(node), node)


def _creator(report: Report, node: Element) -> None:
    value = text(node)
    if words.holds_mailbox(value):
        report.add("feed.name-mailbox", node, value=value)


def _in_reply_to(report: Report, node: Element) -> None:
    for name in ("ref", "href", "source"):
        value = node.get(name)
        if value is not None and (fault := iris.fault(value, absolute=name == "ref")):
            invalid(report, node, value, f"an IRI, in {name} ({fault})", _THR)
    kind = node.get("type")
    if kind is not None and not words.is_media_type(kind):
        invalid(report, node, kind, "a media type, in type", _THR)


def _point(report: Report, node: Element) -> None:
    numbers = text(node).replace(",", " ").split()
    fits = len(numbers) == 2 and all(is_number(number) for number in numbers)
    if not fits or abs(float(numbers[0])) > 90 or abs(float(numbers[1])) > 180:
        invalid(report, node, text(node), "a latitude and a longitude", _GEORSS)


def _within(most: float) -> Defined:
    return defined(
        BOTH,
        matching(
            lambda value: is_number(value) and abs(float(value)) <= most,
            f"a number from -{most} to {most}",
            "W3C Basic Geo",
        ),
    )


def _misplaced_xhtml(report: Report, node: Element) -> None:
    report.add("extension.xhtml-misplaced", node)
    html.check_xhtml(report, node)


_TRACKBACK = "TrackBack Module"
_FEEDBURNER = "FeedBurner"
_RESOURCE = f"{{{RDF}}}resource"


def _ping(report: Report, node: Element) -> None:
    """An address, which RSS 1.0 writes as a resource."""
    value = text(node) or node.get(_RESOURCE, "")
    if fault := iris.fault(value):
        invalid(report, node, value, f"a full address ({fault})", _TRACKBACK)


_TEXT = Defined(check=content.text_construct, attributes=TEXT_ATTRIBUTES)
_DATE = Defined(check=constructs.date, attributes=frozenset())
_PERSON = Defined(check=constructs.person, many=True)
_REFERENCE = Defined(levels=FEED, check=constructs.reference)
_ONE = defined(BOTH)
_MANY = defined(BOTH, many=True)

#: Atom's elements as extensions of RSS.
_ATOM = Vocabulary(
    "RFC 4287",
    {
        "author": _PERSON,
        "category": Defined(check=constructs.category, many=True, attributes=CATEGORY_ATTRIBUTES),
        "content": Defined(ITEM, content.content, attributes=CONTENT_ATTRIBUTES),
        "contributor": _PERSON,
        "generator": Defined(FEED, constructs.generator),
        "icon": _REFERENCE,
        "id": Defined(check=constructs.identifier),
        "link": Defined(check=constructs.link, many=True, attributes=LINK_ATTRIBUTES),
        "logo": _REFERENCE,
        "published": Defined(ITEM, constructs.date),
        "rights": _TEXT,
        "source": Defined(ITEM),
        "subtitle": Defined(FEED, content.text_construct, attributes=TEXT_ATTRIBUTES),
        "summary": Defined(ITEM, content.text_construct, attributes=TEXT_ATTRIBUTES),
        "title": _TEXT,
        "updated": _DATE,
    },
)

VOCABULARIES = {
    ATOM: _ATOM,
    CONTENT: Vocabulary(
        "RSS 1.0 Content Module",
        {"encoded": defined(ITEM, _encoded), "items": defined(ITEM)},
    ),
    DC: Vocabulary(
        _DC,
        {
            "contributor": defined(BOTH, _creator, many=True),
            "coverage": _MANY,
            "creator": defined(BOTH, _creator, many=True),
            "date": defined(BOTH, w3cdtf(_DC)),
            "description": _ONE,
            "format": _ONE,
            "identifier": _MANY,
            "language": defined(BOTH, language(_DC)),
            "publisher": _MANY,
            "relation": _MANY,
            "rights": defined(BOTH, plain(_DC)),
            "source": _ONE,
            "subject": _MANY,
            "title": _ONE,
            "type": _ONE,
        },
    ),
    DCTERMS: Vocabulary(
        "DCMI Metadata Terms",
        {name: defined(BOTH, w3cdtf(_DC)) for name in ("created", "issued", "modified")},
        closed=False,
    ),
    HISTORY: Vocabulary(
        "RFC 5005",
        {"complete": defined(FEED, attributes=""), "archive": defined(FEED, attributes="")},
    ),
    ITUNES: podcasts.APPLE,
    MEDIA: media.VOCABULARY,
    PODCAST: podcasts.PODCAST,
    SLASH: Vocabulary(
        _SLASH,
        {
            "comments": defined(ITEM, matching(is_count, "a count", _SLASH)),
            "department": _MANY,
            "hit_parade": defined(
                ITEM,
                matching(
                    lambda v: all(is_count(n.strip()) for n in v.split(",")), "counts", _SLASH
                ),
            ),
            "section": _MANY,
        },
    ),
    SYNDICATION: Vocabulary(
        _SY,
        {
            "updateBase": defined(FEED, w3cdtf(_SY)),
            "updateFrequency": defined(
                FEED, matching(is_positive, "a whole number from 1 up", _SY)
            ),
            "updatePeriod": defined(
                FEED,
                one_of("hourly", "daily", "weekly", "monthly", "yearly", source=_SY, fold=False),
            ),
        },
    ),
    THREADING: Vocabulary(
        _THR,
        {
            "in-reply-to": defined(
                BOTH, _in_reply_to, many=True, required="ref", attributes="href type source"
            ),
            "total": defined(ITEM, matching(is_count, "a count", _THR)),
        },
    ),
    TOMBSTONES: tombstones.VOCABULARY,
    WFW: Vocabulary(
        _WFW,
        {
            "comment": defined(ITEM, address(_WFW)),
            "commentRss": defined(ITEM, address(_WFW)),
        },
    ),
    XHTML: Vocabulary(
        "XHTML 1.0",
        {name: defined(BOTH, _misplaced_xhtml, many=True) for name in HTML_ELEMENTS - {"meta"}},
        closed=False,
    ),
    "http://madskills.com/public/xml/rss/module/trackback/": Vocabulary(
        _TRACKBACK,
        {"ping": defined(ITEM, _ping), "about": defined(ITEM, _ping, many=True)},
    ),
    "http://rssnamespace.org/feedburner/ext/1.0": Vocabulary(
        _FEEDBURNER,
        {
            "awareness": defined(BOTH, address(_FEEDBURNER)),
            "origEnclosureLink": defined(ITEM, address(_FEEDBURNER)),
            "origLink": defined(ITEM, address(_FEEDBURNER)),
        },
        closed=False,
    ),
    "http://backend.userland.com/creativeCommonsRssModule": Vocabulary(
        "creativeCommons RSS Module",
        {"license": defined(BOTH, address("creativeCommons RSS Module"), many=True)},
    ),
    "http://www.georss.org/georss": Vocabulary(
        _GEORSS, {"point": defined(BOTH, _point, many=True)}, closed=False
    ),
    "http://www.w3.org/2003/01/geo/wgs84_pos#": Vocabulary(
        "W3C Basic Geo", {"lat": _within(90), "long": _within(180)}, closed=False
    ),
}
