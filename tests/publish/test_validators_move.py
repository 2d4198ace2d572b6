"""When validators move, over a real store: on publish, edit and withdrawal, and on nothing else."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from publish.desk import FORMATS, SETTINGS, Desk, an_item

from feedsvc.model import Author, Category, Status
from feedsvc.publish.document import Target

Heads = dict[Target, tuple[str, datetime]]


@pytest.fixture
def guids(desk: Desk) -> list[str]:
    """Eight items in main and short, of which main shows three and keeps the others in pages."""
    guids = desk.put_many(1, 8)
    assert len(desk.heads()) > len(FORMATS)
    return guids


def moved(before: Heads, after: Heads) -> set[Target]:
    """The documents whose validators have moved; both parts of one move together, and onwards."""
    found = set()
    for target, (etag, changed_at) in before.items():
        if after[target] != (etag, changed_at):
            assert after[target][0] != etag
            assert after[target][1] > changed_at
            found.add(target)
    return found


def live(key: str = "main") -> set[Target]:
    return {Target("live", key, form) for form in FORMATS}


def test_every_document_has_its_own(desk: Desk, guids: list[str]) -> None:
    targets = [*desk.targets("main"), *desk.targets("short"), *desk.targets("small")]
    targets += [Target("opml", ""), *(Target("search", "words", form) for form in FORMATS)]
    assert len({desk.head(target) for target in targets}) == len(targets)


def edit_of(number: int) -> Callable[[Desk, list[str]], object]:
    return lambda desk, guids: desk.put(an_item(number, guid=guids[number - 1], title="Edited"))


@pytest.mark.parametrize(
    "change",
    [
        lambda desk, guids: desk.put(an_item(9)),
        edit_of(8),
        edit_of(1),
        lambda desk, guids: desk.put(an_item(9, published=desk.clock - timedelta(days=900))),
    ],
    ids=["publish", "edit", "edit of an archived item", "publish an old one"],
)
def test_they_move_and_the_archives_do_not(
    desk: Desk, guids: list[str], change: Callable[[Desk, list[str]], object]
) -> None:
    before = desk.heads()
    change(desk, guids)
    assert moved(before, desk.heads()) == live()


def test_a_withdrawal_moves_the_page_of_the_item_too(desk: Desk, guids: list[str]) -> None:
    before = desk.heads()
    desk.withdraw(guids[0])
    page = {Target("archive", "main", form, 1) for form in FORMATS}
    assert moved(before, desk.heads()) == live() | page


def nothing_due(desk: Desk, guids: list[str]) -> None:
    desk.service.tick()


@pytest.mark.parametrize(
    "change",
    [
        lambda desk, guids: desk.put(an_item(9, feeds=("short",))),
        lambda desk, guids: desk.put(an_item(9, status=Status.DRAFT)),
        lambda desk, guids: desk.put(an_item(9, status=Status.REVIEW)),
        lambda desk, guids: desk.put(
            an_item(9, status=Status.SCHEDULED, published=desk.clock + timedelta(days=1))
        ),
        lambda desk, guids: desk.put(an_item(8, guid=guids[7])),
        nothing_due,
        lambda desk, guids: desk.reopen(),
        lambda desk, guids: desk.reopen(SETTINGS + '[[feeds]]\nname = "more"\n'),
        lambda desk, guids: desk.reopen(SETTINGS.replace('"main"', '"main"\ndelta = false')),
    ],
    ids=[
        "another feed's item", "a draft", "for review", "scheduled", "the same again", "a tick",
        "a restart", "another feed", "deltas off",
    ],
)  # fmt: skip
def test_they_stand_still(
    desk: Desk, guids: list[str], change: Callable[[Desk, list[str]], object]
) -> None:
    before = desk.heads()
    bodies = {target: desk.made(target).body() for target in before}
    change(desk, guids)
    desk.clock += timedelta(days=3)
    assert moved(before, desk.heads()) == set()
    assert {target: desk.made(target).body() for target in before} == bodies


def test_what_is_held_moves_them_when_it_comes_in(desk: Desk) -> None:
    desk.reopen(SETTINGS.replace("page_size = 3", 'page_size = 3\nhold = "10m"'))
    before = desk.heads()
    desk.put(an_item(1))
    assert moved(before, desk.heads()) == set()
    for target in live():
        head = desk.service.documents.head(target)
        assert head is not None
        assert head.next_at == desk.clock + timedelta(minutes=10)
    desk.clock += timedelta(minutes=10)
    desk.service.tick()
    assert moved(before, desk.heads()) == live()


def test_feeds_of_tags_and_authors_move_alone(desk: Desk) -> None:
    for name in ("Ada", "Grace"):
        desk.put(an_item(slug=name, authors=(Author(name),), categories=(Category(name),)))
    before = {
        key: desk.heads(key) for key in ("author:ada", "tag:ada", "author:grace", "tag:grace")
    }
    desk.put(an_item(3, authors=(Author("Grace"),)))
    changed = {key for key, heads in before.items() if moved(heads, desk.heads(key))}
    assert changed == {"author:grace"}


@pytest.mark.parametrize("change", ['title = "Site"', 'url = "https://example.org"'])
def test_another_configuration_moves_all_of_them(desk: Desk, guids: list[str], change: str) -> None:
    before = desk.heads()
    word = change.split('"')[1]
    desk.reopen(SETTINGS.replace(change, change.replace(word, f"{word}.new")))
    after = desk.heads()
    assert all(before[target][0] != after[target][0] for target in before)
    assert all(before[target][1] < after[target][1] for target in live())


@pytest.mark.parametrize("change", ["page_size = 4", "page_size = 3\nmax_bytes = 65536"])
def test_another_size_moves_the_live_feeds_alone(desk: Desk, guids: list[str], change: str) -> None:
    desk.put(an_item(9, categories=(Category("cats"),)))
    before, tag = desk.heads(), desk.heads("tag:cats")
    pages = {t: desk.made(t).body() for t in before if t.kind == "archive"}
    assert pages
    desk.reopen(SETTINGS.replace("page_size = 3", change))
    assert moved(before, desk.heads()) == live()
    assert moved(tag, desk.heads("tag:cats")) == live("tag:cats")
    assert {target: desk.made(target).body() for target in pages} == pages


def test_an_end_and_its_notice_move_the_live_feed_alone(desk: Desk) -> None:
    news = SETTINGS + '[[feeds]]\nname = "news"\npage_size = 2\n'
    desk.reopen(news)
    desk.put_many(1, 6)
    for change in (
        "ends = 2027-01-31\n",
        'ends = 2027-01-31\nnotice = "Read on."\n',
        'ends = 2027-02-28\nnotice = "Read on there."\n',
        "",
    ):
        before = desk.heads("news")
        desk.reopen(news + change)
        assert moved(before, desk.heads("news")) == live("news"), change


@pytest.mark.parametrize(
    "change", ['hold = "10m"', "delta = false", 'formerly = ["x"]', 'where.none.tags = ["x"]']
)
def test_what_no_document_says_moves_none(desk: Desk, guids: list[str], change: str) -> None:
    before = desk.heads()
    desk.reopen(SETTINGS.replace("page_size = 3", f"page_size = 3\n{change}"))
    assert moved(before, desk.heads()) == set()


def test_nothing_needs_to_be_rendered_to_know_them(desk: Desk, guids: list[str]) -> None:
    """Not even after a restart: here no item can be read any more."""
    before = {**desk.heads(), **desk.heads("short")}
    desk.service.close()
    with sqlite3.connect(desk.database) as conn:
        conn.execute("UPDATE items SET authors = '{', title = 'lost'")
    conn.close()
    desk.service = desk.opened()
    assert {**desk.heads(), **desk.heads("short")} == before


_ELSEWHERE = """
import sys
from pathlib import Path
from feedsvc import config
from feedsvc.publish.document import Target
from feedsvc.service import Service
service = Service.open(config.load(Path(sys.argv[1]), {}), declare=False)
for kind, key, form, number in (line.split() for line in sys.stdin):
    document = service.documents.document(Target(kind, key, form, int(number)))
    print(document.head.etag, document.head.last_modified.timestamp())
    print(document.body().hex())
"""


def test_another_process_knows_the_same_and_makes_the_same(desk: Desk, guids: list[str]) -> None:
    targets = [*desk.targets("main"), *desk.targets("short"), Target("search", "words", "json")]
    asked = "".join(f"{t.kind} {t.key} {t.form} {t.number}\n" for t in targets)
    said = subprocess.run(
        [sys.executable, "-c", _ELSEWHERE, str(desk.path)],
        input=asked,
        env={**os.environ, "PYTHONHASHSEED": "4711"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split("\n")
    for target, head, body in zip(targets, said[::2], said[1::2], strict=False):
        document = desk.made(target)
        etag, changed_at = head.split()
        assert etag == document.head.etag
        assert float(changed_at) == document.head.last_modified.timestamp()
        assert bytes.fromhex(body) == document.body()
