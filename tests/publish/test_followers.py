"""Readers that follow a feed for a while: whatever they are sent, they have what is published."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from publish.desk import FORMATS, Desk, an_item, parsed

from feedsvc.publish.document import Document, Format, Target

SETTINGS = """
[site]
title = "Site"
url = "https://example.org"
[store]
url = "{store}"
[[feeds]]
name = "main"
page_size = 4
max_bytes = 16384
"""


@dataclass
class Follower:
    """Keeps what it was sent, by the rules of RFC 3229, 5005 and 6721."""

    desk: Desk
    form: Format
    etag: str = ""
    items: dict[str, str] = field(default_factory=dict)
    answers: dict[str, int] = field(default_factory=dict)

    def poll(self) -> None:
        target = Target("live", "main", self.form)
        documents = self.desk.service.documents
        head = documents.head(target)
        assert head is not None
        if head.etag == self.etag:
            self._count("unchanged")
            return
        made = documents.delta(target, self.etag)
        if made is not None:
            self._count("delta")
            for stone in parsed(made).tombstones:
                self.items.pop(stone.guid, None)
            for item in parsed(made).items:
                self.items[item.guid] = item.title
        else:
            self._count("whole")
            made = self.desk.made(target)
            self.items = self._walk(made)
        self.etag = made.head.etag

    def _walk(self, document: Document) -> dict[str, str]:
        found: dict[str, str] = {}
        while True:
            for item in parsed(document).items:
                found.setdefault(item.guid, item.title)
            older = parsed(document).feed.link("prev-archive")
            if older is None:
                return found
            number = int(older.rpartition("/")[2].partition(".")[0])
            document = self.desk.made(Target("archive", "main", self.form, number))

    def _count(self, answer: str) -> None:
        self.answers[answer] = self.answers.get(answer, 0) + 1


@pytest.mark.parametrize("seed", range(2))
def test_they_have_what_is_published(store_url: str, tmp_path: Path, seed: int) -> None:
    desk = Desk(tmp_path, SETTINGS.format(store=store_url))
    chance = random.Random(seed)
    followers = [Follower(desk, form) for form in (*FORMATS, "json", "json")]
    guids: list[str] = []
    for step in range(50):
        number = chance.randrange(len(guids)) if guids else 0
        words = "<p>" + "words " * chance.choice((1, 1, 100, 900)) + "</p>"
        match chance.randrange(10):
            case 0 | 1 | 2 | 3:
                guids.append(desk.put(an_item(step, content_html=words)))
            case 4:
                old = desk.clock - timedelta(days=chance.randrange(900))
                guids.append(desk.put(an_item(step, content_html=words, published=old)))
            case 5 | 6 if guids:  # an edit; one that was withdrawn comes back
                desk.put(an_item(step, guid=guids[number], content_html=words))
            case 7 | 8 if guids:
                desk.withdraw(guids[number])
            case 9 if step % 3 == 0:
                desk.reopen()
        for follower in followers:
            if chance.random() < 0.3:
                follower.poll()
                live = desk.service.store.entries("main", limit=1000)
                assert follower.items == {item.guid: item.title for item in live}
    told = {answer for follower in followers for answer in follower.answers}
    assert told == {"unchanged", "delta", "whole"}
    desk.service.close()
