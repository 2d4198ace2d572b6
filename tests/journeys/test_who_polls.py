"""Who polls: the command and `/metrics` tell what programs did, over all workers, and no person."""

from __future__ import annotations

import json
import re
from pathlib import Path

from journeys.clients import Aggregator, Feedparser
from journeys.conftest import Site
from journeys.desk import aged, at_desk
from journeys.polling import ask

POLLS = 7
CONFIGURATION = """
[site]
title = "A site"
[server]
trusted_proxies = 1
"""


def test_polls_are_told_by_command_and_by_metrics(tmp_path: Path) -> None:
    site = Site.of(tmp_path, CONFIGURATION)
    with at_desk(tmp_path, declare=True) as desk:
        desk.put(*(aged(f"e{n}", f"Essay {n}", n) for n in range(20)))
        with site.served("--workers", "2"):
            atom, rss = f"{site.url}/feeds/main.atom", f"{site.url}/feeds/main.rss"
            polite, many = Feedparser(tmp_path, atom), Aggregator(tmp_path, rss)
            for _ in range(POLLS):
                polite.poll()
                many.poll()
                blind = {"User-Agent": "Fetcher/2.0", "X-Forwarded-For": "203.0.113.9"}
                whole = ask(site.port, "/feeds/main.json", blind)
            desk.put(aged("new", "Essay 20", 0))
            many.poll()
    counted = json.loads(site.run("feeds", "--polls", "--json").stdout)
    (main,) = (feed for feed in counted["feeds"] if feed["feed"] == "main")
    assert main["requests"] == 3 * POLLS + 1
    assert main["not_modified"] == 2 * (POLLS - 1)
    assert main["unconditional"] == POLLS + 2
    assert main["deltas"] == 1
    assert main["subscribers"] == 7
    assert main["by_form"] == {"atom": POLLS, "rss": POLLS + 1, "json": POLLS}
    clients = {client["name"]: client for client in main["clients"]}
    assert set(clients) == {"feedparser", "Aggregator", "Fetcher"}
    assert [name for name, client in clients.items() if client["ignores_validators"]] == ["Fetcher"]
    assert clients["Fetcher"]["bytes_sent"] == POLLS * len(whole.raw)
    assert main["bytes_saved"] > 1000
    table = site.run("feeds", "--polls").stdout
    assert re.search(rf"main .*{3 * POLLS + 1}", table)
    assert "Fetcher" in table
    assert_nobody_is_in(tmp_path)

    with site.served("--workers", "2"):
        told = site.get("/metrics").decode()
    labels = 'feed="main",form="{}",kind="feed"'
    for form, result, number in (
        ("atom", "unchanged", POLLS - 1),
        ("atom", "whole", 1),
        ("rss", "delta", 1),
        ("json", "whole", POLLS),
    ):
        line = rf'feedsvc_polls_total{{{labels.format(form)},result="{result}"}} {number}(\.0)?\n'
        assert re.search(line, told), line
    assert re.search(r'feedsvc_subscribers\{feed="main",kind="feed"\} 7(\.0)?\n', told)


def assert_nobody_is_in(root: Path) -> None:
    """No address of a client is kept anywhere."""
    files = [path for path in (root / "var").iterdir() if path.is_file()]
    assert files
    for path in files:
        assert b"203.0.113.9" not in path.read_bytes(), path
