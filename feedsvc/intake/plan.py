"""What a look at the folder means, decided on values alone: whose file is whose, what is new.

The store remembers a :class:`FileRow` for each path. Four kinds of path share that table:

- ``posts/hello.md``: an item file in the folder, or, with the size ``GONE``, one that was there;
  its row stays, so that the file coming back is the same item again;
- ``posts/hello.md//posts/cat.png``: a media file that this item file links to, to see that it
  changes (no path has an empty part, so the two slashes can't be mistaken), or an item file that
  it links to and that is no item yet, to see that it comes;
- ``/home/jane/hello.md``: a file that was published from outside the folder.

A path that is known keeps its item, whatever is written into it. Only a path that is not known is
asked whether it is a file that vanished elsewhere: the same bytes, or the same inode or file name
with much the same words (an inode alone says little: the next new file gets a deleted one's).
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeVar

from feedsvc.intake.scan import Scan, Stat
from feedsvc.model import Item
from feedsvc.store import FileRow

#: The size in the row of a file that is not there.
GONE = -1
#: The time of change in the row of a file that must be read again at the next sync: why it was
#: refused lies outside the file (an id that another file has, a feed that is not declared).
AGAIN = -1

_BESIDE = "//"


def media_key(item_path: str, media_path: str) -> str:
    """The path of the row of a media file that an item file links to."""
    return item_path + _BESIDE + media_path


@dataclass(frozen=True, slots=True)
class Known:
    """The store's file rows, sorted by what they stand for.

    ``media`` maps an item file's path to the rows of the media files it links to, by their paths.
    """

    present: dict[str, FileRow] = field(default_factory=dict)
    gone: dict[str, FileRow] = field(default_factory=dict)
    outside: dict[str, FileRow] = field(default_factory=dict)
    media: dict[str, dict[str, FileRow]] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: Mapping[str, FileRow]) -> Known:
        """Sort the rows."""
        known = cls()
        for path, row in rows.items():
            item_path, beside, media_path = path.partition(_BESIDE)
            if beside and item_path:
                known.media.setdefault(item_path, {})[media_path] = row
            elif path.startswith("/"):
                known.outside[path] = row
            elif row.size == GONE:
                known.gone[path] = row
            else:
                known.present[path] = row
        return known


def same_state(row: FileRow, seen: Stat) -> bool:
    """Whether a file is as it was when its row was written, as far as the system tells."""
    return (row.mtime_ns, row.size, row.inode) == (seen.mtime_ns, seen.size, seen.inode)


@dataclass(frozen=True, slots=True)
class Compared:
    """The folder against what is known, before anything is read.

    ``suspects`` must be read; the media beside those in ``stale`` changed. ``vanished`` were
    there and are not.
    """

    unchanged: tuple[FileRow, ...] = ()
    suspects: tuple[str, ...] = ()
    stale: frozenset[str] = frozenset()
    vanished: tuple[FileRow, ...] = ()


def compare(known: Known, scan: Scan) -> Compared:
    """Say which files need reading and which are gone; in name order."""
    stale = frozenset(
        item_path
        for item_path, rows in known.media.items()
        if any(
            _media_changed(row, scan.media.get(path) or scan.files.get(path))
            for path, row in rows.items()
        )
    )
    unchanged, suspects = [], []
    for path, seen in scan.files.items():
        row = known.present.get(path)
        if row is not None and same_state(row, seen) and path not in stale:
            unchanged.append(row)
        else:
            suspects.append(path)
    blind = tuple(scan.blind)
    vanished = tuple(
        row
        for path, row in sorted(known.present.items())
        if path not in scan.files and path not in scan.withheld and not path.startswith(blind)
    )
    return Compared(tuple(unchanged), tuple(suspects), stale, vanished)


def _media_changed(row: FileRow, seen: Stat | None) -> bool:
    # A picture that is there but was of no use is looked at again: a change of its permissions
    # leaves no mark in the state.
    return seen is not None if row.size == GONE else seen is None or not same_state(row, seen)


@dataclass(frozen=True, slots=True)
class Suspect:
    """An item file that was read: its path, its state then, the SHA-256 of its bytes in hex."""

    path: str
    stat: Stat
    digest: str


Kind = Literal["added", "changed", "touched", "moved", "back"]


@dataclass(frozen=True, slots=True)
class Decision:
    """What one file is. ``row`` is what is known of its item, under this path or another."""

    kind: Kind
    suspect: Suspect
    row: FileRow | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do: a decision for each file that was read, and the files that are gone for good."""

    decisions: tuple[Decision, ...]
    vanished: tuple[FileRow, ...]


