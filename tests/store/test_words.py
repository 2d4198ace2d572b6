"""The words of texts and queries."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from store.desk import an_item

from feedsvc.model import Author, Item
from feedsvc.store import words
from feedsvc.store.words import QUERY_WORDS, WORD_LENGTH, Term, parted, searched, terms_of, words_of


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Fish & chips, FISH!", ["chips", "fish"]),
        ("it's", ["it", "s"]),
        ("naïve Café", ["cafe", "naive"]),
        ("Straße ﬁn", ["fin", "strasse"]),
        ("x" * 100, ["x" * WORD_LENGTH]),
        ("東京都", ["東京", "京都", "都"]),
        ("東京2026年", ["2026", "東京", "京", "年"]),
        ("ｱｲ", ["アイ", "イ"]),
        ("한국어", ["한국", "국어", "어"]),
        ("हिन्दी।", ["हिन्दी"]),
        ("سَلَام", ["سلام"]),
        ("soft\u00adhyphen zero\u200cwidth", ["softhyphen", "zerowidth"]),
        ("snake_case", ["case", "snake"]),
        ("😀 !", []),
    ],
)
def test_words_of_a_text(text: str, words: list[str]) -> None:
    assert words_of(Item(title=text)) == set(words)


def test_words_of_an_item() -> None:
    item = an_item("Tag", title="T", summary="S", content_html="<p class='c'>H &lt;</p>")
    assert words_of(item) == {"h", "s", "t", "tag"}
    assert words_of(Item(authors=(Author("Ada", "x@y.example"),))) == {"ada"}


@pytest.mark.parametrize(
    ("query", "terms"),
    [
        ("Fish chips", [Term("fish"), Term("chips")]),
        ("fish FISH", [Term("fish")]),
        ("fis*", [Term("fis", prefix=True)]),
        ("a-b*", [Term("a"), Term("b", prefix=True)]),
        ("*", []),
        ("東京都", [Term("東京"), Term("京都")]),
        ("京", [Term("京", prefix=True)]),
        ("", []),
        ("' OR 1=1", [Term("or"), Term("1")]),
    ],
)
def test_terms_of_a_query(query: str, terms: list[Term]) -> None:
    assert terms_of(query) == terms


def test_a_long_query_counts_as_far_as_it_goes() -> None:
    assert len(terms_of(" ".join(f"w{n}" for n in range(5000)))) == QUERY_WORDS


@given(st.text(max_size=40), st.text(max_size=40))
def test_every_text_finds_itself(text: str, more: str) -> None:
    words = words_of(Item(title=f"{more} {text}"))
    for term in terms_of(text):
        assert term.word in words or (
            term.prefix and any(word.startswith(term.word) for word in words)
        )
        assert "'" not in term.word
        assert '"' not in term.word
        assert "\\" not in term.word


#: Of scripts and signs that change when they are made equal, part words, or part nothing.
_PIECES = st.one_of(
    st.sampled_from(["a", "Z", "7", "x" * 64, "y" * 65]),
    st.sampled_from(["-", "'", "<", "=", "_", "&", " ", "\n", "\t", "\x1c"]),
    st.sampled_from([
        *("\x85", "\xa0", "\u1680", "\u2003", "\u2028", "\u202f", "\u3000"),  # white space
        *("\u0301", "e\u0301s", "\u0338", "\u0327", "\u0903", "\u064e", "\u05b0"),  # marks
        *("\u200c", "\u200d", "\u00ad", "\u2060", "\u200f", "\u202e", "\ufeff"),  # joiners, bidi
        *("\ufb01", "\u00df", "\u1e9e", "\u0149", "\u01c4", "\u2160", "\u00bd", "\u3392"),
        *("\uff21", "\uff76\uff9e", "\uffa1", "\uff11", "\uff0d", "\u3099"),  # widths
        *("\u6771\u4eac", "\u3042", "\ud55c\uad6d", "\u1100\u1161", "\u0e01\u0e33", "\u1780\u17d2"),
        *("\U0001f600", "\U0001f1e9\U0001f1ea", "\u2764\ufe0f", "\u00b4", "\u2026", "\u2019"),
        *("\u0131", "\u0130", "\u03a3", "\u03c2", "\u0390", "\u0345", "\u1fb3", "\u212b", "\u2126"),
    ]),
    st.characters(exclude_categories=["Cs"]),
)
_TEXTS = st.lists(_PIECES, max_size=30).map("".join)


@given(_TEXTS, _TEXTS)
def test_words_are_those_of_the_whole_text(title: str, summary: str) -> None:
    """Only what is not ASCII is made equal; the words, and the index's own, are as if all were."""
    item = Item(title=title, summary=summary)
    text = f"{item.title}\n{item.summary}\n"
    whole = text if text.isascii() else " ".join(words._found(text))
    assert parted(searched(item)) == parted(whole)
    assert _tokens(searched(item)) == _tokens(whole)


def _tokens(text: str) -> set[str]:
    """What SQLite's index makes of a text: an item is forgotten by the same it was found by."""
    kept = re.sub(r"[^0-9A-Za-z\x80-\U0010ffff]", " ", text)
    kept = re.sub("[A-Z]", lambda found: found[0].lower(), kept)
    return set(kept.split(" ")) - {""}
