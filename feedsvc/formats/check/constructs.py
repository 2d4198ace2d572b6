"""The constructs of Atom (RFC 4287 3 and 4.2), in an Atom feed or as extensions of another."""

from __future__ import annotations

from datetime import datetime

from feedsvc.formats.check import dates, iris, words
from feedsvc.formats.check.finding import Report
from feedsvc.formats.check.namespaces import ATOM, THREADING
from feedsvc.formats.check.tree import (
    Element,
    attribute,
    base_of,
    children,
    has_base,
    local,
    namespace,
    raw_text,
    text,
)

LINK_ATTRIBUTES = frozenset({"href", "rel", "type", "hreflang", "title", "length"})
CATEGORY_ATTRIBUTES = frozenset({"term", "scheme", "label"})
GENERATOR_ATTRIBUTES = frozenset({"uri", "version"})

_FEED_TYPES = frozenset({
    "application/atom+xml",
    "application/rss+xml",
    "application/rdf+xml",
    "application/feed+json",
    "application/json",
})
#: IANA's link relations that can stand in a feed (RFC 8288 4.2).
_RELATIONS = frozenset(
    "about alternate archives author bookmark canonical chapter cite-as collection contents"
    " copyright current describedby describes disclosure duplicate edit edit-form edit-media"
    " enclosure external first glossary help hosts hub icon index item last latest-version"
    " license lrdd me memento monitor monitor-group next next-archive nofollow noopener"
    " noreferrer original payment pingback predecessor-version preview prev prev-archive"
    " previous privacy-policy profile related replies search section self service service-desc"
    " service-doc service-meta shortlink sponsored start status stylesheet subsection successor-"
    " version tag terms-of-service timegate timemap type ugc up version-history via webmention"
    " working-copy".split()
)
_THREAD_COUNT = f"{{{THREADING}}}count"
_THREAD_UPDATED = f"{{{THREADING}}}updated"


def date(report: Report, node: Element) -> None:
    """A date construct (3.3)."""
    moment(report, node)


def moment(report: Report, node: Element) -> datetime | None:
    """The moment that a date construct says, None and a finding if it says none."""
    reading = dates.rfc3339(_tight(report, node))
    value = text(node)
    if reading.fault:
        report.add("atom.date-invalid", node, value=value, fault=reading.fault)
    elif reading.odd:
        report.add("atom.date-fraction", node, value=value)
    if reading.is_implausible:
        report.add("feed.date-implausible", node, value=value)
    return reading.moment


def identifier(report: Report, node: Element) -> None:
    """An ``atom:id``: an absolute IRI in its normal form (4.2.6)."""
    value = _tight(report, node)
    if fault := iris.fault(value):
        report.add("atom.id-invalid", node, value=value, fault=fault)
    elif (normal := iris.normal(value)) != value:
        report.add("atom.id-not-normal", node, value=value, normal=normal)
    known_scheme(report, node, value)


def reference(report: Report, node: Element) -> None:
    """An element whose content is an IRI reference: icon, logo, uri."""
    value = _tight(report, node)
    if value:
        iri(report, node, value, "content")
    else:
        report.add("atom.element-empty", node)


def iri(report: Report, node: Element, value: str, what: str, *, absolute: bool = False) -> bool:
    """Whether the value of an element or attribute is an IRI (reference); a finding if not."""
    if fault := iris.fault(value, absolute=absolute):
        report.add("atom.iri-invalid", node, what=what, value=value, fault=fault)
        return False
    known_scheme(report, node, value)
    return True


def known_scheme(report: Report, node: Element, value: str) -> None:
    """A warning for a scheme that nothing opens, often a typing slip."""
    if not iris.is_known_scheme(value):
        report.add("feed.scheme-unknown", node, value=value, scheme=iris.scheme(value))


def person(report: Report, node: Element) -> None:
    """A person construct (3.2): one name, at most one uri and email."""
    seen: set[str] = set()
    for part in children(node):
        if namespace(part) != ATOM:
            continue
        name = local(part)
        if name not in {"name", "uri", "email"}:
            report.add("atom.element-undefined", part, parent=local(node), hint="")
        elif name in seen:
            report.add("atom.element-repeated", part, parent=local(node))
        seen.add(name)
        _person_part(report, part, name)
    if "name" not in seen:
        report.add("atom.person.name-missing", node)


def _person_part(report: Report, part: Element, name: str) -> None:
    value = text(part)
    if name == "uri":
        reference(report, part)
    elif name == "email" and not words.is_mailbox(value):
        report.add("atom.person.email-invalid", part, value=value)
    elif name == "name" and not value:
        report.add("atom.person.name-missing", part)
    elif name == "name" and words.holds_mailbox(value):
        report.add("feed.name-mailbox", part, value=value)
    elif name == "name" and (found := words.markup_in(value)):
        report.add("atom.text-html-undeclared", part, found=found)


