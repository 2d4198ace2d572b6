"""A PostgreSQL behind a network that goes mute: connections stay, and nothing passes any more."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator

import psycopg
import pytest
from sqlalchemy import Connection, text

from feedsvc.errors import StoreUnavailable
from feedsvc.store import connections
from feedsvc.store.connections import Database, parsed


class Mute:
    """Passes on what is said between clients at a port and the server, until it is ``mute``."""

    def __init__(self, server: str) -> None:
        known = psycopg.conninfo.conninfo_to_dict(server)
        self._server = f"{known['host']}/.s.PGSQL.{known.get('port', 5432)}"
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open = [self._listener]
        self.mute = threading.Event()
        self.clients = 0
        port = self._listener.getsockname()[1]
        self.url = f"postgresql://{known['user']}@127.0.0.1:{port}/{known['dbname']}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        for one in self._open:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.socket(socket.AF_UNIX)
                server.connect(self._server)
                self.clients += 1
                self._open += [client, server]
                for pair in ((client, server), (server, client)):
                    threading.Thread(target=self._pass_on, args=pair, daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if not self.mute.is_set():
                    target.sendall(data)
            target.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def network(postgresql_anew: Callable[[], str]) -> Iterator[Mute]:
    network = Mute(postgresql_anew())
    yield network
    network.close()


@pytest.fixture
def database(network: Mute, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """It waits for less than in earnest."""
    monkeypatch.setattr(connections, "BUSY", 2.0)
    monkeypatch.setattr(connections, "_READER", 1.5)
    monkeypatch.setattr(connections, "_QUESTION", 1.0)
    database = Database(parsed(network.url))
    yield database
    database.close()


def one(connection: Connection) -> int:
    return int(connection.execute(text("SELECT 1")).scalar_one())


def test_a_reader_does_not_wait_for_ever(network: Mute, database: Database) -> None:
    def work(connection: Connection) -> int:
        one(connection)
        network.mute.set()
        return one(connection)

    began = time.monotonic()
    with pytest.raises(StoreUnavailable, match="does not answer"):
        database.read(work)
    assert 1.4 < time.monotonic() - began < 4
    assert network.clients == 1  # not waited for a second time
    network.mute.clear()
    assert database.read(one) == 1


def test_nor_does_who_finds_a_connection_at_rest(network: Mute, database: Database) -> None:
    assert database.read(one) == 1
    network.mute.set()
    began = time.monotonic()
    with pytest.raises(StoreUnavailable):
        database.read(one)
    assert time.monotonic() - began < 7  # for the connection, and for a new one
    network.mute.clear()
    assert database.read(one) == 1


def test_a_long_question_is_a_writers_alone(database: Database) -> None:
    def work(connection: Connection) -> int:
        connection.execute(text("SELECT pg_sleep(2)"))
        return one(connection)

    with pytest.raises(StoreUnavailable, match="statement timeout"):
        database.read(work)
    assert database.write(work) == 1
    assert database.read(one) == 1
