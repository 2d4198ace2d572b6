"""Single files from anywhere, as `feedsvc publish` takes them."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from intake.house import House, counts, told
from intake.test_media import png
from samples import SITE

from feedsvc.intake.folder import Report
from feedsvc.model import Status
from feedsvc.store import Withdraw

SEED = Path(__file__).parents[1] / "journeys" / "seed-article.txt"


def outside(house: House, name: str, text: str | bytes) -> Path:
    path = house.home / "elsewhere" / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_a_plain_text_article_comes_back_whole(house: House) -> None:
    assert counts(house.publish(SEED)) == (1, 0, 0, 0)
    (item,) = house.items()
    title, *paragraphs = SEED.read_text(encoding="utf-8").strip().split("\n\n")
    assert item.title == title
    assert item.content_html.count("<p>") == len(paragraphs) == 4
    assert item.origin == f"publish:{SEED}"


def test_the_same_path_again_is_the_same_item(house: House) -> None:
    path = outside(house, "note.md", "# One")
    house.publish(path)
    guid = house.item("note").guid
    assert counts(house.publish(path)) == (0, 0, 0, 1)
    path.write_text("# Two", encoding="utf-8")
    assert counts(house.publish(path)) == (0, 1, 0, 0)
    assert [(item.guid, item.title) for item in house.items()] == [(guid, "Two")]
    house.store.apply([Withdraw(guid)], house.now)
    assert counts(house.publish(path)) == (0, 1, 0, 0)
    assert house.titles() == ["Two"]


def test_a_sync_leaves_it_alone(house: House) -> None:
    path = outside(house, "note.md", "# One")
    house.publish(path)
    path.unlink()
    assert house.sync() == Report()
    assert house.titles() == ["One"]


def test_put_into_the_folder_later_it_stays_the_same_item(house: House) -> None:
    path = outside(house, "note.md", "# One")
    house.publish(path)
    guid = house.item("note").guid
    path.rename(house.root / "note.md")
    house.sync()
    assert [(item.guid, item.origin) for item in house.items()] == [(guid, "file:note.md")]


def test_feed_and_time(house: House) -> None:
    path = outside(house, "note.md", "---\nfeeds: main\ndate: 2020-01-01\n---\n# One")
    at = datetime(2027, 1, 31, 8, 0, tzinfo=UTC)
    house.publish(path, feed="news", at=at)
    item = house.item("note")
    assert (item.status, item.published, item.feeds) == (Status.SCHEDULED, at, ("news",))


def test_an_unknown_feed_is_refused(house: House) -> None:
    report = house.publish(outside(house, "note.md", "# One"), feed="weekly")
    assert len(report.refused) == 1
    assert "weekly" in told(report)[0]
    assert "news" in told(report)[0]
    assert house.store.files() == {}


def test_a_good_file_goes_in_beside_bad_ones(house: House) -> None:
    good = outside(house, "good.md", "# Good")
    bad = outside(house, "bad.md", b"\xff\xff")
    fifo = house.home / "fifo.md"
    os.mkfifo(fifo)
    paths = [bad, house.home / "none.md", house.home, fifo, Path("/dev/zero"), good]
    report = house.publish(*paths)
    assert counts(report) == (1, 0, 0, 0)
    assert sorted(error.where for error in report.refused) == sorted(map(str, paths[:-1]))
    assert house.titles() == ["Good"]
    assert list(house.store.files()) == [str(good)]  # no file elsewhere is a lasting problem


LINKING = [
    "# Trip\n\n![A cat](cat.png)",
    "# Trip\n\n![A cat](img/cat.png)",
    "# Trip\n\n[listen](cat.mp3)",
    "---\nimage: cat.png\n---\n# Trip",
    "---\nenclosures: [{url: cat.mp3}]\n---\n# Trip",
]


@pytest.mark.parametrize("text", LINKING)
def test_files_beside_a_file_from_elsewhere_could_not_be_served(house: House, text: str) -> None:
    outside(house, "cat.png", png())
    report = house.publish(outside(house, "trip.md", text))
    assert counts(report) == (0, 0, 0, 0)
    assert "move both there" in told(report)[0]
    assert house.items() == []


def test_other_links_of_a_file_from_elsewhere_are_fine(house: House) -> None:
    text = "# Trip\n\n![A cat](https://x.example/cat.png) [note](#n) [other](../other)"
    assert counts(house.publish(outside(house, "trip.md", text))) == (1, 0, 0, 0)
    assert f'href="{SITE}/items/trip#n"' in house.item("trip").content_html


def test_a_file_in_the_folder_is_taken_as_a_sync_would(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.write("posts/trip.md", "# Trip\n\n![A cat](cat.png)")
    house.write("posts/cat.png", png())
    house.write("other.md", "# Other")
    monkeypatch.chdir(house.root / "posts")
    assert counts(house.publish(Path("trip.md"))) == (1, 0, 0, 0)
    assert house.titles() == ["Trip"]
    assert house.item("trip").origin == "file:posts/trip.md"
    assert house.store.media("trip", "cat.png") is not None
    assert counts(house.sync()) == (1, 0, 0, 1)
    assert counts(house.publish(house.root / "posts" / "trip.md", feed="news")) == (0, 1, 0, 0)
    assert house.titles() == ["Other"]


def test_a_moved_file_in_the_folder_keeps_its_item(house: House) -> None:
    house.write("old.md", "# One")
    house.sync()
    (house.root / "old.md").rename(house.root / "new.md")
    house.publish(house.root / "new.md")
    assert [item.origin for item in house.items()] == ["file:new.md"]
    assert counts(house.sync()) == (0, 0, 0, 1)


@pytest.mark.parametrize("name", [".hidden.md", "notes.pdf", "none.md"])
def test_what_a_sync_would_not_take_is_refused(house: House, name: str) -> None:
    if name != "none.md":
        house.write(name, "# One")
    report = house.publish(house.root / name)
    assert told(report)[0].startswith(f"{name}: is no item file")


def test_it_works_without_the_folder(house: House) -> None:
    house.root.rmdir()
    assert counts(house.publish(outside(house, "note.md", "# One"))) == (1, 0, 0, 0)


def test_an_id_that_a_file_of_the_folder_has(house: House) -> None:
    house.write("mine.md", "# Mine", front="id: tag:example.org,2020:x")
    house.sync()
    path = outside(house, "note.md", "---\nid: tag:example.org,2020:x\n---\n# Yours")
    assert told(house.publish(path)) == [
        f"{path}: has the same id as mine.md: tag:example.org,2020:x"
    ]
    assert house.titles() == ["Mine"]


def test_two_of_one_name_have_addresses_of_their_own(house: House) -> None:
    house.write("note.md", "# Mine")
    house.sync()
    house.publish(outside(house, "note.md", "# Yours\n\n[below](#n)"))
    assert f'href="{SITE}/items/note-2#n"' in house.item("note-2").content_html
