"""A feed that gets another name and one that ends: what their followers meet."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import feedparser
from journeys.conftest import Site, until
from journeys.desk import aged, at_desk, now
from journeys.polling import FORMS, ask, each_worker, send
from journeys.reading import read
from journeys.walking import Walk, walk

SITE = '[site]\ntitle = "A site"\n'
NOTES = """[[feeds]]
name = "{name}"
title = "Notes"
page_size = 5
{more}
"""


def test_a_renamed_feed_has_nothing_new_for_who_follows(tmp_path: Path) -> None:
    site = Site.of(tmp_path, SITE + NOTES.format(name="notes", more=""))
    with at_desk(tmp_path, declare=True) as desk:
        desk.put(*(aged(f"e{n}", f"Essay {n}", n) for n in range(17)))
    with site.served("--workers", "1"):
        before = {form: walk(site.port, f"/feeds/notes.{form}") for form in FORMS}
        parsed = feedparser.parse(f"{site.url}/feeds/notes.atom")
    site.configure(SITE + NOTES.format(name="jottings", more='formerly = ["notes"]'))
    with site.served("--workers", "1"):
        for form in FORMS:
            is_followed(site, form, before[form])
        followed = feedparser.parse(f"{site.url}/feeds/notes.atom", etag=parsed.etag)
    assert followed.href == f"{site.url}/feeds/jottings.atom"
    assert followed.feed.id == parsed.feed.id
    assert [entry.id for entry in followed.entries] == [entry.id for entry in parsed.entries]


def is_followed(site: Site, form: str, before: Walk) -> None:
    """Every document of that walk leads to its like, and there is nothing new in them."""
    for stop in before.stops:
        answer = ask(site.port, stop.path, {"If-None-Match": stop.answer["ETag"]})
        assert answer.status == 308
        assert answer["Location"] == site.url + stop.path.replace("notes", "jottings")
    after = walk(site.port, f"/feeds/jottings.{form}")
    assert [stop.titles for stop in after.stops] == [stop.titles for stop in before.stops]
    bodies = [stop.answer.body for stop in after.stops]
    known, moved = (read(one.stops[0].answer.body, form) for one in (before, after))
    assert moved.id == known.id
    assert moved.gone == frozenset()
    assert not any(f"{site.url}/feeds/notes".encode() in body for body in bodies)


def test_an_ending_feed_says_so_and_then_is_gone(tmp_path: Path) -> None:
    """The notice stands on top until the end; then 410 at every worker, with the notice in it."""

    def ending(end: datetime) -> str:
        more = f'ends = {end:%Y-%m-%dT%H:%M:%SZ}\nnotice = "We write elsewhere now."'
        return SITE + NOTES.format(name="notes", more=more)

    site = Site.of(tmp_path, SITE + NOTES.format(name="notes", more=""))
    with at_desk(tmp_path, declare=True) as desk:
        desk.put(*(aged(f"e{n}", f"Essay {n}", n + 1) for n in range(7)))
    site.configure(ending(now() + timedelta(days=30)))
    with site.served("--workers", "1"):
        etags = {form: noticed(site, form) for form in FORMS}
    end = now().replace(microsecond=0) + timedelta(seconds=4)
    site.configure(ending(end))
    with site.served("--workers", "2") as process:
        until(lambda: ask(site.port, "/feeds/notes.rss").status == 410)
        assert now() >= end
        with each_worker(process.pid, site.port, 2) as connections:
            for connection in connections.values():
                for form in FORMS:
                    for path in (f"/feeds/notes.{form}", f"/feeds/notes/archive/1.{form}"):
                        gone = send(connection, path, {"If-None-Match": etags[form]})
                        assert gone.status == 410, path
                        assert b"We write elsewhere now." in gone.body
                        assert "ETag" not in gone.headers
                assert send(connection, "/feeds/main.rss").status == 200
        assert b"feeds/notes" not in site.get("/opml.xml")


def noticed(site: Site, form: str) -> str:
    """The ETag of the feed, which has the notice on top and its items below."""
    answer = ask(site.port, f"/feeds/notes.{form}")
    document = read(answer.body, form)
    notice = f"{document.id}/notice"
    assert next(iter(document.titles)) == notice
    assert document.titles[notice].startswith("Notes ends on ")
    assert b"We write elsewhere now." in answer.body
    assert len(document.titles) >= 6
    return answer["ETag"]
