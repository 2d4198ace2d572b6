"""The folder and a real store: what a sync makes of what happened to the files."""

from __future__ import annotations

import fcntl
import os
from datetime import timedelta
from pathlib import Path
from threading import Thread

import pytest
from intake.house import House, counts, set_times, told
from samples import NOW, SITE

from feedsvc.intake.folder import Folder, Report
from feedsvc.model import Status
from feedsvc.store import FeedSpec, Withdraw, open_store

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


def guid_of_id_1(home: Path, *, began: str, now: str) -> str:
    """What ``id: 1`` becomes on a site that began at one address and is at another by now."""
    (home / "items").mkdir(parents=True)
    (home / "items" / "a.md").write_text("---\nid: 1\n---\n# A", encoding="utf-8")
    url = f"sqlite:///{home}/feedsvc.db"
    store = open_store(url, site_url=began, now=NOW)
    store.declare([FeedSpec("main")], NOW)
    store.close()
    store = open_store(url, site_url=now, now=NOW)
    report = Folder(home / "items", store, now).sync(NOW)
    guid = store.items()[0][0].guid
    store.close()
    assert report.notes == (f"a.md: id: {guid} stands for it, since an id is an IRI",)
    return guid


def test_an_id_of_one_site_is_no_other_sites(tmp_path: Path) -> None:
    here, there = "https://here.example", "https://there.example"
    guid = guid_of_id_1(tmp_path / "a", began=here, now=here)
    assert guid.startswith("urn:uuid:")
    assert guid_of_id_1(tmp_path / "b", began=there, now=there) != guid
    assert guid_of_id_1(tmp_path / "c", began=here, now=there) == guid


def test_a_date_ahead_is_scheduled(house: House) -> None:
    house.write("later.md", "# Later", front="date: 2035-01-01T00:00:00Z")
    house.sync()
    assert house.statuses() == {"later": Status.SCHEDULED}
    assert house.titles() == []


def test_progress_is_told(house: House) -> None:
    for number in range(1200):
        house.write(f"{number}.txt", f"Number {number}\n\nText.")
    seen: list[tuple[int, int]] = []
    house.folder.sync(NOW, lambda done, total: seen.append((done, total)))
    assert seen == [(500, 1200), (1000, 1200), (1200, 1200)]
    assert house.store.count() == 1200


def test_a_folder_that_lost_all_its_many_files_withdraws_nothing(house: House) -> None:
    paths = [house.write(f"{number}.md", f"# Title {number}\n\nx") for number in range(11)]
    house.sync()
    for path in paths:
        path.unlink()
    report = house.sync()
    assert report.withdrawn == 0
    assert "is empty, and 11 item files were in it" in str(report.refused[0])
    assert len(house.titles()) == 11
    house.now += timedelta(minutes=1)
    assert house.folder.sync(house.now, may_empty=True).withdrawn == 11


def test_a_folder_that_lost_all_its_few_files_withdraws_them(house: House) -> None:
    path = house.write("a.md", "# A\n\nx")
    house.sync()
    path.unlink()
    assert house.sync().withdrawn == 1
