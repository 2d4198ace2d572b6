"""The contract on items: names, dates, statuses, refusals. Runs on every database."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from samples import BARE, FULL, NOW, SITE
from store.desk import Desk, a_file, an_item

from feedsvc.model import Author, Category, Item, Status
from feedsvc.store import Put, Withdraw

DAY = timedelta(days=1)
NOW_S = NOW.replace(microsecond=0)


def test_an_item_comes_back_as_it_was_put(desk: Desk) -> None:
    assert desk.put(FULL).kind == "added"
    stored = desk.item(FULL.guid)
    assert replace(stored, revision=0) == FULL
    assert stored.revision == desk.store.revision()


def test_an_item_of_words_alone_gets_all_that_feeds_need(desk: Desk) -> None:
    outcome = desk.put(Item(content_html="<p>Only these words, nothing else.</p>"))
    item = desk.item(outcome.guid)
    assert item.guid == "tag:example.org,2026-11-22:items/only-these-words-nothing-else"
    assert item.slug == "only-these-words-nothing-else"
    assert item.url == f"{SITE}/items/only-these-words-nothing-else"
    assert item.published == item.updated == NOW_S
    assert item.status is Status.PUBLISHED


def test_an_item_of_nothing_is_named_by_its_day(desk: Desk) -> None:
    assert desk.item(desk.put(Item()).guid).slug == "2026-11-22"


# Dates


def test_dates_are_given_or_kept(desk: Desk) -> None:
    published, updated = NOW_S - 9 * DAY, NOW_S - 3 * DAY
    guid = desk.put(title="One", published=published).guid
    assert desk.item(guid).updated == published  # nobody saw it before
    desk.later(hours=1)
    desk.put(title="Two", replaces=guid)
    assert desk.item(guid).published == published
    assert desk.item(guid).updated == desk.now.replace(microsecond=0)
    desk.put(title="Three", replaces=guid, updated=updated)
    assert desk.item(guid).updated == updated
    desk.later(hours=1)
    assert desk.put(title="Three", replaces=guid).kind == "unchanged"
    assert desk.item(guid).updated == updated


def test_items_of_one_day_are_updated_at_times_of_their_own(desk: Desk) -> None:
    day = NOW_S - 9 * DAY
    puts = [Put(Item(title=f"Post {number}", published=day)) for number in range(3)]
    guids = [outcome.guid or "" for outcome in desk.store.apply(puts, desk.now)]
    guids.append(desk.put(title="Post 3", published=day).guid)
    times = [desk.item(guid).updated for guid in guids]
    assert times == [day + timedelta(seconds=step) for step in range(4)]
    assert {desk.item(guid).published for guid in guids} == {day}
    desk.later(hours=1)
    again = [Put(Item(title=f"Edited {guid}"), replaces=guid) for guid in guids]
    desk.store.apply(again, desk.now)
    now = desk.now.replace(microsecond=0)
    times = [desk.item(guid).updated for guid in guids]
    assert times == [now - timedelta(seconds=step) for step in range(4)]  # none to come


def test_nothing_was_updated_at_a_time_to_come(desk: Desk) -> None:
    guid = desk.put(title="One", published=NOW_S - DAY, updated=NOW_S + 99 * DAY).guid
    assert desk.item(guid).updated == NOW_S - DAY
    put = desk.put(title="One", published=NOW_S - DAY, updated=NOW_S + 99 * DAY, replaces=guid)
    assert put.kind == "unchanged"


def test_what_comes_back_is_younger_than_its_tombstone(desk: Desk) -> None:
    given = {"title": "One", "published": NOW_S - DAY, "updated": NOW_S - DAY}
    guid = desk.put(**given).guid
    desk.later(hours=1)
    desk.withdraw(guid)
    desk.later(hours=1)
    desk.put(**given, replaces=guid)
    assert desk.item(guid).updated == desk.now.replace(microsecond=0)


def test_an_edit_is_younger_than_the_edit_before(desk: Desk) -> None:
    """However many others were edited in between: readers tell versions apart by it."""
    guid = desk.put(title="One", published=NOW_S - DAY).guid
    desk.put(title="One, edited", replaces=guid)
    first = desk.item(guid).updated
    desk.store.apply([Put(Item(title=f"Other {number}")) for number in range(20)], desk.now)
    desk.later(seconds=3)
    desk.store.apply([Put(Item(title=f"Another {number}")) for number in range(20)], desk.now)
    desk.put(title="One, edited again", replaces=guid)
    assert first < desk.item(guid).updated <= desk.now


def test_what_comes_back_in_a_crowd_is_no_older_than_its_tombstone(desk: Desk) -> None:
    guid = desk.put(title="One").guid
    desk.later(seconds=10)
    desk.store.apply([Put(Item(title=f"Other {number}")) for number in range(20)], desk.now)
    desk.withdraw(guid)
    when = desk.store.tombstones("main", since=NOW_S)[0].when
    desk.put(title="One", replaces=guid)
    assert desk.item(guid).updated >= when


def test_dates_are_kept_in_utc_and_whole_seconds(desk: Desk) -> None:
    given = datetime(2026, 11, 1, 1, 2, 3, 999_999, tzinfo=timezone(timedelta(hours=5)))
    guid = desk.put(published=given, expires=given + 99 * DAY).guid
    item = desk.item(guid)
    assert item.published == datetime(2026, 10, 31, 20, 2, 3, tzinfo=UTC)
    assert item.published.tzinfo is UTC
    assert item.expires == datetime(2027, 2, 7, 20, 2, 3, tzinfo=UTC)


@pytest.mark.parametrize("year", [1, 1969, 9999])
def test_wild_years_are_kept(desk: Desk, year: int) -> None:
    published = datetime(year, 6, 1, tzinfo=UTC)
    assert desk.item(desk.put(published=published).guid).published == published


@pytest.mark.parametrize("status", [Status.DRAFT, Status.REVIEW])
def test_a_draft_that_comes_out_without_a_date_is_of_now(desk: Desk, status: Status) -> None:
    guid = desk.put(title="Draft", status=status).guid
    assert desk.titles() == []
    desk.later(days=3)
    desk.put(title="Draft", replaces=guid)
    item = desk.item(guid)
    assert item.published == item.updated == desk.now.replace(microsecond=0)
    assert desk.titles() == ["Draft"]


def test_a_draft_that_comes_out_with_a_date_has_that(desk: Desk) -> None:
    guid = desk.put(title="Draft", status=Status.REVIEW).guid
    desk.later(days=3)
    desk.put(title="Draft", replaces=guid, published=NOW_S - DAY)
    assert desk.item(guid).published == NOW_S - DAY


# Statuses and time


def test_a_later_date_is_published_at_its_time(desk: Desk) -> None:
    guid = desk.put(title="Later", published=NOW_S + DAY).guid
    assert desk.item(guid).status is Status.SCHEDULED
    assert desk.titles() == []
    assert desk.store.next_due() == NOW_S + DAY
    desk.later(days=1, seconds=-1)
    assert desk.store.tick(desk.now) == 0
    before = desk.store.revision()
    desk.later(seconds=2)
    assert desk.store.tick(desk.now) == 1
    assert desk.store.tick(desk.now) == 0
    assert desk.titles() == ["Later"]
    item = desk.item(guid)
    assert (item.status, item.published, item.updated) == (
        Status.PUBLISHED,
        NOW_S + DAY,
        NOW_S + DAY,
    )
    assert item.revision == desk.store.revision() == before + 1
    assert desk.store.next_due() is None


def test_a_scheduled_item_keeps_its_date_through_edits(desk: Desk) -> None:
    guid = desk.put(title="Later", published=NOW_S + DAY).guid
    desk.later(hours=1)
    desk.put(title="Later, edited", replaces=guid)
    item = desk.item(guid)
    assert (item.status, item.published) == (Status.SCHEDULED, NOW_S + DAY)
    assert item.updated == NOW_S + DAY
    desk.put(title="Sooner", replaces=guid, published=NOW_S)
    assert desk.item(guid).status is Status.PUBLISHED
    assert desk.titles() == ["Sooner"]


def test_an_item_that_expires_is_withdrawn(desk: Desk) -> None:
    guid = desk.put(title="Brief", expires=NOW_S + DAY).guid
    assert desk.titles() == ["Brief"]
    assert desk.store.next_due() == NOW_S + DAY
    desk.later(days=1)
    assert desk.store.tick(desk.now) == 1
    assert desk.titles() == []
    assert desk.gone() == [guid]
    assert desk.item(guid).status is Status.WITHDRAWN
    # Its file is still there, unchanged.
    assert desk.put(title="Brief", expires=NOW_S + DAY, replaces=guid).kind == "unchanged"
    # and may give it a longer life.
    assert desk.put(title="Brief", expires=NOW_S + 5 * DAY, replaces=guid).kind == "changed"
    assert desk.titles() == ["Brief"]
    assert desk.gone() == []


def test_an_item_that_comes_expired_never_shows(desk: Desk) -> None:
    outcome = desk.put(title="Late", expires=NOW_S - DAY)
    assert outcome.kind == "added"
    assert desk.item(outcome.guid).status is Status.WITHDRAWN
    assert (desk.titles(), desk.gone()) == ([], [])


def test_an_item_that_expires_before_its_date_never_shows(desk: Desk) -> None:
    desk.put(published=NOW_S + 2 * DAY, expires=NOW_S + DAY)
    assert desk.store.next_due() == NOW_S + DAY
    desk.later(days=3)
    assert desk.store.tick(desk.now) == 1
    assert (desk.titles(), desk.gone()) == ([], [])
    assert desk.store.next_due() is None


def test_a_clock_that_is_set_back_takes_nothing_out(desk: Desk) -> None:
    guid = desk.put(title="Out").guid
    desk.later(hours=-1)
    desk.put(title="Edited", replaces=guid)
    assert desk.titles() == ["Edited"]


def test_withdrawn_items_leave_and_come_back(desk: Desk) -> None:
    guid = desk.put(title="Here", published=NOW_S - DAY).guid
    desk.later(hours=1)
    outcome = desk.withdraw(str(guid))
    assert (outcome.kind, outcome.guid) == ("withdrawn", guid)
    assert (desk.titles(), desk.gone()) == ([], [guid])
    assert desk.store.tombstones("main", since=desk.now + DAY) == []
    assert desk.withdraw(str(guid)).kind == "unchanged"
    desk.later(hours=1)
    outcome = desk.put(title="Here", published=NOW_S - DAY, replaces=guid)
    assert (outcome.kind, outcome.guid) == ("changed", guid)
    assert (desk.titles(), desk.gone()) == (["Here"], [])
    assert desk.item(guid).updated == desk.now.replace(microsecond=0)


def test_an_alias_withdraws_too(desk: Desk) -> None:
    guid = desk.put(guid="urn:x:1", aliases=("urn:x:0",)).guid
    assert desk.withdraw("urn:x:0").guid == guid
    assert desk.titles() == []


def test_there_is_no_withdrawing_what_is_not_there(desk: Desk) -> None:
    outcome = desk.withdraw("urn:x:nix")
    assert (outcome.kind, outcome.reason) == ("refused", "no item has the guid urn:x:nix")


# Changes


def test_the_same_again_writes_nothing(desk: Desk) -> None:
    guid = desk.put(FULL, file=a_file()).guid
    before = desk.store.revision(), desk.store.feed_state("main"), desk.store.data_version()
    desk.later(hours=1)
    outcome = desk.put(FULL, file=a_file())
    assert (outcome.kind, outcome.guid) == ("unchanged", guid)
    assert outcome.revision == desk.item(guid).revision
    assert before == (
        desk.store.revision(),
        desk.store.feed_state("main"),
        desk.store.data_version(),
    )


def test_a_renamed_file_changes_no_item(desk: Desk) -> None:
    guid = desk.put(title="One", origin="a.md", file=a_file("a.md")).guid
    revision = desk.store.revision()
    outcome = desk.put(title="One", origin="b.md", replaces=guid, file=a_file("b.md"))
    assert outcome.kind == "unchanged"
    assert desk.item(guid).origin == "b.md"
    assert desk.store.revision() == revision
    assert set(desk.store.files()) == {"a.md", "b.md"}


@pytest.mark.parametrize(
    "change",
    [
        {"title": "New"},
        {"summary": "New"},
        {"content_html": "<p>New</p>"},
        {"authors": (Author("New"),)},
        {"categories": (Category("new"),)},
        {"language": "fr"},
        {"direction": "rtl"},
        {"enclosures": ()},
        {"image": None},
        {"source": None},
        {"comments_url": None},
        {"rights": None},
        {"podcast": None},
        {"expires": NOW_S + DAY},
        {"feeds": ("main",)},
        {"external_url": "https://elsewhere.example/y"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_change_of_any_field_is_a_change(desk: Desk, change: dict[str, object]) -> None:
    desk.put(FULL)
    before = desk.store.feed_state("main")
    assert before is not None
    assert desk.put(replace(FULL, **change)).kind == "changed"
    assert replace(desk.item(FULL.guid), revision=0) == replace(FULL, **change)
    after = desk.store.feed_state("main")
    assert after is not None
    assert after.revision == desk.store.revision() > before.revision
    assert after.changed_at > before.changed_at


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (an_item(feeds=("main", "nwes")), "no feed is called nwes; there are: main"),
        (an_item(title="a\0b"), "title holds the character NUL"),
        (an_item(content_html="half \ud800"), "content_html holds half a character"),
        (an_item(guid="urn:x:" + "y" * 2000), "longer than 2000 bytes"),
        (an_item(guid="urn:x:\n"), "characters that no IRI has"),
        (an_item(published=datetime(2026, 1, 1)), "has no zone"),
        (an_item(expires=datetime.max.replace(tzinfo=timezone(-DAY / 2))), "off the calendar"),
        (an_item(guid="urn:x:taken", aliases=("urn:x:2",)), "urn:x:2 belongs to another item"),
    ],
)
def test_one_bad_change_is_refused_alone(desk: Desk, bad: Item, reason: str) -> None:
    desk.put(guid="urn:x:taken")
    desk.put(guid="urn:x:2")
    changes = [Put(an_item(title="Before")), Put(bad), Put(an_item(title="After"))]
    kinds = desk.store.apply(changes, desk.now)
    assert [outcome.kind for outcome in kinds] == ["added", "refused", "added"]
    assert reason in str(kinds[1].reason)
    assert {"Before", "After"} <= set(desk.titles())
    assert desk.store.count() == 4


def test_an_expected_revision_guards_against_lost_updates(desk: Desk) -> None:
    first = desk.put(title="One")
    second = desk.put(title="Two", replaces=first.guid, expected_revision=first.revision)
    assert second.kind == "changed"
    third = desk.put(title="Three", replaces=first.guid, expected_revision=first.revision)
    assert (third.kind, third.revision) == ("conflict", second.revision)
    assert f"its revision is {second.revision}" in str(third.reason)
    assert desk.item(first.guid).title == "Two"
    missing = desk.put(title="New", expected_revision=1)
    assert (missing.kind, missing.guid, missing.revision) == ("conflict", None, 0)
    assert desk.put(guid="urn:x:new", expected_revision=0).kind == "added"
    assert desk.put(guid="urn:x:new", title="Again", expected_revision=0).kind == "conflict"


def test_changes_of_one_item_in_one_go_follow_each_other(desk: Desk) -> None:
    outcomes = desk.store.apply(
        [
            Put(replace(BARE, title="One")),
            Put(replace(BARE, title="Two", slug="moved")),
            Put(replace(BARE, title="Two", slug="moved")),
            Withdraw(BARE.guid),
            Put(replace(BARE, title="Three", guid="urn:x:alias"), replaces=BARE.guid),
            Put(replace(BARE, title="Four", guid="urn:x:alias")),
        ],
        desk.now,
    )
    assert [outcome.kind for outcome in outcomes] == [
        "added",
        "changed",
        "unchanged",
        "withdrawn",
        "changed",
        "changed",
    ]
    assert desk.titles() == ["Four"]
    assert desk.store.count() == 1
    assert desk.store.search("three", limit=5) == []
    assert len(desk.store.search("four", limit=5)) == 1
    assert desk.store.item(slug="moved") == desk.item("urn:x:alias") == desk.item(BARE.guid)


def test_each_change_has_a_revision_of_its_own(desk: Desk) -> None:
    changes = [Put(an_item(title=f"Item {n}")) for n in range(1200)]
    first = desk.store.revision()
    outcomes = desk.store.apply(changes, desk.now)
    assert [outcome.revision for outcome in outcomes] == list(range(first + 1, first + 1201))
    assert desk.store.revision() == first + 1200
    assert len({outcome.guid for outcome in outcomes}) == 1200
