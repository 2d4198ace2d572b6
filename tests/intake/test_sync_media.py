"""Files beside items, from the folder to the store and back."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from intake.house import House, counts, told
from intake.test_media import png, write_wav
from samples import SITE

from feedsvc.errors import NotFound
from feedsvc.intake.media import served_name
from feedsvc.model import Status
from feedsvc.store import Media


def test_media_are_served_under_the_items_address(house: House) -> None:
    house.write(
        "posts/trip.md", "# Trip\n\n![A cat](img/cat.png)\n\n[far](https://x.example/a.png)"
    )
    house.write("posts/img/cat.png", png())
    house.write("posts/other.png", png())
    assert house.sync().notes == ()
    name = served_name("img/cat.png")
    assert f'src="{SITE}/items/trip/{name}"' in house.item("trip").content_html
    media = house.store.media("trip", name)
    assert media == Media(name, "posts/img/cat.png", "image/png", len(png()))
    assert house.store.media("trip", "other.png") is None
    assert house.store.media("trip", "trip.md") is None
    with house.folder.open_media(media) as file:
        assert file.read() == png()


def test_a_changed_sound_changes_its_enclosure(house: House) -> None:
    house.write("talk.md", "# Talk", front="enclosures: [{url: talk.wav}]")
    path = write_wav(house.root / "talk.wav", 60)
    house.sync()
    (before,) = house.item("talk").enclosures
    assert (before.url, before.duration) == (f"{SITE}/items/talk/talk.wav", 60)
    assert before.length == path.stat().st_size
    podcast = house.item("talk").podcast
    assert podcast is not None
    assert podcast.duration == 60
    write_wav(path, 75)
    assert counts(house.sync()) == (0, 1, 0, 0)
    (after,) = house.item("talk").enclosures
    assert (after.length, after.duration) == (path.stat().st_size, 75)
    media = house.store.media("talk", "talk.wav")
    assert media is not None
    assert media.length == path.stat().st_size
    assert counts(house.sync()) == (0, 0, 0, 1)


def test_a_changed_picture_changes_what_is_served_and_no_feed(house: House) -> None:
    house.write("trip.md", "# Trip\n\n![A cat](cat.png)")
    house.write("cat.png", png())
    house.sync()
    before = house.item("trip")
    house.write("cat.png", png(1) + b"more")
    assert counts(house.sync()) == (0, 0, 0, 1)
    media = house.store.media("trip", "cat.png")
    assert media is not None
    assert media.length == len(png(1)) + 4
    assert house.item("trip") == before
    assert counts(house.sync()) == (0, 0, 0, 1)


def test_a_missing_picture_is_told_until_it_is_there(house: House) -> None:
    house.write("posts/trip.md", "# Trip\n\n![A cat](cat.png)")
    assert house.sync().notes == ("posts/trip.md: cat.png is not there",)
    assert house.titles() == ["Trip"]
    assert house.sync().notes == ("posts/trip.md: cat.png is not there",)
    house.write("posts/cat.png", b"no picture")
    assert "not a PNG" in house.sync().notes[0]
    assert "not a PNG" in house.sync().notes[0]
    house.write("posts/cat.png", png())
    assert house.sync().notes == ()
    assert house.store.media("trip", "cat.png") is not None
    (house.root / "posts" / "cat.png").unlink()
    assert house.sync().notes == ("posts/trip.md: cat.png is not there",)
    assert house.store.media("trip", "cat.png") is None


def test_two_items_may_share_a_picture(house: House) -> None:
    for name in ("a.md", "b.md"):
        house.write(name, f"# {name}\n\n![A cat](cat.png)")
    house.write("cat.png", png())
    house.sync()
    house.write("cat.png", png(1) + b"more")
    house.sync()
    lengths = {media and media.length for media in (
        house.store.media("a", "cat.png"), house.store.media("b", "cat.png")
    )}  # fmt: skip
    assert lengths == {len(png(1)) + 4}


def test_an_item_moves_with_its_media(house: House) -> None:
    house.write("old/trip.md", "# Trip\n\n![A cat](cat.png)")
    house.write("old/cat.png", png())
    house.sync()
    before = house.item("trip")
    (house.root / "old").rename(house.root / "new")
    house.sync()
    after = house.item("trip")
    assert (after.guid, after.content_html) == (before.guid, before.content_html)
    media = house.store.media("trip", "cat.png")
    assert media is not None
    assert media.path == "new/cat.png"
    assert set(house.store.files()) == {"new/trip.md", "new/trip.md//new/cat.png"}


def test_addresses_are_right_when_names_collide(house: House) -> None:
    house.write("a/trip.md", "# One")
    for folder in ("b", "c", "d"):
        house.write(f"{folder}/trip.md", f"# In {folder}\n\n![A cat](cat.png) [note](#x)")
        house.write(f"{folder}/cat.png", png() + folder.encode())
    house.sync()
    house.write("e/trip.md", "# In e\n\n![A cat](cat.png)")  # and in a later sync
    house.write("e/cat.png", png() + b"e")
    house.sync()
    slugs = {item.origin[5]: item.slug for item in house.items()}
    assert slugs == {"a": "trip", "b": "trip-2", "c": "trip-3", "d": "trip-4", "e": "trip-5"}
    for folder in "bcde":
        slug = slugs[folder]
        assert f'src="{SITE}/items/{slug}/cat.png"' in house.item(slug).content_html
        media = house.store.media(slug, "cat.png")
        assert media is not None
        assert media.path == f"{folder}/cat.png"


def test_addresses_follow_a_new_slug(house: House) -> None:
    house.write("trip.md", "# Trip\n\n![A cat](cat.png)", front="slug: journey")
    house.write("cat.png", png())
    house.write("taken.md", "# Taken")
    house.sync()
    assert f"{SITE}/items/journey/cat.png" in house.item("journey").content_html
    house.write("trip.md", "# Trip\n\n![A cat](cat.png)", front="slug: taken")
    house.sync()
    moved = house.item("taken-2")
    assert f"{SITE}/items/taken-2/cat.png" in moved.content_html
    assert house.item("journey").guid == moved.guid


@pytest.mark.parametrize("path", ["../secret.png", "/etc/hostname", "link.png", "gone.png", "d/x"])
def test_only_files_in_the_folder_are_opened(house: House, path: str) -> None:
    (house.home / "secret.png").write_bytes(png())
    (house.root / "link.png").symlink_to(house.home / "secret.png")
    (house.root / "d").symlink_to(house.home)
    with pytest.raises(NotFound):
        house.folder.open_media(Media("x.png", path, "image/png", 1))


def test_the_shipped_articles(tmp_path: Path, sqlite_url: str) -> None:
    shipped = Path(__file__).parents[2] / "items"
    house = House(tmp_path, sqlite_url)
    house.root.rmdir()
    house.root.symlink_to(shipped)  # the folder itself may be a link: the configuration names it
    report = house.sync()
    assert (told(report), report.notes) == ([], ())
    items = house.items()
    assert len(items) == report.added >= 9
    dates = [item.published for item in items]
    assert len(set(dates)) == len(dates) == len([d for d in dates if d and d.year > 2025])
    published = [item for item in items if item.status is Status.PUBLISHED]
    assert {Status.DRAFT, Status.SCHEDULED} < set(house.statuses().values())
    assert all(item.published and item.published < datetime(2026, 11, 22, tzinfo=UTC)
               for item in published)  # fmt: skip
    assert {item.direction for item in published} == {None, "ltr", "rtl"}
    assert {"ar", "zh-Hans", "de", "en"} <= {item.language for item in published}
    assert any(item.enclosures and item.podcast and item.podcast.episode for item in published)
    assert any(item.image for item in published)
    house.store.close()
