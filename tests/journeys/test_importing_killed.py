"""A scheduler killed in the middle of its polls: all of a poll is stored, or nothing of it."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
import sqlalchemy
from journeys.conftest import Site, until
from journeys.publishers import NETWORK, Poll, Publishers, Sent, entry, feed

from feedsvc import config
from feedsvc.service import Service

SOURCES = 6


def body(host: str, version: int) -> bytes:
    """A feed that grows by two entries with each version, and whose first one changes."""
    told = [entry("0", f"{host} 0, version {version}")]
    told += [entry(str(number), f"{host} {number}") for number in range(1, 2 * version + 1)]
    return feed(host, *told)


def titles(host: str, version: int) -> list[str]:
    """What is shown of that version."""
    told = [f"{host} 0, version {version}"]
    return sorted(told + [f"{host} {number}" for number in range(1, 2 * version + 1)])


async def answer(poll: Poll) -> Sent:
    """The next version, slowly."""
    chance = random.Random(f"{poll.host} {poll.number}")
    pause = chance.uniform(0.03, 0.2)
    headers = {"ETag": f'"{poll.number}"', "Content-Type": "application/rss+xml"}
    await asyncio.sleep(pause)
    return Sent(body(poll.host, poll.number), headers=headers, pause=pause, pieces=4)


@contextlib.contextmanager
def scheduling(site: Site) -> Iterator[subprocess.Popen[bytes]]:
    """`feedsvc scheduler`; killed at the end if it is there yet."""
    process = subprocess.Popen(
        site.command("scheduler"),
        cwd=site.root,
        env=site.environ(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait(20)


class _Store:
    """The store of a site, as a test sees and changes it between the lives of a scheduler."""

    def __init__(self, site: Site) -> None:
        settings = config.load(site.root / "config.toml", {})
        self.service = Service.open(settings)
        self._engine = sqlalchemy.create_engine(
            settings.store_url.replace("postgresql://", "postgresql+psycopg://")
        )

    def make_due(self) -> None:
        """All are due at once, and time has passed for the leases of the dead."""
        with self._engine.begin() as conn:
            conn.execute(
                sqlalchemy.text(
                    "UPDATE sources SET next_poll_at = 1, last_poll_at = NULL, leased_until ="
                    " CASE WHEN leased_until IS NULL THEN NULL ELSE 1 END"
                )
            )

    def leased(self) -> int:
        with self._engine.begin() as conn:
            asked = sqlalchemy.text("SELECT count(*) FROM sources WHERE leased_until > 1")
            return int(conn.execute(asked).scalar_one())

    def check(self) -> dict[str, int]:
        """That each source has what its validators belong to and nothing else; the versions."""
        shown: dict[str, list[str]] = {}
        cursor = None
        while True:
            items, cursor = self.service.store.items(cursor=cursor, limit=100)
            for item in items:
                shown.setdefault(item.origin, []).append(item.title)
            if cursor is None:
                break
        versions: dict[str, int] = {}
        for row in self.service.store.sources():
            host = row.spec.url.split("/")[2].split(":")[0]
            version = versions[host] = int((row.state.etag or '"0"').strip('"'))
            here = sorted(shown.get(f"source:{row.spec.url}", []))
            assert here == (titles(host, version) if version else []), (host, version)
            digest = hashlib.sha256(body(host, version)).hexdigest() if version else None
            assert row.state.digest == digest
            records = self.service.store.recent_records(row.id, 1000)
            assert sorted(r.state for r in records) == ["own"] * len(here)
        assert len(versions) == SOURCES
        return versions

    def close(self) -> None:
        self._engine.dispose()
        self.service.close()


@pytest.mark.parametrize(("kind", "kills"), [("sqlite", 10), ("postgresql", 4)])
def test_nothing_is_doubled_or_skipped_by_kills_in_the_middle_of_polls(
    tmp_path: Path, new_store: Callable[[str], str], kind: str, kills: int
) -> None:
    chance = random.Random(f"kills {kind}")
    with Publishers(1, SOURCES, answer) as publishers:
        tables = "".join(f'[[sources]]\nurl = "{url}"\n' for url in publishers.urls())
        site = Site.of(
            tmp_path / "site",
            f'[site]\ntitle = "Killed"\n[store]\nurl = "{new_store(kind)}"\n'
            f'[limits]\nallow_networks = ["{NETWORK}"]\nallow_ports = [{publishers.port}]\n'
            f"fetches = 3\n[items]\nwatch = false\n{tables}",
        )
        store = _Store(site)
        caught = 0
        try:
            for _ in range(kills):
                store.make_due()
                before = len(publishers.polls)
                with scheduling(site) as process:
                    until(lambda before=before: len(publishers.polls) > before)
                    time.sleep(chance.uniform(0.0, 1.3))
                    below = psutil.Process(process.pid).children(recursive=True)
                    process.send_signal(signal.SIGKILL)
                    process.wait(20)
                caught += store.leased() > 0
                store.check()
                until(lambda below=below: not any(map(_is_running, below)))
            assert caught >= kills // 3, "most kills came when nothing was under way"
            # Whoever comes next goes on where the dead have left off.
            store.make_due()
            before = len(publishers.polls)
            with scheduling(site):
                until(lambda: store.leased() == 0 and len(publishers.polls) >= before + SOURCES)
            last = {poll.host: poll.number for poll in publishers.polls}
            assert store.check() == last
            sys.stdout.write(f"{kind}: {caught} of {kills} kills came amid polls\n")
        finally:
            store.close()


def _is_running(process: psutil.Process) -> bool:
    with contextlib.suppress(psutil.Error):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False
