"""Connections to the database: made per process, set up alike, errors put into our words."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import (
    ArgumentError,
    DBAPIError,
    NoSuchModuleError,
)

from feedsvc.errors import StoreUnavailable
from feedsvc.store import library
from feedsvc.store.failures import is_locked, translated
from feedsvc.store.moments import Mark, Moment, mark, moment
from feedsvc.store.turns import pauses, turn

#: Seconds that a writer waits for another one, and that a connection may take to be made.
BUSY = 5.0
#: Seconds that PostgreSQL may take for one question, and that its answer to a reader or a writer
#: is waited for: a network in between that has gone mute never tells. Writers may have much to do.
_QUESTION = 8.0
_READER = 10.0
_WRITER = 600.0

#: Pages of 4 KB that SQLite's write-ahead log may have before they are brought into the database.
#: What many writes have changed is brought there once, so the fewer times the better; in a log of
#: up to 4,062 a reader finds a page by one look (sqlite.org/walformat.html 2.3).
LOG_PAGES = 4000

T = TypeVar("T")


def parsed(address: str) -> URL:
    """The store's address. Raises StoreUnavailable for one that can't be used."""
    if address.startswith("sqlite:///") and address != "sqlite:///:memory:":
        # All of the rest is the path, whatever characters are in it.
        return URL.create("sqlite", database=address.removeprefix("sqlite:///"))
    try:
        url = make_url(address)
    except ArgumentError:
        raise StoreUnavailable("store.url is no address of a database.") from None
    if url.get_backend_name() == "sqlite":
        raise StoreUnavailable("store.url names no file: write sqlite:///PATH.")
    if url.get_backend_name() == "postgresql":
        return url.set(drivername="postgresql+psycopg")
    raise StoreUnavailable(f"store.url names {url.get_backend_name()}; SQLite and PostgreSQL work.")


def _sqlite_engine(url: URL) -> Engine:
    module, _ = library.load()
    engine = create_engine(
        url,
        module=module,
        # Transactions are begun by us, so that none starts as a reader and then wants to write:
        # such a one fails at once, however long the busy timeout.
        connect_args={"timeout": BUSY, "isolation_level": None, "check_same_thread": False},
        pool_size=8,
        max_overflow=24,
        pool_timeout=BUSY,
        pool_use_lifo=True,  # who wrote last still has in memory what the next write asks for
    )

    @event.listens_for(engine, "connect")
    def set_up(connection: Any, record: Any) -> None:  # noqa: ARG001
        cursor = connection.cursor()
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute("PRAGMA synchronous=FULL")  # an acknowledged write survives a power loss
        cursor.execute("PRAGMA cache_size=-8000")
        cursor.execute("PRAGMA temp_store=MEMORY")
        cursor.execute(f"PRAGMA wal_autocheckpoint={LOG_PAGES}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        if connection.get_execution_options().get("write", False):
            _begin_to_write(connection, str(url.database))
        else:  # the driver is told itself: it takes a tenth of the time, at each poll after a write
            raw: Any = connection.connection.dbapi_connection
            raw.execute("BEGIN")

    return engine


def _begin_to_write(connection: Connection, database: str) -> None:
    """Wait for the one place of a writer, for BUSY seconds at most, in turn with all others.

    SQLite's own wait looks ever more seldom, up to every 100 ms.
    """
    raw: Any = connection.connection.dbapi_connection
    raw.execute("PRAGMA busy_timeout=0")
    try:
        begun = time.monotonic()
        with turn(database, BUSY):
            _begin(raw, begun + BUSY - time.monotonic())
    finally:
        raw.execute(f"PRAGMA busy_timeout={int(BUSY * 1000)}")


def _begin(raw: Any, most: float) -> None:
    """Raises SQLite's error if it was locked for ``most`` seconds."""
    locked = None
    for _ in pauses(most):
        try:
            raw.execute("BEGIN IMMEDIATE")
        except raw.OperationalError as error:
            if not is_locked(error):
                raise
            locked = error
        else:
            return
    assert locked is not None  # noqa: S101
    raise locked


def _postgresql_engine(url: URL) -> Engine:
    try:
        engine = create_engine(
            url,
            pool_size=8,
            max_overflow=24,
            pool_timeout=BUSY,
            pool_pre_ping=True,
            connect_args={
                "connect_timeout": int(BUSY),
                # A server that is gone without a word is noticed, not waited for.
                "tcp_user_timeout": 10_000,
                "keepalives_idle": 10,
                "keepalives_interval": 3,
                "keepalives_count": 3,
                # A writer that vanished frees the lock on the revision.
                "options": f"-c lock_timeout={int(BUSY * 1000)}"
                " -c idle_in_transaction_session_timeout=30000"
                f" -c statement_timeout={int(_QUESTION * 1000)}",
            },
        )
        patient = _patient()
    except (ImportError, NoSuchModuleError):
        raise StoreUnavailable(
            "PostgreSQL needs one more package. Run: pip install 'feedsvc[postgresql]'"
        ) from None

    @event.listens_for(engine, "do_connect")
    def connect(_dialect: Any, _record: Any, args: Any, kwargs: Any) -> Any:
        return patient.connect(*args, **kwargs)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        raw: Any = connection.connection.dbapi_connection
        raw.patience = _READER
        if connection.get_execution_options().get("write", False):
            raw.patience = _WRITER
            connection.exec_driver_sql("SET LOCAL statement_timeout = 0")

    @event.listens_for(engine, "checkin")
    def at_rest(raw: Any, _record: Any) -> None:
        if raw is not None:
            raw.patience = BUSY

    return engine


