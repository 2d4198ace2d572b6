"""Two people and several programs write one article at once, on a server with two workers.

Two editors send its form, a program sends changes of the version that it read (If-Match), one
changes whatever is there, a Micropub client updates it, while files beside it are taken in. Each
keeps what it was told was saved. Nothing that was saved may be missing from the article's history,
and nobody may have saved over what they were not shown.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from html import unescape
from http.client import HTTPConnection
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from journeys.conftest import Site, until

from feedsvc import config
from feedsvc.service import Service

CONFIGURATION = """
[site]
title = "A site"
[server]
workers = 2
"""
NAME, PASSWORD = "jane", "a long and quiet passphrase"
#: Writes that each tries, and seconds after which nobody begins another.
WRITES, SECONDS = 10, 6.0


@dataclass(frozen=True, slots=True)
class Saved:
    """A write that was acknowledged: what was written, over which revision, and which it is."""

    who: str
    words: str
    before: int | None  #: the revision that the writer had seen; None if it did not look
    revision: int | None = None


#: Before their first write all who look have seen the same version.
_SEEN = threading.Barrier(3, timeout=60)


@dataclass
class Writer:
    """Somebody with a connection of their own: it may come to any of the workers."""

    site: Site
    name: str
    headers: dict[str, str] = field(default_factory=dict)
    saved: list[Saved] = field(default_factory=list)
    told: int = 0  #: how often it was told that somebody else was quicker

    def ask(self, method: str, path: str, body: object = None, **more: str) -> tuple[int, Any, Any]:
        """Status, headers and text. A new connection each time, so that both workers are asked."""
        data, kind = None, {}
        if isinstance(body, dict) and more.pop("form", ""):
            data, kind = urlencode(body), {"Content-Type": "application/x-www-form-urlencoded"}
        elif body is not None:
            data, kind = json.dumps(body), {"Content-Type": "application/json"}
        connection = HTTPConnection("127.0.0.1", self.site.port, timeout=30)
        try:
            connection.request(method, path, data, {**self.headers, **kind, **more})
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read().decode()
        finally:
            connection.close()

    def words(self, number: int) -> str:
        return f"{self.name}-{number}"


class Person(Writer):
    """An editor: writes into the form that was shown, and looks at what others did when told."""

    def ask(self, method: str, path: str, body: object = None, **more: str) -> tuple[int, Any, Any]:
        """The same, with the cookie that was given last."""
        status, headers, text = super().ask(method, path, body, **more)
        if cookies := [value.partition(";")[0] for value in headers.get_all("Set-Cookie") or ()]:
            self.headers["Cookie"] = "; ".join(cookies)
        return status, headers, text

    def send(self, at: str, **fields: str) -> None:
        """Fill in the form at an address and send it."""
        status, _, page = self.ask("GET", at)
        assert status == 200, page
        form = {"csrf_token": _key(page), "name": NAME, "password": PASSWORD, **fields}
        status, _, page = self.ask("POST", at.partition("?")[0], form, form="yes")
        assert status == 303, page

    def write(self, number: int) -> None:
        status, _, page = self.ask("GET", "/admin/items/shared")
        assert status == 200, page
        if number == 0:
            _SEEN.wait()
        for _ in range(40):
            seen, form = _form(page)
            form |= {"title": self.words(number), "csrf_token": _key(page), "action": "save"}
            status, _, page = self.ask("POST", "/admin/items/shared", form, form="yes")
            if status == 303:
                self.saved.append(Saved(self.name, self.words(number), seen))
                return
            # The page says so, and has the revision that is there now.
            assert status == 409, (status, page)
            assert "Somebody else changed this article" in page
            self.told += 1
        raise AssertionError("never got through")


class Careful(Writer):
    """A program that changes the version it has read, and reads again when that is not there."""

    def write(self, number: int) -> None:
        for turn in range(40):
            status, headers, _ = self.ask("GET", "/api/v1/items/shared")
            assert status == 200
            tag = headers["ETag"]
            if number == turn == 0:
                _SEEN.wait()
            patch = {"title": self.words(number)}
            status, headers, text = self.ask(
                "PATCH", "/api/v1/items/shared", patch, **{"If-Match": tag}
            )
            if status == 200:
                told = json.loads(text)
                assert told["title"] == self.words(number)
                seen = int(tag.strip('"'))
                self.saved.append(Saved(self.name, self.words(number), seen, told["revision"]))
                return
            assert status == 412, text
            assert json.loads(text)["revision"] > int(tag.strip('"'))
            self.told += 1
        raise AssertionError("never got through")


class Careless(Writer):
    """A program that changes a field of whatever is there."""

    def write(self, number: int) -> None:
        status, _, text = self.ask("PATCH", "/api/v1/items/shared", {"rights": self.words(number)})
        if status == 412:  # ten others were quicker; it is told so
            self.told += 1
            return
        assert status == 200, text
        told = json.loads(text)
        assert told["rights"] == self.words(number)
        self.saved.append(Saved(self.name, self.words(number), None, told["revision"]))


class App(Writer):
    """A Micropub client, which replaces the summary."""

    def write(self, number: int) -> None:
        body = {
            "action": "update",
            "url": f"{self.site.url}/items/shared",
            "replace": {"summary": [self.words(number)]},
        }
        status, _, text = self.ask("POST", "/micropub", body)
        if status == 412:
            self.told += 1
            return
        assert status in {201, 204}, text
        self.saved.append(Saved(self.name, self.words(number), None))


def _key(page: str) -> str:
    found = re.search(r'name="csrf-token" content="([^"]*)"', page)
    assert found, page
    return unescape(found[1])


def _form(page: str) -> tuple[int, dict[str, str]]:
    """The revision that the form was made of, and its fields as they stand there."""
    from web.editing import values_of

    values = values_of(page)
    return int(values["revision"]), values


@dataclass
class Files:
    """Whoever puts files into the folder while all that goes on."""

    site: Site
    count: int = 0

    def write(self, number: int) -> None:
        self.site.write(f"file-{number % 5}.md", f"# File {number % 5}\n\nVersion {number}.\n")
        self.count += 1
        time.sleep(0.02)


@pytest.fixture
def shared(tmp_path: Path) -> Site:
    return Site.of(tmp_path / "shared", CONFIGURATION)


def test_no_write_is_lost_unseen(shared: Site) -> None:
    with shared.served():
        writers = _writers(shared)
        first = writers[2]
        status, _, text = first.ask(
            "POST", "/api/v1/items", {"slug": "shared", "title": "begun", "content_html": "<p>x"}
        )
        assert status == 201, text
        files = Files(shared)
        _all_at_once([*(one.write for one in writers), files.write])
        until(lambda: b"Version 9" in shared.get("/items/file-4"), 60)
        status, _, text = first.ask("GET", "/api/v1/items/shared")
    saved = [one for writer in writers for one in writer.saved]
    assert len(saved) >= WRITES, [(one.name, len(one.saved), one.told) for one in writers]
    assert sum(one.told for one in writers) >= 2, "two of three had an older version"
    _judged(_history(shared), saved)


def _writers(site: Site) -> list[Person | Careful | Careless | App]:
    made = site.run("account", "invite")
    found = re.search(r"code=([\w-]+)", made.stdout)
    assert found, made
    people = [Person(site, "anna"), Person(site, "ben")]
    people[0].send(f"/admin/setup?code={found[1]}", code=found[1], again=PASSWORD)
    people[1].send("/admin/sign-in")
    made = site.run("token", "create", "programs", "--scope", "write")
    token = re.search(r"fs_\w+", made.stdout)
    assert token, made
    bearer = {"Authorization": f"Bearer {token[0]}"}
    return [
        *people,
        Careful(site, "careful", dict(bearer)),
        Careless(site, "careless", dict(bearer)),
        App(site, "app", dict(bearer)),
    ]


def _all_at_once(writes: list[Callable[[int], None]]) -> None:
    """Each writes in a thread of its own; what fails there fails here."""
    failures: list[BaseException] = []
    begin = threading.Barrier(len(writes))
    deadline = time.monotonic() + SECONDS

    def work(write: Callable[[int], None], always: bool) -> None:
        try:
            begin.wait()
            for number in range(WRITES):
                if always or number == 0 or time.monotonic() < deadline:
                    write(number)
        except BaseException as error:  # noqa: BLE001
            failures.append(error)

    threads = [threading.Thread(target=work, args=(write, write is writes[-1])) for write in writes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


@dataclass(frozen=True, slots=True)
class Version:
    """What the history has of one revision."""

    revision: int
    title: str
    summary: str
    rights: str
    origin: str


def _history(site: Site) -> list[Version]:
    """The article's versions, the first one first."""
    service = Service.open(config.load(site.root / "config.toml", {}), declare=False)
    try:
        item = service.store.item(slug="shared")
        assert item
        found = []
        for one in service.store.history(item.guid, limit=200)[::-1]:
            assert one.item is not None
            kept = one.item
            found.append(
                Version(one.revision, kept.title, kept.summary, kept.rights or "", kept.origin)
            )
        return found
    finally:
        service.close()


def _judged(history: list[Version], saved: list[Saved]) -> None:
    assert history[0].title == "begun"
    by_words: dict[str, Version] = {}
    for before, after in pairwise(history):
        changes = [
            (name, getattr(after, name))
            for name in ("title", "summary", "rights")
            if getattr(before, name) != getattr(after, name)
        ]
        # Each revision is one writer's one change: nobody put back what another had written.
        assert len(changes) == 1, (before, after)
        name, words = changes[0]
        assert words not in by_words
        by_words[words] = after
        field_of = {"app": "summary", "careless": "rights"}
        assert field_of.get(words.partition("-")[0], "title") == name
    # Exactly one revision for each change that was acknowledged, and none besides.
    assert sorted(by_words) == sorted(one.words for one in saved)
    places = {version.revision: place for place, version in enumerate(history)}
    for one in saved:
        version = by_words[one.words]
        assert one.revision in {None, version.revision}
        if one.before is not None:  # it saw what stood there just before
            assert places[one.before] == places[version.revision] - 1, one
    for writer in {one.who for one in saved}:
        order = [by_words[one.words].revision for one in saved if one.who == writer]
        assert order == sorted(order), writer
