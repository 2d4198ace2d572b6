"""What a list of feeds (OPML) says of each, and what there is to tell of the list itself. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from feedsvc.formats.opmlreader import Listed
from feedsvc.intake.asking import masked
from feedsvc.intake.importing.documents import is_address

#: Folders that one note names.
_NAMED = 10


def place_of(listed: Listed) -> str:
    """Where an outline stands in its list, as people find it there.

    >>> place_of(Listed("https://a.example/", "arXiv", path=("Science", "Physics")))
    "'arXiv' in Science / Physics"
    """
    folders = f" in {' / '.join(listed.path)}" if listed.path else ""
    return f"{listed.title or masked(listed.url) or 'an outline'!r}{folders}"


def fault_of(listed: Listed) -> str | None:
    """Why an outline can't be asked for a feed, None if it can."""
    if not listed.url:
        return f"{place_of(listed)} calls itself a feed and names no address (xmlUrl)"
    if not is_address(listed.url):
        reason = "is no http or https address, which is all that a list may name"
        return f"{place_of(listed)}: {masked(listed.url)[:200]} {reason}"
    return None


def into_of(listed: Listed, feeds: Collection[str]) -> str | None:
    """The feed that takes its items: the innermost of its folders that is called like one, as
    our own list of sources has them.

    >>> into_of(Listed("", path=("planet", "Physics")), {"main", "planet"})
    'planet'
    """
    return next((name for name in reversed(listed.path) if name in feeds), None)


@dataclass(slots=True)
class Notes:
    """What there is to tell of one list. ``listed`` are the feeds of it that were seen so far."""

    faults: Iterable[str] = ()
    listed: dict[str, Listed] = field(default_factory=dict)
    twice: list[str] = field(default_factory=list)

    def again(self, one: Listed) -> None:
        """An outline whose address was there before: in this list, or in another."""
        first = self.listed.get(one.url)
        where = f"that of {place_of(first)}" if first is not None else "in a list before this"
        told = f"{place_of(one)}: {masked(one.url)} is {where} too, and is taken once"
        self.twice.append(told)

    def told(self, feeds: Collection[str] | None) -> Iterator[str]:
        """All of it in sentences. ``feeds`` are those that folders may name, None if they don't
        count."""
        yield from self.faults
        yield from self.twice
        if feeds is not None and (others := list(_no_feeds(self.listed, feeds))):
            more = f" and {len(others) - _NAMED} more" if len(others) > _NAMED else ""
            yield (
                f"these folders are no feeds here, and were not kept: "
                f"{', '.join(others[:_NAMED])}{more}; --into says which feed takes the items"
            )


def _no_feeds(listed: Mapping[str, Listed], feeds: Collection[str]) -> Iterable[str]:
    paths = (one.path for one in listed.values() if one.path and into_of(one, feeds) is None)
    return dict.fromkeys(" / ".join(path) for path in paths)
