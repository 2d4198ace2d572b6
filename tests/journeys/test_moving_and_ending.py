"""A feed that gets another name and one that ends: what their followers meet."""

from __future__ import annotations

import io
from datetime import timedelta
from pathlib import Path

import feedparser
import pytest
from journeys.conftest import Site, until
from journeys.desk import aged, at_desk, now
from journeys.polling import FORMS, ask, each_worker, send
from journeys.reading import read
from journeys.walking import walk

SITE = '[site]\ntitle = "A site"\n'
NOTES = """[[feeds]]
name = "{name}"
title = "Notes"
page_size = 5
{more}
"""


@pytest.mark.parametrize("form", FORMS)
def test_a_renamed_feed_has_nothing_new_for_who_follows(tmp_path: Path, form: str) -> None:
    site = Site.of(tmp_path, SITE + NOTES.format(name="notes", more=""))
    with at_desk(tmp_path, declare=True) as desk:
        desk.put(*(aged(f"e{n}", f"Essay {n}", n) for n in range(17)))
    with site.served("--workers", "1"):
        before = walk(site.port, f"/feeds/notes.{form}")
        known = before.stops[0].answer
        feed = read(known.body, form)
    site.configure(SITE + NOTES.format(name="jottings", more='formerly = ["notes"]'))
    with site.served("--workers", "1"):
        for stop in before.stops:
            answer = ask(site.port, stop.path, {"If-None-Match": stop.answer["ETag"]})
            assert answer.status == 308
            there = stop.path.replace("notes", "jottings")
            assert answer["Location"] == site.url + there
            assert ask(site.port, there).status == 200
        after = walk(site.port, f"/feeds/jottings.{form}")
        assert after.titles == before.titles
        assert [stop.titles for stop in after.stops] == [stop.titles for stop in before.stops]
        moved = read(after.stops[0].answer.body, form)
        assert moved.id == feed.id
        assert moved.gone == frozenset()
        assert f"{site.url}/feeds/notes" not in after.stops[0].answer.body.decode()


def test_feedparser_follows_a_renamed_feed(tmp_path: Path) -> None:
    site = Site.of(tmp_path, SITE + NOTES.format(name="notes", more=""))
    with at_desk(tmp_path, declare=True) as desk:
        desk.put(aged("a", "Essay", 1))
    with site.served("--workers", "1"):
        first = feedparser.parse(f"{site.url}/feeds/notes.atom")
    site.configure(SITE + NOTES.format(name="jottings", more='formerly = ["notes"]'))
    with site.served("--workers", "1"):
        second = feedparser.parse(f"{site.url}/feeds/notes.atom", etag=first.etag)
    assert second.href == f"{site.url}/feeds/jottings.atom"
    assert second.feed.id == first.feed.id
    assert [entry.id for entry in second.entries] == [entry.id for entry in first.entries]


def test_an_ending_feed_says_so_and_then_is_gone(tmp_path: Path) -> None:
    """The notice stands on top until the end; then 410 at every worker, with the notice in it."""
    end = now().replace(microsecond=0) + timedelta(seconds=7)
    words = f'ends = {end:%Y-%m-%dT%H:%M:%SZ}\nnotice = "We write elsewhere now."'
    site = Site.of(tmp_path, SITE + NOTES.format(name="notes", more=""))
    with at_desk(tmp_path, declare=True) as desk:
        desk.put(*(aged(f"e{n}", f"Essay {n}", n + 1) for n in range(7)))
    site.configure(SITE + NOTES.format(name="notes", more=words))
    with site.served("--workers", "2") as process:
        known = {}
        for form in FORMS:
            answer = ask(site.port, f"/feeds/notes.{form}")
            assert answer.status == 200
            document = read(answer.body, form)
            notice = f"{document.id}/notice"
            assert next(iter(document.titles)) == notice
            assert document.titles[notice].startswith("Notes ends on ")
            assert b"We write elsewhere now." in answer.body
            assert len(document.titles) >= 6
            known[form] = answer["ETag"]
        assert now() < end, "the machine is too slow for this test"
        with each_worker(process.pid, site.port, 2) as connections:
            until(lambda: ask(site.port, "/feeds/notes.rss").status == 410, 12)
            assert now() >= end
            for connection in connections.values():
                for form in FORMS:
                    for path in (f"/feeds/notes.{form}", f"/feeds/notes/archive/1.{form}"):
                        gone = send(connection, path, {"If-None-Match": known[form]})
                        assert gone.status == 410, path
                        assert b"We write elsewhere now." in gone.body
                        assert "ETag" not in gone.headers
                assert send(connection, "/feeds/main.rss").status == 200
        parsed = feedparser.parse(io.BytesIO(site.get("/opml.xml")))
        assert "notes" not in str(parsed)
