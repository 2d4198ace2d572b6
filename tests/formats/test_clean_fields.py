"""The quick ways of the border give what the thorough ones give."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st
from strategies import texts

from feedsvc.formats import clean
from feedsvc.formats.clean import _characters, _fields
from feedsvc.model import Category, Item

#: The same time as ``datetime.UTC``, which is known at once.
ZULU = ZoneInfo("UTC")


@given(st.datetimes(timezones=st.just(ZULU)))
def test_a_time_in_utc_is_kept_as_any_other(time: datetime) -> None:
    told: list[str] = []
    told_of_another: list[str] = []
    kept = _fields.time(time.astimezone(UTC), "published", told)
    assert kept == _fields.time(time, "published", told_of_another)
    assert told == told_of_another
    assert kept is None or (kept.microsecond == 0 and kept.utcoffset() == timedelta())


@given(texts() | st.text() | st.text(st.characters(max_codepoint=0x7F)))
def test_what_is_taken_as_it_comes_has_nothing_to_be_dropped(text: str) -> None:
    if text.isprintable() and "\ufffd" not in text:
        assert _characters.fit(text) == (text, 0)
        assert _characters.fit(f"{text}\0") == (text, 1)
        assert _characters.one_line(f"{text}\0") == (_characters.one_line(text)[0], 1)


PIECES = (
    "=",
    '"',
    "'",
    " ",
    "\n",
    "javascript:",
    "VBScript:",
    "data:",
    "j",
    "https://a@b",
    "/",
    "a",
)


@given(st.lists(st.sampled_from(PIECES), max_size=8).map("".join))
def test_an_address_that_would_run_is_told_wherever_it_stands(text: str) -> None:
    found = re.search(r"=\s*[\"']?\s*(javascript|vbscript|data):", text, re.IGNORECASE)
    _, notes = clean.item(Item(content_html=f"<p>{text}"), base="")
    assert any("dropped addresses" in note for note in notes) == (found is not None)


@given(st.lists(st.builds(Category, texts(), st.none() | texts(), st.none() | texts()), max_size=3))
def test_a_category_that_comes_again_is_cleaned_in_the_same_way(given: list[Category]) -> None:
    item = Item(categories=tuple(given))
    assert clean.item(item, base="") == clean.item(item, base="")
