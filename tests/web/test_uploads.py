"""Files that are uploaded: sent by the API, served as files beside items are, removed."""

from __future__ import annotations

import hashlib
import io
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from web.conftest import client_of
from web.harbour import SITE, Clock, png, settings, wav
from werkzeug.test import TestResponse

from feedsvc.config import FeedSection, WhereSection
from feedsvc.model import Category, Enclosure, Item, Status
from feedsvc.service import Service
from feedsvc.store import Put, Withdraw

SOUND = wav(2)
PICTURE = png(640, 480)
ID = hashlib.sha256(PICTURE).hexdigest()[:32]


class Program:
    """Somebody with a token."""

    def __init__(self, service: Service, scope: str = "write") -> None:
        self.client: FlaskClient = client_of(service)
        self.token = service.access.mint("program", scope)[1]
        self.bearer = {"Authorization": f"Bearer {self.token}"}

    def send(self, data: bytes = PICTURE, name: str = "cat.png") -> TestResponse:
        form = {"file": (io.BytesIO(data), name)}
        return self.client.post("/api/v1/media", data=form, headers=self.bearer)

    def sent(self, data: bytes = PICTURE, name: str = "cat.png") -> dict[str, Any]:
        response = self.send(data, name)
        assert response.status_code == 201, response.json
        found: dict[str, Any] = response.json
        return found

    def get(self, url: str, **headers: str) -> TestResponse:
        return self.client.get(url.removeprefix(SITE), headers=headers)


@pytest.fixture
def program(fresh: Service) -> Program:
    return Program(fresh)


def test_a_file_is_sent_and_served(program: Program) -> None:
    response = program.send(name="My cat.PNG")
    assert response.status_code == 201
    assert response.headers["Location"] == f"{SITE}/api/v1/media/{ID}"
    assert response.json == {
        "id": ID,
        "url": f"{SITE}/media/{ID}/My-cat.png",
        "name": "My-cat.png",
        "type": "image/png",
        "length": len(PICTURE),
        "duration": None,
        "width": 640,
        "height": 480,
        "at": "2026-11-22T12:00:00.250000Z",
        "origin": "api:program",
    }
    again = program.send(name="other.png")
    assert (again.status_code, again.json) == (200, response.json)
    served = program.get(response.json["url"])
    assert (served.data, served.content_type) == (PICTURE, "image/png")
    assert served.headers["X-Content-Type-Options"] == "nosniff"
    assert served.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert served.headers["Cache-Control"] == "public, max-age=300"
    assert served.headers["ETag"] == f'"{ID}"'
    assert "Content-Disposition" not in served.headers


def test_a_player_gets_parts_and_304(program: Program) -> None:
    sent = program.sent(SOUND, "talk.wav")
    assert sent["duration"] == 2
    part = program.get(sent["url"], Range="bytes=100-199")
    assert (part.status_code, part.data) == (206, SOUND[100:200])
    assert part.headers["Content-Range"] == f"bytes 100-199/{len(SOUND)}"
    assert program.get(sent["url"], **{"If-None-Match": part.headers["ETag"]}).status_code == 304
    assert program.get(sent["url"], Range=f"bytes={len(SOUND)}-").status_code == 416


@pytest.mark.parametrize(
    ("headers", "query", "name"),
    [
        ({"Content-Type": "image/png"}, "?name=cat.png", "cat.png"),
        ({"Content-Disposition": 'attachment; filename="cat.png"'}, "", "cat.png"),
        ({"Content-Disposition": "attachment; filename*=UTF-8''%e6%b5%b7.png"}, "", "海.png"),
        ({"Content-Type": "text/html"}, "?name=../x.html", "x.png"),
        ({}, "", "file.png"),
    ],
)
def test_a_file_needs_no_form(
    program: Program, headers: dict[str, str], query: str, name: str
) -> None:
    response = program.client.post(
        f"/api/v1/media{query}", data=PICTURE, headers=program.bearer | headers
    )
    assert response.status_code == 201, response.json
    assert (response.json["name"], response.json["type"]) == (name, "image/png")
    url = response.json["url"]
    assert url == f"{SITE}/media/{ID}/{quote(name)}"
    assert program.get(url).data == PICTURE


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"<html><script>alert(1)</script>", 415),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", 415),
        (b"", 422),
    ],
)
@pytest.mark.parametrize("name", ["cat.png", "cat.svg", "cat.html"])
def test_what_is_not_taken_is_told(program: Program, data: bytes, status: int, name: str) -> None:
    response = program.send(data, name)
    assert response.status_code == status
    assert response.content_type == "application/problem+json"
    assert program.client.get("/api/v1/media", headers=program.bearer).json["items"] == []


def test_a_form_without_the_file_is_told(program: Program) -> None:
    for form in ({"other": (io.BytesIO(PICTURE), "cat.png")}, {"file": "text"}):
        response = program.client.post(
            "/api/v1/media",
            data=form,
            headers=program.bearer,
            content_type="multipart/form-data",
        )
        assert response.status_code == 422
        assert response.json["errors"][0]["field"] == "file"


def test_larger_ones_than_the_settings_allow_are_refused(tmp_path: Path, clock: Clock) -> None:
    (tmp_path / "items").mkdir()
    found = settings(tmp_path, SITE)
    limits = found.limits.model_copy(update={"media": 65536})
    service = Service.open(found.model_copy(update={"limits": limits}), clock=clock)
    program = Program(service)
    assert program.send(SOUND[:44] + bytes(65536 - 44), "a.wav").status_code == 201
    assert program.send(SOUND[:44] + bytes(65537 - 44), "a.wav").status_code == 413
    raw = SOUND[:44] + bytes(10 * 65536)
    response = program.client.post("/api/v1/media", data=raw, headers=program.bearer)
    assert response.status_code == 413
    service.close()