def category(report: Report, node: Element) -> None:
    """A category (4.2.2): a term, perhaps a scheme and a label."""
    term = attribute(node, "term")
    if not term:
        report.add("atom.attribute-missing", node, attribute="term")
    if (scheme := node.get("scheme")) is not None:
        iri(report, node, scheme, "scheme", absolute=True)
    if found := words.markup_in(node.get("label", "")):
        report.add("atom.text-html-undeclared", node, found=found)


def generator(report: Report, node: Element) -> None:
    """The generator (4.2.4): its name, perhaps its uri."""
    if not text(node):
        report.add("atom.element-empty", node)
    elif found := words.markup_in(text(node)):
        report.add("atom.text-html-undeclared", node, found=found)
    if len(node):
        report.add("atom.text-has-elements", node)
    if (uri := node.get("uri")) is not None:
        iri(report, node, uri, "uri")


def link(report: Report, node: Element) -> None:
    """A link (4.2.7)."""
    href = attribute(node, "href")
    rel = relation(node)
    if href is None:
        report.add("atom.link.href-missing", node)
    elif iri(report, node, node.get("href", ""), "href"):
        _link_address(report, node, rel, href)
    if not rel or (rel not in _RELATIONS and iris.fault(rel)):
        report.add("atom.link.rel-unknown", node, rel=rel)
    _link_type(report, node, rel)
    _link_details(report, node)
    _link_thread(report, node, rel)
    if text(node) or len(node):
        report.add("atom.link.not-empty", node)


def relation(node: Element) -> str:
    """The relation of a link; without one it is an alternate. IANA's prefix does not count."""
    rel = node.get("rel")
    return (
        "alternate"
        if rel is None
        else rel.removeprefix("http://www.iana.org/assignments/relation/")
    )


def _link_address(report: Report, node: Element, rel: str, href: str) -> None:
    if not iris.scheme(href) and not has_base(node):
        report.add("atom.link.relative", node, value=href)
    parent = node.getparent()
    if rel == "self" and parent is not None and local(parent) in {"feed", "channel"}:
        own = iris.resolved(href, base_of(node, report.url))
        if not iris.is_served_at(own, report.url):
            report.add("feed.self-elsewhere", node, value=own, url=report.url)


def _link_type(report: Report, node: Element, rel: str) -> None:
    kind = attribute(node, "type")
    if kind is None:
        if rel == "enclosure":
            report.add("atom.link.enclosure-type-missing", node)
    elif not words.is_media_type(kind):
        report.add("atom.media-type-invalid", node, value=kind)
    elif rel == "self" and kind.partition(";")[0].strip().lower() not in _FEED_TYPES:
        report.add("atom.link.self-type", node, value=kind)


def _link_details(report: Report, node: Element) -> None:
    language = attribute(node, "hreflang")
    if language is not None and (fault := words.language_fault(language)):
        report.add("atom.link.hreflang-invalid", node, value=language, fault=fault)
    length = attribute(node, "length")
    if length is not None and not _is_count(length):
        report.add("atom.link.length-invalid", node, value=length)
    title = attribute(node, "title")
    if title == "":
        report.add("atom.link.title-empty", node)
    elif title and (found := words.markup_in(title)):
        report.add("atom.text-html-undeclared", node, found=found)


def _link_thread(report: Report, node: Element, rel: str) -> None:
    """What RFC 4685 (4) adds to links to replies."""
    for attribute_name in node.attrib:
        if str(attribute_name).startswith(f"{{{THREADING}}}") and attribute_name not in {
            _THREAD_COUNT,
            _THREAD_UPDATED,
        }:
            shown = "thr:" + str(attribute_name).rpartition("}")[2]
            report.add("atom.attribute-undefined", node, attribute=shown)
    count, updated = node.get(_THREAD_COUNT), node.get(_THREAD_UPDATED)
    if rel != "replies" and (count is not None or updated is not None):
        report.add("extension.element-misplaced", node, place="a link that is not rel=replies")
    if count is not None and not _is_count(count.strip()):
        report.add(
            "extension.value-invalid",
            node,
            value=count,
            wanted="a count, in thr:count",
            section="RFC 4685 4",
        )
    if updated is not None and (fault := dates.rfc3339(updated.strip()).fault):
        report.add("atom.date-invalid", node, value=updated, fault=fault)


def _is_count(value: str) -> bool:
    return value.isascii() and value.isdigit()


def _tight(report: Report, node: Element) -> str:
    """The text of an element in which white space has no place (RFC 4287 3.3, 4.2.6.1)."""
    value = raw_text(node)
    if value != value.strip():
        report.add("atom.space-around", node)
    if len(node):
        report.add("atom.text-has-elements", node)
    return value.strip()
