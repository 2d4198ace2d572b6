"""Sixty bad files among forty-nine good ones (reliability.md T19-T22, T24, T26, T27, T35, F15)."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from xml.parsers import expat

import pytest
from intake.house import House, counts
from intake.test_media import png
from lxml import etree
from samples import feed_in

from feedsvc.formats import atom, jsonfeed, rss
from feedsvc.intake import reading
from feedsvc.intake.scan import MAX_FILE
from feedsvc.model import Item

GOOD = 49


def front(lines: str, body: str = "Text.") -> bytes:
    return f"---\n{lines}\n---\n{body}\n".encode("utf-8", "surrogatepass")


def bomb(levels: int) -> str:
    """YAML whose aliases stand for nine to the power of ``levels`` words."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, levels)]
    return "\n".join(lines)


#: A file's bytes, and the line at which it is refused (0: of the whole file).
REFUSED: dict[str, tuple[bytes, int]] = {
    "empty.md": (b"", 0),
    "blank.md": (b" \n\n\t\n", 0),
    "nothing.md": (b"---\ntitle:\n---\n", 0),
    "latin1.md": ("# Caf\xe9".encode("latin-1"), 1),
    "latin1-below.md": (b"# Title\n\nText\n\nCaf\xe9", 5),
    "windows.txt": (b"Title\n\n\x93quoted\x94", 3),
    "utf16-without-mark.md": ("# Title".encode("utf-16-le"), 1),
    "surrogate.md": (b"# Title\n\n\xed\xa0\x80", 3),
    "overlong.md": (b"# Title\n\xc0\xaf", 2),
    "cut.md": ("# Über".encode()[:-5] + b"\xc3", 1),
    "nul.md": (b"# Title\n\nText\0more", 3),
    "picture.md": (png(), 1),
    "zeros.md": (bytes(4096), 1),
    "random.md": (bytes(range(128, 256)) * 4, 1),
    "long.md": (b"# Long\n\n" + b"x" * MAX_FILE, 0),
    "long-markdown.md": (b"# Long\n\n" + b"word " * 60_000, 0),
    "long-content.html": (b"<title>x</title>" + b"<p>word</p>" * 30_000, 0),
    "ampersands.html": (b"<title>x</title>" + b"&" * 100_000, 0),
    "nested.html": (b"<title>x</title>" + b"<div>" * 40_000, 0),
    "never-closed.md": (b"---\ntitle: x\n\nText without a closing line.", 1),
    "toml-never-closed.md": (b"+++\ntitle = 'x'\n\nText.", 1),
    "yaml-colon.md": (front("title: a: b"), 2),
    "yaml-quote.md": (front('title: x\ntags: ["a, b'), 3),
    "yaml-tab.md": (front("title: x\n\ttags: y"), 3),
    "yaml-list.md": (front("- a\n- b"), 2),
    "yaml-word.md": (front("just words"), 2),
    "yaml-bracket.md": (front("title: x\ntags: [a, b"), 3),
    "yaml-bomb.md": (front(bomb(6)), 2),
    "yaml-alias.md": (front("title: &t x\nsummary: *t"), 2),
    "yaml-merge.md": (front("title: x\n<<: {a: b}"), 3),
    "yaml-python.md": (front("title: !!python/object/apply:os.system ['touch /tmp/pwned']"), 2),
    "yaml-tag.md": (front("title: !!binary aGVsbG8="), 2),
    "yaml-deep.md": (front("a: " + "[" * 1000), 2),
    "yaml-deep-maps.md": (front("a: " + "{b: " * 20 + "c" + "}" * 20), 2),
    "yaml-nul.md": (front('title: "a\\0b"'), 2),
    "yaml-control.md": (front("title: a\x01b"), 2),
    "yaml-long.md": (front("title: " + "x" * 20_000), 1),
    "toml-word.md": (b"+++\ntitle = x\n+++\nText.", 2),
    "toml-twice.md": (b"+++\ntitle = 'x'\ntitle = 'y'\n+++\nText.", 3),
    "toml-deep.md": (b"+++\na = " + b"[" * 500 + b"\n+++\nText.", 2),
    "toml-date.md": (b"+++\ntitle = 'x'\ndate = 2024-13-45\n+++\nText.", 3),
    "date-month.md": (front("title: x\ndate: 2024-13-45"), 3),
    "date-words.md": (front("title: x\ndate: next Tuesday"), 3),
    "date-huge.md": (front("title: x\ndate: 99999999999999999999"), 3),
    "date-year-1.md": (front("title: x\ndate: 0001-01-01T00:00:00Z"), 3),
    "date-year-9999.md": (front("title: x\ndate: 9999-12-31T23:59:59Z"), 3),
    "expires.md": (front("title: x\nexpires: soon"), 3),
    "draft.md": (front("title: x\ndraft: perhaps"), 3),
    "same-id.md": (front("id: tag:example.org,2020:good\ntitle: x"), 0),
    "same-alias.md": (front("title: x\nid: 'tag:example.org,2020:good'"), 0),
    "unknown-feed.md": (front("title: x\nfeeds: [weekly]"), 0),
}