def test_only_who_may_write_sends_files(fresh: Service, program: Program) -> None:
    assert program.client.post("/api/v1/media", data=PICTURE).status_code == 401
    reader = Program(fresh, "read:main")
    assert reader.send().status_code == 403
    assert fresh.store.uploads()[0] == []


def test_files_are_listed_and_found(program: Program, clock: Clock) -> None:
    for number in range(5):
        program.sent(png(number + 1, 1), f"cat-{number}.png")
        clock.forward(seconds=1)
    program.sent(SOUND, "talk.wav")
    names, cursor = [], ""
    while cursor is not None:
        query = f"?limit=2&q=cat{f'&cursor={cursor}' if cursor else ''}"
        page = program.client.get(f"/api/v1/media{query}", headers=program.bearer).json
        names += [one["name"] for one in page["items"]]
        cursor = page["next_cursor"]
    assert names == [f"cat-{number}.png" for number in (4, 3, 2, 1, 0)]
    for wrong in ("cursor=x", "limit=0", "other=1"):
        response = program.client.get(f"/api/v1/media?{wrong}", headers=program.bearer)
        assert response.status_code == 422


def test_what_an_item_leads_to_stays(fresh: Service, program: Program, clock: Clock) -> None:
    sent = program.sent()
    item = Item(guid="urn:x:1", slug="cat", title="Cat", image=sent["url"])
    fresh.store.apply([Put(item)], clock())
    address = f"/api/v1/media/{ID}"
    assert program.client.get(address, headers=program.bearer).json["items"] == ["cat"]
    response = program.client.delete(address, headers=program.bearer)
    assert response.status_code == 409
    assert "cat" in response.json["detail"]
    fresh.store.apply([Withdraw("urn:x:1")], clock())
    assert program.client.delete(address, headers=program.bearer).status_code == 204
    assert program.client.delete(address, headers=program.bearer).status_code == 404
    assert program.get(sent["url"]).status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        f"/media/{'0' * 32}/cat.png",
        "/media/../cat.png",
        f"/media/{ID}/",
        f"/media/{ID[:-1]}/cat.png",
        "/media/%00/cat.png",
        f"/media/{ID}%00/cat.png",
        f"/media/{ID.upper()}/cat.png",
        f"/media/{ID}/..%2f..%2f..%2fetc%2fpasswd",
    ],
)
def test_other_addresses_lead_nowhere(program: Program, path: str) -> None:
    program.sent()
    assert program.get(path).status_code == 404


def test_another_name_leads_to_the_right_one(program: Program) -> None:
    sent = program.sent()
    response = program.get(f"/media/{ID}/dog.html")
    assert (response.status_code, response.headers["Location"]) == (308, sent["url"])


# Private feeds


@pytest.fixture
def club(tmp_path: Path, clock: Clock) -> Any:
    """A site with a private feed of what has the tag ``club``."""
    (tmp_path / "items").mkdir()
    where = WhereSection.model_validate({"any": {"tags": ["club"]}})
    private = FeedSection(name="club", private=True, where=where)
    other = FeedSection(
        name="other",
        private=True,
        where=WhereSection.model_validate({"any": {"tags": ["other"]}}),
    )
    found = settings(tmp_path, SITE).model_copy(update={"feeds": (private, other)})
    service = Service.open(found, clock=clock)
    yield service
    service.close()


def test_a_file_of_private_items_alone_is_for_their_readers(club: Service, clock: Clock) -> None:
    program = Program(club)
    url = program.sent(SOUND, "talk.wav")["url"]
    reader, stranger = (club.access.mint("r", f"read:{name}")[1] for name in ("club", "other"))
    item = Item(
        guid="urn:x:1",
        slug="talk",
        title="Talk",
        categories=(Category("club"),),
        enclosures=(Enclosure(url, "audio/wav", len(SOUND)),),
        status=Status.DRAFT,
    )
    assert program.get(url).status_code == 200  # nothing uses it
    club.store.apply([Put(item)], clock())
    assert program.get(url).status_code == 401
    club.store.apply([Put(replace(item, status=Status.PUBLISHED))], clock())
    for asked in (url, f"{url}?token={stranger}", f"{url}?token=", f"{url}?token={reader}x"):
        response = program.get(asked)
        assert response.status_code == 401, asked
        assert response.headers["WWW-Authenticate"].startswith("Basic ")
        assert response.headers["Cache-Control"] in {"no-store", "private, no-store"}
        assert SOUND not in response.data
    response = program.get(f"{url}?token={reader}", Range="bytes=0-9")
    assert (response.status_code, response.data) == (206, SOUND[:10])
    assert response.headers["Cache-Control"] == "private, no-store"
    wrong = program.get(f"{url.replace('talk.wav', 'x.wav')}?token={reader}")
    assert wrong.headers["Location"] == f"{url}?token={reader}"
    public = replace(item, guid="urn:x:2", slug="two", categories=(), status=Status.PUBLISHED)
    club.store.apply([Put(public)], clock())
    assert program.get(url).headers["Cache-Control"] == "public, max-age=300"
    without = replace(item, enclosures=(), status=Status.PUBLISHED)
    for change in (Withdraw("urn:x:2"), Withdraw("urn:x:1"), Put(item), Put(without)):
        club.store.apply([change], clock())
        assert program.get(f"{url}?token={reader}").status_code == 200, change
        assert program.get(url).status_code == 401, change
