"""The files beside an item: which one a link means, what it is, and under what name it is served.

A relative link of an item file means the file that lies there, in the item file's folder or below.
It is served under the item's own address. Nothing else in the folder is ever served.
"""

from __future__ import annotations

import hashlib
import os
import posixpath
from dataclasses import dataclass, field
from typing import BinaryIO
from urllib.parse import quote, unquote, urlsplit

from tinytag import TinyTag, TinyTagException

from feedsvc.errors import ItemError
from feedsvc.intake.kinds import HEAD, MEDIA_KINDS, container_of, suffix_of
from feedsvc.intake.scan import Stat, open_regular, unsound
from feedsvc.store import Media


def is_relative(link: str) -> bool:
    """Whether a link is resolved against the place where it stands, and leads away from it.

    >>> is_relative("cat.png"), is_relative("/cat.png"), is_relative("#top"), is_relative("a:b")
    (True, False, False, False)
    """
    try:
        parts = urlsplit(link.strip())
    except ValueError:  # a broken IPv6 address
        return False
    return not (parts.scheme or parts.netloc or parts.path.startswith("/")) and bool(parts.path)


def local_path(link: str, folder: str) -> str | None:
    """The file that a relative link means, as a path in the items folder.

    ``folder`` is the item file's, ``""`` or ``posts/``. None for a link that leads above it, or to
    something hidden. Query and fragment don't count.

    >>> local_path("img/my%20cat.png?w=9", "posts/"), local_path("../cat.png", "posts/")
    ('posts/img/my cat.png', None)
    """
    try:
        path = posixpath.normpath(unquote(urlsplit(link.strip()).path, errors="strict"))
    except ValueError:  # percent-encoded bytes that are no UTF-8
        return None
    steps = path.split("/")
    if any(not step or step.startswith(".") or "\\" in step for step in steps):
        return None
    return None if unsound(path) else folder + path


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
    kind = MEDIA_KINDS[suffix_of(path)]
    length = file.seek(0, 2)
    file.seek(0)
    if container_of(file.read(HEAD)) != kind.container:
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


_A_YEAR = 366 * 24 * 3600


@dataclass(slots=True)
class Shelf:
    """The media files of one item, found while its links are gone through.

    ``root`` is the items folder's descriptor, None for an item from elsewhere, which must not link
    to any; ``folder`` the item file's folder in it (``posts/``),
    ``base`` the item's address with a slash at its end. ``states`` has the state of each file that
    a link means, None where there is no use of it; ``notes`` say why.
    """

    root: int | None
    folder: str
    base: str
    media: dict[str, Media] = field(default_factory=dict)
    states: dict[str, Stat | None] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    _refused: set[str] = field(default_factory=set)

    def take(self, link: str) -> Media | None:
        """The file that a link of the item means, None when it means none that can be served."""
        if not is_relative(link):
            return None
        path = local_path(link, self.folder)
        if path is None:
            self._note(f"{link} leads out of the item's own folder, so it is not served")
            return None
        if path not in self.states and path not in self._refused:
            self._look_at(path, path.removeprefix(self.folder))
        return self.media.get(path)

    def address(self, media: Media) -> str:
        """Where a file is served."""
        return self.base + quote(media.name)

    def _look_at(self, path: str, shown: str) -> None:
        suffix = suffix_of(path)
        if suffix not in MEDIA_KINDS:
            self._refused.add(path)
            if suffix:  # else a link to another page, for all one knows
                self._note(f"{shown} is no picture or sound, so it is not served")
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
