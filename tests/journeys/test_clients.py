"""Real readers poll a real server: each item once, and nothing fetched that they have."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from journeys.clients import Aggregator, Client, Feedparser, Lemon24, Newsboat, Rss2email
from journeys.conftest import Site
from journeys.desk import aged, at_desk
from journeys.relay import relayed


@dataclass(frozen=True)
class Case:
    """A reader; ``warm`` is how often it polls before it sends a validator."""

    client: type[Client]
    form: str
    delta: bool
    warm: int = 1


CASES = [
    Case(Newsboat, "rss", delta=True, warm=2),
    Case(Newsboat, "atom", delta=True, warm=2),
    Case(Rss2email, "rss", delta=False),
    Case(Rss2email, "atom", delta=False),
    Case(Lemon24, "rss", delta=True),
    Case(Lemon24, "atom", delta=True),
    Case(Lemon24, "json", delta=True),
    Case(Feedparser, "atom", delta=False),
    Case(Aggregator, "rss", delta=True),
]


# Readers' own matters: sockets that they leave open, what Python will do away with.
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("case", CASES, ids=lambda it: f"{it.client.__name__}-{it.form}")
def test_a_reader_over_some_days(tmp_path: Path, case: Case) -> None:
    site = Site.of(tmp_path / "site", '[site]\ntitle = "A site"\n')
    home = tmp_path / "home"
    home.mkdir()
    have = Counter({f"Essay {n}": 1 for n in range(6)})
    with at_desk(site.root, declare=True) as desk:
        desk.put(*(aged(f"e{n}", f"Essay {n}", n + 1) for n in range(6)))
        with site.served("--workers", "2"), relayed(site.port) as relay:
            client = case.client(home, f"{relay.url}/feeds/main.{case.form}")

            def polled() -> list[int]:
                client.poll()
                return [one.status for one in relay.passed()]

            for _ in range(case.warm):
                assert polled() == [200]
            assert client.titles() == have
            assert polled() == [304]
            assert polled() == [304]
            assert client.titles() == have

            desk.put(aged("new", "Essay 6", 0))
            changed = 226 if case.delta else 200
            assert polled() == [changed]
            have["Essay 6"] = 1
            assert client.titles() == have
            assert polled() == [304]

            desk.put(replace(aged("e2", "Essay 2", 3), content_html="<p>Said better.</p>"))
            assert polled() == [changed]
            assert polled() == [304]
            assert client.titles() == have

            desk.withdraw("e4")
            assert polled() == [changed]
            # A reader may remember validators only of what brought it an item (reader does).
            assert polled() in ([304], [changed])
            left = client.titles()
            assert set(left) <= set(have)
            assert set(left) >= set(have) - {"Essay 4"}
            assert set(left.values()) == {1}
