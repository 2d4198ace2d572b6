"""A foreign feed's elements by short names, whatever prefixes and old namespaces it uses.

``atom:link``, ``dc:creator``, and plain ``item`` or ``pubdate`` for RSS of any version, all in
lower case: programs disagree on that too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from lxml import etree

from feedsvc.formats._foreign import absolute, is_absolute
from feedsvc.model import Author, Category, Direction, Link

Element = etree._Element

_PREFIXES = {
    "http://purl.org/rss/1.0/": "",
    "http://my.netscape.com/rdf/simple/0.9/": "",
    "http://channel.netscape.com/rdf/simple/0.9/": "",
    "http://backend.userland.com/rss": "",
    "http://backend.userland.com/rss2": "",
    "http://blogs.law.harvard.edu/tech/rss": "",
    "http://www.w3.org/2005/atom": "atom:",
    "http://purl.org/atom/ns#": "atom:",
    "http://purl.org/dc/elements/1.1/": "dc:",
    "http://purl.org/dc/terms/": "dcterms:",
    "http://purl.org/rss/1.0/modules/content/": "content:",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#": "rdf:",
    "http://search.yahoo.com/mrss/": "media:",
    "http://search.yahoo.com/mrss": "media:",
    "http://www.itunes.com/dtds/podcast-1.0.dtd": "itunes:",
    "https://podcastindex.org/namespace/1.0": "podcast:",
    "https://github.com/podcastindex-org/podcast-namespace/blob/main/docs/1.0.md": "podcast:",
    "http://purl.org/atompub/tombstones/1.0": "at:",
    "http://purl.org/syndication/history/1.0": "fh:",
    "http://purl.org/rss/1.0/modules/syndication/": "sy:",
}
_XML = "{http://www.w3.org/XML/1998/namespace}"
_RDF_ABOUT = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"


@lru_cache(maxsize=1024)
def short(tag: str) -> str:
    """The short name of an element with this tag."""
    namespace, _, local = tag.lower().rpartition("}")
    return (
        _PREFIXES.get(namespace.removeprefix("{"), f"{{{namespace}}}" if namespace else "") + local
    )


def name(element: Element) -> str:
    """The element's short name."""
    return short(str(element.tag))


class Parent:
    """An element whose children are asked for by many names: they are sorted by name once.

    Good for as long as no child comes or goes.
    """

    __slots__ = ("_modules", "element", "named")

    def __init__(self, element: Element) -> None:
        self.element = element
        self.named: dict[str, list[Element]] = {}
        for child in element:
            self.named.setdefault(short(str(child.tag)), []).append(child)
        self._modules: frozenset[str] | None = None

    def has(self, *modules: str) -> bool:
        """Whether there are children of any of these modules, such as ``media``."""
        if self._modules is None:
            self._modules = frozenset(name.partition(":")[0] for name in self.named)
        return not self._modules.isdisjoint(modules)

    def get(self, attribute: str) -> str | None:
        """The value of an attribute of the element."""
        return self.element.get(attribute)


def children(element: Element | Parent, *names: str) -> Sequence[Element]:
    """The children of any of these names: those of the first name first."""
    named = (element if isinstance(element, Parent) else Parent(element)).named
    if len(names) == 1:
        return named.get(names[0], ())
    return [child for known in names if known in named for child in named[known]]


def settle(root: Element) -> None:
    """Give Atom its namespace where a feed has forgotten it."""
    if root.tag == "feed":
        for element in root.iter("*"):
            if not str(element.tag).startswith("{"):
                element.tag = f"{{http://www.w3.org/2005/Atom}}{element.tag}"


def text(element: Element | None) -> str:
    """All the text in an element, stripped; "" without one."""
    if element is None:
        return ""
    if not len(element):
        return (element.text or "").strip()
    return "".join(map(str, element.itertext())).strip()


def first(element: Element | Parent, *names: str) -> str:
    """The text of the first child that has any, the names in order of preference."""
    for child in children(element, *names):
        if found := text(child):
            return found
    return ""


def address(element: Element, value: str | None) -> str | None:
    """The address, resolved against the element's ``xml:base``, in the end the feed's own."""
    value = (value or "").strip()
    if not value or is_absolute(value):
        return value or None
    return absolute(element.base or "", value)


def addressed(element: Element | Parent, *names: str) -> str | None:
    """The absolute address that stands as text in a child of any of these names."""
    for child in children(element, *names):
        if found := address(child, text(child)):
            return found
    return None


def has_own_base(element: Element) -> bool:
    """Whether an ``xml:base`` holds for the element, its own or one above."""
    return any(above.get(f"{_XML}base") for above in (element, *element.iterancestors()))


def language(element: Element | Parent) -> str | None:
    """What the element itself says of its language: ``xml:lang``, ``language``, ``dc:language``."""
    own = element.get(f"{_XML}lang")
    return (own if own is not None else first(element, "dc:language", "language")).strip() or None


def direction(element: Element | Parent) -> Direction | None:
    """What the element says of the direction of its text (ITS 2.0 8.4)."""
    told = (element.get("{http://www.w3.org/2005/11/its}dir") or "").lower()
    return "ltr" if told == "ltr" else "rtl" if told == "rtl" else None


def about(element: Element | Parent) -> str:
    """RSS 1.0's identifier."""
    return (element.get(_RDF_ABOUT) or "").strip()


def links(element: Element | Parent) -> Iterator[tuple[Link, Element]]:
    """The ``atom:link`` children with their absolute addresses."""
    for child in children(element, "atom:link"):
        rel = (child.get("rel") or "alternate").strip().lower()
        if href := address(child, child.get("href") or ""):
            yield Link(rel, href, child.get("type"), child.get("title") or None), child


def people(elements: Iterable[Element]) -> tuple[Author, ...]:
    """Who stands in elements such as ``atom:author``, ``dc:creator`` or RSS's ``author``."""
    found = (_person(element) for element in elements)
    return tuple(dict.fromkeys(person for person in found if person != Author("")))


# Both read in one pass from left to right: feedparser takes the square of the length here.
_EMAIL_FIRST = re.compile(r"([^\s@<>()]{1,254}@[^\s@<>()]{1,254})\s*\((.*)\)\s*\Z", re.DOTALL)
_EMAIL_LAST = re.compile(r"([^<>]*)<(?:mailto:)?([^\s@<>()]{1,254}@[^\s@<>()]{1,254})>\s*\Z")
_EMAIL = re.compile(r"[^\s@<>()]{1,254}@[^\s@<>()]{1,254}")


def _person(element: Element) -> Author:
    if any(name(child).startswith("atom:") for child in element):
        uri = addressed(element, "atom:uri", "atom:url")
        return Author(first(element, "atom:name"), first(element, "atom:email") or None, uri)
    told = text(element)
    if found := _EMAIL_FIRST.match(told):
        return Author(found[2].strip(), found[1])
    if found := _EMAIL_LAST.match(told):
        return Author(found[1].strip().strip('"'), found[2])
    return Author("", told) if _EMAIL.fullmatch(told) else Author(told)


def categories(element: Element | Parent) -> tuple[Category, ...]:
    """Every category: Atom's attributes, RSS's text and ``domain``, Dublin Core's subjects."""
    found = []
    for child in children(element, "atom:category", "category", "media:category", "dc:subject"):
        term = (child.get("term") or text(child)).strip()
        scheme = (child.get("scheme") or child.get("domain") or "").strip()
        label = (child.get("label") or "").strip()
        if term or label:
            found.append(Category(term or label, scheme or None, label or None))
    return tuple(dict.fromkeys(found))
