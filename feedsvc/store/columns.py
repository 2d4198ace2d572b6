"""What the tables are made of: times, row numbers, and the list of all tables.

Times are whole microseconds since 1970 in a big integer: exact, sortable, the same on SQLite and
PostgreSQL, and free of a server's time zone.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Integer, MetaData
from sqlalchemy.types import TypeDecorator

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def microseconds(moment: datetime) -> int:
    """An aware datetime as whole microseconds since 1970. TypeError for a naive one."""
    return (moment - _EPOCH) // _MICROSECOND


def moment(value: int) -> datetime:
    """Whole microseconds since 1970 as an aware UTC datetime."""
    return _EPOCH + timedelta(microseconds=value)


class Instant(TypeDecorator[datetime]):
    """An aware UTC datetime as microseconds since 1970."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> int | None:  # noqa: ARG002
        return None if value is None else microseconds(value)

    def process_result_value(self, value: int | None, dialect: Any) -> datetime | None:  # noqa: ARG002
        return None if value is None else moment(value)


#: A row number: SQLite wants exactly INTEGER for it to be the table's own key.
Id = BigInteger().with_variant(Integer(), "sqlite")

metadata = MetaData()
