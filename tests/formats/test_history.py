"""Live feeds, archives and deltas: what their documents say of each other, and how often to ask."""

from __future__ import annotations

import json
from dataclasses import replace

import feedparser
import pytest
from goldens import is_golden
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from samples import BARE, FULL, NOW, PAGE, SITE, feed_in

from feedsvc.formats import _rhythm, atom, jsonfeed, rss, upstream
from feedsvc.formats._modules import NAMESPACES
from feedsvc.formats.check import check
from feedsvc.model import Author, Feed, Link, Tombstone

MAKERS = {"rss": rss, "atom": atom, "json": jsonfeed}
FORMS = list(MAKERS)
XML_FORMS = ["rss", "atom"]


def address(form: str, number: int = 0) -> str:
    return f"{SITE}/feeds/main/archive/{number}.{form}" if number else f"{SITE}/feeds/main.{form}"


def links(form: str, own: int = 0, *, older: int = 0) -> tuple[Link, ...]:
    """The links of archive number ``own``, or of the live feed."""
    found = [Link("self", address(form, own))]
    found += [Link("prev-archive", address(form, older))] if older else []
    found += [Link("current", address(form))] if own else []
    return tuple(found)


def live(form: str) -> Feed:
    gone = (Tombstone("tag:example.org,2026:gone", NOW),)
    feed = replace(feed_in(form), complete=False, tombstones=gone)
    return replace(feed, links=links(form, older=3))


def archive(form: str, number: int) -> Feed:
    feed = replace(feed_in(form), complete=False, archive=True)
    return replace(feed, links=links(form, number, older=number - 1))


def delta(form: str) -> Feed:
    return replace(live(form), links=links(form))


