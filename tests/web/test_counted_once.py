"""Each request over the wire is counted once, whichever way it is answered."""

from __future__ import annotations

import json
import socket
from http.client import HTTPResponse
from pathlib import Path

from journeys.conftest import Site

CONFIGURATION = """
[site]
title = "A site"
[server]
workers = 1
trusted_proxies = 1
[limits]
polls = "3/hour"
"""
REQUEST = (
    b"GET /feeds/main.rss HTTP/1.1\r\nHost: a\r\nUser-Agent: Fetcher/2.0\r\n"
    b"X-Forwarded-For: 203.0.113.7\r\n\r\n"
)


def test_a_repeat_that_runs_into_the_limit_is_counted_once(tmp_path: Path) -> None:
    site = Site.of(tmp_path, CONFIGURATION)
    given = []
    with site.served(), socket.create_connection(("127.0.0.1", site.port), timeout=10) as wire:
        for _ in range(8):  # all but the first read like it, and come from the same connection
            wire.sendall(REQUEST)
            answer = HTTPResponse(wire)
            answer.begin()
            answer.read()
            given.append(answer.status)
    assert given == [200] * 3 + [429] * 5
    (main,) = json.loads(site.run("feeds", "--polls", "--json").stdout)["feeds"]
    assert (main["requests"], main["unconditional"], main["refused"]) == (8, 8, 5)