def sparse(path: Path) -> None:
    """A file that is a hundred megabytes long and takes no room."""
    path.touch()
    os.truncate(path, 100 * 1024 * 1024)


#: Names that are refused unread, and what is made there.
ODD: dict[str, Callable[[Path], object]] = {
    "link.md": lambda path: path.symlink_to("/etc/hostname"),
    "link-to-device.md": lambda path: path.symlink_to("/dev/zero"),
    "link-to-itself.md": lambda path: path.symlink_to(path.name),
    "link-to-nothing.html": lambda path: path.symlink_to("nothing"),
    "link-beside.txt": lambda path: path.symlink_to("good-01.md"),
    "fifo.md": os.mkfifo,
    "fifo.txt": os.mkfifo,
    "sparse.md": sparse,
    "caf\udce9.md": lambda path: path.write_bytes(b"# Title"),
    "line\nbreak.md": lambda path: path.write_bytes(b"# Title"),
    "bell\x07.txt": lambda path: path.write_bytes(b"Title"),
}


def good_files(house: House) -> None:
    for number in range(1, GOOD):
        house.write(f"good-{number:02}.md", f"# Good {number}\n\nWords.")
    house.write("a-good.md", "# Good", front="id: tag:example.org,2020:good")


def test_each_bad_file_is_named_and_every_good_one_goes_in(house: House) -> None:
    assert len(REFUSED) + len(ODD) >= 60
    good_files(house)
    for name, (data, _) in REFUSED.items():
        house.write(name, data)
    for name, make in ODD.items():
        make(house.root / name)
    report = house.sync()
    assert counts(report) == (GOOD, 0, 0, 0)
    assert len(house.titles()) == GOOD
    where = {error.where: error for error in report.refused}
    assert REFUSED.keys() - where.keys() == set()
    assert len(where) == len(REFUSED) + len(ODD)
    assert {name: where[name].line or 0 for name in REFUSED} == {
        name: line for name, (_, line) in REFUSED.items()
    }
    for text in map(str, report.refused):
        assert text.isprintable()
    # Told again at the next sync, and for the web's workers; and nothing has come loose.
    again = house.sync()
    assert [str(error) for error in again.refused] == [str(error) for error in report.refused]
    assert {path for path, row in house.store.files().items() if row.error} == where.keys()
    assert not Path("/tmp/pwned").exists()


def test_a_good_version_heals_each(house: House) -> None:
    good_files(house)
    for name, (data, _) in REFUSED.items():
        house.write(name, data)
    for name, make in ODD.items():
        make(house.root / name)
    house.sync()
    for name in REFUSED:
        house.write(name, f"<title>{name}</title>" if name.endswith("html") else f"# {name}")
    for name in ODD:
        (house.root / name).unlink()
        if name.isascii() and name.isprintable():
            house.write(name, f"Healed {name}")
    report = house.sync()
    assert report.refused == ()
    assert report.added == len(REFUSED) + len(ODD) - 3
    assert not any(row.error for row in house.store.files().values())


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_what_was_published_stays(house: House, name: str) -> None:
    house.write("a-good.md", "# Good", front="id: tag:example.org,2020:good")
    house.write(name, "<title>Before</title>" if name.endswith("html") else "# Before\n\nText.")
    house.sync()
    before = house.items()
    house.write(name, REFUSED[name][0])
    report = house.sync()
    assert [error.where for error in report.refused] == [name]
    assert house.items() == before


