"""The contract on feeds that are made while the service runs, and on trying a ``where`` out."""

from __future__ import annotations

import pytest
from samples import NOW
from store.desk import MAIN, NEWS, Desk, an_item

from feedsvc.errors import Changed
from feedsvc.model import Status
from feedsvc.store import MadeFeed
from feedsvc.where import Terms, Where

MADE = {"news": MadeFeed("news", '{"name": "news"}', "api:a", NOW)}


def test_made_feeds_are_kept_with_what_they_declare(desk: Desk) -> None:
    desk.put(an_item("news", title="News"))
    before = desk.store.revision()
    desk.store.declare([MAIN, NEWS], NOW, MADE, known={})
    assert desk.store.made_feeds() == MADE
    assert desk.titles("news") == ["News"]
    assert desk.store.revision() > before
    # What stands in no spec is seen by everybody too.
    before = desk.store.revision()
    other = {"news": MadeFeed("news", '{"name": "news", "delta": false}', "api:a", NOW)}
    desk.store.declare([MAIN, NEWS], NOW, other, known=MADE)
    assert desk.store.revision() > before
    assert desk.store.made_feeds() == other
    # Left alone unless they are said.
    desk.store.declare([MAIN], NOW)
    assert desk.store.made_feeds() == other


def test_who_has_not_seen_the_last_change_is_refused(desk: Desk) -> None:
    desk.store.declare([MAIN, NEWS], NOW, MADE, known={})
    before = desk.store.data_version()
    with pytest.raises(Changed):
        desk.store.declare([MAIN], NOW, {}, known={})
    with pytest.raises(Changed):
        desk.store.declare([MAIN], NOW, known={})
    assert desk.store.made_feeds() == MADE
    assert not desk.state("news").ended
    assert desk.store.data_version() == before


def test_a_where_is_tried_out(desk: Desk) -> None:
    for number in range(700):
        desk.later(seconds=1)
        tags = ["odd"] if number % 2 else []
        desk.put(an_item(*tags, title=f"{number}", content_html=f"<p>word{number}</p>"))
    desk.put(an_item("odd", title="draft", status=Status.DRAFT))
    items, count = desk.store.matching(Where(any=Terms(tags=("odd",))), limit=3)
    assert ([item.title for item in items], count) == (["699", "697", "695"], 350)
    items, count = desk.store.matching(Where(any=Terms(text=("word7<",))), limit=3)
    assert (items, count) == ([], 0)
    items, count = desk.store.matching(Where(any=Terms(text=("word69",))), limit=30)
    assert count == 11
    assert items[0].content_html == "<p>word699</p>"
    assert desk.store.matching(Where(), limit=0) == ([], 700)
