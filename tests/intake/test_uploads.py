"""Uploaded files: kept whole, once, under what is in them."""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from intake.test_recognising import jpeg, png
from samples import NOW, SITE

from feedsvc.errors import (
    Conflict,
    ItemError,
    NotFound,
    StoreReadOnly,
    TooLarge,
    UnsupportedType,
)
from feedsvc.intake.uploads import Taken, Uploads
from feedsvc.model import Enclosure, Item
from feedsvc.store import FeedSpec, Put, Store, Withdraw, open_store

PICTURE = png(640, 480)
ID = hashlib.sha256(PICTURE).hexdigest()[:32]


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    store = open_store(store_url, site_url=SITE, now=NOW)
    store.declare([FeedSpec("main")], NOW)
    yield store
    store.close()


@pytest.fixture
def uploads(store: Store, tmp_path: Path) -> Uploads:
    return Uploads(tmp_path / "deep" / "media", store, SITE, 100_000)


def take(uploads: Uploads, data: bytes = PICTURE, name: str = "My cat.png") -> Taken:
    return uploads.take(io.BytesIO(data), name=name, origin="api:phone", now=NOW)


def read(uploads: Uploads, taken: Taken) -> bytes:
    with uploads.open(taken.upload) as file:
        return file.read()


def test_a_file_is_kept_with_what_is_known_of_it(uploads: Uploads, store: Store) -> None:
    taken = take(uploads)
    upload = taken.upload
    assert (taken.new, taken.url) == (True, f"{SITE}/media/{ID}/My-cat.png")
    assert store.upload(ID) == upload
    assert (upload.name, upload.type, upload.length) == ("My-cat.png", "image/png", len(PICTURE))
    assert (upload.width, upload.height, upload.duration) == (640, 480, None)
    assert (upload.at, upload.origin) == (NOW, "api:phone")
    assert read(uploads, taken) == PICTURE
    assert uploads.of_url(taken.url) == upload
    assert uploads.of_url(f"{SITE}/%6dedia/./{ID}/My-cat.png") == upload


def test_the_same_bytes_are_the_same_file_under_their_first_name(
    uploads: Uploads, store: Store, tmp_path: Path
) -> None:
    first, again = take(uploads), take(uploads, name="other.png")
    assert (again.upload, again.url, again.new) == (first.upload, first.url, False)
    assert len(store.uploads()[0]) == 1
    assert [path.name for path in (tmp_path / "deep/media").iterdir()] == [f"{ID}.png"]


def test_a_file_that_was_lost_is_back_when_it_is_sent_again(
    uploads: Uploads, tmp_path: Path
) -> None:
    taken = take(uploads)
    (tmp_path / "deep/media" / f"{ID}.png").unlink()
    with pytest.raises(NotFound):
        uploads.open(taken.upload)
    take(uploads, name="other.jpg")
    assert read(uploads, taken) == PICTURE


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", ItemError),
        (b"<html><script>alert(1)</script></html>", UnsupportedType),
        (PICTURE + bytes(100_000), TooLarge),
    ],
)
def test_what_is_refused_leaves_nothing_behind(
    uploads: Uploads, store: Store, tmp_path: Path, data: bytes, error: type[Exception]
) -> None:
    with pytest.raises(error):
        take(uploads, data)
    assert store.uploads()[0] == []
    assert list((tmp_path / "deep/media").iterdir()) == []


def test_a_folder_that_can_not_be_written_is_told(store: Store, tmp_path: Path) -> None:
    (tmp_path / "media").write_text("no folder", encoding="utf-8")
    with pytest.raises(StoreReadOnly, match="make room"):
        take(Uploads(tmp_path / "media", store, SITE, 100_000))


def test_only_what_nobody_uses_is_removed(uploads: Uploads, store: Store, tmp_path: Path) -> None:
    picture, sound = take(uploads), take(uploads, jpeg(10, 10), "a.jpg")
    html = f'<p><img src="{picture.url}" alt=""></p>'
    enclosure = Enclosure(sound.url, "image/jpeg", 10)
    item = Item(guid="urn:x:1", title="A", content_html=html, enclosures=(enclosure,))
    store.apply([Put(item)], NOW)
    for taken in (picture, sound):
        with pytest.raises(Conflict):
            uploads.remove(taken.upload.id)
        assert read(uploads, taken)
    store.apply([Withdraw("urn:x:1")], NOW + timedelta(minutes=1))
    assert uploads.remove(ID) is True
    assert uploads.remove(ID) is False
    assert [path.suffix for path in (tmp_path / "deep/media").iterdir()] == [".jpg"]


def test_what_a_crash_left_behind_is_removed_after_a_day(uploads: Uploads, tmp_path: Path) -> None:
    take(uploads)
    folder = tmp_path / "deep/media"
    (folder / ".coming-new").write_bytes(b"x")
    old = folder / ".coming-old"
    old.write_bytes(b"x")
    os.utime(old, (0, 0))
    take(uploads, jpeg(1, 1))
    assert sorted(path.name[:8] for path in folder.glob(".*")) == [".coming-"]
    assert not old.exists()


def test_a_link_in_the_folder_leads_nowhere(uploads: Uploads, tmp_path: Path) -> None:
    upload = take(uploads).upload
    place = tmp_path / "deep/media" / f"{ID}.png"
    place.unlink()
    place.symlink_to("/etc/hostname")
    with pytest.raises(NotFound):
        uploads.open(upload)


@pytest.mark.parametrize(
    "url",
    [
        "https://elsewhere.example/media/" + ID + "/My-cat.png",
        f"{SITE}/media/{ID}",
        f"{SITE}/media/{'0' * 32}/My-cat.png",
        f"{SITE}/media/",
        f"{SITE}/items/a/b.png",
        "",
    ],
)
def test_other_addresses_are_no_uploads(uploads: Uploads, url: str) -> None:
    take(uploads)
    assert uploads.of_url(url) is None
