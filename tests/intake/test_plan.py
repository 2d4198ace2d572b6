"""The decisions about files, as tables: what is known, what is seen, what it means."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from feedsvc.intake.plan import (
    AGAIN,
    GONE,
    Known,
    Suspect,
    compare,
    decide,
    doubtful,
    media_key,
    much_the_same,
)
from feedsvc.intake.scan import Scan, Stat
from feedsvc.model import Item
from feedsvc.store import FileRow


def row(path: str, digest: str = "", inode: int = 0, **more: object) -> FileRow:
    """A file's row; its digest and inode follow from its path unless given."""
    known = {"size": 10, "mtime_ns": 100, "guid": f"guid:{path}"} | more
    return FileRow(path=path, digest=digest or path, inode=inode or _inode(path), **known)  # type: ignore[arg-type]


def stat(path: str, inode: int = 0, **more: int) -> Stat:
    state = {"size": 10, "mtime_ns": 100} | more
    return Stat(inode=inode or _inode(path), **state)


def suspect(path: str, digest: str = "", inode: int = 0) -> Suspect:
    return Suspect(path, stat(path, inode), digest or path)


def _inode(path: str) -> int:
    return sum(path.encode())


def known(*rows: FileRow) -> Known:
    return Known.of({one.path: one for one in rows})


SEEN = [  # what is known of a.md, its state now, whether it must be read
    ("the same", row("a.md"), stat("a.md"), False),
    ("another size", row("a.md"), stat("a.md", size=11), True),
    ("another time", row("a.md"), stat("a.md", mtime_ns=101), True),
    ("an older time", row("a.md"), stat("a.md", mtime_ns=99), True),
    ("another inode", row("a.md"), stat("a.md", inode=7), True),
    ("unknown", row("b.md"), stat("a.md"), True),
    ("refused for itself", row("a.md", error="broken"), stat("a.md"), False),
    ("refused for others", row("a.md", error="twice", mtime_ns=AGAIN), stat("a.md"), True),
    ("was gone", row("a.md", size=GONE), stat("a.md"), True),
]


@pytest.mark.parametrize(("what", "before", "now", "read"), SEEN, ids=[case[0] for case in SEEN])
def test_only_what_differs_is_read(what: str, before: FileRow, now: Stat, read: bool) -> None:
    compared = compare(known(before), Scan(files={"a.md": now}))
    assert compared.suspects == (("a.md",) if read else ())
    assert compared.unchanged == (() if read else (before,))


MEDIA = [  # what is known of the picture, its state now, whether the item is read again
    ("the same", row("x"), stat("x"), False),
    ("changed", row("x"), stat("x", size=11), True),
    ("gone", row("x"), None, True),
    ("still not there", row("x", size=GONE), None, False),
    ("there at last", row("x", size=GONE), stat("x"), True),
]


@pytest.mark.parametrize(("what", "before", "now", "stale"), MEDIA, ids=[case[0] for case in MEDIA])
def test_an_item_is_read_again_when_its_media_changed(
    what: str, before: FileRow, now: Stat | None, stale: bool
) -> None:
    picture = FileRow(
        media_key("p/a.md", "p/x.png"), before.size, before.mtime_ns, before.inode, ""
    )
    seen = Scan(files={"p/a.md": stat("p/a.md")}, media={"p/x.png": now} if now else {})
    rows = known(row("p/a.md"), picture)
    compared = compare(rows, seen)
    assert compared.suspects == (("p/a.md",) if stale else ())
    if stale:  # and then it is not taken for merely touched
        plan = decide(rows, compared, [suspect("p/a.md")])
        assert [one.kind for one in plan.decisions] == ["changed"]


def test_what_was_not_looked_at_is_not_gone() -> None:
    rows = known(*(row(path) for path in ("a.md", "dark/b.md", "odd.md", "lost.md")))
    seen = Scan(files={"a.md": stat("a.md")}, withheld={"odd.md": "a FIFO"}, blind=["dark/"])
    assert [gone.path for gone in compare(rows, seen).vanished] == ["lost.md"]


