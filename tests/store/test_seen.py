"""Items that are kept as they were read: what they say is always what the store says."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection
from store.asked import statements
from store.desk import MAIN, Desk

from feedsvc.model import Item
from feedsvc.store import seen


@pytest.fixture
def desk(tmp_path: Any) -> Any:
    desk = Desk(f"sqlite:///{tmp_path}/feedsvc.db", MAIN)
    yield desk
    desk.store.close()


def shown(desk: Desk) -> tuple[Item, ...]:
    live = desk.store.live("main", limit=50, kept=timedelta(days=1))
    assert live is not None
    return live.items


def test_what_was_read_is_not_read_again(desk: Desk) -> None:
    for number in range(5):
        desk.put(title=f"Item {number}")
    before = shown(desk)
    desk.put(title="New")
    with statements(desk.store._database.engine) as asked:
        after = shown(desk)
    assert [item.title for item in after] == ["New", *(item.title for item in before)]
    assert all(one is other for one, other in zip(before, after[1:], strict=True))
    assert sum("content_html" in one for one in asked) == 1


def test_an_edit_is_seen_at_once(desk: Desk) -> None:
    guid = desk.put(title="Before").guid
    assert [item.title for item in shown(desk)] == ["Before"]
    desk.put(title="After", replaces=guid)
    assert [item.title for item in shown(desk)] == ["After"]


def test_another_history_with_the_same_revisions_is_another(desk: Desk) -> None:
    """As after a backup was put back beneath a server that runs."""
    desk.put(title="Before")
    assert [item.title for item in shown(desk)] == ["Before"]

    def otherwise(conn: Connection) -> None:
        conn.exec_driver_sql("UPDATE items SET title = 'Otherwise'")
        conn.exec_driver_sql("UPDATE changes SET at = at + 1")

    desk.store._database.write(otherwise)
    assert [item.title for item in shown(desk)] == ["Otherwise"]


def test_an_origin_moves_without_a_revision(desk: Desk) -> None:
    desk.put(title="Title")
    shown(desk)
    desk.store._database.write(
        lambda conn: conn.exec_driver_sql("UPDATE items SET origin = 'elsewhere'")
    )
    assert [item.origin for item in shown(desk)] == ["elsewhere"]


def test_long_items_and_those_beyond_a_number_are_read_anew(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seen, "_MOST", 2)
    monkeypatch.setattr(seen, "_SHORT", 100)
    desk.put(title="Long", content_html="<p>" + "a" * 100 + "</p>")
    for number in range(3):
        desk.put(title=f"Short {number}")
    kept = desk.store._seen._kept
    assert len(shown(desk)) == 4
    assert len(kept) == 2
    assert all(len(item.content_html) < 100 for _, item in kept.values())
    assert len(shown(desk)) == 4
