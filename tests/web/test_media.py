"""Files of items: whole, in part, unchanged, and never anything else."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from web.harbour import PICTURE, SITE, SOUND, Clock

from feedsvc.model import Item, Status
from feedsvc.service import Service
from feedsvc.store import Media, Put, Withdraw
from feedsvc.web.app import create_app

SALT = "/items/salt/salt.wav"
SIZE = len(SOUND)


def test_a_file_is_served_whole_and_safely(client: FlaskClient) -> None:
    response = client.get("/items/tide/harbour.png")
    assert response.data == PICTURE
    assert response.content_type == "image/png"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response.headers["Accept-Ranges"] == "bytes"
    assert response.headers["Last-Modified"] == "Fri, 20 Nov 2026 08:30:01 GMT"
    assert "Content-Disposition" not in response.headers


@pytest.mark.parametrize(
    ("asked", "start", "stop"),
    [
        ("bytes=0-99", 0, 100),
        ("bytes=100-", 100, SIZE),
        ("bytes=-10", SIZE - 10, SIZE),
        (f"bytes=0-{SIZE * 2}", 0, SIZE),
    ],
)
def test_players_get_parts(client: FlaskClient, asked: str, start: int, stop: int) -> None:
    response = client.get(SALT, headers={"Range": asked})
    assert response.status_code == 206
    assert response.data == SOUND[start:stop]
    assert response.headers["Content-Range"] == f"bytes {start}-{stop - 1}/{SIZE}"
    assert response.content_length == stop - start
    assert response.content_type == "audio/wav"


@pytest.mark.parametrize("asked", ["bytes=5-2", "bytes=0-1,4-5", "lines=1-2", "nonsense"])
def test_other_ranges_get_the_whole(client: FlaskClient, asked: str) -> None:
    response = client.get(SALT, headers={"Range": asked})
    assert (response.status_code, response.data) == (200, SOUND)


def test_a_range_outside(client: FlaskClient) -> None:
    response = client.get(SALT, headers={"Range": f"bytes={SIZE}-"})
    assert response.status_code == 416
    assert response.headers["Content-Range"] == f"bytes */{SIZE}"
    assert response.json["status"] == 416


def test_ranges_and_conditions(client: FlaskClient) -> None:
    etag = client.get(SALT).headers["ETag"]
    part = {"Range": "bytes=0-9"}
    assert client.get(SALT, headers={**part, "If-Range": etag}).status_code == 206
    assert client.get(SALT, headers={**part, "If-Range": '"old"'}).status_code == 200
    assert client.get(SALT, headers={**part, "If-None-Match": etag}).status_code == 304
    assert client.head(SALT, headers=part).status_code == 200


def test_every_item_has_its_own_files_alone(client: FlaskClient) -> None:
    for path in ("/items/salt/harbour.png", "/items/tide/salt.wav", "/items/tide/none.png"):
        assert client.get(path).status_code == 404


@pytest.fixture
def shelf(fresh: Service, clock: Clock) -> Service:
    """Items of each status with a file each, and files that may not be opened."""
    folder = fresh.settings.items_path
    (folder / "a.png").write_bytes(PICTURE)
    (folder / "link.png").symlink_to("/etc/hostname")
    (folder / "folder.png").mkdir()
    (folder / "note.txt").write_text("<script>alert(1)</script>", encoding="utf-8")
    media = tuple(
        Media(name, name, kind, 10)
        for name, kind in (
            ("a.png", "image/png"),
            ("link.png", "image/png"),
            ("folder.png", "image/png"),
            ("missing.png", "image/png"),
            ("note.txt", "text/plain"),
        )
    )
    fresh.store.apply(
        [
            Put(
                Item(guid=f"urn:x:{status}", slug=status, title=status, content_html="<p>x</p>",
                     status=status),
                media=media,
            )
            for status in (Status.PUBLISHED, Status.DRAFT, Status.REVIEW, Status.WITHDRAWN)
        ],
        clock(),
    )  # fmt: skip
    gone = Item(guid="urn:x:gone", slug="gone", title="gone", content_html="<p>x</p>")
    fresh.store.apply([Put(gone, media=media), Withdraw("urn:x:gone")], clock())
    return fresh


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("published/a.png", 200),
        ("published/link.png", 404),
        ("published/folder.png", 404),
        ("published/missing.png", 404),
        ("draft/a.png", 404),
        ("review/a.png", 404),
        ("withdrawn/a.png", 404),  # nobody ever saw it
        ("gone/a.png", 410),
    ],
)
def test_only_regular_files_of_published_items(shelf: Service, path: str, status: int) -> None:
    response = create_app(shelf).test_client().get(f"/items/{path}", buffered=True)
    assert response.status_code == status


def test_what_is_neither_picture_nor_sound_is_downloaded(shelf: Service) -> None:
    response = create_app(shelf).test_client().get("/items/published/note.txt", buffered=True)
    assert response.content_type == "text/plain; charset=utf-8"
    assert response.headers["Content-Disposition"] == "attachment"


def test_an_older_slug_leads_to_the_file(shelf: Service, clock: Clock) -> None:
    item = shelf.store.item(slug="published")
    assert item
    from dataclasses import replace

    media = (Media("a.png", "a.png", "image/png", 10),)
    renamed = Put(replace(item, slug="renamed"), replaces=item.guid, media=media)
    shelf.store.apply([renamed], clock())
    response = create_app(shelf).test_client().get("/items/published/a.png", buffered=True)
    assert response.status_code == 308
    assert response.headers["Location"] == f"{SITE}/items/renamed/a.png"
