"""The files beside an item: which one a link means, what it is, and under what name it is served.

A relative link of an item file means the file that lies there, in the item file's folder or below.
It is served under the item's own address. Nothing else in the folder is ever served. A link to
another item file means that item.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO
from urllib.parse import quote, urljoin, urlsplit

from tinytag import TinyTag, TinyTagException

from feedsvc.errors import ItemError
from feedsvc.intake.kinds import (
    CHAPTERS_KINDS,
    HEAD,
    ITEM_SUFFIXES,
    MEDIA_KINDS,
    TRANSCRIPT_KINDS,
    Kind,
    container_of,
    suffix_of,
    text_container_of,
)
from feedsvc.intake.links import address_above, is_relative, leads_up, local_path, path_of_item
from feedsvc.intake.scan import MAX_FILE, Stat, open_regular
from feedsvc.store import Media


def served_name(path: str) -> str:
    """The name under which a file is served; ``path`` is relative to the item file's folder.

    It depends on nothing but the path, so that an address stays right when files are added. A file
    from a folder below gets the start of its path's SHA-256 into its name.

    >>> served_name("cat.png"), served_name("img/cat.png")
    ('cat.png', 'cat-a1606721.png')
    """
    folder, _, name = path.rpartition("/")
    if not folder:
        return name
    stem, dot, suffix = name.rpartition(".")
    return f"{stem}-{hashlib.sha256(path.encode()).hexdigest()[:8]}{dot}{suffix}"


def describe(file: BinaryIO, *, name: str, path: str) -> Media:
    """What an open media file is: its type, its length in bytes, a sound's duration in seconds.

    Raises ItemError when it is not what the end of its name says.
    """
    kind = _ALL_KINDS[suffix_of(path)]
    length = file.seek(0, 2)
    file.seek(0)
    if kind in MEDIA_KINDS.values():
        found = container_of(file.read(HEAD))
    elif length > MAX_FILE:
        raise ItemError(f"is {length:,} bytes long; a text beside an item has at most {MAX_FILE:,}")
    else:
        found = text_container_of(file.read(MAX_FILE))
    if found != kind.container:
        raise ItemError(f"is not a {kind.container} file, whatever its name says")
    return Media(name, path, kind.type, length, _duration(file, path, kind.type))


def _duration(file: BinaryIO, path: str, media_type: str) -> int | None:
    if not media_type.startswith("audio/"):
        return None
    try:
        seconds = TinyTag.get(path, file, tags=False).duration
    except TinyTagException:  # it says it is sound and is served as such; how long, nobody knows
        return None
    return max(1, round(seconds)) if seconds and 0 < seconds < _A_YEAR else None


_ALL_KINDS = MEDIA_KINDS | TRANSCRIPT_KINDS | CHAPTERS_KINDS
_A_YEAR = 366 * 24 * 3600


@dataclass(slots=True)
class Shelf:
    """What the relative links of one item mean, found while they are gone through.

    ``root`` is the items folder's descriptor, None for an item from elsewhere, which must not link
    to any; ``folder`` the item file's folder in it (``posts/``),
    ``base`` the item's address with a slash at its end. ``item_at`` gives the address of another
    item file's item, None while there is none. ``states`` has the state of each file that
    a link means, None where there is no use of it; ``notes`` say why.
    """

    root: int | None
    folder: str
    base: str
    item_at: Callable[[str], str | None] = lambda _path: None
    media: dict[str, Media] = field(default_factory=dict)
    states: dict[str, Stat | None] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    _refused: set[str] = field(default_factory=set)

    def take(self, link: str, kinds: Mapping[str, Kind] = MEDIA_KINDS) -> Media | None:
        """The file that a link of the item means, None when it means none that can be served.

        ``kinds`` are those that may be served where the link stands.
        """
        if not is_relative(link):
            return None
        path = local_path(link, self.folder)
        if path is None:
            self._note(f"{link} leads out of the item's own folder, so it is not served")
            return None
        if path not in self.states and path not in self._refused:
            self._look_at(path, path.removeprefix(self.folder), kinds)
        return self.media.get(path)

    def follow(self, link: str) -> str | None:
        """The address that a relative link in the content gets, None when it leads nowhere.

        A file that is not there yet has its address already: it is often copied after the text.
        """
        path = path_of_item(link, self.folder)
        if suffix_of(urlsplit(link).path) in ITEM_SUFFIXES:
            return self._item(link, path)
        if leads_up(link) and (above := address_above(link, self.base)) is not None:
            return above
        media = self.take(link)
        if media is not None:
            return self.address(media)
        return urljoin(self.base, link) if path in self.states else None

    def _item(self, link: str, path: str | None) -> str | None:
        address = self.item_at(path) if path is not None else None
        if address is None:
            if path is not None and self.root is not None:
                self.states[path] = None
            self._note(no_item((path or link).removeprefix(self.folder)))
            return None
        fragment = urlsplit(link).fragment
        return f"{address}#{fragment}" if fragment else address

    def address(self, media: Media) -> str:
        """Where a file is served."""
        return self.base + quote(media.name)

    def _look_at(self, path: str, shown: str, kinds: Mapping[str, Kind]) -> None:
        if suffix_of(path) not in kinds:
            self._refused.add(path)
            what = "pictures and sound" if kinds is MEDIA_KINDS else f"{_endings(kinds)} files here"
            self._note(
                f"{shown} is not served: of what lies beside an item only {what} are; "
                "put it elsewhere and give its full address"
            )
            return
        self.states[path] = None
        name = served_name(shown)
        if self.root is None:
            raise ItemError(
                f"links to {shown}, which lies beside it; only what is in the folder of item files "
                "can be served: move both there"
            )
        try:
            if name.casefold() in {taken.name.casefold() for taken in self.media.values()}:
                raise ItemError("would have the address of another file of this item; rename it")
            with open_regular(self.root, path) as file:
                self.media[path] = describe(file, name=name, path=path)
                self.states[path] = Stat.of(os.fstat(file.fileno()))
        except FileNotFoundError:
            self._note(f"{shown} is not there")
        except ItemError as error:
            self._note(f"{shown} {error.reason}")

    def _note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)


def no_item(path: str) -> str:
    """The note on a link to an item file whose item is not to be had."""
    return f"{path} is no item here, so the link to it is left out"


def _endings(kinds: Mapping[str, Kind]) -> str:
    return " and ".join(f".{suffix}" for suffix in kinds)