GONE_ROW = row("old.md", digest="d", size=GONE)
PLANS: list[tuple[str, Sequence[FileRow], Sequence[Suspect], list[tuple[str, str, str]], list[str]]]
PLANS = [  # rows known, files read, (path, kind, guid), paths vanished
    ("nothing known", [], [suspect("a.md")], [("a.md", "added", "")], []),
    ("an edit", [row("a.md")], [suspect("a.md", "new")], [("a.md", "changed", "guid:a.md")], []),
    ("only touched", [row("a.md")], [suspect("a.md")], [("a.md", "touched", "guid:a.md")], []),
    (
        "read again on purpose",
        [row("a.md", mtime_ns=AGAIN)],
        [suspect("a.md")],
        [("a.md", "changed", "guid:a.md")],
        [],
    ),
    ("deleted", [row("a.md")], [], [], ["a.md"]),
    (
        "renamed",
        [row("a.md", "d")],
        [suspect("b.md", "d")],
        [("b.md", "moved", "guid:a.md")],
        [],
    ),
    (
        "copied: the first stays whose it was",
        [row("a.md", "d")],
        [suspect("a.md", "d"), suspect("b.md", "d")],
        [("a.md", "touched", "guid:a.md"), ("b.md", "added", "")],
        [],
    ),
    (
        "moved over another: a path keeps its item",
        [row("a.md", "d"), row("b.md", "e")],
        [suspect("b.md", "d", inode=_inode("a.md"))],
        [("b.md", "changed", "guid:b.md")],
        ["a.md"],
    ),
    (
        "two renamed, told apart by their bytes",
        [row("a.md", "d"), row("b.md", "e")],
        [suspect("c.md", "e"), suspect("z.md", "d")],
        [("c.md", "moved", "guid:b.md"), ("z.md", "moved", "guid:a.md")],
        [],
    ),
    (
        "two of the same bytes, told apart by inode and name",
        [row("x/a.md", "d", 1), row("x/b.md", "d", 2), row("x/c.md", "d", 3)],
        [suspect("y/b.md", "d", 8), suspect("y/k.md", "d", 1), suspect("y/z.md", "d", 9)],
        [
            ("y/b.md", "moved", "guid:x/b.md"),
            ("y/k.md", "moved", "guid:x/a.md"),
            ("y/z.md", "moved", "guid:x/c.md"),
        ],
        [],
    ),
    (
        "only one file can be the moved one",
        [row("a.md", "d")],
        [suspect("b.md", "d"), suspect("c.md", "d")],
        [("b.md", "moved", "guid:a.md"), ("c.md", "added", "")],
        [],
    ),
    (
        "a new file with the inode of a deleted one is a new file",
        [row("a.md", "d", 5)],
        [suspect("b.md", "e", 5)],
        [("b.md", "added", "")],
        ["a.md"],
    ),
    (
        "came back at its path, edited",
        [GONE_ROW],
        [suspect("old.md", "e")],
        [("old.md", "back", "guid:old.md")],
        [],
    ),
    (
        "came back elsewhere",
        [GONE_ROW],
        [suspect("new.md", "d")],
        [("new.md", "back", "guid:old.md")],
        [],
    ),
    (
        "a move to where another was once",
        [GONE_ROW, row("a.md", "e")],
        [suspect("old.md", "e")],
        [("old.md", "moved", "guid:a.md")],
        [],
    ),
    (
        "published from outside, then put into the folder",
        [row("/home/a.md", "d")],
        [suspect("b.md", "d")],
        [("b.md", "back", "guid:/home/a.md")],
        [],
    ),
    (
        "never published, so its name is all there was",
        [row("a.md", "d", guid=None, error="broken")],
        [suspect("b.md", "d")],
        [("b.md", "added", "")],
        ["a.md"],
    ),
]


@pytest.mark.parametrize(
    ("what", "rows", "read", "kinds", "gone"), PLANS, ids=[p[0] for p in PLANS]
)
def test_whose_file_it_is(
    what: str,
    rows: Sequence[FileRow],
    read: Sequence[Suspect],
    kinds: list[tuple[str, str, str]],
    gone: list[str],
) -> None:
    files = {one.path: one.stat for one in read}
    here = known(*rows)
    plan = decide(here, compare(here, Scan(files=files)), read)
    assert [
        (one.suspect.path, one.kind, (one.row and one.row.guid) or "") for one in plan.decisions
    ] == kinds
    assert [one.path for one in plan.vanished] == gone


DOUBTS = [  # a vanished file, a new one, whether their words are worth a look
    ("the same inode", row("a.md", "d", 5), suspect("b.md", "e", 5), True),
    ("the same name elsewhere", row("x/a.md", "d", 5), suspect("y/a.md", "e", 6), True),
    ("nothing in common", row("a.md", "d", 5), suspect("b.md", "e", 6), False),
    ("the same bytes: no doubt", row("a.md", "d", 5), suspect("b.md", "d", 5), False),
    ("never published", row("a.md", "d", 5, guid=None), suspect("b.md", "e", 5), False),
]


@pytest.mark.parametrize(("what", "lost", "new", "worth"), DOUBTS, ids=[d[0] for d in DOUBTS])
def test_words_are_compared_where_they_can_tell(
    what: str, lost: FileRow, new: Suspect, worth: bool
) -> None:
    here = known(lost)
    compared = compare(here, Scan(files={new.path: new.stat}))
    assert doubtful(here, compared, [new]) == ([(new, lost)] if worth else [])
    alike = [(new.path, lost.path)] if worth else []
    kinds = [one.kind for one in decide(here, compared, [new], alike).decisions]
    assert kinds == ["moved" if worth or (new.digest == lost.digest and lost.guid) else "added"]


def test_a_name_that_many_have_says_nothing() -> None:
    rows = known(row("x/index.md", "a", 1), row("y/index.md", "b", 2))
    new = [suspect("v/index.md", "c", 3), suspect("w/index.md", "d", 4)]
    compared = compare(rows, Scan(files={one.path: one.stat for one in new}))
    assert doubtful(rows, compared, new) == []


def test_ten_thousand_renamed_files_are_told_apart_quickly() -> None:
    rows = known(*(row(f"old/{n}.md", f"d{n}", n + 1) for n in range(10_000)))
    new = [suspect(f"new/{n}.md", f"d{n}", n + 1) for n in range(10_000)]
    compared = compare(rows, Scan(files={one.path: one.stat for one in new}))
    plan = decide(rows, compared, new)
    assert {one.kind for one in plan.decisions} == {"moved"}
    assert plan.vanished == ()


WORDS = [  # two items, whether they are much the same
    (Item(title="Hello", content_html="<p>a</p>"), Item(title="Hello"), True),
    (Item(content_html="<p>one two three four</p>"), Item(content_html="one two three"), True),
    (Item(title="A", content_html="one two three"), Item(title="B", content_html="x y z"), False),
    (Item(), Item(), False),
    (Item(title="Hello", content_html="one two"), Item(title="Bye", content_html="three"), False),
]


@pytest.mark.parametrize(("old", "new", "same"), WORDS)
def test_much_the_same_words(old: Item, new: Item, same: bool) -> None:
    assert much_the_same(old, new) is same
    assert much_the_same(new, old) is same
