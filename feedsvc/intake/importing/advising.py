"""What an answer without a document means, and what to do next about it: words for people. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from feedsvc.intake.importing import schedule

_STEPS: Mapping[int, str] = {
    401: "it wants a user and a password: put user:password@ in front of the host in the address, "
    "and see that they hold",
    403: "it refuses us: open it in a browser; if it is there, its publisher keeps programs out "
    "and has to be asked",
    404: "is the address right? Open it in a browser",
    410: "it is gone for good; is there another address?",
    429: "it is asked too often",
    451: "it may not be shown here, says who serves it",
    503: "it is not ready just now",
}
_WAIT = {429, 503}


def advice(status: int, headers: Mapping[str, str], now: datetime) -> str:
    """What to do about an answer of this status.

    >>> from datetime import UTC
    >>> advice(429, {"retry-after": "7200"}, datetime.now(UTC))
    'it is asked too often: it wants to be asked again in 2 hours'
    >>> advice(404, {}, datetime.now(UTC))
    'is the address right? Open it in a browser'
    """
    if status not in _STEPS:
        return "it has a fault of its own" if status >= 500 else "open it in a browser"
    told = _STEPS[status]
    if status not in _WAIT:
        return told
    wait = schedule.retry_after(headers, now)
    return f"{told}: " + (
        f"it wants to be asked again in {_said(wait)}" if wait else "try it again later"
    )


def _said(wait: timedelta) -> str:
    """A time as people say it, rather too long than too short.

    >>> _said(timedelta(seconds=90)), _said(timedelta(seconds=601)), _said(timedelta(days=3))
    ('90 seconds', '11 minutes', '3 days')
    """
    seconds = int(wait.total_seconds())
    for unit, name in ((86400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 2 * unit:
            return f"{-(-seconds // unit)} {name}"
    return f"{seconds} seconds"
