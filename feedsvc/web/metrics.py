"""``/metrics``: how often feeds are polled and where they stand, for Prometheus.

Everything is read from the store, to which all workers and nodes add, so each of them says the
same (docs/decisions/prometheus-client.md).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta

from flask import Blueprint, Response, request
from prometheus_client import CollectorRegistry, exposition
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.openmetrics import exposition as openmetrics
from prometheus_client.registry import Collector

from feedsvc import __version__
from feedsvc.publish.audience import audiences, named
from feedsvc.service import Service
from feedsvc.store import FeedState, PollCount
from feedsvc.store.polls import sum_name
from feedsvc.web import headers
from feedsvc.web.current import current_service
from feedsvc.web.negotiation import weighted
from feedsvc.web.policy import policy

blueprint = Blueprint("metrics", __name__)

#: A client that polls once a day has not been here yet today.
_RECENT = timedelta(days=1)


@blueprint.get("/metrics")
@policy("public")
def metrics() -> Response:
    """The text, in OpenMetrics for who asks for it. Without the store there is none: 503."""
    registry = CollectorRegistry()
    registry.register(_Collected(list(_families(current_service()))))
    if _wants_openmetrics(request.headers.get("Accept", "")):
        body = openmetrics.generate_latest(registry)  # type: ignore[no-untyped-call]
        response = Response(body, content_type=openmetrics.CONTENT_TYPE_LATEST)
    else:
        body = exposition.generate_latest(registry)
        response = Response(body, content_type=exposition.CONTENT_TYPE_PLAIN_0_0_4)
    response.headers["Cache-Control"] = headers.NEVER
    response.headers["Vary"] = "Accept"
    return response


def _wants_openmetrics(accept: str) -> bool:
    qualities = dict(weighted(accept))
    asked = qualities.get("application/openmetrics-text", 0)
    return asked > 0 and asked >= qualities.get("text/plain", 0)


class _Collected(Collector):
    """What was collected, as the library wants it."""

    def __init__(self, families: list[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families


def _families(service: Service) -> Iterator[Metric]:
    """Reads the store. Raises StoreError."""
    store = service.store
    feeds = [feed for feed in service.settings.all_feeds() if not feed.private]
    names = _Names({feed.name: feed.formerly for feed in feeds})
    today = service.now().date()
    info = GaugeMetricFamily("feedsvc_info", "The program that says this.", labels=["version"])
    info.add_metric([__version__], 1)
    yield info
    yield GaugeMetricFamily("feedsvc_revision", "The number of the last change.", store.revision())
    yield GaugeMetricFamily(
        "feedsvc_problems",
        "Item files that were refused and items left out of feeds; /readyz names them.",
        len(service.problems()),
    )
    states = [state for state in store.feed_states("feed") if not (state.ended or state.private)]
    yield from _states(state for state in states if state.key in names.declared)
    yield from _polls(store.poll_totals(), names)
    yield _subscribers(store.polls(today - _RECENT), today, names)


class _Names:
    """Which values labels may have: the public feeds, and sums of those that nobody declared.

    ``kind`` keeps a declared feed called "search" apart from the searches.
    """

    def __init__(self, formerly: Mapping[str, Iterable[str]]) -> None:
        self.declared = frozenset(formerly)
        self.renamed = {old: name for name, names in formerly.items() for old in names}

    def labels(self, key: str) -> tuple[str, str] | None:
        """The kind and the name of a feed; None for one that is declared no more."""
        name, kind = named(sum_name(key) or key, self.renamed)
        return (kind, name) if kind != "feed" or name in self.declared else None


def _states(states: Iterable[FeedState]) -> Iterator[Metric]:
    items = GaugeMetricFamily("feedsvc_feed_items", "Items in the feed.", labels=["feed"])
    revision = GaugeMetricFamily(
        "feedsvc_feed_revision", "The number of the feed's last change.", labels=["feed"]
    )
    changed = GaugeMetricFamily(
        "feedsvc_feed_changed_timestamp_seconds", "When the feed last changed.", labels=["feed"]
    )
    for state in states:
        items.add_metric([state.key], state.count)
        revision.add_metric([state.key], state.revision)
        changed.add_metric([state.key], round(state.changed_at.timestamp(), 3))
    return iter((items, revision, changed))


def _polls(totals: Iterable[PollCount], names: _Names) -> Iterator[Metric]:
    sums: dict[tuple[str, str, str], PollCount] = {}
    for total in totals:
        if found := names.labels(total.feed):
            label = (*found, total.form)
            sums[label] = sums[label] + total if label in sums else total
    which = ["kind", "feed", "form"]
    polls = CounterMetricFamily(
        "feedsvc_polls", "Polls, by how they were answered.", labels=[*which, "result"]
    )
    blind = CounterMetricFamily(
        "feedsvc_unconditional_polls", "Polls without a validator.", labels=which
    )
    sent = CounterMetricFamily("feedsvc_sent_bytes", "Bytes of answers' bodies.", labels=which)
    saved = CounterMetricFamily(
        "feedsvc_saved_bytes", "Bytes that whole documents had taken more.", labels=which
    )
    for label, total in sorted(sums.items()):
        results = {
            "unchanged": total.not_modified,
            "delta": total.deltas,
            "refused": total.refused,
        }
        # Those that were led on (308) or told of an end (410) too: no column tells them apart.
        results["whole"] = total.requests - sum(results.values())
        for result, number in results.items():
            polls.add_metric([*label, result], number)
        blind.add_metric(label, total.unconditional)
        sent.add_metric(label, total.bytes_sent)
        saved.add_metric(label, total.bytes_saved)
    return iter((polls, blind, sent, saved))


def _subscribers(counts: Iterable[PollCount], today: date, names: _Names) -> Metric:
    told = GaugeMetricFamily(
        "feedsvc_subscribers",
        "For how many people clients said to fetch the feed, since yesterday.",
        labels=["kind", "feed"],
    )
    sums = Counter[tuple[str, str]]()
    for audience in audiences(counts, today - _RECENT, today, names.renamed):
        key = audience.feed if audience.kind in {"feed", "tag", "author"} else f"{audience.kind}:"
        if found := names.labels(key):
            sums[found] += audience.subscribers
    for label, number in sorted(sums.items()):
        told.add_metric(label, number)
    return told
