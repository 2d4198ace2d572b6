"""What somebody wants imported, and what became of it: values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from feedsvc.intake.importing.known import Tally
from feedsvc.model import Item
from feedsvc.store import SourceRow, SourceSpec, SourceState


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody wants imported, and what is to become of it.

    ``what`` is an address or a file. With ``every`` it becomes a source. ``own`` says that it is
    the publisher's own: it gets no credit. With ``dry_run`` nothing is written. ``feeds`` are the
    names of those here, which folders of a list may name.
    """

    what: str
    spec: SourceSpec
    every: bool = False
    own: bool = False
    dry_run: bool = False
    origin: str = "cli"
    feeds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One document that was taken in, or would be: the ``number``-th of the history of ``url``; 0
    of one that is only made a source."""

    url: str
    title: str
    number: int
    tally: Tally
    faults: tuple[str, ...] = ()


Told = Callable[[Step], object]


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one feed, list or export.

    ``source`` is the source that it is from now on, or was and stays, and ``before`` what was
    wanted of it until now, None of a new one. ``listed`` counts the feeds of a list, of which
    only what there is to note is told here: each of them has a result of its own.
    """

    url: str
    title: str = ""
    tally: Tally = field(default_factory=Tally)
    documents: int = 0
    error: str | None = None
    source: SourceRow | None = None
    before: SourceSpec | None = None
    listed: int | None = None
    items: tuple[Item, ...] = ()  #: of a dry run: what would be taken in
    resumed: bool = False


#: What one poll came to: ``lost`` is that of a source which somebody else has polled meanwhile.
Became = Literal["changed", "unchanged", "failed", "held", "gone", "lost"]


@dataclass(frozen=True, slots=True)
class Polled:
    """What one poll came to. ``state`` is the source's from now on."""

    source: SourceRow
    became: Became
    state: SourceState
    tally: Tally
