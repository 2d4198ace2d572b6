"""Feeds with poison in them, imported as any other: reliability.md T24 to T26, from the publisher's
bytes to what our own readers get."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.sax.saxutils import escape

import feedparser
import pytest
from hostile import documents
from intake.importing.conftest import Clock, House
from intake.importing.publisher import Page, Publisher
from intake.importing.test_once import take
from web.conftest import client_of

from feedsvc import config
from feedsvc.model import Item
from feedsvc.service import Service
from feedsvc.store import Put

GOOD = 49
FORMS = ("rss", "atom", "json")


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A service whose feed shows everything at once."""
    path = tmp_path / "config.toml"
    path.write_text(
        '[site]\ntitle = "Here"\nurl = "https://here.example"\n'
        '[[feeds]]\nname = "main"\npage_size = 200\n'
        '[limits]\nallow_networks = ["127.77.0.0/16"]\n',
        encoding="utf-8",
    )
    with Publisher() as publisher:
        clock = Clock()
        service = Service.open(config.load(path, {}), clock=clock)
        yield House(service, publisher, clock)
        service.close()


def served(house: House) -> dict[str, bytes]:
    """Our feed as readers get it; two XML parsers that mend nothing have read it."""
    client = client_of(house.service)
    found = {}
    for form in FORMS:
        answer = client.get(f"/feeds/main.{form}")
        assert answer.status_code == 200, form
        found[form] = answer.data
        if form == "json":
            json.loads(answer.data)
        else:
            documents.xml(answer.data)
    return found


def read(house: House) -> list[feedparser.FeedParserDict]:
    """The entries of our Atom feed, which shows every date."""
    return list(feedparser.parse(served(house)["atom"]).entries)


# T24: bad items among good ones

#: What no XML document, no id and no date may have in it.
POISON = (
    "\0", "\x08", "\x0b", "\x0c", "\x1b", "\x7f", "\ufffe", "\uffff", "\ud800", "&#0;", "&#8;",
    "&#xFFFE;", "&#xD800;", "&#x110000;", "&undefined;", "&", "]]>", "\u202e", "\U0001f600",
    "\u2028",
)  # fmt: skip
FIELDS = ("title", "guid", "link", "text", "date", "author", "category")
#: Items that are wrong in a way of their own, as RSS has them.
ODD = (
    "<item/>",
    "<item><title/></item>",
    "<item><guid/><title></title><description></description></item>",
    "<item><title>no zone</title><pubDate>Mon, 99 Nov 2026 99:99:99 +99:99</pubDate></item>",
    "<item><title>file</title><enclosure url='' length='-1' type='x'/></item>",
    "<item><title>file</title><enclosure url='javascript:1' length='9e999' type='a/b;\n'/></item>",
    "<item><title>run</title><link>javascript:alert(1)</link><guid>javascript:alert(1)</guid></item>",
    "<item><title>host</title><link>http://[::1</link></item>",
    "<item><title>port</title><link>http://e.example:99999999/</link></item>",
    f"<item><title>{'long ' * 30_000}</title></item>",
    f"<item><title>id</title><guid>{'x' * 10_000}</guid></item>",
    f"<item><title>deep</title><description>{'&lt;div&gt;' * 5_000}</description></item>",
    f"<item><title>amps</title><description>{'&amp;' * 20_000}</description></item>",
    "<item><title>open</title><description>&lt;p&gt;&lt;b&gt;open &lt;!--</description></item>",
    "<item><title>tag</title><description>&lt;title&gt;&lt;script&gt;&lt;svg</description></item>",
    "<item><title>&lt;svg/onload=alert(1)&gt;</title><description>x</description></item>",
    "<item xml:lang='!!'><title>language</title><description>x</description></item>",
    "<item xml:base='http://[x'><title>base</title><link>a</link></item>",
)


def bad() -> Iterator[dict[str, str]]:
    """Items of all fields, each with a poison in one of them."""
    for number, poison in enumerate(POISON):
        for field in FIELDS:
            values = {
                "title": f"Bad {number} {field}",
                "guid": f"bad-{number}-{field}",
                "link": f"http://bad.example/{number}/{field}",
                "text": f"Words of {number} {field}",
                "date": "2026-11-20T10:00:00Z",
                "author": "Somebody",
                "category": "word",
            }
            values[field] = f"{poison}{values[field]}{poison}"
            yield values


