"""Who polls: how often the feeds are asked for, by which programs, and what it costs, as plots."""

from __future__ import annotations

from datetime import timedelta

from flask import Response, request

from feedsvc.errors import NotFound
from feedsvc.publish.audience import Audience, audiences
from feedsvc.web import plots
from feedsvc.web.admin import blueprint, traffic
from feedsvc.web.admin.showing import show
from feedsvc.web.current import current_service
from feedsvc.web.policy import policy

#: The days that can be looked at, by the words for them; the first one is shown unasked.
PERIODS = {30: "30 days", 7: "7 days", 90: "90 days", 400: "13 months"}


@blueprint.get("/polls")
@policy("account")
def polls() -> Response:
    """The polls of some days (``days``), of all feeds or of one (``feed``). Raises NotFound."""
    service = current_service()
    days = _days()
    until = service.now().date()
    since = until - timedelta(days=days - 1)
    renamed = {
        former: feed.name for feed in service.settings.all_feeds() for former in feed.formerly
    }
    counts = service.store.polls(since)
    found = audiences(counts, since, until, renamed)
    key = request.args.get("feed", "")
    chosen = _chosen(found, key)
    # A feed that nobody has asked for in these days is there all the same.
    looked_at = [chosen] if chosen else [] if key else found
    if chosen:
        counts = traffic.of_feed(counts, chosen, renamed)
    programs = traffic.clients(looked_at)
    return show(
        "admin/polls.html",
        here="polls",
        since=since,
        until=until,
        days=days,
        periods=sorted(PERIODS.items()),
        key=key,
        found=looked_at,
        chosen=chosen,
        sums=traffic.sums(looked_at),
        plots=traffic.plots(counts, since, until, renamed) if looked_at else [],
        programs=programs[: traffic.MOST_CLIENTS],
        more_programs=max(len(programs) - traffic.MOST_CLIENTS, 0),
        ignoring=traffic.ignoring(looked_at),
        draw=plots,
        key_of=traffic.key_of,
        label_of=traffic.label_of,
    )


def _days() -> int:
    given = request.args.get("days", "")
    return int(given) if given in map(str, PERIODS) else next(iter(PERIODS))


def _chosen(found: list[Audience], key: str) -> Audience | None:
    if not key:
        return None
    for audience in found:
        if traffic.key_of(audience) == key:
            return audience
    if any(feed.name == key for feed in current_service().settings.all_feeds()):
        return None
    raise NotFound("nobody has asked for a feed of that name in these days")
