"""Which characters text may hold: what every format, parser and reader of ours can carry.

Kept out are the characters that XML 1.0 has no way to write (2.2), those it discourages because
software trips over them, and those that only ever mark damage: the C0 and C1 controls, lone
surrogates, the non-characters, U+FEFF and U+FFFD. They are dropped, not replaced: a feed with
U+FFFD in it is warned of just as one with the control character.
"""

from __future__ import annotations

import re

# Non-characters stand at the end of each of the 17 planes, and from U+FDD0 to U+FDEF; U+FDD0 also
# is a private mark of the store, so it must never come in.
_UNFIT = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufeff\ufffd-\uffff]"
)
# Apart, and looked for only where a character beyond U+FFFF stands: a set with such characters in
# it is compared with each character of a text one by one, which took 40 times as long.
_UNFIT_BEYOND = re.compile(
    "[^\x00-\uffff](?<=["
    + "".join(chr(plane << 16 | low) for plane in range(1, 17) for low in (0xFFFE, 0xFFFF))
    + "])"
)
# White space that XML can't carry or that breaks a line for some programs only: word processors
# write U+000B, mainframes U+0085. One set at its front, which is found ten times as fast as one of
# several alternatives.
_LINE_BREAKS = re.compile("[\r\x0b\x0c\x85\u2028\u2029](?:(?<=\r)\n)?")
_DRAWN = bytes(range(0x20, 0x7F)) + b"\n"
_WHITE_SPACE = re.compile("[ \t\n]+")


def fit(value: str) -> tuple[str, int]:
    """``value`` with only characters that a feed can carry, and how many were dropped.

    Every kind of line break becomes U+000A.
    """
    # Most of what comes: ASCII without controls. Bytes are searched for them four times as fast.
    if value.isascii() and not value.encode().translate(None, _DRAWN):
        return value, 0
    # Much of the rest. What Python takes for printable is drawn, or a space: no control or line
    # break, no non-character, no bidi control (Unicode's categories C and Z). U+FFFD is drawn.
    if value.replace("\n", "").isprintable() and "\ufffd" not in value:
        return value, 0
    kept, dropped = _UNFIT.subn("", value)
    kept, beyond = _UNFIT_BEYOND.subn("", kept)
    return _LINE_BREAKS.sub("\n", kept), dropped + beyond


def one_line(value: str) -> tuple[str, int]:
    """``value`` as a plain field holds it, and how many characters were dropped.

    White space is folded to single spaces and taken from both ends. No-break and ideographic
    spaces stay where a writer put them between words.
    """
    if value.isprintable() and "  " not in value and "\ufffd" not in value:
        return value.strip(), 0  # most of what comes
    kept, dropped = fit(value)
    isolated = kept if kept.isascii() else _balanced(kept)
    folded = _WHITE_SPACE.sub(" ", isolated).strip()
    return folded, dropped + len(kept) - len(isolated)


_EMBEDDINGS = frozenset("\u202a\u202b\u202d\u202e")  # LRE, RLE, LRO, RLO
_ISOLATES = frozenset("\u2066\u2067\u2068")  # LRI, RLI, FSI
_POP_EMBEDDING = "\u202c"
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")


def _balanced(value: str) -> str:
    """``value`` without the bidi controls that have no partner (UAX 9).

    A pair is a writer's right. One left open would turn around whatever a page shows after the
    field: the next author, the date, the address.
    """
    stray: set[int] = set()
    opened: list[tuple[int, str]] = []
    for found in _BIDI.finditer(value):
        at, char = found.start(), found[0]
        if char in _EMBEDDINGS or char in _ISOLATES:
            opened.append((at, char))
        elif char == _POP_EMBEDDING:
            if opened and opened[-1][1] in _EMBEDDINGS:
                opened.pop()
            else:
                stray.add(at)
        elif any(char in _ISOLATES for _, char in opened):
            while opened[-1][1] in _EMBEDDINGS:
                stray.add(opened.pop()[0])
            opened.pop()
        else:
            stray.add(at)
    stray.update(at for at, _ in opened)
    if not stray:
        return value
    return "".join(char for at, char in enumerate(value) if at not in stray)
