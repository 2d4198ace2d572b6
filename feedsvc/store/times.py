"""The times of changes: never earlier than the one before, whatever the clock does."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import BigInteger, ColumnElement, case, literal, type_coerce

from feedsvc.store.schema import Instant


def after(changed_at: datetime, now: datetime) -> datetime:
    """The time of the next change: now, but always later than the last."""
    return max(now, changed_at + timedelta(microseconds=1))


def later(changed_at: ColumnElement[datetime], now: datetime) -> ColumnElement[datetime]:
    """The same for a column."""
    moment = literal(now, Instant())
    next_one = type_coerce(type_coerce(changed_at, BigInteger) + 1, Instant())
    return case((changed_at >= moment, next_one), else_=moment)
