"""Files that move, and syncs that are told which files changed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from intake.house import House, counts, told
from intake.test_media import png

HELLO = "# Hello\n\nWords that nobody else has written here, all for this one test.\n"


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