DOCUMENTS = {
    "live": (live, 0),
    "delta": (delta, 0),
    "archive": (lambda form: archive(form, 3), 3),
    "oldest archive": (lambda form: archive(form, 1), 1),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("document", DOCUMENTS)
def test_nothing_is_said_of_our_own_documents(form: str, document: str) -> None:
    make, number = DOCUMENTS[document]
    for items in ([FULL, BARE], [BARE], []):
        body = MAKERS[form].render(make(form), items)
        url = address(form, number)
        findings = check(body, content_type=MAKERS[form].MEDIA_TYPE, url=url)
        assert list(map(str, findings)) == []


@pytest.mark.parametrize("form", FORMS)
def test_an_archive_stands_as_it_is_expected(form: str) -> None:
    assert is_golden(f"archive.{form}", MAKERS[form].render(archive(form, 3), [BARE]))


@pytest.mark.parametrize("form", XML_FORMS)
def test_an_archive_says_so_and_not_when_to_ask(form: str) -> None:
    root = etree.fromstring(MAKERS[form].render(archive(form, 3), [BARE]))
    top = root.find("channel") if form == "rss" else root
    assert [len(top.findall(f"fh:{name}", NAMESPACES)) for name in ("archive", "complete")] == [
        1,
        0,
    ]
    assert [top.find(name, NAMESPACES) for name in ("ttl", "sy:updatePeriod")] == [None, None]
    told = {link.get("rel"): link.get("href") for link in top.findall("atom:link", NAMESPACES)}
    assert told.pop("alternate", f"{SITE}/") == f"{SITE}/"
    assert told == {
        "self": address(form, 3),
        "prev-archive": address(form, 2),
        "current": address(form),
    }


def test_json_feed_goes_on_in_the_archives() -> None:
    data = json.loads(jsonfeed.render(live("json"), [BARE]))
    assert data["next_url"] == address("json", 3) == data["_feedsvc"]["prev_archive_url"]
    assert (data["_feedsvc"]["ttl"], "archive" in data["_feedsvc"]) == (60, False)
    data = json.loads(jsonfeed.render(archive("json", 1), [BARE]))
    assert "next_url" not in data
    own = data["_feedsvc"]
    assert (own["archive"], own["current_url"]) == (True, address("json"))
    assert "ttl" not in own


def test_json_feed_has_a_next_page_before_an_archive() -> None:
    feed = replace(PAGE, links=(*links("json", older=3), Link("next", f"{SITE}/2.json")))
    parsed = upstream.read(jsonfeed.render(feed, [BARE])).feed
    assert (parsed.link("next"), parsed.link("prev-archive")) == (
        f"{SITE}/2.json",
        address("json", 3),
    )


# ---- How often to ask.


@pytest.mark.parametrize(
    ("ttl", "told"),
    [
        (15, ("hourly", 4)),
        (30, ("hourly", 2)),
        (60, ("hourly", 1)),
        (120, ("daily", 12)),
        (1440, ("daily", 1)),
        (10080, ("weekly", 1)),
        (1, ("hourly", 60)),
        (7, ("weekly", 1440)),
        (11, None),
        (50_000, None),
        (0, None),
        (None, None),
    ],
)
def test_minutes_as_times_in_a_period(ttl: int | None, told: tuple[str, int] | None) -> None:
    rhythm = _rhythm.told(ttl)
    assert (rhythm and (rhythm.period, rhythm.frequency)) == told
    for form in XML_FORMS:
        root = etree.fromstring(MAKERS[form].render(replace(live(form), ttl=ttl), [BARE]))
        top = root.find("channel") if form == "rss" else root
        said = [
            found.text
            for name in ("Period", "Frequency")
            for found in top.findall(f"sy:update{name}", NAMESPACES)
        ]
        assert said == ([told[0], str(told[1])] if told else [])


@pytest.mark.parametrize(
    ("period", "frequency", "minutes"),
    [
        ("hourly", "1", 60),
        ("Daily", " 12 ", 120),
        ("weekly", "", 10080),
        ("monthly", "1", 43200),
        ("yearly", "1", 525600),
        ("", "24", 60),
        ("hourly", "7", 8),
        ("hourly", "1000", 1),
        ("", "", None),
        ("hourly", "0", None),
        ("hourly", "-1", None),
        ("hourly", "٣", None),
        ("hourly", "1.5", None),
        ("hourly", "9" * 5000, 1),
        ("often", "1", None),
    ],
)
def test_times_in_a_period_as_minutes(period: str, frequency: str, minutes: int | None) -> None:
    assert _rhythm.minutes(period, frequency) == minutes


def test_rss_says_its_own_word_first() -> None:
    body = rss.render(live("rss"), [BARE])
    assert upstream.read(body).feed.ttl == 60
    other = body.replace(b"<ttl>60</ttl>", b"<ttl>90</ttl>")
    assert upstream.read(other).feed.ttl == 90
    without = body.replace(b"<ttl>60</ttl>", b"")
    assert upstream.read(without).feed.ttl == 60
    assert [finding.id for finding in check(other)] == ["feed.rhythms-differ"]


@pytest.mark.parametrize("form", XML_FORMS)
def test_feedparser_reads_how_often_to_ask(form: str) -> None:
    told = feedparser.parse(MAKERS[form].render(live(form), [BARE])).feed
    assert (told.sy_updateperiod, told.sy_updatefrequency) == ("hourly", "1")


# ---- What is said comes back.

_kinds = st.sampled_from(["live", "complete", "archive"])
_numbers = st.integers(0, 10**6)


@given(_kinds, _numbers, _numbers, st.sampled_from([15, 30, 60, 120]), st.booleans())
def test_what_documents_say_of_each_other_comes_back(
    kind: str, own: int, older: int, ttl: int, tombstones: bool
) -> None:
    for form in FORMS:
        feed = replace(
            live(form),
            authors=(Author("Ada"),),
            complete=kind == "complete",
            archive=kind == "archive",
            ttl=None if kind == "archive" else ttl,
            links=links(form, own, older=older),
            tombstones=live(form).tombstones if tombstones else (),
        )
        back = upstream.read(MAKERS[form].render(feed, [BARE])).feed
        told = tuple(replace(link, type=None) for link in back.links)
        assert replace(back, links=told) == feed, form
