"""Feeds that people made are kept in the transaction that declares them."""

from __future__ import annotations

from dataclasses import replace

from samples import NOW
from store.desk import Desk

from feedsvc.store import MadeFeed
from feedsvc.store.made import drop_made_feed, keep_made_feed, replace_made

SEA = MadeFeed("sea", '{"title": "Möwen"}', "editor:ada", NOW)
LAND = MadeFeed("land", "{}", "api:phone", NOW)


def test_they_are_kept_changed_and_dropped_one_by_one(desk: Desk) -> None:
    write = desk.store._database.write
    for feed in (SEA, LAND, replace(SEA, section="{}")):
        write(keep_made_feed, feed)
    assert desk.store.made_feeds() == {"land": LAND, "sea": replace(SEA, section="{}")}
    write(drop_made_feed, "land")
    assert list(desk.store.made_feeds()) == ["sea"]


def test_they_are_replaced_all_at_once(desk: Desk) -> None:
    write = desk.store._database.write
    for wanted in ({"sea": SEA, "land": LAND}, {"land": replace(LAND, origin="api:tv")}, {}):
        write(replace_made, wanted)
        assert desk.store.made_feeds() == wanted