def rss(one: dict[str, str]) -> str:
    return (
        f"<item><title>{one['title']}</title><guid isPermaLink='false'>{one['guid']}</guid>"
        f"<link>{one['link']}</link><description>{one['text']}</description>"
        f"<dc:date>{one['date']}</dc:date><dc:creator>{one['author']}</dc:creator>"
        f"<category>{one['category']}</category></item>"
    )


def atom(one: dict[str, str]) -> str:
    return (
        f"<entry><title>{one['title']}</title><id>{one['guid']}</id><link href='{one['link']}'/>"
        f"<content type='html'>{one['text']}</content><updated>{one['date']}</updated>"
        f"<author><name>{one['author']}</name></author><category term='{one['category']}'/></entry>"
    )


def as_json(one: dict[str, str]) -> str:
    return json.dumps({
        "id": one["guid"],
        "title": one["title"],
        "url": one["link"],
        "content_html": one["text"],
        "date_published": one["date"],
        "authors": [{"name": one["author"]}],
        "tags": [one["category"]],
    })


def document(form: str, items: list[str]) -> bytes:
    if form == "json":
        head = '{"version": "https://jsonfeed.org/version/1.1", "title": "Poison", "items": ['
        return f"{head}{','.join(items)}]}}".encode("utf-8", "surrogatepass")
    if form == "rss":
        head = (
            '<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>'
            "<title>Poison</title><link>http://bad.example/</link><description>d</description>"
        )
        text = f"{head}{''.join(items)}</channel></rss>"
    else:
        head = '<feed xmlns="http://www.w3.org/2005/Atom"><title>Poison</title><id>urn:x:p</id>'
        text = f"{head}{''.join(items)}</feed>"
    return text.encode("utf-8", "surrogatepass")


def good(number: int) -> dict[str, str]:
    return {
        "title": f"Good {number:02}",
        "guid": f"good-{number}",
        "link": f"http://good.example/{number}",
        "text": escape(f"<p>Sound words of {number}.</p>"),
        "date": "2026-11-21T10:00:00Z",
        "author": "Somebody",
        "category": "word",
    }


WRITTEN: dict[str, Callable[[dict[str, str]], str]] = {"rss": rss, "atom": atom, "json": as_json}


@pytest.mark.parametrize("by_hand", [False, True], ids=["polled", "imported"])
@pytest.mark.parametrize("form", FORMS)
def test_bad_items_among_good_ones_take_none_with_them(
    house: House, form: str, by_hand: bool
) -> None:
    write = WRITTEN[form]
    poisoned = [write(one) for one in bad()]
    poisoned += [one.replace("item", "entry") for one in ODD] if form == "atom" else []
    poisoned += list(ODD) if form == "rss" else []
    poisoned += ["null", "[]", "1", '"x"', "{}", '{"id": {}}'] if form == "json" else []
    assert len(poisoned) >= 60
    every = len(poisoned) // GOOD + 1
    items: list[str] = []
    for number in range(GOOD):
        items += [write(good(number)), *poisoned[number * every : (number + 1) * every]]
    for part in range(0, len(items), 120):  # as many as are taken of a document
        some = items[part : part + 120]
        house.publisher.pages["/feed"] = Page(document(form, some))
        if by_hand:
            take(house, house.publisher.url("/feed"))
        else:
            polled = house.poll(None if part else house.source())
            assert polled.state.status == "ok", polled.state.last_error
        titles = {entry.title for entry in read(house)}
        wanted = {f"Good {n:02}" for n in range(GOOD) if write(good(n)) in some}
        assert wanted <= titles, wanted - titles
    row = house.service.store.sources()[0]
    records = house.service.store.recent_records(row.id, 1000)
    assert all(record.why for record in records if record.state == "refused")
    kept = [record for record in records if record.state == "own"]
    assert len(kept) >= GOOD
    for entries in (read(house), feedparser.parse(served(house)["rss"]).entries):
        ids = [entry.id for entry in entries]
        assert len(ids) == len(set(ids)) > GOOD


# T25: ids of others


def ids(house: House) -> dict[str, tuple[str, int]]:
    return {
        item.guid: (item.title, item.revision) for item in house.service.store.items(limit=200)[0]
    }


