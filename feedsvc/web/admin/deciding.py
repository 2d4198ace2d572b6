"""What a button of the form does to an article: its status and its date. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from feedsvc.errors import FieldFault, InvalidFields
from feedsvc.model import Item, Status
from feedsvc.web.admin.fields import Fields, moment, written

#: The buttons of the form. ``now`` publishes without regard to the date.
Action = Literal["save", "publish", "schedule", "undo", "now"]
ACTIONS: tuple[Action, ...] = ("save", "publish", "schedule", "undo", "now")

#: How long somebody who publishes may take it back unseen, in seconds, as it is offered.
HOLDS = {60: "1 minute", 600: "10 minutes", 3600: "1 hour", 0: "none"}
DEFAULT_HOLD = 60


@dataclass(frozen=True, slots=True)
class Press:
    """A button that was pressed: what it does, and the seconds to take it back again."""

    action: Action
    hold: int = DEFAULT_HOLD

    @classmethod
    def of(cls, action: str, hold: str) -> Press:
        """What a form says; what it does not say rightly is to save, with the usual hold."""
        known: Action = next((one for one in ACTIONS if one == action), "save")
        seconds = int(hold) if hold in map(str, HOLDS) else DEFAULT_HOLD
        return cls(known, seconds)


def told(press: Press, mine: Fields, old: Item | None, now: datetime) -> dict[str, Any]:
    """The status and the date that an article gets, as fields of the API. Raises InvalidFields.

    Nothing for an article that only keeps what it has.
    """
    match press.action:
        case "save":
            return _begun(mine, now) if old is None else {}
        case "undo":
            return {"status": "draft"}
        case "schedule":
            return _scheduled(mine, now)
        case "now":
            return _held(press.hold, now)
        case "publish":
            if old is not None and old.status in (Status.PUBLISHED, Status.WITHDRAWN):
                return {"status": "published"}
            if not mine.published:
                return _held(press.hold, now)
            return {"status": "published", "published": written(_chosen(mine))}


def _begun(mine: Fields, now: datetime) -> dict[str, Any]:
    """A draft. Every article has a date; one that nobody chose is not to look chosen."""
    date = {} if mine.published else {"published": written(unchosen(now))}
    return {"status": "draft", **date}


def _held(hold: int, now: datetime) -> dict[str, Any]:
    """Out when the time to take it back is over."""
    if not hold:
        return {"status": "published", "published": written(now)}
    due = unchosen(now + timedelta(seconds=hold))
    return {"status": "scheduled", "published": written(due)}


def unchosen(at: datetime) -> datetime:
    """The same time, told apart from those that people choose, which have whole minutes."""
    return at.replace(second=1) if at.second == 0 else at


def _scheduled(mine: Fields, now: datetime) -> dict[str, Any]:
    if not mine.published:
        raise InvalidFields([FieldFault("published", "give the day and time it is to go out")])
    chosen = _chosen(mine)
    if chosen <= now:
        raise InvalidFields([
            FieldFault("published", "is over already; choose a time to come, or publish it now")
        ])
    return {"status": "scheduled", "published": written(chosen)}


def _chosen(mine: Fields) -> datetime:
    try:
        return moment(mine.published)
    except ValueError:
        reason = "must be a day and a time such as 2026-11-22 09:30"
        raise InvalidFields([FieldFault("published", reason)]) from None


def check_dates(given: Mapping[str, Any], old: Item, now: datetime) -> None:
    """See to it that readers lose nothing by a date. Raises InvalidFields."""
    date = given.get("published")
    if old.status is Status.PUBLISHED and date is not None and moment(date) > now:
        reason = "is still to come, but readers have the article already; withdraw it first"
        raise InvalidFields([FieldFault("published", reason)])
