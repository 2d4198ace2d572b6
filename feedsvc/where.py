"""Which items a feed takes: the words of a ``where``, and what they mean of an item. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from feedsvc.model import Item, plain_text, term_key


@dataclass(frozen=True, slots=True)
class Terms:
    """Words to select items by; each tuple is compared without regard to case."""

    tags: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    text: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Where:
    """Which items a feed takes: all of these terms, any of those, none of the others."""

    all: Terms = field(default_factory=Terms)
    any: Terms = field(default_factory=Terms)
    none: Terms = field(default_factory=Terms)

    def matches(self, item: Item) -> bool:
        """Whether the item is taken. Nothing said takes everything."""
        if self == _EVERYTHING:
            return True
        wanted = [_holds(item, kind, word) for kind, word in _words(self.any)]
        return (
            all(_holds(item, kind, word) for kind, word in _words(self.all))
            and (not wanted or any(wanted))
            and not any(_holds(item, kind, word) for kind, word in _words(self.none))
        )


_EVERYTHING = Where()


def _words(terms: Terms) -> Iterable[tuple[str, str]]:
    for kind in ("tags", "authors", "sources", "languages", "text"):
        for word in getattr(terms, kind):
            yield kind, word


def _holds(item: Item, kind: str, word: str) -> bool:
    if kind == "tags":
        return term_key(word) in {term_key(c.term) for c in item.categories}
    if kind == "authors":
        return term_key(word) in {term_key(a.name) for a in item.authors}
    if kind == "languages":
        # A language range: "zh" takes zh-Hant (RFC 4647 3.3.1).
        have, want = (item.language or "").lower(), word.lower()
        return have == want or have.startswith(want + "-")
    if kind == "sources":
        return word.casefold() in {name.casefold() for name in _credits(item) if name}
    text = " ".join((item.title, item.summary, plain_text(item.content_html)))
    return word.casefold() in text.casefold()


def _credits(item: Item) -> Iterator[str | None]:
    """What names a place that the item comes from, or that carries the same story.

    Of an imported item that is where it was really taken from, not what it claims: else it could
    choose the feeds that it enters.
    """
    address = taken_from(item.origin)
    here = _without_user(address) if address is not None else None
    yield here
    if (source := item.source) and (here is None or source.feed_url in _spellings(here)):
        yield from (source.title, source.url, source.feed_url)
    if not item.origin.startswith("import:"):  # what was imported by hand says so itself
        for via in item.via:
            yield from (via.title, via.url)


def taken_from(origin: str) -> str | None:
    """The address of the feed that an item of this origin was taken from, None of any other.

    >>> taken_from("source:https://a.example/feed"), taken_from("file:a.md")
    ('https://a.example/feed', None)
    """
    kind, _, address = origin.partition(":")
    return address if kind in {"source", "import"} else None


def _spellings(address: str) -> tuple[str, str]:
    """How a feed's address may stand in the credit of its items: a secret query is left out."""
    return address, address.partition("?")[0]


def _without_user(address: str) -> str:
    """An address without user name and password."""
    scheme, mark, rest = address.partition("://")
    authority, slash, path = rest.partition("/")
    return f"{scheme}{mark}{authority.rpartition('@')[2]}{slash}{path}"
