"""Errors of databases in our words."""

from __future__ import annotations

import pytest
from sqlalchemy import exc, make_url

from feedsvc.errors import (
    StoreDamaged,
    StoreError,
    StoreOutdated,
    StoreReadOnly,
    StoreUnavailable,
)
from feedsvc.store.failures import shown, translated

SQLITE = make_url("sqlite:////srv/feedsvc.db")
POSTGRESQL = make_url("postgresql+psycopg://jane:hush@db.example/feeds")


class DriverError(Exception):
    """Like the drivers' own: with SQLite's extended code or PostgreSQL's state."""

    def __init__(self, code: int | None = None, state: str | None = None, text: str = "x") -> None:
        self.sqlite_errorcode = code
        self.sqlstate = state
        super().__init__(text)


@pytest.mark.parametrize(
    ("code", "kind", "told"),
    [
        (5, StoreUnavailable, "locked by another program"),
        (261, StoreUnavailable, "locked by another program"),  # BUSY_RECOVERY
        (6, StoreUnavailable, "locked"),
        (8, StoreReadOnly, "can't be written"),
        (1544, StoreReadOnly, "can't be written"),  # READONLY_DIRECTORY
        (13, StoreReadOnly, "disk of the store /srv/feedsvc.db is full"),
        (11, StoreDamaged, "Nothing was changed"),
        (267, StoreDamaged, "damaged"),  # CORRUPT_VTAB
        (26, StoreDamaged, "damaged"),
        (522, StoreDamaged, "damaged"),  # IOERR_SHORT_READ
        (10, StoreUnavailable, "Check the disk"),
        (1034, StoreUnavailable, "Check the disk"),  # IOERR_FSYNC
        (14, StoreUnavailable, "its folder"),
        (1, None, ""),
        (None, None, ""),
    ],
)
def test_codes_of_sqlite(code: int | None, kind: type[StoreError] | None, told: str) -> None:
    raw = DriverError(code)
    for error in (raw, exc.OperationalError("SELECT 1", None, raw)):
        found = translated(error, SQLITE)
        assert (type(found) if found else None) is kind
        assert told in str(found)


@pytest.mark.parametrize(
    ("state", "kind", "told"),
    [
        ("XX001", StoreDamaged, "damaged"),
        ("53100", StoreReadOnly, "is full"),
        ("25006", StoreReadOnly, "can't be written"),
        ("42501", StoreReadOnly, "can't be written"),
        ("42P01", StoreOutdated, "feedsvc migrate"),
        ("55P03", StoreUnavailable, "busy with another write"),
        ("28P01", StoreUnavailable, "refuses the login"),
        ("57P03", StoreUnavailable, "does not answer"),
        (None, StoreUnavailable, "does not answer"),
    ],
)
def test_states_of_postgresql(state: str | None, kind: type[StoreError], told: str) -> None:
    raw = DriverError(None, state, 'login "jane" with hush\nfailed')
    found = translated(exc.OperationalError("SELECT 1", None, raw), POSTGRESQL)
    assert type(found) is kind
    assert told in str(found)
    assert "hush" not in str(found)
    assert "db.example" in str(found)


def test_our_own_faults_are_not_blamed_on_the_store() -> None:
    raw = DriverError(None, "42601", "syntax error")
    assert translated(exc.ProgrammingError("SELEC", None, raw), POSTGRESQL) is None
    assert translated(ValueError("x"), POSTGRESQL) is None
    assert translated(ValueError("x"), SQLITE) is None


def test_an_exhausted_pool_is_told() -> None:
    assert isinstance(translated(exc.TimeoutError(), POSTGRESQL), StoreUnavailable)


def test_passwords_are_never_shown() -> None:
    assert "hush" not in shown(POSTGRESQL)
    assert "hush" not in shown(make_url("postgresql://db/x?password=hush"))
