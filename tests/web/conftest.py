"""The harbour's site behind the real application: for a test client, for a browser."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import CodeType
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from web.harbour import SITE, Clock, filled, opened
from werkzeug.serving import make_server
from werkzeug.test import TestResponse

from feedsvc.service import Service
from feedsvc.web.app import create_app


class _Compiled(BytecodeCache):
    """Templates that one application has compiled, for the hundreds of others of a test run."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._known.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._known[bucket.key, bucket.checksum] = bucket.code


@pytest.fixture(scope="session", autouse=True)
def _templates_compiled_once() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(Flask.jinja_options, "bytecode_cache", _Compiled())
        yield


class _Whole(FlaskClient):
    """Reads each response to its end and closes it, as a server does."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        return super().open(*args, **{"buffered": True, **kwargs})


def client_of(service: Service) -> FlaskClient:
    """A client of an application of its own."""
    app = create_app(service)
    app.test_client_class = _Whole
    return app.test_client()


@pytest.fixture(scope="package")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The filled site; tests only read it. Its clock stands an hour after the last change."""
    clock = Clock()
    service = filled(tmp_path_factory.mktemp("site"), SITE, clock)
    clock.forward(hours=1)
    yield service
    service.close()


@pytest.fixture(scope="package")
def client(service: Service) -> FlaskClient:
    """Asks the filled site."""
    return client_of(service)


@pytest.fixture
def clock() -> Clock:
    """The clock of ``fresh``."""
    return Clock()


@pytest.fixture
def fresh(tmp_path: Path, clock: Clock) -> Iterator[Service]:
    """An empty site of the test's own, to change."""
    service = opened(tmp_path, SITE, clock)
    yield service
    service.close()


@contextmanager
def served(root: Path, **site: object) -> Iterator[str]:
    """The filled site on a free port of loopback; gives its address."""
    clock = Clock()
    with make_server("127.0.0.1", 0, _later, threaded=True) as server:
        url = f"http://127.0.0.1:{server.server_port}"
        service = filled(root, url, clock, **site)
        clock.forward(hours=1)
        server.app = create_app(service)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield url
        finally:
            server.shutdown()
            thread.join()
            service.close()


def _later(*_: object) -> list[bytes]:
    raise AssertionError("asked before the application was there")
