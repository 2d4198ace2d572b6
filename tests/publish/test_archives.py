"""Archives (RFC 5005 4) as readers see them: nothing is missed, and what is sealed stays."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from datetime import timedelta

import feedparser
import pytest
from publish.desk import FORMATS, SETTINGS, SITE, Desk, an_item, parsed

from feedsvc.formats.check import check
from feedsvc.formats.parsed import ParsedFeed
from feedsvc.model import Category, Item
from feedsvc.publish.addresses import address_of
from feedsvc.publish.document import Document, Format, Target

_PAGE = re.compile(rf"{SITE}/feeds/([a-z]+)/archive/([1-9][0-9]*)\.(rss|atom|json)")


def at(desk: Desk, address: str) -> Document:
    """The archive document at an address that a document names."""
    found = _PAGE.fullmatch(address)
    assert found, address
    form: Format = found[3]  # type: ignore[assignment]
    return desk.made(Target("archive", found[1], form, int(found[2])))


def walk(desk: Desk, key: str, form: Format) -> Iterator[Document]:
    """The live feed and its archive, document by document, as the links lead."""
    document: Document | None = desk.document(key, form)
    while document is not None:
        yield document
        older = parsed(document).feed.link("prev-archive")
        document = at(desk, older) if older else None


def seen(documents: Iterator[Document]) -> dict[str, Item]:
    """What a reader has of a feed after the walk: the version that it met first."""
    items: dict[str, Item] = {}
    for document in documents:
        for item in parsed(document).items:
            items.setdefault(item.guid, item)
    return items


def pages(desk: Desk, key: str = "main") -> dict[Target, tuple[str, bytes]]:
    """The archive documents with their ETags and bytes."""
    targets = [target for target in desk.targets(key) if target.kind == "archive"]
    return {target: (desk.head(target), desk.made(target).body()) for target in targets}


@pytest.mark.parametrize("form", FORMATS)
def test_the_walk_gives_every_item_in_its_newest_version(desk: Desk, form: Format) -> None:
    guids = []
    for number in range(1, 21):
        guids.append(desk.put(an_item(number)))
        if number % 4 == 0:
            desk.put(an_item(number // 2, guid=guids[number // 2 - 1], title=f"Edited {number}"))
        if number % 5 == 0:
            desk.withdraw(guids[number // 5 - 1])
        items = seen(walk(desk, "main", form))
        now = desk.service.store.entries("main", limit=100)
        assert {guid: item.title for guid, item in items.items()} == {
            item.guid: item.title for item in now
        }


@pytest.mark.parametrize("form", ["rss", "atom"])
def test_another_reader_walks_it_too(desk: Desk, form: Format) -> None:
    guids = desk.put_many(1, 11)
    met: list[str] = []
    document: Document | None = desk.document("main", form)
    while document is not None:
        told = feedparser.parse(io.BytesIO(document.body()))
        assert not told.bozo
        met += [entry.id for entry in told.entries]
        older = [link.href for link in told.feed.links if link.rel == "prev-archive"]
        document = at(desk, older[0]) if older else None
    assert sorted(set(met)) == sorted(guids)
    assert list(dict.fromkeys(met)) == guids[::-1]


def test_a_reader_of_json_feed_pages_by_its_own_word(desk: Desk) -> None:
    guids = desk.put_many(1, 11)
    met: list[str] = []
    document = desk.document("main", "json")
    while True:
        told = feed_of(document)
        met += [item["id"] for item in told["items"]]
        if "next_url" not in told:
            break
        document = at(desk, told["next_url"])
    assert list(dict.fromkeys(met)) == guids[::-1]


def feed_of(document: Document) -> dict[str, list[dict[str, str]]]:
    told: dict[str, list[dict[str, str]]] = json.loads(document.body())
    return told


@pytest.mark.parametrize("form", FORMATS)
def test_what_a_page_says_of_itself(desk: Desk, form: Format) -> None:
    desk.put_many(1, 12)
    last = desk.service.store.feed_state("main")
    assert last is not None
    assert last.pages >= 2
    live = parsed(desk.document("main", form)).feed
    assert live.link("prev-archive") == page_address(form, last.pages)
    assert live.link("current") is None
    assert not live.complete
    assert not live.archive
    for number in range(1, last.pages + 1):
        target = Target("archive", "main", form, number)
        document = desk.made(target)
        page = parsed(document)
        assert page.feed.archive
        assert not page.feed.complete
        assert page.feed.id == live.id
        assert page.feed.ttl is None
        assert page.feed.tombstones == ()
        assert page.feed.link("self") == address_of(SITE, target)
        assert page.feed.link("current") == f"{SITE}/feeds/main.{form}"
        older = page_address(form, number - 1) if number > 1 else None
        assert page.feed.link("prev-archive") == older
        assert page.feed.link("next-archive") is None
        assert {link.rel: link.href for link in document.head.links} == {
            rel: href
            for rel in ("self", "current", "prev-archive")
            if (href := page.feed.link(rel))
        }
        body, url = document.body(), address_of(SITE, target)
        assert check(body, content_type=document.head.media_type, url=url) == []


def page_address(form: Format, number: int) -> str:
    return address_of(SITE, Target("archive", "main", form, number))


def test_what_is_sealed_stays_as_it_is(desk: Desk) -> None:
    guids = desk.put_many(1, 10)
    before = pages(desk)
    desk.put(an_item(2, guid=guids[1], title="Edited", content_html="<p>New words</p>"))
    desk.put_many(11, 30)
    desk.reopen()
    after = pages(desk)
    assert len(after) > len(before)
    assert {target: after[target] for target in before} == before


def test_only_a_withdrawal_changes_it(desk: Desk) -> None:
    guids = desk.put_many(1, 10)
    before = pages(desk)
    desk.withdraw(guids[1])
    after = pages(desk)
    changed = {target for target in before if after[target] != before[target]}
    assert changed == {Target("archive", "main", form, 1) for form in FORMATS}
    for target in changed:
        assert after[target][0] != before[target][0]
        assert guids[1].encode() not in after[target][1]
        assert guids[0].encode() in after[target][1]


def test_no_such_page(desk: Desk) -> None:
    desk.put_many(1, 8)
    state = desk.service.store.feed_state("main")
    assert state is not None
    for key, number in (("main", 0), ("main", state.pages + 1), ("main", -1), ("nothing", 1)):
        target = Target("archive", key, "atom", number)
        assert desk.service.documents.head(target) is None
        assert desk.service.documents.document(target) is None


def test_feeds_of_tags_have_none(desk: Desk) -> None:
    desk.put_many(1, 8, categories=(Category("tag"),))
    document = desk.document("tag:tag", "atom")
    assert len(parsed(document).items) == 3
    assert {link.rel for link in document.head.links} == {"self"}
    page = Target("archive", "tag:tag", "atom", 1)
    assert desk.service.documents.head(page) is None


@pytest.mark.parametrize("form", FORMATS)
def test_big_items_are_archived_and_not_dropped(desk: Desk, form: Format) -> None:
    guids = []
    for number in range(1, 41):
        words = "<p>" + "long &amp; " * (40 * (number % 9) ** 2) + "</p>"
        guids.append(desk.put(an_item(number, content_html=words)))
        document = desk.document("small", form)
        newest = parsed(document).items
        assert newest[0].guid == guids[-1]
        assert len(document.body()) <= 16_384 or len(newest) == 1
    for document in walk(desk, "small", form):
        assert len(document.body()) <= 16_384 or len(parsed(document).items) == 1
    assert sorted(seen(walk(desk, "small", form))) == sorted(guids)


def test_all_formats_show_the_same(desk: Desk) -> None:
    for number in range(1, 21):
        desk.put(an_item(number, content_html="<p>" + '"<&amp; ' * (30 * number) + "</p>"))
        rss, atom, json_feed = (parsed(desk.document("small", form)).items for form in FORMATS)
        assert [item.guid for item in rss] == [item.guid for item in atom]
        assert [item.guid for item in rss] == [item.guid for item in json_feed]


def test_tombstones_take_a_quarter_at_most_and_the_newest_stay(desk: Desk) -> None:
    guids = desk.put_many(1, 120)
    for guid in guids[:100]:
        desk.withdraw(guid)
    for form in FORMATS:
        document = desk.document("small", form)
        feed: ParsedFeed = parsed(document)
        told = [stone.guid for stone in feed.tombstones]
        assert told == guids[:100][::-1][: len(told)]
        assert 16 <= len(told) < 60
        assert len(document.body()) <= 16_384
        whole = [stone.guid for stone in parsed(desk.document("main", form)).tombstones]
        assert whole == guids[:100][::-1]


SETTINGS_OF_ONE = SETTINGS.replace("page_size = 3", "page_size = 1")


@pytest.mark.parametrize("form", FORMATS)
def test_a_feed_of_one_item_a_page(desk: Desk, form: Format) -> None:
    desk.reopen(SETTINGS_OF_ONE)
    guids = desk.put_many(1, 5)
    desk.put(an_item(3, guid=guids[2], title="Edited"))
    items = seen(walk(desk, "main", form))
    assert sorted(items) == sorted(guids)
    assert items[guids[2]].title == "Edited"


@pytest.mark.parametrize("form", FORMATS)
def test_what_leaves_for_good_is_passed_over(desk: Desk, form: Format) -> None:
    """No tombstone, and no page of nothing; who walks meets everything else. What was not touched
    has the same bytes, and what was has others under another validator."""
    guids = desk.put_many(1, 20)
    before = {document.head.etag: document.body() for document in walk(desk, "main", form)}
    desk.clock += timedelta(seconds=1)
    assert desk.service.store.drop(guids[4:12], desk.clock) == 8
    walked = list(walk(desk, "main", form))
    left = [*guids[:4], *guids[12:]]
    assert {item.guid for document in walked for item in parsed(document).items} == set(left)
    assert len(walked) < len(before)
    for document in walked:
        assert not parsed(document).feed.tombstones
        if document.head.etag in before:
            assert before[document.head.etag] == document.body()
    assert len({document.head.etag for document in walked} - before.keys()) >= 1