@cache
def _patient() -> Any:
    """The driver's connection, with an end to its patience. Raises ImportError without it."""
    import psycopg

    class Patient(psycopg.Connection[Any]):
        #: Seconds for an answer. Being asked whether it still is there is what comes at rest.
        patience = BUSY

        def wait(self, gen: Any, *args: Any, **kwargs: Any) -> Any:
            return super().wait(self._bounded(gen), *args, **kwargs)

        def _bounded(self, gen: Any) -> Generator[Any, Any, Any]:
            """The driver's steps. It takes one several times a second though nothing comes."""
            deadline = time.monotonic() + self.patience
            came = None
            while True:
                try:
                    came = yield gen.send(came)
                except StopIteration as end:
                    return end.value
                if not came and time.monotonic() > deadline:
                    self.pgconn.finish()  # nothing that still comes on it is of use
                    raise _Mute("no answer in time")

    class _Mute(psycopg.OperationalError):
        mute = True

    return Patient


class Database:
    """One database: reads and writes as functions of a connection.

    Safe under threads. A process that was forked makes its own connections; those of its parent
    are left alone, neither used nor closed (sqlite.org/howtocorrupt.html 2.6).
    """

    def __init__(self, url: URL) -> None:
        self.url = url
        self.sqlite = url.get_backend_name() == "sqlite"
        self._lock = threading.Lock()
        self._pid = os.getpid()
        self._abandoned: list[Any] = []
        self._watch: sqlite3.Connection | None = None
        self._watches = 0
        #: Told by each write, before others see it, where the store stood and stands (SQLite only).
        self.witness: Callable[[Moment, Moment], None] | None = None
        self._engine = _sqlite_engine(url) if self.sqlite else _postgresql_engine(url)

    @property
    def engine(self) -> Engine:
        """The process' own engine."""
        if os.getpid() != self._pid:
            self._abandoned += [self._engine.pool, self._watch]
            self._lock = threading.Lock()
            self._watch = None
            self._engine.dispose(close=False)
            self._pid = os.getpid()
        return self._engine

    def read(self, work: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        """``work(connection, …)`` in a transaction that only reads.

        All of its questions are answered from one moment, whatever others commit meanwhile.
        """
        return self._twice(lambda: self._read_once(work, *args, **kwargs))

    def write(self, work: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        """``work(connection, …)`` in a transaction that writes; on disk when this returns.

        An error rolls all of it back. One exception: when the connection is lost while
        PostgreSQL is asked to commit, nobody can say whether it did.
        """
        return self._twice(lambda: self._write_once(work, *args, **kwargs))

    def _twice(self, run: Callable[[], T]) -> T:
        """Run, and run again if the connection turns out to be gone, as after a restart of the
        server, before anything was committed."""
        with self._in_our_words():
            try:
                return run()
            except DBAPIError as error:
                # Who has waited for long is not made to wait again.
                if not error.connection_invalidated or getattr(error.orig, "mute", False):
                    raise
                return run()

    def _read_once(self, work: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        with self._reading().connect() as connection:
            connection.begin()
            return work(connection, *args, **kwargs)

    def _reading(self) -> Engine:
        if self.sqlite:
            return self.engine
        return self.engine.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )

    def _write_once(self, work: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        with self.engine.connect() as connection:
            connection.execution_options(write=True)  # an engine of these would be slower
            transaction = connection.begin()
            try:
                before = moment(connection) if self.witness else None
                result = work(connection, *args, **kwargs)
                if self.witness and before and (after := moment(connection)) != before:
                    self.witness(before, after)
            except BaseException:
                transaction.rollback()
                raise
            try:
                transaction.commit()
            except DBAPIError as error:
                error.connection_invalidated = False  # it may be committed: not to be done twice
                raise
            return result

    def data_version(self) -> object:
        """A value that differs once anybody else has committed (SQLite only).

        It is asked on one connection that never writes, so this process' own commits count too.
        """
        with self._watching() as watch:
            row = watch.execute("PRAGMA data_version").fetchone()
            return (self._pid, self._watches, row[0])

    def mark(self) -> Mark:
        """Where the store stands now (SQLite only)."""
        with self._watching() as watch:
            return mark(watch)

    @contextmanager
    def _watching(self) -> Iterator[Any]:
        """The connection that never writes, for one thread at a time."""
        engine = self.engine
        with self._in_our_words(), self._lock:
            if self._watch is None:
                fairy = engine.raw_connection()
                self._watch = fairy.dbapi_connection  # type: ignore[assignment]
                fairy.detach()
                self._watches += 1
            yield self._watch

    def pragma(self, pragma: str) -> str:
        """Set something of the SQLite file outside any transaction; what it is set to."""
        with self._in_our_words(), self.engine.connect() as connection:
            raw = connection.connection.dbapi_connection
            assert raw is not None  # noqa: S101
            return str(raw.execute(f"PRAGMA {pragma}").fetchone()[0])

    def close(self) -> None:
        """Close this process' connections."""
        engine = self.engine
        with self._lock:
            if self._watch is not None:
                self._watch.close()
                self._watch = None
        engine.dispose()

    @contextmanager
    def _in_our_words(self) -> Iterator[None]:
        """Raise a StoreError for a database's error; one that is a fault of ours as it is."""
        try:
            yield
        except Exception as error:
            ours = translated(error, self.url)
            if ours is None:
                raise
            raise ours from error