@pytest.mark.parametrize("by_hand", [False, True], ids=["polled", "imported"])
def test_no_source_reaches_the_items_of_another_or_our_own(house: House, by_hand: bool) -> None:
    ours = Item(guid="tag:here.example,2026:1", title="Ours", url="https://here.example/1")
    house.service.store.apply([Put(ours)], house.clock.now)
    first = [good(number) for number in range(20)]
    house.publisher.pages["/a"] = Page(document("atom", [atom(one) for one in first]))
    house.poll(house.source("/a"))
    before = ids(house)
    taken = [*before, *(one["guid"] for one in first), "urn:x:p", "good-1 ", "GOOD-1"]
    stolen = [
        good(number) | {"guid": guid, "title": f"Stolen {number}", "text": f"Buy {number} pills",
                        "link": f"http://evil.example/{number}"}
        for number, guid in enumerate(taken)
    ]  # fmt: skip
    gone = "".join(
        f'<at:deleted-entry xmlns:at="http://purl.org/atompub/tombstones/1.0" ref="{guid}" '
        'when="2026-11-29T10:00:00Z"/>'
        for guid in taken
    )
    house.publisher.pages["/b"] = Page(document("atom", [gone, *map(atom, stolen)]))
    for _ in range(3):
        if by_hand:
            house.clock.now += timedelta(hours=1)
            take(house, house.publisher.url("/b"))
        else:
            rows = [row for row in house.service.store.sources() if row.spec.url.endswith("/b")]
            house.poll(rows[0] if rows else house.source("/b"))
        after = ids(house)
        assert {guid: after[guid] for guid in before} == before
    for entries in (read(house), feedparser.parse(served(house)["rss"]).entries):
        found = [entry.id for entry in entries]
        assert len(found) == len(set(found))
        assert set(before) <= set(found)


def test_a_guid_twice_or_without_end_is_one_item_each(house: House) -> None:
    long = "x" * 10_000
    twice = [good(1) | {"title": "First"}, good(1) | {"title": "Second", "text": "Other words"}]
    lengthy = [
        good(n) | {"guid": f"{long}{n}", "title": f"Long {n}", "text": f"{n} words"} for n in (2, 3)
    ]  # fmt: skip
    house.publisher.pages["/feed"] = Page(document("rss", [rss(one) for one in [*twice, *lengthy]]))
    polled = house.poll(house.source())
    assert (polled.tally.added, polled.tally.doubled) == (3, 1)
    assert house.titles() == ["First", "Long 2", "Long 3"]
    assert house.poll().tally.effects == 0
    assert max(len(entry.id) for entry in read(house)) < 2048


# T26: dates

DATES = [
    "", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "99999-01-01T00:00:00Z", "2147483648",
    "2036-11-29T12:00:00Z", "2026-11-28T10:00:00", "2026-11-28T10:00:00+99:99",
    "2026-11-28T24:00:00Z", "2026-11-28T23:59:60Z", "Sat, 28 Nov 2026 10:00:00 +9999",
    "Mon", "10:00", "9" * 400, "-1", "yesterday",
    "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "2026-02-30T10:00:00Z",
]  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_wild_dates_keep_their_items_and_none_is_to_come(house: House, form: str) -> None:
    write = WRITTEN[form]
    items = [
        good(n) | {"date": date, "title": f"Dated {n:02}", "text": f"{n} words of its own"}
        for n, date in enumerate(DATES)
    ]
    house.publisher.pages["/feed"] = Page(document(form, [write(one) for one in items]))
    polled = house.poll(house.source())
    assert polled.state.status == "ok"
    first_seen = house.clock.now
    assert set(house.titles()) == {one["title"] for one in items}
    for item in house.service.store.items(limit=200)[0]:
        assert item.published is not None
        assert item.published <= first_seen
        assert item.published.utcoffset() == timedelta(0)
        assert 1000 <= item.published.year <= 2999
    moved = feed_updated(house)
    assert moved <= first_seen
    # What is said to be of ten years from now does not stay on top, and time does not go back.
    newer = good(40) | {"date": "2026-11-29T15:30:00Z", "title": "Newer", "text": "More words"}
    house.publisher.pages["/feed"] = Page(document(form, [write(one) for one in [newer, *items]]))
    house.poll(later=timedelta(hours=5))
    entries = read(house)
    assert entries[0].title == "Newer"
    assert moved <= feed_updated(house) <= house.clock.now
    moved = feed_updated(house)
    back = [one | {"date": "2026-01-01T00:00:00Z"} for one in [newer, *items]]
    house.publisher.pages["/feed"] = Page(document(form, [write(one) for one in back]))
    house.poll()
    assert moved <= feed_updated(house) <= house.clock.now


def feed_updated(house: House) -> datetime:
    """What our feed says of itself, the same in all formats that say it."""
    parsed = feedparser.parse(served(house)["atom"]).feed.updated_parsed
    return datetime(*parsed[:6], tzinfo=UTC)
