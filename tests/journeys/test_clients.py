"""Real readers poll a real server: each item once, and nothing fetched that they have."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from journeys.clients import Aggregator, Client, Feedparser, Lemon24, Newsboat, Rss2email
from journeys.conftest import Site
from journeys.desk import Desk, aged, at_desk
from journeys.relay import relayed

from feedsvc.model import Category, Item


@dataclass(frozen=True)
class Case:
    """A reader; ``warm`` is how often it polls before it sends a validator."""

    client: type[Client]
    form: str
    delta: bool
    warm: int = 1

    @property
    def name(self) -> str:
        return f"{self.client.__name__}-{self.form}".lower()


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


@dataclass(frozen=True)
class House:
    """A running site with a feed for each case, and somebody who publishes there."""

    site: Site
    desk: Desk


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    feeds = "".join(
        f'[[feeds]]\nname = "{case.name}"\nwhere = {{ any = {{ tags = ["{case.name}"] }} }}\n'
        for case in CASES
    )
    site = Site.of(tmp_path_factory.mktemp("house") / "site", '[site]\ntitle = "A site"\n' + feeds)
    with at_desk(site.root, declare=True) as desk, site.served("--workers", "2"):
        yield House(site, desk)


# Readers' own matters: sockets that they leave open, what Python will do away with.
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("case", CASES, ids=lambda it: it.name)
def test_a_reader_over_some_days(tmp_path: Path, house: House, case: Case) -> None:
    def essay(number: int, **fields: object) -> Item:
        name, tag = f"{case.name}-{number}", Category(case.name)
        return aged(name, f"Essay {number}", 6 - number, categories=(tag,), **fields)

    desk, have = house.desk, Counter({f"Essay {n}": 1 for n in range(6)})
    desk.put(*map(essay, range(6)))
    with relayed(house.site.port) as relay:
        client = case.client(tmp_path, f"{relay.url}/feeds/{case.name}.{case.form}")

        def polled() -> list[int]:
            client.poll()
            return [one.status for one in relay.passed()]

        for _ in range(case.warm):
            assert polled() == [200]
        assert client.titles() == have
        assert polled() == [304]
        assert polled() == [304]
        assert client.titles() == have

        desk.put(essay(6))
        changed = 226 if case.delta else 200
        assert polled() == [changed]
        have["Essay 6"] = 1
        assert client.titles() == have
        assert polled() == [304]

        desk.put(essay(2, content_html="<p>Said better.</p>"))
        assert polled() == [changed]
        assert polled() == [304]
        assert client.titles() == have

        desk.withdraw(f"{case.name}-4")
        assert polled() == [changed]
        # A reader may remember validators only of what brought it an item (reader does).
        assert polled() in ([304], [changed])
        left = client.titles()
        assert set(have) - {"Essay 4"} <= set(left) <= set(have)
        assert set(left.values()) == {1}
