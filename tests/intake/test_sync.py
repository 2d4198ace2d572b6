"""The folder and a real store: what a sync makes of what happened to the files."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

import pytest
from intake.house import House, counts, set_times, told
from intake.test_media import png, write_wav
from samples import NOW, SITE

from feedsvc.errors import NotFound
from feedsvc.intake.folder import Report
from feedsvc.intake.media import served_name
from feedsvc.model import Status
from feedsvc.store import FeedSpec, Media, Withdraw

HELLO = "# Hello\n\nWords that nobody else has written here, all for this one test.\n"


def test_the_first_sync_takes_everything_in(house: House) -> None:
    house.write("hello.md", HELLO)
    house.write("posts/page.html", "<p>Page</p>", front="title: A page")
    house.write("posts/plain.txt", "Plain\n\nText.\n")
    house.write("posts/draft.md", "Draft", front="draft: true")
    assert counts(house.sync()) == (4, 0, 0, 0)
    assert house.titles() == ["Hello", "A page", "Plain"]  # the first name is the youngest
    assert house.statuses()["draft"] is Status.DRAFT
    hello = house.item("hello")
    assert hello.origin == "file:hello.md"
    assert hello.guid == "tag:example.org,2026-11-22:items/hello"
    assert hello.url == f"{SITE}/items/hello"


def test_nothing_changed_is_nothing_written(house: House) -> None:
    house.write("hello.md", HELLO)
    house.write("bad.md", b"\xff\xfe\xff")
    first = house.sync()
    before = (house.store.revision(), house.store.data_version())
    again = house.sync()
    assert (house.store.revision(), house.store.data_version()) == before
    assert counts(again) == (0, 0, 0, 1)
    assert told(again) == told(first)  # told again, though not read again


def test_what_looks_the_same_is_not_read(house: House) -> None:
    path = house.write("hello.md", HELLO)
    house.sync()
    state = path.stat()
    path.write_text(HELLO.replace("Hello", "Hullo"), encoding="utf-8")
    set_times(path, state)
    assert counts(house.sync()) == (0, 0, 0, 1)
    assert house.titles() == ["Hello"]


def test_an_edit_keeps_the_guid(house: House) -> None:
    path = house.write("hello.md", HELLO)
    house.sync()
    before = house.item("hello")
    path.write_text(HELLO.replace("Hello", "Good day"), encoding="utf-8")
    assert counts(house.sync()) == (0, 1, 0, 0)
    after = house.item("hello")
    assert (after.guid, after.title, after.published) == (
        before.guid,
        "Good day",
        before.published,
    )
    assert after.updated == house.now


def test_touching_a_file_changes_nothing(house: House) -> None:
    path = house.write("hello.md", HELLO)
    house.sync()
    revision = house.store.revision()
    os.utime(path, ns=(1, 1))
    assert counts(house.sync()) == (0, 0, 0, 1)
    assert house.store.revision() == revision


def rename(house: House) -> None:
    (house.root / "hello.md").rename(house.root / "other.md")


def copy_elsewhere(house: House) -> None:
    text = (house.root / "hello.md").read_bytes()
    house.write("posts/2026/other.md", text)
    (house.root / "hello.md").unlink()


def rename_and_edit(house: House) -> None:
    rename(house)
    path = house.root / "other.md"
    path.write_text(HELLO + "\nA sentence more.\n", encoding="utf-8")


def move_and_edit(house: House) -> None:
    house.write("posts/hello.md", HELLO + "\nA sentence more.\n")
    (house.root / "hello.md").unlink()


def rename_the_folder(house: House) -> None:
    (house.root / "posts").mkdir()
    (house.root / "hello.md").rename(house.root / "posts" / "hello.md")
    house.sync()
    (house.root / "posts").rename(house.root / "articles")


MOVES = [rename, copy_elsewhere, rename_and_edit, move_and_edit, rename_the_folder]


@pytest.mark.parametrize("move", MOVES)
def test_a_moved_file_keeps_its_item(house: House, move: Callable[[House], None]) -> None:
    house.write("hello.md", HELLO)
    house.write("bystander.md", "# Bystander")
    house.sync()
    before = house.item("hello")
    move(house)
    report = house.sync()
    assert (report.added, report.withdrawn) == (0, 0)
    after = house.item("hello")
    assert (after.guid, after.slug, after.url) == (before.guid, "hello", before.url)
    assert after.origin != "file:hello.md"
    assert (house.root / after.origin.removeprefix("file:")).is_file()
    assert house.tombstones() == []
    assert counts(house.sync()) == (0, 0, 0, 2)


def test_another_file_with_the_same_inode_is_another_item(house: House) -> None:
    path = house.write("hello.md", HELLO)
    house.sync()
    guid = house.item("hello").guid
    path.rename(house.root / "other.md")
    house.write("other.md", "# Something else\n\nIt shares nothing with what was there before.")
    assert counts(house.sync()) == (1, 0, 1, 0)
    assert house.tombstones() == [guid]


def test_a_deleted_file_is_withdrawn_and_comes_back_as_the_same_item(house: House) -> None:
    path = house.write("hello.md", HELLO)
    house.write("stays.md", "# Stays")
    house.sync()
    guid = house.item("hello").guid
    path.unlink()
    assert counts(house.sync()) == (0, 0, 1, 1)
    assert house.titles() == ["Stays"]
    assert house.tombstones() == [guid]
    assert counts(house.sync()) == (0, 0, 0, 1)
    house.write("hello.md", "# Quite another text")
    assert counts(house.sync()) == (0, 1, 0, 1)
    assert (house.item("hello").guid, house.tombstones()) == (guid, [])


def test_it_comes_back_under_another_name_too(house: House) -> None:
    path = house.write("hello.md", HELLO)
    house.sync()
    guid = house.item("hello").guid
    path.unlink()
    house.sync()
    house.write("posts/welcome.md", HELLO)
    assert counts(house.sync()) == (0, 1, 0, 0)
    assert [item.guid for item in house.items()] == [guid]
    assert house.item("hello").origin == "file:posts/welcome.md"


def test_what_was_withdrawn_by_hand_stays_out_until_it_is_edited(house: House) -> None:
    path = house.write("hello.md", HELLO)
    house.sync()
    house.store.apply([Withdraw(house.item("hello").guid)], house.now)
    os.utime(path, ns=(1, 1))
    house.sync()
    path = path.rename(house.root / "moved.md")
    house.sync()
    assert house.item("hello").status is Status.WITHDRAWN
    path.write_text(HELLO + "More.", encoding="utf-8")
    house.sync()
    assert house.item("hello").status is Status.PUBLISHED


@pytest.mark.parametrize("what", ["missing", "a file"])
def test_without_the_folder_nothing_is_withdrawn(house: House, what: str) -> None:
    house.write("hello.md", HELLO)
    house.sync()
    house.root.rename(house.home / "elsewhere")
    if what == "a file":
        house.root.write_text("not a folder", encoding="utf-8")
    report = house.sync()
    assert counts(report) == (0, 0, 0, 0)
    assert len(report.refused) == 1
    assert str(house.root) in told(report)[0]
    assert house.titles() == ["Hello"]


def test_a_folder_that_became_a_link_takes_nothing_with_it(house: House) -> None:
    house.write("posts/hello.md", HELLO)
    house.sync()
    (house.root / "posts").rename(house.home / "posts")
    (house.root / "posts").symlink_to(house.home / "posts")
    report = house.sync()
    assert counts(report) == (0, 0, 0, 0)
    assert "posts: is a symbolic link" in report.notes[0]
    assert house.titles() == ["Hello"]


def test_a_file_that_became_a_link_stays_published_and_is_named(house: House) -> None:
    path = house.write("hello.md", HELLO)
    house.sync()
    path.unlink()
    path.symlink_to("/etc/hostname")
    assert told(house.sync()) == [
        "hello.md: is a symbolic link; only a file that lies in the folder itself is read"
    ]
    assert house.titles() == ["Hello"]
    path.unlink()
    house.write("hello.md", HELLO)
    assert counts(house.sync()) == (0, 0, 0, 1)


def test_a_broken_file_keeps_what_was_published_and_heals(house: House) -> None:
    house.write("hello.md", HELLO)
    house.write("other.md", "# Other")
    house.sync()
    guid = house.item("hello").guid
    house.write("hello.md", "x", front='title: "never closed\ndate: 2026-01-01')
    report = house.sync()
    assert counts(report) == (0, 0, 0, 1)
    assert [(error.where, error.line) for error in report.refused] == [("hello.md", 2)]
    assert sorted(house.titles()) == ["Hello", "Other"]
    row = house.store.files()["hello.md"]
    assert (row.guid, row.line) == (guid, 2)
    house.write("hello.md", "# Healed")
    report = house.sync()
    assert (counts(report), told(report)) == ((0, 1, 0, 1), [])
    assert (house.item("hello").guid, house.item("hello").title) == (guid, "Healed")
    assert house.store.files()["hello.md"].error is None


def test_a_file_that_never_was_good_leaves_no_trace(house: House) -> None:
    path = house.write("bad.md", b"\xff\xff")
    assert len(house.sync().refused) == 1
    path.unlink()
    assert house.sync() == Report()
    assert house.store.files() == {}


def test_a_broken_file_that_is_renamed_keeps_its_item(house: House) -> None:
    house.write("hello.md", HELLO)
    house.sync()
    house.write("hello.md", b"\xff\xff")
    house.sync()
    (house.root / "hello.md").rename(house.root / "other.md")
    report = house.sync()
    assert [error.where for error in report.refused] == ["other.md"]
    assert (report.withdrawn, house.titles()) == (0, ["Hello"])


def test_two_files_with_one_id(house: House) -> None:
    house.write("b.md", "# B", front="id: tag:example.org,2020:x")
    house.sync()
    first = house.write("a.md", "# A", front="id: tag:example.org,2020:x")
    house.write("c.md", "# C", front="id: tag:example.org,2020:y")
    house.write("d.md", "# D", front="id: tag:example.org,2020:y")
    expected = [
        "a.md: has the same id as b.md: tag:example.org,2020:x",
        "d.md: has the same id as c.md: tag:example.org,2020:y",
    ]
    assert told(house.sync()) == expected
    assert told(house.sync()) == expected
    assert sorted(house.titles()) == ["B", "C"]
    (house.root / "b.md").unlink()  # and then a.md is the item's file, with no edit
    report = house.sync()
    assert (report.withdrawn, told(report)) == (0, expected[1:])
    assert sorted(house.titles()) == ["A", "C"]
    assert house.item("b").origin == "file:a.md"
    first.write_text("# A without an id", encoding="utf-8")
    house.sync()
    assert house.item("b").guid == "tag:example.org,2020:x"


def test_an_id_makes_a_new_text_in_a_new_file_the_same_item(house: House) -> None:
    path = house.write("old.md", "# Old words", front="id: tag:example.org,2020:x")
    house.sync()
    path.unlink()
    house.write("new.md", "# Nothing in common", front="id: tag:example.org,2020:x")
    assert counts(house.sync()) == (0, 1, 0, 0)
    assert house.titles() == ["Nothing in common"]


def test_an_unknown_feed_is_refused_until_it_is_declared(house: House) -> None:
    house.write("hello.md", HELLO, front="feeds: [weekly]")
    (error,) = house.sync().refused
    assert "weekly" in error.reason
    assert "news" in error.reason
    assert told(house.sync()) == [str(error)]
    house.write("hello.md", HELLO, front="feeds: [news]")
    assert counts(house.sync()) == (1, 0, 0, 0)
    assert [item.title for item in house.store.entries("news", limit=9)] == ["Hello"]
    assert house.titles() == []


def test_a_feed_that_is_declared_later_heals_the_file(house: House) -> None:
    house.write("hello.md", HELLO, front="feeds: [weekly]")
    assert len(house.sync().refused) == 1
    house.store.declare([FeedSpec("main"), FeedSpec("weekly")], house.now)
    assert counts(house.sync()) == (1, 0, 0, 0)


def test_two_syncs_at_once_wait_for_each_other(house: House) -> None:
    house.write("hello.md", HELLO)
    descriptor = os.open(house.root, os.O_RDONLY)
    other = Thread(target=house.sync)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)  # as a sync in another process holds it
        other.start()
        other.join(0.3)
        assert other.is_alive()
        assert house.items() == []
    finally:
        os.close(descriptor)
        other.join(10)
    assert house.titles() == ["Hello"]


def test_items_without_a_date_never_share_a_second(house: House) -> None:
    for number in range(5):
        house.write(f"{number}.md", f"# Number {number}")
    house.sync()
    house.now -= timedelta(minutes=1)  # a second sync within the same second
    house.write("5.md", "# Number 5")
    house.write("6.md", "# Number 6")
    house.sync()
    dates = [item.published for item in house.items()]
    assert len(set(dates)) == 7
    assert max(date for date in dates if date) == NOW + timedelta(minutes=1)
    assert house.titles() == [f"Number {number}" for number in range(7)]


def test_drafts_that_come_out_together_have_dates_of_their_own(house: House) -> None:
    for name in ("a.md", "b.md"):
        house.write(name, f"# {name}", front="draft: true")
    house.sync()
    for name in ("a.md", "b.md"):
        house.write(name, f"# {name}")
    house.sync()
    assert house.item("a").published == house.now
    assert house.item("b").published == house.now - timedelta(seconds=1)


def test_a_date_ahead_is_scheduled(house: House) -> None:
    house.write("later.md", "# Later", front="date: 2035-01-01T00:00:00Z")
    house.sync()
    assert house.statuses() == {"later": Status.SCHEDULED}
    assert house.titles() == []


def test_an_edit_that_is_named_is_all_that_is_looked_at(house: House) -> None:
    named = house.write("posts/hello.md", HELLO)
    other = house.write("other.md", "# Other")
    house.sync()
    named.write_text("# Edited", encoding="utf-8")
    other.write_text("# Edited too", encoding="utf-8")
    assert counts(house.sync(named)) == (0, 1, 0, 0)
    assert sorted(house.titles()) == ["Edited", "Other"]
    assert counts(house.sync(named)) == (0, 0, 0, 1)
    assert counts(house.sync()) == (0, 1, 0, 1)


def add(house: House) -> Path:
    return house.write("new.md", "# New")


def remove(house: House) -> Path:
    (house.root / "hello.md").unlink()
    return house.root / "hello.md"


def move(house: House) -> Path:
    return (house.root / "hello.md").rename(house.root / "moved.md")


def change_picture(house: House) -> Path:
    return house.write("cat.png", png(1) + b"more")


def name_the_folder(house: House) -> Path:
    house.write("posts/new.md", "# New")
    return house.root / "posts"


def name_something_else(house: House) -> Path:
    return house.home / "elsewhere.md"


def make_a_link(house: House) -> Path:
    (house.root / "hello.md").unlink()
    (house.root / "hello.md").symlink_to("/etc/hostname")
    return house.root / "hello.md"


OTHERS = [add, remove, move, change_picture, name_the_folder, name_something_else, make_a_link]


@pytest.mark.parametrize("change", OTHERS)
def test_anything_but_an_edit_is_a_look_at_all(
    house: House, change: Callable[[House], Path]
) -> None:
    house.write("hello.md", HELLO + "![A cat](cat.png)")
    house.write("cat.png", png())
    house.write("other.md", "# Other")
    house.sync()
    named = change(house)
    house.write("other.md", "# Edited")
    house.sync(named)
    assert "Edited" in house.titles()
    after = (house.store.revision(), house.store.files())
    house.sync()
    assert (house.store.revision(), house.store.files()) == after


def test_a_named_file_with_the_id_of_another(house: House) -> None:
    house.write("a.md", "# A", front="id: tag:example.org,2020:x")
    good = house.write("b.md", "# B")
    never_good = house.write("c.md", b"\xff")
    house.sync()
    for path in (good, never_good):
        path.write_text("---\nid: tag:example.org,2020:x\n---\n# Taken", encoding="utf-8")
        expected = [f"{path.name}: has the same id as a.md: tag:example.org,2020:x"]
        assert told(house.sync(path)) == expected
    assert sorted(house.titles()) == ["A", "B"]


def test_progress_is_told(house: House) -> None:
    for number in range(1200):
        house.write(f"{number}.txt", f"Number {number}\n\nText.")
    seen: list[tuple[int, int]] = []
    house.folder.sync(NOW, lambda done, total: seen.append((done, total)))
    assert seen == [(500, 1200), (1000, 1200), (1200, 1200)]
    assert house.store.count() == 1200


# Media


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
