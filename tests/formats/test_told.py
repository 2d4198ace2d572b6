"""What is told of a feed's words: ways that are quick give what the plain ways give."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from feedsvc.formats.upstream._reference import has_high
from feedsvc.formats.upstream._told import is_excerpt
from feedsvc.model import Item, excerpt


@given(
    st.lists(st.sampled_from(["<p>", "</p>", "<img alt='a b'>", " ", "\n", "One", "two", "&amp;",
                              "&nbsp;", "x&lt;y", "<", ">", "…", "é,", "\xa0", "w" * 200])),
    st.lists(st.sampled_from(["One", "two", " ", "…", "&", "x<y", "é", "w" * 200, "\xa0"])),
    st.booleans(),
)  # fmt: skip
def test_an_excerpt_is_known_by_its_words_however_it_is_looked_for(
    content: list[str], summary: list[str], same: bool
) -> None:
    html, title = "".join(content), "".join(summary)
    made = excerpt(Item(content_html=html, title=title))
    said = made if same else title
    assert is_excerpt(said, html, title) == (said == made)


@given(st.text(st.sampled_from("a\x7f\x80\x9f\xa0\xff\u0100\u0142…日\U0001f600\ud800"), max_size=6))
def test_high_characters_are_found_among_any(text: str) -> None:
    assert has_high(text) == bool(re.search("[\x80-\xff]", text))
