"""Floods from one address, counted by all workers together (T41).

Two workers share a file of counts and answer by turns; the clock stands still. A thousand sign-ins
are in ``test_signin``.
"""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Iterator
from itertools import cycle, islice

import pytest
from flask import Flask
from web.harbour import SITE, Clock
from web.people import ELSEWHERE
from werkzeug.datastructures import Headers
from werkzeug.test import EnvironBuilder, run_wsgi_app

from feedsvc.model import Item
from feedsvc.service import Service
from feedsvc.store import Put
from feedsvc.web.app import create_app
from feedsvc.web.limiting import Limiter
from feedsvc.web.slots import shared_file

#: Writes a minute that a token may do; whole fetches an hour of one feed from one address.
WRITES, FETCHES = 600, 60
Workers = list[Flask]


@pytest.fixture
def workers(fresh: Service) -> Iterator[Workers]:
    with shared_file() as path:
        limiters = [Limiter((FETCHES, 3600), path) for _ in range(2)]
        yield [create_app(fresh, limits=one, tally=one.tally) for one in limiters]


def flood(
    workers: Workers, times: int, path: str, headers: dict[str, str], body: bytes = b""
) -> Iterator[tuple[int, Headers, bytes]]:
    """The same request from one address, so many times: status, headers and body of each answer.

    ``%d`` in the body is the number of the request.
    """
    method = "POST" if body else "GET"
    builder = EnvironBuilder(path, base_url=SITE, method=method, headers=headers)
    environ = builder.get_environ() | {"REMOTE_ADDR": ELSEWHERE}
    for number, worker in enumerate(islice(cycle(workers), times)):
        sent = body.replace(b"%d", b"%d" % number)
        asked = {"CONTENT_LENGTH": str(len(sent)), "wsgi.input": io.BytesIO(sent)}
        parts, status, found = run_wsgi_app(worker.wsgi_app, environ | asked, buffered=True)
        yield int(status[:3]), found, b"".join(parts)


def test_ten_thousand_writes(fresh: Service, workers: Workers, clock: Clock) -> None:
    text = fresh.access.mint("program", "write")[1]
    headers = {"Authorization": f"Bearer {text}", "Content-Type": "application/json"}
    body = json.dumps({"guid": "urn:write:%d", "title": "Written"}).encode()
    found: Counter[int] = Counter()
    for status, told, answer in flood(workers, 10_000, "/api/v1/items", headers, body):
        found[status] += 1
        if status == 429:
            assert 0 < int(told["Retry-After"]) <= 60
            assert told["Content-Type"] == "application/problem+json"
            assert json.loads(answer)["status"] == 429
    assert found == {201: WRITES, 429: 10_000 - WRITES}
    assert fresh.store.item(guid=f"urn:write:{WRITES - 1}")
    assert fresh.store.item(guid=f"urn:write:{WRITES}") is None  # what was refused is not there
    clock.forward(seconds=61)
    assert [one[0] for one in flood(workers, 1, "/api/v1/items", headers, body)] == [200]


def test_a_thousand_fetches_at_once(fresh: Service, workers: Workers) -> None:
    fresh.store.apply([Put(Item(title="One", content_html="<p>x</p>"))], fresh.now())
    found: Counter[int] = Counter()
    tags = set()
    for status, told, _ in flood(workers, 1000, "/feeds/main.rss", {}):
        found[status] += 1
        if status == 429:
            assert 0 < int(told["Retry-After"]) <= 3600
        else:
            tags.add(told["ETag"])
    assert found == {200: FETCHES, 429: 1000 - FETCHES}
    (tag,) = tags
    known = {"If-None-Match": tag}
    asked = flood(workers, 1000, "/feeds/main.rss", known)
    assert {status for status, *_ in asked} == {304}  # which cost nothing
