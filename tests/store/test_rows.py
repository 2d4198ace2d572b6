"""Rows that are damaged within: what of them can be read is shown, and the rest is told."""

from __future__ import annotations

import logging
from dataclasses import replace

import pytest
from samples import FULL, NOW
from store.desk import Desk

from feedsvc.model import Status, Via
from feedsvc.store import MadeFeed
from feedsvc.store.made import keep_made_feed
from feedsvc.store.rows import ItemRows

ROWS = ItemRows("https://example.org")


@pytest.mark.parametrize(
    ("column", "value", "field"),
    [
        ("authors", "not json", {"authors": ()}),
        ("categories", '[{"term": "x", "nix": 1}]', {"categories": ()}),
        ("enclosures", "[1]", {"enclosures": ()}),
        ("source", "{", {"source": None}),
        ("via", '[{"title": "B"}]', {"via": ()}),
        ("podcast", '{"duration": 1, "chapters": 3}', {"podcast": None}),
        ("feeds", "5", {"feeds": ()}),
        ("status", "publishe\x01", {"status": Status.WITHDRAWN}),
    ],
)
def test_a_damaged_row_shows_the_rest(
    column: str, value: str, field: dict[str, object], caplog: pytest.LogCaptureFixture
) -> None:
    row = ROWS.row(FULL) | {column: value}
    with caplog.at_level(logging.ERROR):
        assert ROWS.item(row) == replace(FULL, **field)
    assert FULL.guid in caplog.text


def test_other_places_on_our_own_site_move_with_it() -> None:
    via = (Via("https://example.org/items/b", "B"), Via("https://example.org.evil.example/"))
    row = ROWS.row(replace(FULL, via=via))
    assert ItemRows("https://new.example").item(row).via == (
        Via("https://new.example/items/b", "B"),
        Via("https://example.org.evil.example/"),
    )


def test_a_damaged_row_takes_no_feed_down_and_verify_tells(desk: Desk) -> None:
    desk.put(FULL)
    desk.put(title="Other")
    desk.store._database.write(
        lambda conn: conn.exec_driver_sql("UPDATE items SET authors = '[' WHERE slug = 'full'")
    )
    assert desk.titles() == ["Other", FULL.title]
    (told,) = desk.store.verify()
    assert FULL.guid in told
    # Put anew, it heals.
    assert desk.put(FULL).kind == "changed"
    assert desk.store.verify() == []


def test_wrong_counts_are_told(desk: Desk) -> None:
    desk.put()
    desk.store._database.write(lambda conn: conn.exec_driver_sql("UPDATE feeds SET count = 7"))
    assert desk.store.verify() == ["the feed main counts 7 entries and has 1"]


def test_what_is_noted_wrongly_beside_the_items_is_told(desk: Desk) -> None:
    desk.put(guid="urn:x:1", image=f"https://example.org/media/{'a' * 32}/a.png")
    desk.store._database.write(
        lambda conn: (
            conn.exec_driver_sql("UPDATE upload_uses SET upload_id = 'b'"),
            keep_made_feed(conn, MadeFeed("good", "{}", "api:a", NOW)),
            keep_made_feed(conn, MadeFeed("bad", "{", "api:a", NOW)),
        )
    )
    uses, made = desk.store.verify()
    assert uses == "which uploads the item urn:x:1 uses is noted wrongly"
    assert made.startswith("the made feed bad can't be read")
    assert list(desk.store.made_feeds()) == ["bad", "good"]


def test_times_come_back_exactly(desk: Desk) -> None:
    desk.now = NOW.replace(microsecond=999_999)
    desk.declare()
    desk.reopen()
    state = desk.store.feed_state("main")
    assert state is not None
    assert state.changed_at == desk.now
