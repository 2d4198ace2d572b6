"""Where an imported item is from, as readers are told. Pure.

What an entry claims of its origin is kept as it came (RFC 4287 4.2.11), but it is a claim: the
source that it was really taken from is always named too, and rules go by that alone
(:func:`feedsvc.where.Where.matches`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from feedsvc.formats import clean
from feedsvc.model import Feed, Item, Source, Via
from feedsvc.store import SourceSpec


@dataclass(frozen=True, slots=True)
class Credits:
    """What the items of a source are credited with: worked out once for all entries of a poll.

    ``here`` is the source itself, ``its_own`` are the addresses by which an entry may name it, and
    ``via`` names it beside another.
    """

    here: Source
    its_own: frozenset[str | None]
    via: tuple[Via, ...]

    def of(self, item: Item, raw: str, *, by_hand: bool) -> tuple[Source, tuple[Via, ...]]:
        """Where the item is from: the source itself, or what it names and the source beside.

        ``raw`` is its guid as it came, kept where it is not the public one. Who else carries the
        story is what was seen here, not what a stranger says; of what somebody imports ``by_hand``
        it stays as it came.
        """
        came = clean.without_user(raw)
        told = came if came and came != item.guid else None
        claimed, here = item.source, self.here
        if claimed is None or claimed.feed_url in self.its_own or not _names_something(claimed):
            source = Source(here.title, here.url, here.feed_url, told)
            return source, item.via if by_hand else ()
        source = claimed if claimed.guid or not told else replace(claimed, guid=told)
        return source, item.via if by_hand else self.via


def credits_of(feed: Feed, spec: SourceSpec) -> Credits:
    """What the items of a source are credited with that gives ``feed``."""
    here = source_of(feed, spec)
    address = clean.without_user(spec.url)
    page = here.url or here.feed_url
    its_own = frozenset({here.feed_url, address, address.partition("?")[0]})
    return Credits(here, its_own, (Via(page, here.title),) if page else ())


def source_of(feed: Feed, spec: SourceSpec) -> Source:
    """The source itself, by the name that its publisher here has given it or by its own.

    Its address is the one that is polled, as everybody may have it; a file has none.
    """
    address = clean.public(spec.url)
    public = address.startswith(("http://", "https://"))
    return Source(spec.name or feed.title or None, feed.url or None, address if public else None)


def credit(item: Item, other: Item, here: Source) -> Via | None:
    """What names the source ``here``, which tells the story ``item``, in the item ``other`` that
    does too.

    The story's page if that is at the source's own site, else the source's: a source can't put any
    address it likes into another's item. None if it is named there.
    """
    known = {other.url, *(via.url for via in other.via)}
    pages = [item.url] if _is_at_home(item.url, here) else []
    for page in (*pages, here.url, here.feed_url):
        if page and page not in known:
            return Via(page, here.title)
        if page in known and page != other.url:
            return None
    return None


def _names_something(source: Source) -> bool:
    return bool(source.title or source.url or source.feed_url)


def _is_at_home(url: str, here: Source) -> bool:
    """Whether a page is at the source's own site, or at a name below or above it."""
    host = _host(url)
    return bool(host) and any(
        host == home or host.endswith(f".{home}") or home.endswith(f".{host}")
        for home in map(_host, filter(None, (here.url, here.feed_url)))
        if home
    )


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return ""
