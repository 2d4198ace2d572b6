"""Sources that hang, and schedulers that share a store: who is polled when, by the clock."""

from __future__ import annotations

import asyncio
import contextlib
import math
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from journeys.conftest import Site, until
from journeys.publishers import NETWORK, Poll, Publishers, Sent, entry, feed
from journeys.test_importing_killed import scheduling

from feedsvc import config
from feedsvc.service import Service
from feedsvc.store import SourceRow, SourceSpec

SOURCES, HANGING = 100, 20
#: Seconds of a request of a source that hangs. By default they are 30.
FETCH = 1
FETCHES = 8


@contextlib.contextmanager
def store_of(site: Site) -> Iterator[Service]:
    service = Service.open(config.load(site.root / "config.toml", {}))
    try:
        yield service
    finally:
        service.close()


def is_hanging(host: str) -> bool:
    return int(host.rpartition(".")[2]) <= HANGING  # the first in turn, which is the worst


def site_of(root: Path, urls: Sequence[str], more: str = "", limits: str = "") -> Site:
    tables = "".join(f'[[sources]]\nurl = "{url}"\n' for url in urls)
    port = urlsplit(urls[0]).port
    return Site.of(
        root,
        f'[site]\ntitle = "Meanwhile"\n{more}\n[items]\nwatch = false\n[limits]\n'
        f'allow_networks = ["{NETWORK}"]\nallow_ports = [{port}]\n{limits}\n{tables}',
    )


async def quick_or_never(poll: Poll) -> Sent:
    """Twenty of a hundred say a byte now and then, and never all they have to say."""
    if is_hanging(poll.host):
        return Sent(bytes(1000), pause=0.5, pieces=1000)
    return Sent(feed(poll.host, entry("1", f"Of {poll.host}")), headers={"ETag": '"1"'})


def test_sources_that_hang_make_the_others_wait_for_their_rounds_alone(tmp_path: Path) -> None:
    """With eight at once, twenty that hang for the time of a request are three rounds of it.

    At the default of 30 seconds that is 90: less than two minutes.
    """
    assert math.ceil(HANGING / FETCHES) * 30 < 120
    with Publishers(31, SOURCES, quick_or_never) as publishers:
        site = site_of(tmp_path / "site", publishers.urls(), limits=f'fetch_time = "{FETCH}s"')
        with scheduling(site):
            quick = {host for host in publishers.hosts if not is_hanging(host)}

            def came() -> dict[str, float]:
                return {poll.host: poll.at for poll in list(publishers.polls)}

            until(lambda: quick <= came().keys(), 60 + 4 * FETCH)
            times = sorted(came()[host] for host in quick)
            late = times[-1] - publishers.polls[0].at
            with store_of(site) as service:

                def done() -> list[SourceRow]:
                    return [row for row in service.store.sources() if row.state.last_poll_at]

                until(lambda: len(done()) == SOURCES, 60 + 4 * FETCH)
                states = Counter(row.state.status for row in done())
    sys.stdout.write(f"fetch_time {FETCH} s: the last of {len(quick)} was {late:.1f} s late\n")
    assert states == {"ok": SOURCES - HANGING, "failing": HANGING}
    # What this machine takes for a hundred polls comes on top.
    assert late < math.ceil(HANGING / FETCHES) * FETCH + 20


async def new_each_time(poll: Poll) -> Sent:
    await asyncio.sleep(0.05)
    return Sent(feed(poll.host, entry("1", f"Poll {poll.number} of {poll.host}")))


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_two_schedulers_poll_no_source_twice_and_a_restart_none(
    tmp_path: Path, new_store: Callable[[str], str], kind: str
) -> None:
    with Publishers(32, 40, new_each_time) as publishers:
        *first, last = publishers.urls()
        site = site_of(tmp_path / "site", first, f'[store]\nurl = "{new_store(kind)}"')
        with store_of(site) as service:

            def are_polled(count: int) -> bool:
                rows = service.store.sources()
                return sum(row.state.last_success_at is not None for row in rows) == count

            with scheduling(site), scheduling(site):
                until(lambda: are_polled(39), 90)
            # The next polls lie in the store: who starts again finds nothing but what is new.
            service.store.make_source(SourceSpec(last), origin="cli", now=service.now())
            with scheduling(site):
                until(lambda: are_polled(40), 90)
        assert Counter(poll.host for poll in publishers.polls) == dict.fromkeys(publishers.hosts, 1)
