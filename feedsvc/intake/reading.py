"""One item file's way from bytes to a clean item with its media, ready for the store."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace

from feedsvc.errors import FeedsvcError, ItemError
from feedsvc.formats import clean, itemfile
from feedsvc.formats.itemfile import ItemFile
from feedsvc.intake import links
from feedsvc.intake.following import as_html, followed
from feedsvc.intake.kinds import CHAPTERS_KINDS, TRANSCRIPT_KINDS, Kind
from feedsvc.intake.links import is_relative
from feedsvc.intake.media import Shelf
from feedsvc.intake.scan import Stat
from feedsvc.model import Enclosure, Item, Podcast, Reference
from feedsvc.store import Media

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Ready:
    """An item that the store may have.

    ``media`` are the files served with it. ``beside`` has the state of every file that it links to,
    by path, None for one that is of no use (yet). ``notes`` say what was dropped or is missing.
    """

    item: Item
    media: tuple[Media, ...]
    beside: dict[str, Stat | None]
    notes: tuple[str, ...]


def read_item(data: bytes, *, path: str) -> ItemFile:
    """What an item file says. Raises ItemError when it can't be read."""
    with _own_faults(path):
        return itemfile.read(data, name=path)


def make_ready(item: Item, shelf: Shelf) -> Ready:
    """Clean an item as it was read, its relative links made addresses under ``shelf.base``.

    Raises ItemError when its content can't be taken.
    """
    with _own_faults(item.origin):
        return _made_ready(item, shelf)


@contextmanager
def _own_faults(where: str) -> Iterator[None]:
    """Make ItemError of what is no error of the file's but of this program's.

    One file that no parser of ours was ready for must not keep all the others out.
    """
    try:
        yield
    except FeedsvcError:
        raise
    except Exception as error:
        log.exception("a fault of feedsvc while it read %s", where)
        raise ItemError(
            f"feedsvc itself failed on it ({type(error).__name__}: {error}); please report that"
        ) from error


def _made_ready(item: Item, shelf: Shelf) -> Ready:
    with_media = replace(
        item,
        enclosures=tuple(_enclosures(item.enclosures, shelf)),
        image=_image(item.image, shelf),
        podcast=_references(item.podcast, shelf),
    )
    cleaned, notes = clean.item(with_media, base=shelf.base)
    content = _content(item.content_html, cleaned.content_html, shelf)
    ready = replace(cleaned, content_html=content, podcast=timed(cleaned))
    return Ready(ready, tuple(_linked(ready, shelf)), shelf.states, (*notes, *shelf.notes))


def _enclosures(enclosures: tuple[Enclosure, ...], shelf: Shelf) -> list[Enclosure]:
    """The enclosures, those that lie beside the item with what their files say of themselves."""
    kept = []
    for given in enclosures:
        media = shelf.take(given.url)
        if media is not None:
            described = replace(given, url=shelf.address(media), type=media.type)
            duration = given.duration or media.duration
            kept.append(replace(described, length=media.length, duration=duration))
        elif not is_relative(given.url):
            kept.append(given)
    return kept


def _image(image: str | None, shelf: Shelf) -> str | None:
    media = shelf.take(image) if image else None
    if media is not None:
        return shelf.address(media)
    return None if image and is_relative(image) else image


def _reference(
    reference: Reference | None, kinds: Mapping[str, Kind], shelf: Shelf
) -> Reference | None:
    """A transcript or chapters; a file beside the item with its address, None without a use."""
    if reference is None or not is_relative(reference.url):
        return reference
    media = shelf.take(reference.url, kinds)
    return Reference(shelf.address(media), media.type) if media is not None else None


def _references(podcast: Podcast | None, shelf: Shelf) -> Podcast | None:
    if podcast is None:
        return None
    return replace(
        podcast,
        transcript=_reference(podcast.transcript, TRANSCRIPT_KINDS, shelf),
        chapters=_reference(podcast.chapters, CHAPTERS_KINDS, shelf),
    )


def _content(raw: str, cleaned: str, shelf: Shelf) -> str:
    """The clean content, its relative links made what they mean."""
    base = shelf.base
    if "../" in raw:  # else every link that matters lies below the item's own address
        base = links.MARK
        cleaned = clean.html(raw, base=base)
    return followed(cleaned, base, shelf)


def timed(item: Item) -> Podcast | None:
    """The episode's own words, its duration from its only sound if it gives none."""
    sounds = [one for one in item.enclosures if one.type.startswith("audio/")]
    podcast = item.podcast or Podcast()
    if len(sounds) != 1 or podcast.duration is not None or sounds[0].duration is None:
        return item.podcast
    return replace(podcast, duration=sounds[0].duration)


def _linked(item: Item, shelf: Shelf) -> list[Media]:
    """The media that the cleaned item still links to."""
    podcast = item.podcast or Podcast()
    named = {one.url for one in (podcast.transcript, podcast.chapters, *item.enclosures) if one}
    named |= {item.image or ""}
    return [
        media
        for media in shelf.media.values()
        if (address := shelf.address(media)) in named or as_html(address) in item.content_html
    ]
