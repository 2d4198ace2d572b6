"""One item file's way from bytes to a clean item with its media, ready for the store."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from html import unescape

from feedsvc.errors import FeedsvcError, ItemError
from feedsvc.formats import clean, itemfile
from feedsvc.formats.itemfile import ItemFile
from feedsvc.intake.media import Shelf, is_relative
from feedsvc.intake.scan import Stat
from feedsvc.model import Enclosure, Item, Podcast
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
    )
    for link in _ABOVE.findall(item.content_html):
        shelf.take(link)
    cleaned, notes = clean.item(with_media, base=shelf.base)
    content = _ATTRIBUTE.sub(lambda found: _with_media(found, shelf), cleaned.content_html)
    ready = replace(cleaned, content_html=content, podcast=_podcast(cleaned))
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


# The cleaner writes every attribute with double quotes, so this finds them all; what it finds
# beyond that, in text, has no address under the item's own.
_ATTRIBUTE = re.compile(r'(?<= )(href|poster|src|srcset)="([^"]+)"')
# In what was not cleaned yet, so only good for a note.
_ABOVE = re.compile(r"""\s(?:src|poster)=["'](\.\./[^"'<>]+)["']""")


def _with_media(found: re.Match[str], shelf: Shelf) -> str:
    """An attribute with the addresses of the files it means."""
    name, value = found.groups()
    candidates = value.split(", ") if name == "srcset" else [value]
    return f'{name}="{", ".join(_served(candidate, shelf) for candidate in candidates)}"'


def _served(candidate: str, shelf: Shelf) -> str:
    address, space, descriptor = candidate.partition(" ")
    base = _as_html(shelf.base)
    link = address.removeprefix(base)
    if link == address or not link:
        return candidate
    if link.startswith("#"):  # a place in the item itself, whose own address has no last slash
        return base.removesuffix("/") + link
    media = shelf.take("./" + unescape(link))
    return _as_html(shelf.address(media)) + space + descriptor if media is not None else candidate


def _as_html(address: str) -> str:
    return address.replace("&", "&amp;")  # the only special character that an address can have


def _podcast(item: Item) -> Podcast | None:
    """The episode's own words, its duration from its only sound if it gives none."""
    sounds = [one for one in item.enclosures if one.type.startswith("audio/")]
    podcast = item.podcast or Podcast()
    if len(sounds) != 1 or podcast.duration is not None or sounds[0].duration is None:
        return item.podcast
    return replace(podcast, duration=sounds[0].duration)


def _linked(item: Item, shelf: Shelf) -> list[Media]:
    """The media that the cleaned item still links to."""
    links = {item.image, *(one.url for one in item.enclosures)}
    return [
        media
        for media in shelf.media.values()
        if (address := shelf.address(media)) in links or _as_html(address) in item.content_html
    ]