def doubtful(
    known: Known, compared: Compared, suspects: Sequence[Suspect]
) -> list[tuple[Suspect, FileRow]]:
    """The pairs of a new path and a vanished file that only a look at the words can tell apart."""
    lost = [row for row in compared.vanished if row.guid]
    digests = {row.digest for row in lost}
    new = [one for one in suspects if one.path not in known.present and one.digest not in digests]
    by_inode = {row.inode: row for row in lost}
    by_name = _single(lost)
    new_names = _single(new)
    pairs = []
    for one in new:
        name = one.path.rpartition("/")[2]
        by = [by_inode.get(one.stat.inode), by_name.get(name) if name in new_names else None]
        pairs += [(one, row) for row in dict.fromkeys(by) if row is not None]
    return pairs


_Named = TypeVar("_Named", FileRow, Suspect)


def _single(named: Iterable[_Named]) -> dict[str, _Named]:
    """By file name; a name that occurs more than once says nothing (``index.md``)."""
    found: dict[str, list[_Named]] = defaultdict(list)
    for one in named:
        found[one.path.rpartition("/")[2]].append(one)
    return {name: those[0] for name, those in found.items() if len(those) == 1}


def decide(
    known: Known,
    compared: Compared,
    suspects: Sequence[Suspect],
    alike: Collection[tuple[str, str]] = (),
) -> Plan:
    """Give each file that was read its item.

    ``alike`` holds, of the pairs that :func:`doubtful` names, those (new path, vanished path) whose
    words are much the same.
    """
    decisions: list[Decision] = []
    newcomers: list[Suspect] = []
    for suspect in suspects:
        row = known.present.get(suspect.path)
        if row is None:
            newcomers.append(suspect)
        else:
            same = row.digest == suspect.digest and row.mtime_ns != AGAIN
            quiet = same and suspect.path not in compared.stale
            decisions.append(Decision("touched" if quiet else "changed", suspect, row))
    # The best evidence first, and for all files before the next best is asked: the bytes, then the
    # words, then what is remembered of files that went at an earlier time.
    claims = _Claims(newcomers)
    lost = [row for row in compared.vanished if row.guid]
    claims.make("moved", _by(lost, lambda row: row.digest), lambda one: one.digest)
    words = dict(sorted(alike))
    claims.make("moved", _by(lost, lambda row: row.path), lambda one: words.get(one.path, ""))
    old = [row for row in (*known.gone.values(), *known.outside.values()) if row.guid]
    claims.make("back", _by(old, lambda row: row.path), lambda one: one.path)
    claims.make("back", _by(old, lambda row: row.digest), lambda one: one.digest)
    decisions += claims.decisions
    decisions += (Decision("added", suspect) for suspect in claims.open)
    decisions.sort(key=lambda decision: decision.suspect.path)
    gone = tuple(row for row in compared.vanished if row.path not in claims.taken)
    return Plan(tuple(decisions), gone)


def _by(rows: Iterable[FileRow], key: Callable[[FileRow], str]) -> dict[str, list[FileRow]]:
    found: dict[str, list[FileRow]] = defaultdict(list)
    for row in rows:
        found[key(row)].append(row)
    return found


class _Claims:
    """New paths asking for the items of rows that lost their file; a row is given once."""

    def __init__(self, newcomers: Iterable[Suspect]) -> None:
        self.open = list(newcomers)
        self.taken: set[str] = set()
        self.decisions: list[Decision] = []

    def make(
        self, kind: Kind, rows: Mapping[str, list[FileRow]], key: Callable[[Suspect], str]
    ) -> None:
        """Give each open path the row with its key that is most like it; the others stay open."""
        still_open = []
        for one in self.open:
            free = [row for row in rows.get(key(one), ()) if row.path not in self.taken]
            if not free:
                still_open.append(one)
                continue
            row = min(free, key=lambda row: _unlikeness(one, row))
            self.taken.add(row.path)
            self.decisions.append(Decision(kind, one, row))
        self.open = still_open


def _unlikeness(one: Suspect, row: FileRow) -> tuple[bool, bool, str]:
    other_name = one.path.rpartition("/")[2] != row.path.rpartition("/")[2]
    return (one.stat.inode != row.inode, other_name, row.path)


def much_the_same(old: Item, new: Item) -> bool:
    """Whether two items are much the same: the same title, or most of the words in common."""
    if old.title and old.title == new.title:
        return True
    ours, theirs = Counter(_words(old)), Counter(_words(new))
    return 2 * (ours & theirs).total() > max(ours.total(), theirs.total())


_TAG = re.compile("<[^<>]*>")


def _words(item: Item) -> list[str]:
    return re.findall(r"\w+", f"{item.title} {_TAG.sub(' ', item.content_html)}")
