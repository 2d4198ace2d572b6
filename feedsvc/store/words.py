"""The words of a text and of a query, the same for SQLite and PostgreSQL. Pure.

Both databases are given ready words, so both find the same. A word is a run of letters, digits
and marks without regard to case, accents and width. Scripts that are written without spaces
between words (Chinese, Japanese, Thai …) and Korean, whose words carry their particles with them,
are cut into overlapping pairs of characters; any run of them is then found wherever it stands.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from itertools import filterfalse

from feedsvc.model import Item, unmarked

#: Characters of a word that count; PostgreSQL takes up to 2,046 bytes.
WORD_LENGTH = 64
#: Words of a query that count; what follows is left out.
QUERY_WORDS = 32

#: For str.translate, which goes through ASCII faster than a pattern does.
_ASCII_WORDS = {
    code: char.lower() if char.isalnum() else " " for code in range(128) for char in chr(code)
}
#: For bytes.translate: what is in ASCII's words, and what is not.
_IN_WORDS = bytes(ord("w" if chr(code).isalnum() and code < 128 else " ") for code in range(256))
_LONG_WORD = b"w" * (WORD_LENGTH + 1)
#: Marks that searchers leave out: accents, Hebrew points, Arabic vowel signs and the tatweel.
_LEFT_OUT = frozenset(
    code
    for first, last in (
        (0x0300, 0x036F),
        (0x0591, 0x05C7),
        (0x0610, 0x061A),
        (0x0640, 0x0640),
        (0x064B, 0x065F),
        (0x0670, 0x0670),
        (0x06D6, 0x06ED),
        (0x1AB0, 0x1AFF),
        (0x1DC0, 0x1DFF),
        (0x20D0, 0x20FF),
        (0xFE00, 0xFE0F),
        (0xFE20, 0xFE2F),
    )
    for code in range(first, last + 1)
)


class _WordCharacters(dict[int, int | None]):
    """For str.translate: letters, digits and other marks stay, anything else parts words."""

    def __missing__(self, code: int) -> int | None:
        category = unicodedata.category(chr(code))
        kept: int | None = code if category[0] in "LMN" else 0x20
        if category == "Cf" or code in _LEFT_OUT:  # joiners and soft hyphens part nothing
            kept = None
        self[code] = kept
        return kept


_WORD_CHARACTERS = _WordCharacters()
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3130-\u318f"
    "\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]+"
)


@dataclass(frozen=True, slots=True)
class Term:
    """A word of a query; with ``prefix`` it stands for every word that begins so."""

    word: str
    prefix: bool = False


def words_of(item: Item) -> set[str]:
    """Every word that finds the item."""
    return parted(searched(item))


def parted(text: str) -> set[str]:
    """The words of a text that :func:`searched` has made."""
    return {word[:WORD_LENGTH] for word in text.translate(_ASCII_WORDS).split()}


def searched(item: Item) -> str:
    """Text with every word that finds the item, and no other.

    What is no letter and no digit of ASCII parts them, and case does not count: the tokenizer of
    SQLite's index sees them so too, and gets what is ASCII as it stands there.
    """
    texts = [item.title, item.summary, unmarked(item.content_html)]
    texts += [author.name for author in item.authors]
    texts += [part for tag in item.categories for part in (tag.term, tag.label) if part]
    plain = "\n".join(filter(str.isascii, texts))
    others = "\n".join(filterfalse(str.isascii, texts))
    if not others:
        return plain
    if _has_long_word(plain) or _has_long_word(others):
        return " ".join(_found(f"{plain}\n{others}"))
    # White space parts words in any script, so the others' neighbours need not be looked at.
    lines = others.split("\n")
    words = " ".join(filterfalse(str.isascii, lines)).split()
    found = _found(" ".join(filterfalse(str.isascii, words)))
    return "\n".join((plain, *filter(str.isascii, lines), *filter(str.isascii, words), *found))


def _has_long_word(text: str) -> bool:
    """Whether ASCII letters and digits make a word longer than counts."""
    return _LONG_WORD in text.encode(errors="replace").translate(_IN_WORDS)


def _found(text: str) -> list[str]:
    """The words that find the text, in order."""
    found: set[str] = set()
    for run in set(_runs(text)):
        if run.isascii():
            found.add(run[:WORD_LENGTH])
        else:
            found.update(_pieces(run))
    return sorted(found)


def terms_of(query: str) -> list[Term]:
    """The words that an item must have, all of them. Empty when the query holds no word.

    ``*`` after a word makes it a prefix. Anything else that is no letter, digit or mark only
    parts words: there are no operators to get wrong.
    """
    terms: dict[Term, None] = {}
    for part in query[:10_000].replace("\0", " ").split():
        prefix = part.endswith("*")
        runs = list(_runs(part))
        for run in runs:
            for term in _asked(run, prefix=prefix and run is runs[-1]):
                terms[term] = None
        if len(terms) >= QUERY_WORDS:
            break
    return list(terms)[:QUERY_WORDS]


def _runs(text: str) -> list[str]:
    if text.isascii():
        return text.translate(_ASCII_WORDS).split()
    bare = unicodedata.normalize("NFKD", text).translate(_WORD_CHARACTERS).casefold()
    return unicodedata.normalize("NFKC", bare).split()


def _split(run: str) -> list[tuple[str, bool]]:
    """A run in parts of one manner of writing; True for those without spaces."""
    if run.isascii():
        return [(run, False)]
    parts: list[tuple[str, bool]] = []
    end = 0
    for match in _UNSPACED.finditer(run):
        if match.start() > end:
            parts.append((run[end : match.start()], False))
        parts.append((match[0], True))
        end = match.end()
    if end < len(run):
        parts.append((run[end:], False))
    return parts


def _pieces(run: str) -> list[str]:
    pieces: list[str] = []
    for part, unspaced in _split(run):
        if unspaced:
            # The last character stands alone, so that one character finds it as a prefix.
            pieces += [part[i : i + 2] for i in range(len(part))]
        else:
            pieces.append(part[:WORD_LENGTH])
    return pieces


def _asked(run: str, *, prefix: bool) -> list[Term]:
    asked: list[Term] = []
    for part, unspaced in _split(run):
        if not unspaced:
            asked.append(Term(part[:WORD_LENGTH], prefix))
        elif len(part) == 1:
            asked.append(Term(part, prefix=True))
        else:
            asked += [Term(part[i : i + 2]) for i in range(len(part) - 1)]
    return asked
