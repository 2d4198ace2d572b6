"""`feedsvc feeds --polls` as a person on an 80-column terminal sees it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from feedsvc import config
from feedsvc.cli import main
from feedsvc.cli.polls import amount, bars
from feedsvc.service import Service
from feedsvc.store import PollCount

CONFIG = '[site]\ntitle="A"\n[[feeds]]\nname="kitchen"\nformerly=["cooking"]\n'
LONG = "tag:" + "donaudampfschifffahrt" * 3


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Service]:
    (tmp_path / "config.toml").write_text(CONFIG, encoding="utf-8")
    service = Service.open(config.load(tmp_path / "config.toml", {}))
    yield service
    service.close()


def shown(service: Service, *words: str, status: int = 0) -> str:
    file = str(service.settings.root / "config.toml")
    done = CliRunner().invoke(main, ["feeds", "--config", file, *words])
    assert done.exit_code == status, done.output
    return done.output


def add(service: Service, feed: str, client: str, *, days_ago: int = 0, **counts: int) -> None:
    day = service.now().date() - timedelta(days=days_ago)
    count = PollCount(day, feed, "rss", client, **{"requests": 1, **counts})
    service.store.add_polls([count], service.now())


def test_a_table_for_people(site: Service) -> None:
    add(site, "main", "Feedly", requests=900, not_modified=880, bytes_sent=10**6, subscribers=128)
    add(site, "main", "curl", requests=100, unconditional=100, bytes_sent=2 * 10**6, refused=7)
    add(site, "main", "Feedly", days_ago=2, requests=250, not_modified=250, bytes_saved=5 * 10**6)
    add(site, "cooking", "none", requests=3)
    add(site, "main", "Feedly", days_ago=7, requests=10**6)
    text = shown(site, "--polls")
    until = site.now().date()
    assert text.splitlines() == [
        f"polls from {until - timedelta(days=6)} to {until} (UTC)",
        "",
        "feed          polls   304     sent    saved  readers  by day",
        "main          1,250   90%   3.0 MB   5.0 MB      128  ····▂·█",
        "kitchen           3    0%      0 B      0 B        -  ······█",
        "",
        "refused with 429: 7; at main 7",
        "",
        "fetching everything each time, without a validator (share: of the feed's polls):",
        "feed  client      polls  share     sent",
        "main  curl          100     8%   2.0 MB",
    ]


def test_json_for_programs(site: Service) -> None:
    add(site, "main", "curl", requests=9, unconditional=9, not_modified=3)
    add(site, "search:", "Feedly", days_ago=1)
    found = json.loads(shown(site, "--polls", "--days", "2", "--json"))
    assert found["until"] == site.now().date().isoformat()
    main_, search = found["feeds"]
    assert (main_["feed"], main_["requests"], main_["by_day"]) == ("main", 9, [0, 9])
    assert main_["unchanged"] == 0.3333
    assert main_["clients"][0]["ignores_validators"] is True
    assert (search["feed"], search["kind"], search["by_day"]) == ("search", "search", [1, 0])


def test_nobody_has_polled(site: Service) -> None:
    assert shown(site, "--polls", "--days", "1").startswith("nobody has polled on ")
    assert json.loads(shown(site, "--polls", "--json"))["feeds"] == []


@pytest.mark.parametrize(
    "words", [("--days", "3"), ("--polls", "--days", "0"), ("--polls", "--days", "401")]
)
def test_wrong_usage(site: Service, words: tuple[str, ...]) -> None:
    assert "Error" in shown(site, *words, status=2)


@pytest.mark.parametrize("days", ["1", "7", "10", "30", "400"])
def test_it_fits_a_terminal(site: Service, days: str) -> None:
    for number in range(30):
        add(site, f"{LONG}{number}", "x" * 40, days_ago=number, requests=12_345_678 + number)
        add(site, f"{LONG}{number}", "x" * 40, unconditional=12_345_678, refused=99_999_999)
        add(site, "main", f"bot{number}", requests=99, unconditional=99, bytes_sent=10**14)
    lines = shown(site, "--polls", "--days", days).splitlines()
    assert max(map(len, lines)) <= 80
    assert len(lines) <= 60
    assert "more feeds; --json has them all" in "\n".join(lines)


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=400))
def test_bars_draw_every_day(numbers: list[int]) -> None:
    drawn = bars(numbers)
    assert 1 <= len(drawn) <= 10
    assert (set(drawn) == {"·"}) == (not any(numbers))
    assert ("█" in drawn) == any(numbers)


@given(st.integers(0, 10**18))
def test_amounts_are_short(number: int) -> None:
    assert len(amount(number)) <= 10
    assert amount(number) != "1000 kB"
