"""Two versions of a text that were made of the same one, put together line by line. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

#: Lines times lines that are compared; of larger texts mine stands as it is.
_MOST_LINES = 25_000_000


@dataclass(frozen=True, slots=True)
class Merged:
    """The text, and whether all that either has changed is in it."""

    text: str
    whole: bool


@dataclass(frozen=True, slots=True)
class _Change:
    """The lines from ``start`` to before ``end`` are ``lines`` now."""

    start: int
    end: int
    lines: tuple[str, ...]

    def meets(self, other: _Change) -> bool:
        """Whether both are about the same lines, or put something in at the same place."""
        if (self.start, self.end) == (other.start, other.end):
            return True
        return self.start < other.end and other.start < self.end


def merged(base: str, mine: str, theirs: str) -> Merged:
    """What both have changed of ``base``; where they changed the same lines, mine stays."""
    old = base.splitlines(keepends=True)
    my_lines, their_lines = mine.splitlines(keepends=True), theirs.splitlines(keepends=True)
    if len(old) * max(len(my_lines), len(their_lines)) > _MOST_LINES:
        return Merged(mine, whole=False)
    my_changes = _changes(old, my_lines)
    their_changes = _changes(old, their_lines)
    fitting = [
        one for one in their_changes if one in my_changes or not any(map(one.meets, my_changes))
    ]
    # What both have done alike is done once.
    added = [one for one in fitting if one not in my_changes]
    lines = list(old)
    for one in sorted([*my_changes, *added], key=lambda one: (one.start, one.end), reverse=True):
        lines[one.start : one.end] = one.lines
    return Merged("".join(lines), whole=len(fitting) == len(their_changes))


def _changes(old: Sequence[str], new: Sequence[str]) -> list[_Change]:
    found = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    return [_Change(a, b, tuple(new[c:d])) for op, a, b, c, d in found if op != "equal"]
