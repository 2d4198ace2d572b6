"""The words of texts and queries."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from store.desk import an_item

from feedsvc.model import Author, Item
from feedsvc.store.words import QUERY_WORDS, WORD_LENGTH, Term, terms_of, words_of


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
