"""The contract on search, listings, files and media. Runs on every database."""

from __future__ import annotations

from datetime import timedelta

import pytest
from samples import FULL, NOW
from store.desk import MAIN, Desk, a_file, an_item

from feedsvc.errors import ItemError
from feedsvc.model import Author, Category, Item, Status
from feedsvc.store import DropFile, FeedSpec, KeepFile, Media, Put, search
from feedsvc.where import Terms, Where


def found(desk: Desk, query: str) -> list[str]:
    return [item.title for item in desk.store.search(query, limit=50)]


# Search


@pytest.mark.parametrize(
    ("query", "hit"),
    [
        ("caviar", True),
        ("CAVIAR", True),
        ("fish caviar", True),
        ("fish tuna", False),
        ("cav", False),
        ("cav*", True),
        ("cafe", True),
        ("CAFÉ", True),
        ("naïve", True),
        ("strasse", True),
        ("straße", True),
        ("lovelace", True),
        ("food drink", True),
        ("summary", True),
        ("href", False),
        ("example", False),
        ("bold-face", True),
        ("c", True),
        ('"fish" AND (caviar)', False),  # "and" is a word like any other
        ("fish, caviar!", True),
        ("東京", True),
        ("京都", True),
        ("東京都", True),
        ("都", True),
        ("京", True),
        ("北京", False),
        ("タワー", True),
        ("ﾀﾜｰ", True),
        ("ภาษา", True),
        ("학교", True),
        ("книга", True),
        ("книг*", True),
        ("हिन्दी", True),
        ("हिन", False),
        ("سلام", True),
        ("２０２６", True),
    ],
)
def test_search_finds_words(desk: Desk, query: str, hit: bool) -> None:
    desk.put(
        title="Fish & chips, not caviar",
        summary="A summary",
        content_html=(
            '<p>A <a href="https://example.org/">café</a> is na\u00efve: Straße, bold-face, C++.'
            " 東京都タワー ภาษาไทย 학교에서 Книга हिन्दी سَلَام 2026</p>"
        ),
        authors=(Author("Ada Lovelace"),),
        categories=(Category("food", label="Food & drink"),),
    )
    assert found(desk, query) == (["Fish & chips, not caviar"] if hit else [])


@pytest.mark.parametrize(
    "query",
    [
        "",
        " \t\n",
        "'",
        '"',
        '"unclosed',
        "()",
        "NOT",
        "AND OR NOT NEAR",
        "a OR",
        "title:item",
        "^item",
        "*",
        "item*)",
        "-item",
        "a:*",
        "!item & | <-> (",
        "\\' \\",
        "'; DROP TABLE items; --",
        "%_",
        "\0",
        "item\0item",
        "\ud800",
        "\U0010ffff",
        "😀",
        "w" * 10_000,
        "wort " * 2_000,
        " ".join(f"word{n}" for n in range(2_000)),
        "." * 10_000,
        "漢" * 10_000,
        "\u0300" * 100,
    ],
    ids=lambda query: ascii(query[:12]),
)
def test_no_query_is_wrong(desk: Desk, query: str) -> None:
    desk.put(title="An item")
    assert found(desk, query) in ([], ["An item"])
    assert desk.store.items(search=query)[0] is not None


@pytest.mark.parametrize("more", ["", " naïve"])
def test_of_a_long_word_as_much_counts_as_both_databases_keep(desk: Desk, more: str) -> None:
    desk.put(title=f"{'x' * 100}{more}")
    assert len(found(desk, "x" * 100)) == len(found(desk, "x" * 64)) == 1
    assert len(found(desk, f"{'x' * 64}y*")) == 1
    assert found(desk, "x" * 63) == found(desk, f"y{'x' * 99}") == []
    desk.put(title="Short", replaces=desk.store.items()[0][0].guid)
    assert found(desk, "x" * 100) == []


def test_search_keeps_in_step_with_every_change(desk: Desk) -> None:
    guid = desk.put(title="Apples").guid
    assert found(desk, "apples") == ["Apples"]
    desk.put(title="Pears", replaces=guid)
    assert (found(desk, "apples"), found(desk, "pears")) == ([], ["Pears"])
    desk.withdraw(str(guid))
    assert found(desk, "pears") == []
    desk.put(title="Pears", replaces=guid)
    assert found(desk, "pears") == ["Pears"]
    desk.put(title="Plums", published=NOW + timedelta(days=1))
    assert found(desk, "plums") == []
    desk.later(days=1)
    desk.store.tick(desk.now)
    assert found(desk, "plums") == ["Plums"]