#: Files that are mended and taken: what they say must not harm a feed or its readers.
MENDED: dict[str, bytes] = {
    "controls.md": b"# Bell \x07 and \x1b[31m\n\nText \x08\x0b\x0c\xef\xbf\xbe\xef\xbf\xbf.",
    "mark-in-the-middle.md": "# A\ufeffB\n\nText\ufeff.".encode(),
    "override.md": "# \u202edlrow\u202c\n\n\u2067text\u2069".encode(),
    "emoji.md": "# 👩‍👩‍👧‍👦\n\n🏳️‍🌈".encode(),
    "cdata.md": b"# ]]> in a title\n\n`]]>` and ]]&gt;",
    "script.md": b"# <script>alert(1)</script>\n\n<script>alert(1)</script><svg/onload=alert(1)>x",
    "javascript.md": b"# Link\n\n[x](javascript:alert(1)) <a href='vbscript:x'>y</a>",
    "entity.html": b"<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><title>x</title>&a;",
    "unclosed.html": b"<title>x</title><p><b><i>never <table><tr><td>closed",
    "fields.md": front(
        'title: "<svg/onload=alert(1)>x"\nauthor: "<b>J</b>"\ntags: ["<i>", "..", "/"]'
    ),
    "addresses.md": front("title: x\nurl: javascript:alert(1)\nimage: data:x\nlang: <x>"),
    "id-of-words.md": front("title: x\nid: not an IRI at all"),
    "id-like-a-time.md": front("title: no\nid: 12:30:45\non: yes"),
    "slug.md": front("title: x\nslug: ../../etc/passwd"),
    "no-zone.md": front("title: x\ndate: 2020-02-29 10:00"),
    "many-tags.md": front(f"title: x\ntags: [{', '.join(f't{n}' for n in range(500))}]"),
    "long-title.md": front(f"title: {'word ' * 1000}"),
    "long-name" + "-x" * 118 + ".md": b"# x",
    "utf16.md": "# Ünïcode".encode("utf-16"),
    "marked.md": b"\xef\xbb\xbf# Marked",
    "returns.txt": b"Title\r\n\r\nOne.\r\rTwo.",
}  # fmt: skip


def test_what_can_be_mended_harms_no_feed(house: House) -> None:
    good_files(house)
    for name, data in MENDED.items():
        house.write(name, data)
    report = house.sync()
    assert [str(error) for error in report.refused] == []
    assert report.added == GOOD + len(MENDED)
    items = house.store.entries("main", limit=200)
    assert {f"Good {number}" for number in range(1, GOOD)} <= {item.title for item in items}
    for module, extension in ((rss, "rss"), (atom, "atom")):
        body = module.render(feed_in(extension), items)
        expat.ParserCreate().Parse(body, True)
        etree.fromstring(body)
        assert b"<script" not in body.lower()
        assert b"onload" not in body.replace(b"onload=alert(1)&gt;", b"").lower()
    assert len(json.loads(jsonfeed.render(feed_in("json"), items))["items"]) == len(items)


def test_a_fault_of_our_own_costs_one_file(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail_on_one(item: Item, *, base: str) -> tuple[Item, tuple[str, ...]]:
        if item.title == "Good 3":
            raise RecursionError("too deep")
        return replace(item), ()

    good_files(house)
    monkeypatch.setattr(reading.clean, "item", fail_on_one)
    report = house.sync()
    assert report.added == GOOD - 1
    (error,) = report.refused
    assert error.where == "good-03.md"
    assert "RecursionError" in error.reason
    assert "RecursionError" in caplog.text
