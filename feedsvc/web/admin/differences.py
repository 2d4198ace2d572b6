"""The difference of two texts, word by word, as people read it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

Kind = Literal["same", "removed", "added", "skipped"]

#: Words times words that are compared within a changed passage; a larger one is told as a whole.
_MOST = 4_000_000
#: Lines times lines, likewise.
_MOST_LINES = 25_000_000
#: Of what is the same, so many lines are shown on either side of a change.
_AROUND = 2

#: Words, white space, and each sign and each character of scripts without spaces by itself.
_TOKENS = re.compile(r"[^\W\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+|\s+|.", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text, and what became of it. Of a skipped one ``text`` says how many lines."""

    kind: Kind
    text: str


def difference(old: str, new: str) -> list[Piece]:
    """What was taken away and what was put in, in the order of the text; [] for equal texts.

    Long stretches that are the same are skipped.
    """
    if old == new:
        return []
    return list(_folded(_joined(_by_line(_lines(old), _lines(new)))))


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


def _by_line(old: Sequence[str], new: Sequence[str]) -> Iterator[Piece]:
    if len(old) * len(new) > _MOST_LINES:
        yield from _whole(old, new)
        return
    for op, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if op == "equal":
            yield Piece("same", "".join(old[a:b]))
        else:
            yield from _by_word("".join(old[a:b]), "".join(new[c:d]))


def _by_word(old: str, new: str) -> Iterator[Piece]:
    before, after = _TOKENS.findall(old), _TOKENS.findall(new)
    if not before or not after or len(before) * len(after) > _MOST:
        yield from _whole(before, after)
        return
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    if (
        matcher.ratio() < 0.3
    ):  # little in common but spaces: told apart word by word nobody reads it
        yield from _whole(before, after)
        return
    for op, a, b, c, d in matcher.get_opcodes():
        if op == "equal":
            yield Piece("same", "".join(before[a:b]))
        else:
            yield from _whole(before[a:b], after[c:d])


def _whole(old: Sequence[str], new: Sequence[str]) -> Iterator[Piece]:
    if old:
        yield Piece("removed", "".join(old))
    if new:
        yield Piece("added", "".join(new))


def _joined(pieces: Iterator[Piece]) -> list[Piece]:
    """Changes that only a space parts are one: phrases are easier to read than stray words."""
    joined: list[Piece] = []
    removed = added = gap = ""

    def flush() -> None:
        if removed:
            joined.append(Piece("removed", removed))
        if added:
            joined.append(Piece("added", added))
        if gap:
            joined.append(Piece("same", gap))

    for piece in pieces:
        if piece.kind == "same" and (removed or added) and not gap and piece.text.strip(" ") == "":
            gap = piece.text
        elif piece.kind == "same":
            flush()
            removed = added = gap = ""
            joined.append(piece)
        else:
            if gap:
                removed, added, gap = removed + gap, added + gap, ""
            if piece.kind == "removed":
                removed += piece.text
            else:
                added += piece.text
    flush()
    return joined


def _folded(pieces: Sequence[Piece]) -> Iterator[Piece]:
    """The pieces with the middle of long same ones left out, and counted."""
    for number, piece in enumerate(pieces):
        lines = _lines(piece.text)
        head = _AROUND if number > 0 else 0
        tail = _AROUND if number + 1 < len(pieces) else 0
        skipped = len(lines) - head - tail
        if piece.kind != "same" or skipped < 3:
            yield piece
            continue
        if head:
            yield Piece("same", "".join(lines[:head]))
        yield Piece("skipped", str(skipped))
        if tail:
            yield Piece("same", "".join(lines[-tail:]))
