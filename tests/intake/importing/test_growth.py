"""Many polls of a feed that is all new each time: the store stays as large as it was."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import sqlalchemy
from intake.importing.conftest import Clock
from intake.importing.publisher import Page, Publisher, feed

from feedsvc import config
from feedsvc.service import Service
from feedsvc.store import SourceSpec

POLLS, ENTRIES, KEPT = 150, 20, 50
#: Polls after each of which it is looked how large everything is.
_CHUNK = 50


def body(poll: int) -> bytes:
    """A feed whose every entry is new, words and all."""
    told = (
        f"<item><guid isPermaLink='false'>{poll}-{n}</guid><title>Entry {n} of poll {poll}</title>"
        f"<link>http://stories.example/{poll}/{n}</link>"
        f"<description>Words that only entry {n} of {poll} has: {poll * 7919 + n} </description>"
        "</item>"
        for n in range(ENTRIES)
    )
    return feed(*told)


def counts(engine: sqlalchemy.Engine) -> dict[str, int]:
    """The rows of every table."""
    names = sqlalchemy.inspect(engine).get_table_names()
    with engine.connect() as conn:
        return {
            name: conn.execute(sqlalchemy.text(f'SELECT count(*) FROM "{name}"')).scalar_one()
            for name in names
            if not name.startswith("sqlite_") and name != "search"  # which is a view of others
        }


def size(path: Path) -> int:
    """Bytes of the database's files."""
    return sum(file.stat().st_size for file in path.parent.glob(f"{path.name}*"))


def test_many_polls_of_a_feed_that_is_all_new(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(
        f'[site]\nurl = "https://here.example"\n[limits]\nsource_items = {KEPT}\n'
        'allow_networks = ["127.77.0.0/16"]\n',
        encoding="utf-8",
    )
    clock = Clock()
    service = Service.open(config.load(path, {}), clock=clock)
    engine = sqlalchemy.create_engine(f"sqlite:///{tmp_path}/var/feedsvc.db")
    seen: list[tuple[dict[str, int], int]] = []
    try:
        with Publisher() as publisher:
            spec = SourceSpec(publisher.url("/feed"), every=timedelta(minutes=30))
            service.store.make_source(spec, origin="cli", now=clock.now)
            for poll in range(POLLS):
                publisher.pages["/feed"] = Page(body(poll), headers={"ETag": f'"{poll}"'})
                assert service.poll_due() == 1
                clock.now += timedelta(hours=3)
                service.tick()
                service.forget()
                if poll % _CHUNK == _CHUNK - 1:
                    seen.append((counts(engine), size(tmp_path / "var" / "feedsvc.db")))
        assert len(publisher.asked) == POLLS
        rows, bytes_ = zip(*seen, strict=True)
        assert {table["items"] for table in rows} == {KEPT}
        # Records of what was dropped stay for three days: two dozen polls of them.
        assert max(table["records"] for table in rows) == 25 * ENTRIES
        rest = {(name, n) for table in rows for name, n in table.items() if name != "records"}
        assert max(n for _, n in rest) == KEPT, sorted(rest)
        assert max(bytes_) < 1.1 * bytes_[0], bytes_
    finally:
        engine.dispose()
        service.close()
