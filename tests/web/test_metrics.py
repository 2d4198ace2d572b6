"""/metrics as Prometheus reads it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as plain
from web.conftest import client_of
from web.harbour import SITE, Clock, opened, settings

from feedsvc.config import FeedSection
from feedsvc.service import Service
from feedsvc.store import PollCount

PROMETHEUS = (
    "application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;"
    "q=0.4,text/plain;version=1.0.0;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1"
)


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    clock = Clock()
    made = settings(tmp_path, SITE)
    feeds = (FeedSection(name="kitchen", formerly=("cooking",)), FeedSection(name="search"))
    service = Service.open(made.model_copy(update={"feeds": feeds}), clock=clock)
    yield service
    service.close()


@pytest.fixture
def client(service: Service) -> FlaskClient:
    return client_of(service)


def add(service: Service, feed: str, *, form: str = "rss", **counts: int) -> None:
    count = PollCount(service.now().date(), feed, form, "Feedly", **{"requests": 1, **counts})
    service.store.add_polls([count], service.now())


def values(client: FlaskClient, name: str) -> dict[tuple[str, ...], float]:
    """The samples of one name, by the values of their labels."""
    text = client.get("/metrics").get_data(as_text=True)
    samples = [sample for family in plain(text) for sample in family.samples]
    found = [sample for sample in samples if sample.name == name]
    order = ("kind", "feed", "form", "result")
    by_labels = {
        tuple(sample.labels[label] for label in order if label in sample.labels): sample.value
        for sample in found
    }
    assert len(by_labels) == len(found)
    return by_labels


def test_polls_by_feed_form_and_result(service: Service, client: FlaskClient) -> None:
    add(service, "main", requests=10, not_modified=6, deltas=1, refused=2, unconditional=3)
    add(service, "main", form="atom", bytes_sent=5 * 10**9, bytes_saved=7)
    polls = values(client, "feedsvc_polls_total")
    assert polls["feed", "main", "rss", "whole"] == 1
    assert polls["feed", "main", "rss", "unchanged"] == 6
    assert polls["feed", "main", "rss", "delta"] == 1
    assert polls["feed", "main", "rss", "refused"] == 2
    assert polls["feed", "main", "atom", "whole"] == 1
    assert values(client, "feedsvc_unconditional_polls_total")["feed", "main", "rss"] == 3
    assert values(client, "feedsvc_sent_bytes_total")["feed", "main", "atom"] == 5 * 10**9
    assert values(client, "feedsvc_saved_bytes_total")["feed", "main", "atom"] == 7


def test_labels_are_bounded(service: Service, client: FlaskClient) -> None:
    for number in range(50):
        add(service, f"tag:{number}", subscribers=1)
        add(service, f"author:{number}")
    for feed in ("search:", "search", "opml:", "cooking", "kitchen", "no-longer-declared"):
        add(service, feed)
    polls = values(client, "feedsvc_polls_total")
    assert {labels[:2]: number for labels, number in polls.items() if labels[3] == "whole"} == {
        ("author", "authors"): 50,
        ("tag", "tags"): 50,
        ("feed", "kitchen"): 2,
        ("feed", "search"): 1,
        ("search", "search"): 1,
        ("opml", "opml"): 1,
    }
    assert values(client, "feedsvc_subscribers")["tag", "tags"] == 50


def test_subscribers_as_of_lately(service: Service, client: FlaskClient) -> None:
    yesterday, before = (service.now().date() - timedelta(days=number) for number in (1, 2))
    old = PollCount(before, "main", "rss", "Inoreader", 1, subscribers=1000)
    last = replace(old, day=yesterday, client="Feedbin", subscribers=42)
    service.store.add_polls([old, last], service.now())
    add(service, "main", subscribers=128)
    assert values(client, "feedsvc_subscribers")["feed", "main"] == 42 + 128


def test_where_feeds_stand(service: Service, client: FlaskClient) -> None:
    state = service.store.feed_state("main")
    assert state is not None
    assert values(client, "feedsvc_feed_items") == {("kitchen",): 0, ("main",): 0, ("search",): 0}
    assert values(client, "feedsvc_feed_revision")["main",] == state.revision
    changed = values(client, "feedsvc_feed_changed_timestamp_seconds")["main",]
    assert changed == pytest.approx(state.changed_at.timestamp(), abs=0.001)
    assert values(client, "feedsvc_revision") == {(): service.store.revision()}
    assert values(client, "feedsvc_problems") == {(): 0}


def test_every_worker_says_the_same(service: Service, client: FlaskClient) -> None:
    add(service, "main")
    assert client_of(service).get("/metrics").data == client.get("/metrics").data


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        (PROMETHEUS, "application/openmetrics-text"),
        ("application/openmetrics-text", "application/openmetrics-text"),
        ("application/openmetrics-text; version=nonsense\x7f", "application/openmetrics-text"),
        ("application/openmetrics-text;q=0", "text/plain"),
        ("application/openmetrics-text;q=0.1, text/plain", "text/plain"),
        ("text/html,*/*;q=0.8", "text/plain"),
        ("", "text/plain"),
    ],
)
def test_the_format_that_is_asked_for(
    service: Service, client: FlaskClient, accept: str, media_type: str
) -> None:
    add(service, "main")
    response = client.get("/metrics", headers={"Accept": accept})
    assert response.status_code == 200
    assert response.content_type.startswith(f"{media_type}; version=")
    assert response.content_type.count("charset=utf-8") == 1
    parse = openmetrics if media_type != "text/plain" else plain
    assert len(list(parse(response.get_data(as_text=True)))) == 11


def test_it_is_kept_nowhere_and_has_a_head(client: FlaskClient) -> None:
    whole, head = client.get("/metrics"), client.head("/metrics")
    assert whole.headers["Cache-Control"] == "no-store"
    assert (head.status_code, head.data) == (200, b"")
    for name in ("Content-Type", "Cache-Control", "Content-Length"):
        assert head.headers[name] == whole.headers[name]


def test_without_the_store_there_is_no_answer(tmp_path: Path) -> None:
    service = opened(tmp_path, SITE, Clock())
    client = client_of(service)
    service.close()
    for path in tmp_path.glob("feedsvc.db*"):
        path.unlink()
    (tmp_path / "feedsvc.db").mkdir()
    response = client.get("/metrics")
    assert response.status_code == 503
    assert int(response.headers["Retry-After"]) > 0
    assert response.headers["Cache-Control"] == "no-store"
