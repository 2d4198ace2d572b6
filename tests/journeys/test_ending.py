"""The end while the scheduler works: it has its time and no more, and nothing is lost by it."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import psutil
import pytest
from journeys.conftest import Site, until
from journeys.publishers import NETWORK, Poll, Publishers, Sent, entry, feed

#: The program, with less time to end than in earnest.
SHORT = "from feedsvc import given; given.STOP_SECONDS = 1; from feedsvc.cli import main; main()"
#: Whoever stores an item is at it for ever.
HOLD = """
CREATE VIEW endless AS
    WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n;
CREATE TRIGGER hold BEFORE INSERT ON items BEGIN SELECT * FROM endless; END;
"""
RELEASE = """
DROP TRIGGER hold; DROP VIEW endless;
UPDATE sources SET next_poll_at = 1, last_poll_at = NULL,
    leased_until = CASE WHEN leased_until IS NULL THEN NULL ELSE 1 END;
"""


async def answer(poll: Poll) -> Sent:
    told = [entry(str(number), f"Title {number}") for number in range(3)]
    return Sent(feed(poll.host, *told), headers={"ETag": '"1"'})


class _Store:
    """The database of a site, beside the program."""

    def __init__(self, site: Site) -> None:
        self.path = site.root / "var" / "feedsvc.db"

    def run(self, script: str) -> None:
        with closing(sqlite3.connect(self.path)) as connection:
            connection.executescript(script)

    def is_being_written(self) -> bool:
        """Whether somebody writes, and goes on to."""
        with closing(sqlite3.connect(self.path, timeout=0.5, isolation_level=None)) as connection:
            try:
                connection.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                return True
        return False

    def titles(self) -> list[str]:
        with closing(sqlite3.connect(self.path)) as connection:
            return sorted(row[0] for row in connection.execute("SELECT title FROM items"))

    def validators(self) -> list[str | None]:
        with closing(sqlite3.connect(self.path)) as connection:
            return [row[0] for row in connection.execute("SELECT etag FROM sources")]


@pytest.fixture
def publishers() -> Iterator[Publishers]:
    with Publishers(9, 1, answer) as found:
        yield found


@pytest.fixture
def followed(tmp_path: Path, publishers: Publishers) -> Site:
    """A site with a source that was not polled yet."""
    (url,) = publishers.urls()
    site = Site.of(
        tmp_path / "site",
        f'[site]\ntitle = "Ending"\n[limits]\nallow_networks = ["{NETWORK}"]\n'
        f"allow_ports = [{publishers.port}]\n[items]\nwatch = false\n"
        f'[server]\nworkers = 1\n[[sources]]\nurl = "{url}"\n',
    )
    assert site.call("sources").returncode == 0
    return site


@contextmanager
def working(site: Site, command: Sequence[str]) -> Iterator[subprocess.Popen[str]]:
    """A process that is about to store what its first poll has brought, and does not get on."""
    store = _Store(site)
    store.run(HOLD)
    process = subprocess.Popen(
        command, cwd=site.root, env=site.environ(), stderr=subprocess.PIPE, text=True
    )
    try:
        until(store.is_being_written)
        yield process
    finally:
        process.kill()
        process.communicate(timeout=20)


@pytest.mark.parametrize("command", ["serve", "scheduler"])
def test_the_scheduler_has_its_time_to_end_and_no_more(
    followed: Site, publishers: Publishers, command: str
) -> None:
    store = _Store(followed)
    with working(followed, [sys.executable, "-c", SHORT, command]) as process:
        below = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=20)
    assert process.returncode == 0
    (said,) = (line for line in err.splitlines() if "ended amid" in line)
    assert "polls of sources" in said
    assert "took more than 1 s" in said
    until(lambda: not any(child.is_running() for child in below))
    # What was under way is done again, once.
    assert store.titles() == []
    assert store.validators() == [None]
    store.run(RELEASE)
    assert followed.call("poll").returncode == 0
    assert store.titles() == ["Title 0", "Title 1", "Title 2"]
    assert store.validators() == ['"1"']
    assert ["if-none-match" in poll.headers for poll in publishers.polls] == [False, False]


@pytest.mark.parametrize("command", ["serve", "scheduler"])
@pytest.mark.parametrize("second", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_does_not_wait_for_the_scheduler(
    followed: Site, command: str, second: signal.Signals
) -> None:
    with working(followed, followed.command(command)) as process:
        process.send_signal(signal.SIGTERM)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(1)
        process.send_signal(second)
        assert process.wait(5) == -second
        assert "a second signal" in process.communicate()[1]


def test_what_comes_to_its_end_is_waited_for(followed: Site) -> None:
    store = _Store(followed)
    with followed.served() as process:
        until(store.titles)
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=20)
    assert process.returncode == 0
    assert "ended amid" not in err
