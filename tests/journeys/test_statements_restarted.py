"""What the statements say of a server that was ended and started again, or can't reach its store.

S4: the same bytes and validators after it, with other workers. S16: a 503 tells when to come back.
S23: a 304 is answered without making the document.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from journeys.conftest import Site, until
from journeys.desk import aged, at_desk, essays
from journeys.polling import CODINGS, FORMS, ask, each_worker, send
from journeys.statements import CONFIGURATION, PATHS, URL
from sqlalchemy import make_url


@pytest.mark.parametrize(("kind", "workers"), [("sqlite", (2, 4)), ("postgresql", (4, 2))])
def test_s04_after_a_restart_with_other_workers(
    tmp_path: Path, new_store: Callable[[str], str], kind: str, workers: tuple[int, int]
) -> None:
    store = new_store(kind)
    site = Site.of(tmp_path, CONFIGURATION.format(url=URL, workers=workers[0], store=store))
    with at_desk(tmp_path, declare=True) as desk:
        desk.put(*essays(70))
    time.sleep(1.1)  # dates are exact a second after the last change
    seen: list[dict[tuple[str, str], set[tuple[str, str, bytes]]]] = []
    for count in workers:
        site.configure(CONFIGURATION.format(url=URL, workers=count, store=store))
        with (
            site.served() as process,
            each_worker(process.pid, site.port, count) as connections,
        ):
            documents: dict[tuple[str, str], set[tuple[str, str, bytes]]] = {}
            for path in PATHS:
                for coding in CODINGS:
                    for connection in connections.values():
                        answer = send(connection, path, {"Accept-Encoding": coding})
                        assert answer.status == 200
                        said = (answer["ETag"], answer["Last-Modified"], answer.raw)
                        documents.setdefault((path, coding), set()).add(said)
            seen.append(documents)
    assert {len(said) for said in seen[0].values()} == {1}
    assert seen[0] == seen[1]


def test_s16_a_503_says_when_to_come_back(
    tmp_path: Path, postgresql_server: str, new_store: Callable[[str], str]
) -> None:
    store = new_store("postgresql")
    name = make_url(store).database
    site = Site.of(tmp_path, f'[site]\ntitle = "A site"\n[store]\nurl = "{store}"\n')
    with (
        site.served("--workers", "1"),
        psycopg.connect(postgresql_server.format("postgres"), autocommit=True) as admin,
    ):
        assert ask(site.port, "/feeds/main.rss").status == 200
        admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name]
        )
        answer = ask(site.port, "/feeds/main.rss")
        assert answer.status == 503
        assert int(answer["Retry-After"]) > 0
        assert answer["Cache-Control"] == "no-store"
        assert "rss" not in answer["Content-Type"]
        admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
        until(lambda: ask(site.port, "/feeds/main.rss").status == 200, 15)


def test_s23_a_304_makes_no_document(tmp_path: Path) -> None:
    """After a restart the first poll of a heavy feed is answered in a fraction of what it takes."""
    site = Site.of(tmp_path, '[site]\ntitle = "A site"\n')
    with at_desk(tmp_path, declare=True) as desk:
        words = "<p>Words of a long essay.</p>" * 1000
        desk.put(*(aged(f"e{n}", f"Essay {n}", n, content_html=words) for n in range(50)))
    paths = [f"/feeds/main.{form}" for form in FORMS]
    with site.served("--workers", "1"):
        known = {path: ask(site.port, path)["ETag"] for path in paths}
    with (
        site.served("--workers", "1") as process,
        each_worker(process.pid, site.port, 1) as connections,
    ):
        (connection,) = connections.values()
        send(connection, "/opml.xml")  # what the first request of all takes is another matter
        polls = [send(connection, path, {"If-None-Match": known[path]}) for path in paths]
        assert [poll.status for poll in polls] == [304] * 3
        whole = [send(connection, path) for path in paths]
    took, would_take = (sum(one.answered - one.asked for one in them) for them in (polls, whole))
    assert took < would_take / 3, f"{took:.3f} s against {would_take:.3f} s"
