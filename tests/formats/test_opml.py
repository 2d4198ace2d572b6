"""OPML 2.0 lists: what is written, and what is read of foreign ones."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from lxml import etree

from feedsvc.errors import NotAFeed
from feedsvc.formats import opml, opmlreader
from feedsvc.formats.check import check
from feedsvc.formats.opml import Outline
from feedsvc.formats.opmlreader import Listed, ReadList

UPDATED = datetime(2026, 11, 22, 13, 0, 5, 999, tzinfo=timezone(timedelta(hours=1)))
OUTLINES = [
    Outline("Main & <more>", "https://e.org/main.rss?a=1&b=2", "https://e.org/"),
    Outline("日本 🎉 \"q\" 'a'", "https://e.org/jp.rss", ""),
]


def test_a_list_as_it_is_written() -> None:
    root = etree.fromstring(opml.render("All & sundry", OUTLINES, updated=UPDATED))
    assert (root.tag, root.get("version")) == ("opml", "2.0")
    assert root.findtext("head/title") == "All & sundry"
    assert root.findtext("head/dateModified") == "Sun, 22 Nov 2026 12:00:05 GMT"
    assert root.findtext("head/docs") == "http://opml.org/spec2.opml"
    first, second = root.findall("body/outline")
    assert dict(first.attrib) == {
        "text": "Main & <more>",
        "title": "Main & <more>",
        "type": "rss",
        "xmlUrl": "https://e.org/main.rss?a=1&b=2",
        "htmlUrl": "https://e.org/",
    }
    assert "htmlUrl" not in second.attrib


def test_bytes_are_the_same_twice_and_the_list_comes_back() -> None:
    body = opml.render("All", OUTLINES, updated=UPDATED)
    assert body == opml.render("All", OUTLINES, updated=UPDATED.astimezone(UTC))
    assert opml.read(body) == OUTLINES


LISTED = (
    Listed("https://e.org/f?a=1&b=2", "Tide & <kelp>", "https://e.org/", ("Main",), ("/main",)),
    Listed("https://e.org/g", "日本 🎉 \"q\" 'a'", "", ("Main",), ("/main", "/Science/Physics")),
    Listed("https://e.org/h", "Deep", "", ("Main", "Inner", "Inner")),
    Listed("https://e.org/i", "Elsewhere", "https://i.org/", ("Other", "Inner"), type="atom"),
    Listed("https://e.org/j", "Back", "", ("Main",)),
    Listed("https://e.org/k", "Alone"),
)


def test_a_list_of_sources_comes_back_with_its_folders_and_categories() -> None:
    body = opml.sources("All & sundry", LISTED, updated=UPDATED)
    assert opmlreader.read(body) == ReadList("All & sundry", LISTED)
    root = etree.fromstring(body)
    assert [one.get("text") for one in root.findall("body/outline")] == [
        *("Main", "Other", "Main", "Alone")
    ]
    assert dict(root.findall("body/outline/outline")[0].attrib) == {
        "text": "Tide & <kelp>",
        "title": "Tide & <kelp>",
        "type": "rss",
        "xmlUrl": "https://e.org/f?a=1&b=2",
        "htmlUrl": "https://e.org/",
        "category": "/main",
    }
    assert check(body, content_type=opml.MEDIA_TYPE) == []


def test_a_source_without_a_name_is_called_by_its_address() -> None:
    body = opml.sources("Sources", [Listed("https://e.org/f")], updated=UPDATED)
    assert [one.title for one in opmlreader.read(body).feeds] == ["https://e.org/f"]
    assert opmlreader.read(opml.sources("None", [], updated=UPDATED)).feeds == ()


def wrapped(body: str) -> bytes:
    return f'<opml version="1.0"><head/><body>{body}</body></opml>'.encode()


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("", []),
        (
            (
                '<outline text="Folder"><outline text="Inner"><outline text="a" xmlUrl="u:a"/>'
                '</outline><outline text="b" xmlUrl="u:b"/></outline><outline xmlUrl=" u:c "/>'
            ),
            [("a", "u:a"), ("b", "u:b"), ("u:c", "u:c")],
        ),
        ('<outline text="lower" xmlurl="u:a"/>', [("lower", "u:a")]),
        ('<outline text="upper" XMLURL="u:a"/>', [("upper", "u:a")]),
        ('<outline text="t" title="T" xmlUrl="u:a"/>', [("T", "u:a")]),
        ('<outline text="note"/><outline text="x" type="link" url="u:x"/>', []),
        ('<outline text="a & b" xmlUrl="u:a?x&y=1"/>', [("a & b", "u:a?x&y=1")]),
        (
            '<outline text="a" xmlUrl="u:a"><outline text="b" xmlUrl="u:b">',
            [("a", "u:a"), ("b", "u:b")],
        ),
        ('<outline text="&eacute;&#8;" xmlUrl="u:a"/>', [("é", "u:a")]),
        ("<outline>" * 200 + '<outline xmlUrl="u:deep"/>', [("u:deep", "u:deep")]),
    ],
)
def test_foreign_lists(body: str, expected: list[tuple[str, str]]) -> None:
    assert [(o.title, o.feed_url) for o in opml.read(wrapped(body))] == expected


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "windows-1252"])
def test_a_declared_encoding(encoding: str) -> None:
    text = f'<?xml version="1.0" encoding="{encoding}"?>\n'
    text += wrapped('<outline text="café" xmlUrl="u:a"/>').decode()
    assert opml.read(text.encode(encoding))[0].title == "café"


@pytest.mark.parametrize(
    "body",
    [b"", b"no list", b"<html/>", b"<rss version='2.0'/>", b"{}", b"\0\0\0", b"<" * 9999],
)
def test_what_is_no_opml_is_refused(body: bytes) -> None:
    with pytest.raises(NotAFeed):
        opml.read(body)


BOMB = "<!DOCTYPE opml [<!ENTITY a0 'ha'>" + "".join(
    f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 10)
)


@pytest.mark.parametrize(
    "doctype",
    [
        "<!DOCTYPE opml>",
        "<!doctype opml>",
        BOMB + "]>",
        '<!DOCTYPE opml [<!ENTITY a9 SYSTEM "{file}">]>',
        '<!DOCTYPE opml [<!ENTITY % a SYSTEM "http://127.0.0.1:9/x.dtd"> %a;]>',
        '<!DOCTYPE opml SYSTEM "{file}">',
    ],
)
def test_a_document_type_is_refused_unopened(doctype: str, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("secret", encoding="utf-8")
    body = wrapped('<outline text="&a9;" xmlUrl="u:a"/>').decode()
    began = time.monotonic()
    with pytest.raises(NotAFeed, match="DOCTYPE"):
        opml.read((doctype.replace("{file}", file.as_uri()) + body).encode())
    assert time.monotonic() - began < 1
