"""A foreign feed's elements by short names, whatever prefixes and old namespaces it uses.

``atom:link``, ``dc:creator``, and plain ``item`` or ``pubdate`` for RSS of any version, all in
lower case: programs disagree on that too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
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
    "http://a9.com/-/spec/opensearch/1.1/": "opensearch:",
    "http://a9.com/-/spec/opensearchrss/1.0/": "opensearch:",
    "http://webns.net/mvcb/": "admin:",
}
_XML = "{http://www.w3.org/XML/1998/namespace}"
_RDF_ABOUT = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"


@lru_cache(maxsize=1024)
def short(tag: object) -> str:
    """The short name of an element with this tag. What stands for an entity has a tag of its own,
    which is no string.
    """
    namespace, _, local = str(tag).lower().rpartition("}")
    return (
        _PREFIXES.get(namespace.removeprefix("{"), f"{{{namespace}}}" if namespace else "") + local
    )


def name(element: Element) -> str:
    """The element's short name."""
    return short(element.tag)


def attributes_of(element: Element) -> dict[str, str]:
    """The element's attributes. Each one asked for by itself takes as long as all of them."""
    return dict(element.items())  # type: ignore[arg-type] # lxml gives text alone


class Parent:
    """An element whose children are asked for by many names: they are sorted by name once.

    Good for as long as no child or attribute comes or goes.
    """

    __slots__ = ("attributes", "children", "element", "named")

    def __init__(self, element: Element) -> None:
        self.element = element
        self.attributes = attributes_of(element)
        self.children = list(element)
        named: dict[str, list[Element]] = {}
        for child in self.children:
            known = short(child.tag)
            if known in named:
                named[known].append(child)
            else:
                named[known] = [child]
        self.named = named

    def has(self, names: frozenset[str]) -> bool:
        """Whether there are children of any of these names."""
        return not names.isdisjoint(self.named)

    def all(self, *names: str) -> Sequence[Element]:
        """The children of any of these names: those of the first name first."""
        if len(names) == 1:
            return self.named.get(names[0], ())
        found = [self.named[known] for known in names if known in self.named]
        return found[0] if len(found) == 1 else [child for some in found for child in some]

    def first(self, *names: str) -> str:
        """The text of the first child that has any, the names in order of preference."""
        for known in names:
            for child in self.named.get(known, ()):
                if found := text(child):
                    return found
        return ""

    def address(self, *names: str) -> str | None:
        """The absolute address that stands as text in a child of any of these names."""
        for known in names:
            for child in self.named.get(known, ()):
                if found := address(child, text(child)):
                    return found
        return None


def settle(root: Element) -> None:
    """Give Atom its namespace where a feed has forgotten it."""
    if root.tag == "feed":
        for element in root.iter("*"):
            if not str(element.tag).startswith("{"):
                element.tag = f"{{http://www.w3.org/2005/Atom}}{element.tag}"


def text(element: Element) -> str:
    """All the text in an element, stripped."""
    if not len(element):
        return (element.text or "").strip()
    return "".join(map(str, element.itertext())).strip()


def address(element: Element, value: str | None) -> str | None:
    """The address, resolved against the element's ``xml:base``, in the end the feed's own."""
    value = (value or "").strip()
    if not value or value.startswith(("https://", "http://")) or is_absolute(value):
        return value or None
    return absolute(element.base or "", value)


def has_own_base(element: Element) -> bool:
    """Whether an ``xml:base`` holds for the element, its own or one above."""
    return any(above.get(f"{_XML}base") for above in (element, *element.iterancestors()))


def language(element: Parent) -> str | None:
    """What the element itself says of its language: ``xml:lang``, ``language``, ``dc:language``."""
    own = element.attributes.get(f"{_XML}lang")
    return (own if own is not None else element.first("dc:language", "language")).strip() or None


def direction(element: Parent) -> Direction | None:
    """What the element says of the direction of its text (ITS 2.0 8.4)."""
    told = element.attributes.get("{http://www.w3.org/2005/11/its}dir", "").lower()
    return "ltr" if told == "ltr" else "rtl" if told == "rtl" else None


def about(element: Parent) -> str:
    """RSS 1.0's identifier."""
    return element.attributes.get(_RDF_ABOUT, "").strip()


def links(element: Parent) -> Iterator[tuple[Link, dict[str, str]]]:
    """The ``atom:link`` children with their absolute addresses and all that they say."""
    for child in element.all("atom:link"):
        told = attributes_of(child)
        if href := address(child, told.get("href")):
            rel = (told.get("rel") or "alternate").strip().lower()
            yield Link(rel, href, told.get("type"), told.get("title") or None), told


def people(elements: Sequence[Element]) -> tuple[Author, ...]:
    """Who stands in elements such as ``atom:author``, ``dc:creator`` or RSS's ``author``."""
    found = [person for person in map(_person, elements) if person is not None]
    return tuple(dict.fromkeys(found) if len(found) > 1 else found)


# Both read in one pass from left to right: feedparser takes the square of the length here.
_EMAIL_FIRST = re.compile(r"([^\s@<>()]{1,254}@[^\s@<>()]{1,254})\s*\((.*)\)\s*\Z", re.DOTALL)
_EMAIL_LAST = re.compile(r"([^<>]*)<(?:mailto:)?([^\s@<>()]{1,254}@[^\s@<>()]{1,254})>\s*\Z")
_EMAIL = re.compile(r"[^\s@<>()]{1,254}@[^\s@<>()]{1,254}")


def _person(element: Element) -> Author | None:
    """Whoever is named in the element, None if it names nobody."""
    parent = Parent(element) if len(element) else None
    if parent and (
        "atom:name" in parent.named or any(known.startswith("atom:") for known in parent.named)
    ):
        told, email = parent.first("atom:name"), parent.first("atom:email") or None
        uri = parent.address("atom:uri", "atom:url")
        return _author(told, email, uri) if told or email or uri else None
    told = text(element)
    if "@" not in told:
        return _author(told, None, None) if told else None
    if found := _EMAIL_FIRST.match(told):
        return Author(found[2].strip(), found[1])
    if found := _EMAIL_LAST.match(told):
        return Author(found[1].strip().strip('"'), found[2])
    return Author("", told) if _EMAIL.fullmatch(told) else Author(told)


def categories(element: Parent) -> Iterator[Category]:
    """Every category: Atom's attributes, RSS's text and ``domain``, Dublin Core's subjects."""
    for child in element.all("atom:category", "category", "media:category", "dc:subject"):
        told = attributes_of(child)
        if not told:
            if term := text(child):
                yield _category(term, None, None)
            continue
        term = (told.get("term") or text(child)).strip()
        scheme = (told.get("scheme") or told.get("domain") or "").strip()
        label = told.get("label", "").strip()
        if term or label:
            yield _category(term or label, scheme or None, label or None)


# A feed has few of them, each many times, and to make one takes longer than to read it. They are
# kept from feed to feed, so not where they are long.
_KEPT = 200  #: characters
_kept_author, _kept_category = lru_cache(1024)(Author), lru_cache(1024)(Category)


def _author(name: str, email: str | None, uri: str | None) -> Author:
    make = _kept_author if len(name) + len(email or "") + len(uri or "") < _KEPT else Author
    return make(name, email, uri)


def _category(term: str, scheme: str | None, label: str | None) -> Category:
    make = _kept_category if len(term) + len(scheme or "") + len(label or "") < _KEPT else Category
    return make(term, scheme, label)
