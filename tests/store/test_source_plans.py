"""What every poll asks is answered from an index, however many sources and entries there are."""

from __future__ import annotations

from datetime import timedelta

import pytest
from store.asked import explained, statements
from store.desk import Desk
from store.foreign import a_poll, a_record, a_source, an_entry, bring, claimed

from feedsvc.store import KeepRecord


@pytest.fixture(scope="module")
def plans(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """What SQLite does for each question."""
    desk = Desk(f"sqlite:///{tmp_path_factory.mktemp('plans')}/feedsvc.db")
    source = a_source(desk)
    bring(desk, source, *(an_entry(source, f"n{n}") for n in range(9)))

    def poll() -> None:
        row = claimed(desk, source)
        desk.store.import_polls([a_poll(desk, row)], desk.now)

    def bounds(days: int) -> None:
        since = desk.now - timedelta(days=days)
        desk.store.keep_source(source.id, most=99, since=since, gone_before=since, now=desk.now)

    def wait() -> None:
        kept = KeepRecord(a_record(desk, "w", "waiting", kept=an_entry(source, "w")))
        desk.store.import_polls([a_poll(desk, claimed(desk, source), records=(kept,))], desk.now)

    def settle(*, take: bool) -> None:
        desk.store.settle_waiting(source.id, "w", take=take, now=desk.now)

    found = {}
    for name, ask in {
        "one": lambda: (desk.store.source(id=source.id), desk.store.source(url="x")),
        "some": lambda: desk.store.sources_of([source.id]),
        "next": desk.store.next_source_due,
        "poll": poll,
        "guids": lambda: desk.store.records(source.id, guids=["a", "b"]),
        "links": lambda: desk.store.records(source.id, links=["a", "b"]),
        "likenesses": lambda: desk.store.records(source.id, likenesses=["a", "b"]),
        "stories": lambda: desk.store.stories(links=["a", "b"], likenesses=["c"], items=["d"]),
        "alike": lambda: desk.store.alike(
            source.id, links=["a", "b"], likenesses=["c", "d"], items=["e", "f"]
        ),
        "recent": lambda: desk.store.recent_records(source.id, 3),
        "keep": lambda: bounds(9),
        "waiting": lambda: desk.store.waiting(cursor=f"5.1.{'a' * 64}", limit=3),
        "due": desk.store.next_due,
        "wait": wait,
        "take": lambda: settle(take=True),
        "wait again": wait,
        "drop": lambda: settle(take=False),
        "tick": lambda: desk.store._database.write(_tick, desk),
    }.items():
        with statements(desk.store._database.engine) as asked:
            ask()
        found[name] = desk.store._database.read(explained, asked)
    desk.store.close()
    return found


def _tick(conn, desk: Desk) -> None:  # type: ignore[no-untyped-def]
    from feedsvc.store import ticking

    ticking.tick(conn, desk.store._rows, desk.now)


def test_nothing_reads_all_sources_or_records(plans: dict[str, list[str]]) -> None:
    for name, steps in plans.items():
        scans = [step for step in steps if step.startswith(("SCAN sources", "SCAN records"))]
        assert not [step for step in scans if "USING INDEX records_waiting" not in step], name
        if name != "waiting":
            assert not scans, (name, steps)


@pytest.mark.parametrize(
    ("name", "index"),
    [
        ("one", "sources_url"),
        ("next", "sources_due"),
        ("poll", "sources_leased"),
        ("poll", "sources_polled"),
        ("guids", "PRIMARY KEY (source_id=? AND key=?)"),
        ("links", "records_link"),
        ("likenesses", "records_likeness"),
        ("stories", "records_link"),
        ("stories", "records_likeness"),
        ("stories", "records_item"),
        ("alike", "records_link"),
        ("alike", "records_likeness"),
        ("alike", "records_item"),
        ("recent", "records_seen"),
        ("waiting", "records_waiting"),
        ("due", "records_out"),
        ("tick", "records_out"),
    ],
)
def test_its_index_answers_it(plans: dict[str, list[str]], name: str, index: str) -> None:
    assert any(index in step for step in plans[name]), plans[name]


@pytest.mark.parametrize(
    "name", ["guids", "links", "likenesses", "stories", "alike", "recent", "waiting"]
)
def test_nothing_is_sorted(plans: dict[str, list[str]], name: str) -> None:
    assert not [step for step in plans[name] if "TEMP B-TREE" in step], plans[name]
