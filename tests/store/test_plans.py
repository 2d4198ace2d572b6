"""The questions that are asked all the time are answered from an index, however many rows."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from store.asked import explained, statements
from store.desk import MAIN, NEWS, Desk, an_item
from store.walking import KEPT

from feedsvc.model import Status
from feedsvc.store import Put, archiving


@pytest.fixture(scope="module")
def plans(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """What SQLite does for each question."""
    few = replace(MAIN, page_size=4)
    desk = Desk(f"sqlite:///{tmp_path_factory.mktemp('plans')}/feedsvc.db", few)
    changes = [Put(an_item("tag", title=f"Item {n}", slug=f"item-{n}")) for n in range(50)]
    guid = desk.store.apply(changes, desk.now)[0].guid
    desk.put(title="To come", published=desk.now + timedelta(days=1))
    found = {}
    cursor = desk.store.items(limit=5)[1]
    for name, ask in {
        "entries": lambda: desk.store.entries("main", limit=5),
        "tag": lambda: desk.store.entries("tag:tag", limit=5, offset=10),
        "state": lambda: desk.store.feed_state("main"),
        "live": lambda: desk.store.live("main", limit=5, kept=KEPT),
        "archive": lambda: desk.store.page("main", 3),
        "delta": lambda: desk.store.delta("main", revision=45, at=desk.now, limit=10),
        "times": lambda: desk.store.times("main"),
        "next entry": lambda: desk.store.next_entry("tag:tag"),
        "found": lambda: desk.store.found("item", limit=5),
        "states": lambda: desk.store.feed_states("tag"),
        "item": lambda: (desk.store.item(guid=guid), desk.store.item(slug="item-1")),
        "media": lambda: desk.store.media("item-1", "a.png"),
        "tombstones": lambda: desk.store.tombstones("main", since=desk.now),
        "due": desk.store.next_due,
        "tick": lambda: desk.store.tick(desk.now),
        "page": lambda: desk.store.items(limit=5, cursor=cursor),
        "drafts": lambda: desk.store.items(limit=5, status=Status.DRAFT, cursor=cursor),
        "page of a feed": lambda: desk.store.items(limit=5, feed="main", cursor=cursor),
        "search": lambda: desk.store.search("item", limit=5),
        "changes": lambda: desk.store.changed_since(45, limit=5),
        "changes of a feed": lambda: desk.store.changed_since(45, feed="main", limit=5),
        "history": lambda: desk.store.history(str(guid)),
        "version": lambda: desk.store.version(str(guid), 1),
        "uploads": lambda: desk.store.uploads(cursor=f"5.{'a' * 32}"),
        "users": lambda: desk.store.upload_users("a" * 32),
        "readers of a file": lambda: desk.store.upload_readers("a" * 32),
        "session": lambda: desk.store.session("a"),
        "token": lambda: desk.store.token("a"),
        "readers": lambda: desk.store.tokens("read:main"),
        "edit": lambda: desk.put(title="Edited", replaces=guid),
        "new": lambda: desk.put(title="New"),
        "seal": lambda: [desk.put(title=f"New {n}") for n in range(5)],
        "withdraw": lambda: desk.withdraw(str(guid)),
        "declare": lambda: desk.declare(few, NEWS),
    }.items():
        with statements(desk.store._database.engine) as asked:
            ask()
        found[name] = desk.store._database.read(explained, asked)
    desk.store.close()
    return found


def test_nothing_reads_a_whole_table(plans: dict[str, list[str]]) -> None:
    for name, steps in plans.items():
        for step in steps:
            whole = step.startswith("SCAN") and not any(
                word in step
                for word in (
                    "VIRTUAL TABLE INDEX",
                    "SCAN wanted",
                    "SCAN anon",
                    "CONSTANT",
                    "revision",
                )
            )
            walks_in_order = name == "page" and "USING INDEX items_sort" in step
            assert not whole or walks_in_order, (name, steps)


def test_nothing_reads_a_whole_feed(plans: dict[str, list[str]]) -> None:
    """But for a listing, which goes in its order as far as it is wanted."""
    for name, steps in plans.items():
        for table in ("entries", "archived", "pages"):
            for index in ("PRIMARY KEY", "INDEX entries_revision", "INDEX entries_left"):
                assert f"SEARCH {table} USING {index} (feed=?)" not in steps, (name, steps)


@pytest.mark.parametrize(
    ("name", "index"),
    [
        ("entries", "entries_live"),
        ("tag", "entries_live"),
        ("tombstones", "entries_left"),
        ("due", "items_due"),
        ("due", "entries_due"),
        ("page", "items_sort"),
        ("drafts", "items_status"),
        ("page of a feed", "entries_live"),
        ("states", "feeds_kind"),
        ("live", "entries_live"),
        ("live", "entries_open"),
        ("live", "entries_left"),
        ("times", "entries_live"),
        ("delta", "entries_revision"),
        ("next entry", "entries_waiting"),
        ("seal", "entries_open"),
        ("withdraw", "archived_item"),
        ("due", "feeds_ends"),
        ("changes", "items_revision"),
        ("changes of a feed", "entries_revision"),
        ("history", "changes_item"),
        ("uploads", "uploads_at"),
        ("readers", "tokens_scope"),
    ],
)
def test_its_index_answers_it(plans: dict[str, list[str]], name: str, index: str) -> None:
    assert any(index in step for step in plans[name]), plans[name]


@pytest.mark.parametrize(
    "name",
    [
        "entries",
        "tag",
        "page",
        "drafts",
        "page of a feed",
        "states",
        "declare",
        "live",
        "times",
        "new",
        "changes",
        "changes of a feed",
        "history",
        "uploads",
    ],
)
def test_nothing_is_sorted(plans: dict[str, list[str]], name: str) -> None:
    sorts = [step for step in plans[name] if "TEMP B-TREE" in step]
    # The few rows of the page itself may be.
    assert len(sorts) <= (1 if name in ("entries", "tag") else 0), plans[name]


def test_postgresql_knows_of_very_many_at_once(
    empty_postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else it takes the newest of a feed by sorting all of it, until it has counted by itself."""
    monkeypatch.setattr(archiving, "_MANY", 8)
    desk = Desk(empty_postgresql_url, replace(MAIN, page_size=2))
    desk.store.apply([Put(an_item(title=f"Item {n}")) for n in range(8)], desk.now)
    assert counted(desk) <= 0
    desk.store.apply([Put(an_item(title=f"Item {n}")) for n in range(9)], desk.now)
    assert counted(desk) == 17
    assert desk.store.verify() == []
    desk.store.close()


def counted(desk: Desk) -> int:
    """How many entries the server thinks there are."""
    asked = "SELECT reltuples FROM pg_class WHERE relname = 'entries'"
    return desk.store._database.read(lambda conn: int(conn.exec_driver_sql(asked).scalar_one()))
