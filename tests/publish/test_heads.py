"""Heads: what is asked of the store for them, and that documents are made once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from publish.desk import FORMATS, SETTINGS, Desk, an_item
from sqlalchemy import event
from sqlalchemy.engine import Engine

from feedsvc.model import Status
from feedsvc.publish.document import Document, Target

LIVE = Target("live", "main", "rss")
TARGETS = [
    LIVE,
    Target("live", "short", "json"),
    Target("archive", "main", "atom", 1),
    Target("search", "words", "rss"),
    Target("opml", ""),
]


@contextmanager
def questions() -> Iterator[list[str]]:
    """What is asked of any database meanwhile; the store's data_version is no question."""
    asked: list[str] = []

    def note(*told: object) -> None:
        asked.append(str(told[2]))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(Engine, "before_cursor_execute", note)


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: f"{target.kind} {target.key}")
def test_an_unchanged_store_is_asked_nothing(desk: Desk, target: Target) -> None:
    desk.put_many(1, 8)
    documents = desk.service.documents
    head = documents.head(target)
    document = documents.document(target)
    with questions() as asked:
        assert documents.head(target) is head
        assert documents.document(target) is document
        desk.clock += timedelta(days=1)
        assert documents.head(target) is head
    assert asked == []


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: f"{target.kind} {target.key}")
def test_nothing_is_made_again_when_others_write(desk: Desk, target: Target) -> None:
    desk.put_many(1, 8)
    head = desk.service.documents.head(target)
    document = desk.made(target)
    coded = document.body("gzip")
    desk.put(an_item(9, feeds=("small",)))
    assert desk.made(target).body("gzip") is coded
    if target.kind == "opml":  # its date moves with any feed
        assert desk.made(target).head.etag == document.head.etag
        return
    assert desk.made(target) is document
    # Whoever keeps something by the head finds it.
    if target.kind != "search":  # which moves with main
        assert desk.service.documents.head(target) is head


def test_another_process_writes_and_the_next_question_knows(desk: Desk) -> None:
    desk.put(an_item(1))
    before = desk.head(LIVE)
    other = desk.opened()
    seen = other.documents.head(LIVE)
    assert seen is not None
    assert seen.etag == before
    desk.put(an_item(2))
    seen = other.documents.head(LIVE)
    assert seen is not None
    assert seen.etag == desk.head(LIVE) != before
    other.close()


def test_what_is_scheduled_is_in_the_head_and_the_bytes_stay(desk: Desk) -> None:
    desk.put(an_item(1))
    before = desk.made(LIVE)
    assert before.head.next_at is None
    at = (desk.clock + timedelta(minutes=5)).replace(microsecond=0)
    desk.put(an_item(2, status=Status.SCHEDULED, published=at))
    after = desk.made(LIVE)
    assert after.head.next_at == at
    assert after.head.etag == before.head.etag
    assert after.body() is before.body()
    assert after.body("gzip") is before.body("gzip")
    desk.clock = at
    desk.service.tick()
    assert desk.made(LIVE).head.next_at is None
    assert desk.made(LIVE).head.etag != before.head.etag


@pytest.mark.parametrize("form", FORMATS)
def test_the_head_and_the_document_advise_the_same(desk: Desk, form: str) -> None:
    for number in range(6):
        desk.clock += timedelta(hours=12)
        desk.put(an_item(number))
        document = desk.document("short", form)  # type: ignore[arg-type]
        assert document.head.ttl is not None
        minutes = document.head.ttl // timedelta(minutes=1)
        written = {"rss": f"<ttl>{minutes}<", "json": f'"ttl":{minutes},', "atom": "sy:update"}
        assert written[form].encode() in document.body() or f'"ttl":{minutes}}}'.encode() in (
            document.body()
        )


def test_eight_threads_get_the_one_document_that_is_made(desk: Desk) -> None:
    for number in range(30):
        desk.put(an_item(number, feeds=("short",)))
    desk.reopen()
    ready = threading.Barrier(8)
    got: list[Document | None] = []

    def ask() -> None:
        ready.wait()
        got.append(desk.service.documents.document(Target("live", "short")))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert None not in got
    assert len(got) == 8
    assert len({id(document) for document in got}) == 1


def test_whoever_asks_while_somebody_writes_gets_no_mixture(desk: Desk) -> None:
    """The validators that a document comes with are those of its bytes: never of another state."""
    desk.put(an_item(0, title="Count 0"))
    guid = desk.service.store.entries("main", limit=1)[0].guid
    told: dict[str, set[bytes]] = {}
    stop = threading.Event()

    def ask() -> None:
        while not stop.is_set():
            for target in (
                LIVE,
                Target("live", "short", "json"),
                Target("search", "count", "atom"),
            ):
                document = desk.service.documents.document(target)
                assert document is not None
                told.setdefault(document.head.etag, set()).add(document.body())

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for number in range(1, 40):
        desk.put(an_item(0, guid=guid, title=f"Count {number}"))
    stop.set()
    for thread in threads:
        thread.join()
    assert len(told) > 10
    assert all(len(bodies) == 1 for bodies in told.values())
    bodies = [next(iter(bodies)) for bodies in told.values()]
    assert len(set(bodies)) == len(bodies)


def test_the_memory_of_heads_has_an_end(desk: Desk) -> None:
    desk.put(an_item(1))
    documents = desk.service.documents
    for number in range(600):
        documents.head(Target("search", f"words {number}"))
    assert len(documents._heads._searches) == 256


def test_a_feed_that_is_gone_has_no_head(desk: Desk) -> None:
    target = Target("live", "short", "rss")
    assert desk.service.documents.head(target) is not None
    other = SETTINGS.replace('name = "short"', 'name = "other"')
    desk.reopen(other)
    assert desk.service.documents.head(target) is None
    assert desk.service.documents.document(target) is None
