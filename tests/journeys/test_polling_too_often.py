"""Clients that ask too often without validators: 429, one count for all workers."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from journeys.conftest import Site
from journeys.desk import aged, at_desk
from journeys.polling import ask, each_worker, send

CONFIGURATION = """
[site]
title = "A site"
[server]
workers = 2
trusted_proxies = {proxies}
[limits]
polls = "{rate}"
"""
PATH = "/feeds/main.rss"


def site_of(root: Path, *, proxies: int = 1, rate: str = "10/hour") -> Site:
    site = Site.of(root, CONFIGURATION.format(proxies=proxies, rate=rate))
    with at_desk(root, declare=True) as desk:
        desk.put(*(aged(f"e{n}", f"Essay {n}", n) for n in range(5)))
    return site


def test_a_flood_is_stopped_at_all_workers_together(tmp_path: Path) -> None:
    site = site_of(tmp_path)
    flood = {"X-Forwarded-For": "203.0.113.7"}
    with (
        site.served() as process,
        each_worker(process.pid, site.port, 2) as found,
    ):
        one, other = found.values()
        first = send(one, PATH, flood)
        assert first.status == 200
        known = {"If-None-Match": first["ETag"]}
        rest = [send(which, PATH, flood) for _ in range(15) for which in (other, one)]
        assert Counter(answer.status for answer in rest) == {200: 9, 429: 21}
        assert [answer.status for answer in rest[:9]] == [200] * 9
        for which in (one, other):
            assert send(which, PATH, flood | known).status == 304
            refused = send(which, PATH, flood | {"If-None-Match": '"never-seen"'})
            assert refused.status == 200, "who sends a validator is told what is new"
            assert send(which, PATH, flood).status == 429
            # Others come through, and so does the same client elsewhere, for the first time.
            assert send(which, PATH, {"X-Forwarded-For": "203.0.113.8"}).status == 200
            assert send(which, "/tags/none.rss", flood).status == 404
        # The address that counts is what the trusted proxy saw, not what the client says.
        spoofed = {"X-Forwarded-For": "192.0.2.99, 203.0.113.7"}
        assert send(one, PATH, spoofed).status == 429
        assert send(one, PATH, {"X-Forwarded-For": "203.0.113.7, 192.0.2.99"}).status == 200
        assert refused_rightly(send(other, PATH, flood))


def refused_rightly(answer: object) -> bool:
    status, retry = answer.status, int(answer["Retry-After"])  # type: ignore[attr-defined,index]
    return status == 429 and 0 < retry <= 3600


@pytest.mark.parametrize(("proxies", "rate"), [(0, "5/hour"), (1, "off")])
def test_nobody_is_stopped(tmp_path: Path, proxies: int, rate: str) -> None:
    """Where no proxy is trusted all come from this machine; and when the limit is off."""
    site = site_of(tmp_path, proxies=proxies, rate=rate)
    with site.served():
        flood = {"X-Forwarded-For": "203.0.113.7"}
        assert {ask(site.port, PATH, flood).status for _ in range(30)} == {200}
        assert {ask(site.port, PATH).status for _ in range(30)} == {200}
