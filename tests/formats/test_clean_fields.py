"""The quick ways of the border give what the thorough ones give."""

from __future__ import annotations

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


@given(texts() | st.text())
def test_what_is_taken_as_it_comes_has_nothing_to_be_dropped(text: str) -> None:
    if text.isprintable() and "\ufffd" not in text:
        assert _characters.fit(f"{text}\0") == (text, 1)
        assert _characters.one_line(f"{text}\0") == (_characters.one_line(text)[0], 1)


@given(st.lists(st.builds(Category, texts(), st.none() | texts(), st.none() | texts()), max_size=3))
def test_a_category_that_comes_again_is_cleaned_in_the_same_way(given: list[Category]) -> None:
    item = Item(categories=tuple(given))
    assert clean.item(item, base="") == clean.item(item, base="")
