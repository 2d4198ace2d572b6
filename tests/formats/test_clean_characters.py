"""Which characters come through: every single one of Unicode, and how breaks between them go."""

from __future__ import annotations

import sys
from itertools import product

import pytest

from feedsvc.formats.clean import _characters

EVERY = [chr(number) for number in range(sys.maxunicode + 1)]


def is_unfit(char: str) -> bool:
    """A control but for white space, a surrogate, a non-character, a mark of damage."""
    number = ord(char)
    control = (number < 0x20 or 0x7F <= number < 0xA0) and char not in "\t\n\x0b\x0c\r\x85"
    surrogate = 0xD800 <= number < 0xE000
    non_character = 0xFDD0 <= number < 0xFDF0 or number & 0xFFFE == 0xFFFE
    return control or surrogate or non_character or char in "\ufeff\ufffd"


# Alone, and beside what sends a text the longer way: a soft hyphen and a face.
@pytest.mark.parametrize("around", ["", "\xad\U0001f600"])
def test_drops_what_is_unfit_and_nothing_else(around: str) -> None:
    unfit = set(filter(is_unfit, EVERY))
    breaks = set("\x0b\x0c\r\x85\u2028\u2029")
    for char in EVERY:
        whole = "" if char in unfit else "\n" if char in breaks else char
        assert _characters.fit(char + around) == (whole + around, char in unfit), ascii(char)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("a\r\nb", "a\nb"),
        ("a\r\r\nb", "a\n\nb"),
        ("a\n\rb", "a\n\nb"),
        ("a\x0b\nb", "a\n\nb"),
        ("a\r\x0bb", "a\n\nb"),
        ("“a”\u2028\r\n\x85b", "“a”\n\n\nb"),
    ],
)
def test_every_kind_of_break_is_one(given: str, expected: str) -> None:
    assert _characters.fit(given) == (expected, 0)


def test_one_line_is_the_same_beside_what_is_looked_at_closely() -> None:
    """A soft hyphen is left where it is, and sends a text the longer way."""
    pieces = ("a", " ", "  ", "\n", "\xa0", "\u3000", "é", "\U0001f600", "\ufffd", "\U0001fffe")
    for some in product(pieces, repeat=3):
        text = "x" + "".join(some) + "x"
        kept, dropped = _characters.one_line("\xad" + text)
        assert _characters.one_line(text) == (kept.removeprefix("\xad"), dropped)
