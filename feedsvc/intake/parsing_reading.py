"""One foreign document, read and cleaned. Pure; runs in the child alone (parsing_child.py)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256

from feedsvc.errors import ItemError, NotAFeed
from feedsvc.formats import clean, discovery, exact, opmlreader, upstream, wxr
from feedsvc.formats.parsed import ParsedFeed
from feedsvc.intake.parsing_values import Kind, ReadEntry, ReadFeed
from feedsvc.model import Feed, Item, Link, Source, Tombstone

#: Bounds of what no feed has more of.
_LINKS_MAX = 50
_TOMBSTONES_MAX = 1000
_NOTES_MAX = 20
_NOTE_MAX = 300  #: characters
_RAW_MAX = 1024  #: characters of a guid as it came
_GENERATOR_MAX = 200
#: Entries whose contents are cleaned at once (:func:`clean.contents`).
_TOGETHER = 50

_LAST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Asked:
    """What to read, and how much of it.

    ``url`` is where the document was found; ``scope`` keeps ids such as "1" of this feed apart from
    those of others, "" for the address itself; ``most`` entries are read, the newest; ``size`` is
    the bytes that all of them may have as JSON, ``cpu`` the seconds of processor time.
    ``kinds`` are the post types that are taken of an export of WordPress.
    """

    url: str
    content_type: str | None = None
    scope: str = ""
    most: int | None = None
    size: int = 8 * 1024 * 1024
    cpu: int = 10
    kinds: tuple[str, ...] = ("post",)


def read(body: bytes, asked: Asked, texts: dict[str, bytes] | None = None) -> ReadFeed:
    """The document, clean. Raises NotAFeed for what is neither a feed nor leads to one.

    ``texts`` get the entries' items as JSON, by their digests, for which it is written.
    """
    texts = {} if texts is None else texts
    if wxr.is_wxr(body):
        exported = wxr.read(body, content_type=asked.content_type, kinds=asked.kinds)
        return _feed("wxr", exported, asked, texts)
    try:
        parsed = upstream.read(body, content_type=asked.content_type, url=asked.url)
    except NotAFeed as reason:
        return _other(body, asked, reason)
    return _feed("feed", parsed, asked, texts)


_OPML = re.compile(r"<opml\b", re.IGNORECASE)
_PAGE = re.compile(r"<(?:!doctype html|html|head|body|link|meta|title)\b", re.IGNORECASE)
#: Bytes in which a document shows what it is.
_HEAD = 4096


def _other(body: bytes, asked: Asked, reason: NotAFeed) -> ReadFeed:
    head = body[:_HEAD].replace(b"\0", b"").decode("latin-1")
    if _OPML.search(head):
        listed = opmlreader.read(body, content_type=asked.content_type)
        title = clean.text(listed.title)[: clean.TITLE_MAX]
        feed = replace(_nothing(), title=title)
        return ReadFeed(
            "opml", feed, faults=_notes(listed.faults), outlines=tuple(_listed(listed.feeds))
        )
    if _PAGE.search(head):
        found = discovery.find(body, asked.url, content_type=asked.content_type)
        clean_found = (replace(one, title=clean.text(one.title)) for one in found)
        return ReadFeed("page", found=tuple(clean_found))
    raise reason


def _nothing() -> Feed:
    return ReadFeed("feed").feed


def _listed(feeds: Iterable[opmlreader.Listed]) -> Iterator[opmlreader.Listed]:
    for one in feeds:
        yield opmlreader.Listed(
            url=_of_feed(one.url),
            title=clean.text(one.title)[: clean.TITLE_MAX],
            html_url=clean.url(one.html_url) or "",
            path=tuple(clean.text(part)[: clean.TERM_MAX] for part in one.path),
            categories=tuple(clean.text(part)[: clean.TERM_MAX] for part in one.categories[:20]),
            type=clean.text(one.type)[:20],
        )


def _of_feed(url: str) -> str:
    """An address of a list: the password in it is needed to ask there. What is none stays as it
    came, so that whoever imports can be told of it."""
    told = clean.text(url)
    without = clean.without_user(told)
    return (clean.url(told) if without == told else None) or told[:_RAW_MAX]


def _feed(kind: Kind, parsed: ParsedFeed, asked: Asked, texts: dict[str, bytes]) -> ReadFeed:
    items = parsed.items
    by_age = sorted(range(len(items)), key=lambda number: _age(items[number]), reverse=True)
    entries: dict[int, ReadEntry] = {}
    room = asked.size
    for number, entry, size in _entries(by_age[: asked.most], parsed, asked, texts):
        if size > room:
            break
        room -= size
        entries[number] = entry
    advice = replace(parsed.advice, generator=clean.text(parsed.advice.generator)[:_GENERATOR_MAX])
    return ReadFeed(
        kind,
        _cleaned(parsed.feed, asked.url),
        entries=tuple(entries[number] for number in sorted(entries)),
        left_out=len(items) - len(entries),
        faults=_notes(parsed.faults),
        advice=advice,
    )


def _age(item: Item) -> datetime:
    """When the entry last changed. One that does not say may be new."""
    return item.updated or item.published or _LAST


def _entries(
    numbers: Sequence[int], parsed: ParsedFeed, asked: Asked, texts: dict[str, bytes]
) -> Iterator[tuple[int, ReadEntry, int]]:
    """The entries of these numbers, and about how many bytes the JSON of each has."""
    for start in range(0, len(numbers), _TOGETHER):
        some = numbers[start : start + _TOGETHER]
        items = [parsed.items[number] for number in some]
        bases = [_base(item, parsed, asked) for item in items]
        contents = clean.contents([
            (item.content_html, base) for item, base in zip(items, bases, strict=True)
        ])
        for number, item, base, content in zip(some, items, bases, contents, strict=True):
            entry, size = _entry(item, parsed, asked, base, content, texts)
            yield number, entry, size


def _base(item: Item, parsed: ParsedFeed, asked: Asked) -> str:
    return (
        clean.url(item.url, base=asked.url)
        or clean.url(parsed.feed.url, base=asked.url)
        or asked.url
    )


def _entry(
    item: Item,
    parsed: ParsedFeed,
    asked: Asked,
    base: str,
    content: clean.Content,
    texts: dict[str, bytes],
) -> tuple[ReadEntry, int]:
    """The entry, and about how many bytes its JSON has."""
    raw = _raw(item.guid)
    guid = clean.guid(raw, scope=asked.scope or scope_of(asked.url))
    try:
        cleaned, notes = clean.item(parsed.complete(item, guid=guid), base=base, content=content)
        text = exact.dumps(cleaned)
    except (ItemError, ValueError) as error:
        reason = error.reason if isinstance(error, ItemError) else str(error)
        digest = sha256(repr(parsed.complete(item)).encode(errors="replace")).hexdigest()
        return ReadEntry(raw, None, clean.text(reason)[:_NOTE_MAX], digest=digest), 1000
    told = _notes(notes) if notes else ()
    size = len(text) + len(raw) + sum(map(len, told)) + 200
    digest = sha256(text).hexdigest()
    texts[digest] = text
    return ReadEntry(raw, cleaned, notes=told, digest=digest), size


def _raw(guid: str) -> str:
    raw = clean.text(guid)
    if len(raw) <= _RAW_MAX:
        return raw
    return f"{raw[: _RAW_MAX - 80]}…{sha256(raw.encode(errors='replace')).hexdigest()}"


def scope_of(url: str) -> str:
    """What makes the ids of a feed its own: its address without scheme, password and ``www.``.

    >>> scope_of("https://me:secret@www.example.org/feed?a=1")
    'example.org/feed?a=1'
    """
    return clean.without_user(url).partition("://")[2].removeprefix("www.") or url


def _cleaned(feed: Feed, url: str) -> Feed:
    """The feed's own words, by the rules that hold for an item's."""
    of_feed = Item(
        guid=clean.guid(feed.id),
        url=feed.url,
        title=feed.title,
        summary=feed.description,
        authors=feed.authors,
        language=feed.language,
        rights=feed.rights,
        image=feed.image,
        updated=feed.updated,
    )
    kept, _ = clean.item(of_feed, base=url)
    return Feed(
        id=kept.guid,
        title=kept.title,
        url=kept.url,
        updated=kept.updated or feed.updated,
        description=kept.summary,
        language=kept.language,
        authors=kept.authors,
        rights=kept.rights,
        image=kept.image,
        icon=clean.url(feed.icon or "", base=url),
        links=tuple(_links(feed.links, url)),
        ttl=feed.ttl,
        complete=feed.complete,
        archive=feed.archive,
        tombstones=tuple(
            Tombstone(_raw(gone.guid), gone.when) for gone in feed.tombstones[:_TOMBSTONES_MAX]
        ),
        sources=tuple(_sources(feed.sources, url)),
    )


def _links(links: Iterable[Link], url: str) -> Iterator[Link]:
    for link in tuple(links)[:_LINKS_MAX]:
        if href := clean.url(link.href, base=url):
            kind = clean.text(link.type or "")[:100] or None
            title = clean.text(link.title or "")[: clean.TITLE_MAX] or None
            yield Link(clean.text(link.rel)[:60], href, kind, title)


def _sources(sources: Iterable[Source], url: str) -> Iterator[Source]:
    for source in tuple(sources)[:_LINKS_MAX]:
        kept, _ = clean.item(Item(source=source), base=url)
        if kept.source is not None:
            yield kept.source


def _notes(notes: Iterable[str]) -> tuple[str, ...]:
    return tuple(clean.text(note)[:_NOTE_MAX] for note in tuple(notes)[:_NOTES_MAX])
