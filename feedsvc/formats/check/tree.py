"""Reading an XML tree: names, texts, and the place of an element in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from lxml import etree

from feedsvc.formats.check import iris

Element = etree._Element

XML = "http://www.w3.org/XML/1998/namespace"
LANG = f"{{{XML}}}lang"
BASE = f"{{{XML}}}base"

#: Elements that stand many times in a feed and are told apart by number and title.
_NUMBERED = frozenset({"entry", "item", "outline"})
#: Elements that say nothing about the place of what is in them.
_SILENT = frozenset({"rss", "RDF", "opml"})


def namespace(element: Element) -> str:
    """The namespace of an element, "" if it has none."""
    tag = element.tag
    return tag[1:].partition("}")[0] if tag.startswith("{") else ""


def local(element: Element) -> str:
    """The name of an element without its namespace."""
    return element.tag.rpartition("}")[2]


def shown_name(element: Element) -> str:
    """The name as its author wrote it: with the prefix if there is one."""
    return f"{element.prefix}:{local(element)}" if element.prefix else local(element)


def children(element: Element) -> Iterator[Element]:
    """The child elements (no entities)."""
    return element.iterchildren("*")


def child(element: Element, tag: str) -> Element | None:
    """The first child of that tag (``{namespace}name``)."""
    return element.find(tag)


def text(element: Element) -> str:
    """The text that stands directly in the element, stripped."""
    return raw_text(element).strip()


def line_of(element: Element) -> int | None:
    """The line (1-based) on which the element's start tag ends."""
    return cast("int | None", element.sourceline)


def raw_text(element: Element) -> str:
    """The text that stands directly in the element, as it is."""
    if len(element) == 0:
        return element.text or ""
    return (element.text or "") + "".join(node.tail or "" for node in element)


def whole_text(element: Element) -> str:
    """The text of the element and of everything in it."""
    return etree.tostring(element, method="text", encoding="unicode", with_tail=False)


def attribute(element: Element, name: str) -> str | None:
    """The value of an attribute without a namespace, stripped, or None."""
    value = element.get(name)
    return None if value is None else value.strip()


def path(element: Element) -> str:
    """Where the element is, in words: ``item 3 (Its title) / guid``."""
    steps: list[str] = []
    node: Element | None = element
    while node is not None and not (steps and local(node) in _SILENT):
        steps.append(_step(node))
        if local(node) in {"entry", "item"}:
            break
        node = node.getparent()
    return " / ".join(reversed(steps))


def _step(node: Element) -> str:
    name = shown_name(node)
    if local(node) not in _NUMBERED:
        return name
    number = 1 + sum(1 for _ in node.itersiblings(node.tag, preceding=True))
    title = node.get("text") or _title(node)
    return f"{name} {number} ({title})" if title else f"{name} {number}"


def _title(node: Element) -> str:
    for candidate in children(node):
        if local(candidate) == "title":
            found = " ".join(whole_text(candidate).split())
            return found if len(found) <= 40 else found[:39] + "…"
    return ""


def has_base(element: Element) -> bool:
    """Whether an ``xml:base`` is in force, so that relative links have something to stand on."""
    return base_of(element, None) is not None


def base_of(element: Element, url: str | None) -> str | None:
    """The address against which relative links in the element are resolved (XML Base 4.2)."""
    bases = [value for node in _upwards(element) if (value := node.get(BASE))]
    base = url
    for step in reversed(bases):
        base = iris.resolved(step, base)
    return base


def _upwards(element: Element) -> Iterator[Element]:
    yield element
    yield from element.iterancestors()