def test_search_finds_only_what_is_live_in_main(desk: Desk) -> None:
    desk.declare(
        FeedSpec("main", Where(none=Terms(tags=("private",))), timedelta(minutes=1)),
        FeedSpec("club"),
    )
    desk.put(an_item("private", title="Plums, private"))
    desk.put(title="Plums, draft", status=Status.DRAFT)
    desk.put(title="Plums, held")
    assert found(desk, "plums") == []
    desk.later(minutes=1)
    desk.store.tick(desk.now)
    assert found(desk, "plums") == ["Plums, held"]
    desk.declare(MAIN)
    assert sorted(found(desk, "plums")) == ["Plums, held", "Plums, private"]


@pytest.mark.parametrize("many", [1, 20_000])
def test_search_lists_newest_first_in_pages(
    desk: Desk, many: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both when the words are rare and gathered, and when they are common and walked to."""
    monkeypatch.setattr(search, "_MANY", many)
    for n in (3, 1, 2, 5, 4):
        desk.put(title=f"Plum {n}", published=NOW - timedelta(days=9 - n))
    assert found(desk, "plum") == [f"Plum {n}" for n in (5, 4, 3, 2, 1)]
    page = desk.store.search("plum", limit=2, offset=2)
    assert [item.title for item in page] == ["Plum 3", "Plum 2"]
    desk.withdraw(str(page[0].guid))
    assert found(desk, "plum 3") == []
    assert found(desk, "pl*") == [f"Plum {n}" for n in (5, 4, 2, 1)]
    assert walked(desk, search="plum", status=Status.WITHDRAWN) == ["Plum 3"]


# Listings


def walked(desk: Desk, **asked: object) -> list[str]:
    titles: list[str] = []
    cursor = None
    for _ in range(9):
        items, cursor = desk.store.items(cursor=cursor, limit=3, **asked)  # type: ignore[arg-type]
        titles += [item.title for item in items]
        if cursor is None:
            return titles
    raise AssertionError("no end")


def test_listings_show_every_status(desk: Desk) -> None:
    desk.put(an_item("cats", title="Published cat", published=NOW - timedelta(days=1)))
    desk.put(title="Draft cat", status=Status.DRAFT)
    desk.put(title="Scheduled", published=NOW + timedelta(days=1))
    desk.withdraw(str(desk.put(title="Withdrawn").guid))
    assert walked(desk) == ["Scheduled", "Withdrawn", "Draft cat", "Published cat"]
    assert walked(desk, status=Status.DRAFT) == ["Draft cat"]
    assert walked(desk, search="cat") == ["Draft cat", "Published cat"]
    assert walked(desk, search="cat", status=Status.PUBLISHED) == ["Published cat"]
    assert walked(desk, search="!?") == []
    assert walked(desk, search="") == walked(desk, search=None)
    assert walked(desk, feed="main") == walked(desk, feed="tag:cats") == ["Published cat"]
    assert walked(desk, feed="nix") == []
    assert desk.store.items(limit=4)[1] is None
    assert desk.store.items(limit=3)[1] is not None
    assert desk.store.count() == 4
    assert desk.store.count(Status.WITHDRAWN) == 1
    assert desk.store.count(Status.REVIEW) == 0


@pytest.mark.parametrize("feed", [None, "main"])
def test_a_page_by_page_walk_is_not_upset_by_what_comes_in(desk: Desk, feed: str | None) -> None:
    for n in range(10):
        desk.put(title=f"{n}", published=NOW - timedelta(hours=n // 3))
    seen, cursor = [], None
    for _ in range(9):
        items, cursor = desk.store.items(feed=feed, cursor=cursor, limit=2)
        seen += [item.title for item in items]
        if cursor is None:
            break
        desk.put(title="new", published=NOW)
        desk.put(title="very old", published=NOW - timedelta(days=9))
    assert [title for title in seen if title.isdigit()] == list("2105438769")
    assert "new" not in seen


@pytest.mark.parametrize("cursor", ["", "x", "1", "1.2.3", "9" * 40 + ".1", "1." + "9" * 40, "é.1"])
def test_a_made_up_cursor_is_told(desk: Desk, cursor: str) -> None:
    with pytest.raises(ItemError, match="not a cursor"):
        desk.store.items(cursor=cursor)


def test_there_is_no_item_of_a_name_nobody_has(desk: Desk) -> None:
    assert desk.store.item(guid="urn:x:nix") is None
    assert desk.store.item(slug="nix") is None
    assert desk.store.item(slug="a\0b") is None
    assert desk.store.item(url="a\0b") is None
    assert desk.store.item(guid="half \ud800") is None
    assert desk.store.feed_state("tag:a\0b") is None
    assert desk.store.entries("tag:\0", limit=5) == []


# Files and media


def test_files_are_remembered_with_their_item(desk: Desk) -> None:
    outcome = desk.put(FULL, file=a_file("ä/b.md", inode=2**64 - 1, size=2**40))
    assert desk.store.files() == {
        "ä/b.md": a_file("ä/b.md", inode=2**64 - 1, size=2**40, guid=outcome.guid)
    }
    refused = a_file("bad.md", error="no title", line=3)
    (kept,) = desk.store.apply([KeepFile(refused)], desk.now)
    assert (kept.kind, desk.store.files()["bad.md"]) == ("kept", refused)
    touched = a_file("bad.md", mtime_ns=-1)
    desk.store.apply([KeepFile(touched)], desk.now)
    assert desk.store.files()["bad.md"] == touched
    desk.store.apply([DropFile("bad.md"), DropFile("never.md")], desk.now)
    assert set(desk.store.files()) == {"ä/b.md"}
    desk.withdraw(FULL.guid, file="ä/b.md")
    assert desk.store.files() == {}


def test_a_file_is_forgotten_even_if_its_item_is_unknown(desk: Desk) -> None:
    desk.store.apply([KeepFile(a_file("a.md"))], desk.now)
    assert desk.withdraw("urn:x:nix", file="a.md").kind == "refused"
    assert desk.store.files() == {}


def test_files_and_drops_in_one_go_follow_each_other(desk: Desk) -> None:
    first, second = a_file("a.md"), a_file("a.md", size=11)
    changes = [KeepFile(first), DropFile("a.md"), KeepFile(second)]
    desk.store.apply(changes, desk.now)
    assert desk.store.files() == {"a.md": second}
    desk.store.apply([DropFile("a.md"), KeepFile(first), DropFile("a.md")], desk.now)
    assert desk.store.files() == {}


def test_media_are_found_by_slug_and_name(desk: Desk) -> None:
    talk = Media("talk.mp3", "talks/talk.mp3", "audio/mpeg", 123, 61)
    scan = Media("scan.png", "talks/scan.png", "image/png", 2**33)
    guid = desk.put(slug="talk", media=(talk, scan)).guid
    assert desk.store.media("talk", "talk.mp3") == talk
    assert desk.store.media("talk", "scan.png") == scan
    assert desk.store.media("talk", "nix.png") is None
    assert desk.store.media("nix", "scan.png") is None
    moved = Media("talk.mp3", "moved/talk.mp3", "audio/mpeg", 123, 61)
    before = desk.store.revision()
    assert desk.put(slug="talk", replaces=guid, media=(moved,)).kind == "unchanged"
    assert desk.store.revision() == before
    assert desk.store.media("talk", "talk.mp3") == moved
    assert desk.store.media("talk", "scan.png") is None
    desk.put(slug="speech", replaces=guid, media=(moved, scan))
    assert desk.store.media("talk", "scan.png") == desk.store.media("speech", "scan.png") == scan
    # What is not published is not served.
    desk.withdraw(str(guid))
    assert desk.store.media("speech", "scan.png") is None


def test_the_version_token_moves_with_writes_of_others(desk: Desk, store_url: str) -> None:
    other = Desk(store_url)
    before = desk.store.data_version()
    assert desk.store.data_version() == before
    other.put(title="By another")
    after = desk.store.data_version()
    assert after != before
    other.withdraw("urn:x:nix")
    assert desk.store.data_version() == after
    desk.put(title="By us")
    assert desk.store.data_version() != after
    other.store.close()


def test_an_empty_batch_is_no_write(desk: Desk) -> None:
    before = desk.store.data_version()
    assert desk.store.apply([], desk.now) == []
    assert desk.store.apply([Put(Item(feeds=("nix",)))], desk.now)[0].kind == "refused"
    assert desk.store.data_version() == before
