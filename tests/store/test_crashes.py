"""Many writers at once, and processes that die in the middle of a write."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from dataclasses import replace

import psycopg
import pytest
from sqlalchemy import Connection, event
from store.desk import MAIN, NEWS, Desk, an_item
from store.processes import Child, in_child
from store.walking import Reader

from feedsvc.errors import StoreUnavailable
from feedsvc.store import Key, Outcome, Put, applying

FOUR = replace(MAIN, page_size=4)


def test_many_writers_and_readers_never_meet_a_lock(store_url: str) -> None:
    """4 processes write and read as fast as they can: no error, no lost or doubled number."""
    Desk(store_url, MAIN, NEWS).store.close()

    def work(name: int) -> list[Outcome]:
        desk = Desk(store_url, MAIN, NEWS)
        outcomes = []
        for n in range(25):
            item = an_item("news", f"tag{name}", title=f"Same title {n % 3}")
            outcomes += desk.store.apply([Put(item), Put(an_item(guid="urn:x:all"))], desk.now)
            assert desk.store.item(guid=outcomes[-2].guid) is not None
            assert desk.store.entries("news", limit=10)
            assert desk.store.tick(desk.now) == 0
        desk.store.close()
        return outcomes

    children = [Child(lambda _, name=name: work(name)) for name in range(4)]
    outcomes = [outcome for child in children for outcome in child.result()]
    added = [outcome for outcome in outcomes if outcome.kind == "added"]
    assert len({outcome.guid for outcome in added}) == len(added) == 101
    assert sorted(outcome.revision for outcome in added) == list(range(2, 103))
    desk = Desk(store_url, MAIN, NEWS)
    assert desk.store.revision() == 102
    assert desk.store.verify() == []
    desk.store.close()


def test_threads_share_a_store(store_url: str) -> None:
    desk = Desk(store_url)
    failed: list[BaseException] = []

    def work(name: int) -> None:
        try:
            for n in range(10):
                desk.put(title=f"{name} {n}")
                desk.store.data_version()
                desk.store.feed_state("main")
        except BaseException as error:  # noqa: BLE001  # the main thread fails for it
            failed.append(error)

    threads = [threading.Thread(target=work, args=(name,)) for name in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert len(desk.titles()) == 60
    desk.store.close()


def a_writer(url: str, name: str) -> Callable[[Callable[[object], None]], None]:
    """Writes for ever, and tells each guid once it is acknowledged."""

    def work(tell: Callable[[object], None]) -> None:
        desk = Desk(url, FOUR, NEWS)
        number = 0
        while True:
            number += 1
            batch = [an_item("news", f"t{n % 3}", title=f"{name} {number} {n}") for n in range(3)]
            named, *others = batch
            puts = [Put(named, key=Key(f"{name} {number}", "d")), *map(Put, others)]
            outcomes = desk.store.apply(puts, desk.now)
            tell([outcome.guid for outcome in outcomes])
            desk.put(title="Edited", replaces=outcomes[1].guid)
            if number % 5 == 0:
                desk.withdraw(str(outcomes[0].guid))

    return work


def test_no_acknowledged_write_is_lost_by_a_kill(store_url: str) -> None:
    """A dozen times two writers are killed in the middle: all they were told is kept is there."""
    chance = random.Random(5)
    Desk(store_url, FOUR, NEWS).store.close()
    acknowledged: set[str] = set()
    for cycle in range(12):
        writers = [Child(a_writer(store_url, f"{cycle}{name}")) for name in "ab"]
        for writer in writers:
            writer.wait_for(1)
        time.sleep(chance.uniform(0.02, 0.1))  # somewhere in the middle
        for writer in writers:
            writer.kill()
            acknowledged |= {guid for batch in writer.received for guid in batch}
    desk = Desk(store_url, FOUR, NEWS)
    known = {guid for guid in acknowledged if desk.store.item(guid=guid)}
    assert known == acknowledged
    assert len(acknowledged) >= 12 * 2 * 3
    assert desk.store.verify() == []
    assert desk.store.count() % 3 == 0  # no half batches
    asked = "SELECT count(*) FROM keys"  # with each item its key
    keys = desk.store._database.read(lambda conn: conn.exec_driver_sql(asked).scalar_one())
    assert keys == desk.store.count() / 3
    assert desk.state().pages > 0
    Reader("main").look(desk.store, 4)
    assert desk.put(title="Life goes on").kind == "added"
    desk.store.close()


def test_a_forked_process_makes_its_own_connections(store_url: str) -> None:
    desk = Desk(store_url)
    desk.put(title="By the parent")
    token = desk.store.data_version()
    parents = desk.store._database.engine.pool

    def work() -> tuple[int, bool]:
        desk.put(title="By the child")
        pool = desk.store._database.engine.pool
        assert desk.store.data_version() != token
        assert parents in desk.store._database._abandoned  # neither used nor closed
        return len(desk.titles()), pool is parents

    assert in_child(work) == (2, False)
    assert desk.store.data_version() != token
    assert desk.put(title="By the parent again").kind == "added"
    assert len(desk.titles()) == 3
    assert desk.store._database.engine.pool is parents
    desk.store.close()


def test_a_restart_of_postgresql_is_survived(postgresql_url: str) -> None:
    """Every connection is cut, as by a restart: reads and writes go on without an error."""
    desk = Desk(postgresql_url)
    for title in ("One", "Two"):
        desk.put(title=title)
        with psycopg.connect(postgresql_url, autocommit=True) as admin:
            admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                " AND application_name <> 'our tests'"
            )
        assert desk.titles()[0] == title
    desk.store.close()


def test_a_connection_that_is_lost_before_the_commit_is_no_lost_write(
    postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(postgresql_url)
    cut = []

    def cutting(conn, *rest):  # type: ignore[no-untyped-def]
        if not cut:
            cut.append(conn.connection.dbapi_connection.info.backend_pid)
            with psycopg.connect(postgresql_url, autocommit=True) as admin:
                admin.execute("SELECT pg_terminate_backend(%s, 5000)", cut)
        return apply(conn, *rest)

    apply = applying.apply
    monkeypatch.setattr(applying, "apply", cutting)
    assert desk.put(title="Once").kind == "added"
    assert len(cut) == 1
    assert desk.titles() == ["Once"]
    desk.store.close()


def test_a_connection_that_is_lost_while_committing_is_told_and_not_tried_again(
    postgresql_url: str,
) -> None:
    """The server may have committed: only the caller, who has a guid, can try it again safely."""
    desk = Desk(postgresql_url)
    commits = []

    @event.listens_for(desk.store._database.engine, "commit")
    def cut(conn: Connection) -> None:
        commits.append(conn.connection.dbapi_connection.info.backend_pid)  # type: ignore[union-attr]
        with psycopg.connect(postgresql_url, autocommit=True) as admin:
            admin.execute("SELECT pg_terminate_backend(%s, 5000)", commits[-1:])

    with pytest.raises(StoreUnavailable):
        desk.put(guid="urn:x:1")
    assert len(commits) == 1
    event.remove(desk.store._database.engine, "commit", cut)
    assert desk.put(guid="urn:x:1").kind == "added"
    desk.store.close()
