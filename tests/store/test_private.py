"""Private feeds: whose items are whose, as tables of cases, and the contract on every database."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from samples import NOW
from store.desk import MAIN, NEWS, ADesk, Desk, an_item

from feedsvc.errors import Conflict
from feedsvc.model import Author, Status
from feedsvc.store import FeedSpec
from feedsvc.store.membership import Placed, declared_feeds, private_feeds
from feedsvc.where import Terms, Where

INNER = Where(any=Terms(tags=("inner",)))
CLUB = Where(any=Terms(tags=("club",)))
MEMBERS = FeedSpec("members", INNER, private=True)
FRIENDS = FeedSpec("friends", CLUB, private=True)
FULL = FeedSpec("full", private=True)
FORMERLY = replace(MEMBERS, formerly=("patrons",))
ENDED = replace(MEMBERS, ended=True)
ENDED_FULL = replace(FULL, ended=True)
CLOSED = replace(MAIN, private=True)


@pytest.mark.parametrize(
    ("specs", "tags", "named", "feeds", "private"),
    [
        # nothing is private
        ([MAIN, NEWS], "", "", "main", ""),
        ([MAIN, NEWS], "news inner", "", "main news", ""),
        # a private feed with a where claims
        ([MAIN, NEWS, MEMBERS], "news", "", "main news", ""),
        ([MAIN, NEWS, MEMBERS], "inner", "", "members", "members"),
        ([MAIN, NEWS, MEMBERS], "news inner", "", "members", "members"),
        ([MAIN, NEWS, MEMBERS, FRIENDS], "club inner", "", "members friends", "members friends"),
        # one without has what the public have, and claims nothing
        ([MAIN, FULL], "", "", "main full", ""),
        ([MAIN, FULL, MEMBERS], "inner", "", "members", "members"),
        ([MAIN, FULL, MEMBERS], "news", "", "main full", ""),
        ([replace(MAIN, where=CLUB), FULL], "", "", "full", "full"),
        # who names feeds has the last word
        ([MAIN, MEMBERS], "inner", "main", "main", ""),
        ([MAIN, MEMBERS], "", "members", "members", "members"),
        ([MAIN, MEMBERS], "", "main members", "main members", ""),
        ([MAIN, FULL, MEMBERS], "", "full members", "full members", "full members"),
        ([MAIN, FORMERLY], "", "patrons", "members", "members"),
        # main itself is private
        ([CLOSED], "", "", "main", "main"),
        ([CLOSED, NEWS], "news", "", "main news", ""),
        ([CLOSED, MEMBERS], "inner", "", "members", "members"),
        ([replace(CLOSED, where=INNER), NEWS], "news inner", "", "main", "main"),
        # its end publishes nothing
        ([MAIN, NEWS, ENDED], "inner news", "", "", "members"),
        ([MAIN, ENDED, FRIENDS], "inner club", "", "friends", "members friends"),
        ([MAIN, ENDED], "", "members", "", "members"),
        ([MAIN, ENDED_FULL], "", "", "main", ""),
        ([MAIN, ENDED_FULL], "", "full", "", "full"),
        # a public feed that is there no more took nothing along
        ([MAIN], "", "none-such", "", ""),
    ],
)
def test_whose_an_item_is(
    specs: list[FeedSpec], tags: str, named: str, feeds: str, private: str
) -> None:
    item = an_item(*tags.split(), feeds=tuple(named.split()), published=NOW)
    assert list(declared_feeds(Placed(1, item, NOW, NOW), specs)) == feeds.split()
    for status in Status:
        assert list(private_feeds(replace(item, status=status), specs)) == private.split()


def private_of(desk: Desk, guid: str | None) -> tuple[str, ...]:
    return desk.store.private_feeds_of(desk.item(guid))


def test_a_private_item_is_nowhere_else(a_desk: ADesk) -> None:
    desk = a_desk(MAIN, NEWS, MEMBERS, FULL)
    open_ = desk.put(an_item("news", title="Open"))
    inner = desk.put(an_item("news", "inner", title="Inner", authors=(Author("Jane"),)))
    assert (desk.titles(), desk.titles("news")) == (["Open"], ["Open"])
    assert (desk.titles("full"), desk.titles("members")) == (["Open"], ["Inner"])
    assert desk.titles("tag:news") == ["Open"]
    assert desk.store.feed_state("tag:inner") is None
    assert desk.store.feed_state("author:jane") is None
    assert desk.store.search("inner", limit=5) == desk.store.search("jane", limit=5) == []
    assert (private_of(desk, open_.guid), private_of(desk, inner.guid)) == ((), ("members",))
    assert [state.key for state in desk.store.feed_states("feed") if state.private] == [
        "full",
        "members",
    ]


def test_an_item_becomes_private_and_public_again(a_desk: ADesk) -> None:
    desk = a_desk(replace(MAIN, page_size=2), MEMBERS)
    first = desk.put(an_item("news", title="First", content_html="<p>First words</p>"))
    for number in range(6):
        desk.later(minutes=1)
        desk.put(title=f"{number}")
    page = desk.store.page("main", 1)
    assert page is not None and "First" in [item.title for item in page.items]
    desk.later(hours=1)
    desk.put(an_item("inner", title="First", guid=first.guid))
    assert (desk.gone(), desk.gone("tag:news")) == ([first.guid], [first.guid])
    page = desk.store.page("main", 1)
    assert page is not None and "First" not in [item.title for item in page.items]
    assert desk.store.search("first", limit=5) == []
    desk.later(hours=1)
    desk.put(an_item("news", title="First", guid=first.guid))
    assert (desk.gone("members"), desk.gone()) == ([first.guid], [])
    assert "First" in desk.titles()


def test_a_feed_becomes_private_and_public_again(a_desk: ADesk) -> None:
    desk = a_desk(MAIN, replace(MEMBERS, private=False))
    inner = desk.put(an_item("inner", title="Inner"))
    desk.put(title="Open")
    assert sorted(desk.titles()) == ["Inner", "Open"]
    desk.later(hours=1)
    desk.declare(MAIN, MEMBERS)
    assert (desk.titles(), desk.titles("members")) == (["Open"], ["Inner"])
    assert desk.titles("tag:inner") == []
    assert private_of(desk, inner.guid) == ("members",)
    desk.later(hours=1)
    desk.declare(MAIN, replace(MEMBERS, private=False))
    assert sorted(desk.titles()) == ["Inner", "Open"]
    assert desk.titles("tag:inner") == ["Inner"]
    assert private_of(desk, inner.guid) == ()


def test_a_new_feed_takes_nothing_that_another_claims(a_desk: ADesk) -> None:
    desk = a_desk(MAIN, MEMBERS)
    desk.put(an_item("news", "inner", title="Inner"))
    desk.put(an_item("news", title="Open"))
    desk.declare(MAIN, NEWS, MEMBERS)
    assert desk.titles("news") == ["Open"]
    desk.declare(MAIN, NEWS, MEMBERS, FULL)
    assert desk.titles("full") == ["Open"]


@pytest.mark.parametrize("how", ["taken out", "by itself"])
def test_its_end_publishes_nothing(a_desk: ADesk, how: str) -> None:
    ends = replace(MEMBERS, ends=NOW + timedelta(hours=1))
    desk = a_desk(MAIN, NEWS, ends)
    inner = desk.put(an_item("inner", "news", title="Inner"))
    desk.later(hours=2)
    if how == "taken out":
        desk.declare(MAIN, NEWS)
    else:
        desk.store.tick(desk.now)
        desk.declare(MAIN, NEWS, ends)
    desk.put(an_item("inner", title="Later"))
    desk.store.tick(desk.now)
    assert (desk.titles(), desk.titles("news")) == ([], [])
    assert private_of(desk, inner.guid) == ("members",)
    state = desk.state("members")
    assert (state.ended, state.private, state.count) == (True, True, 0)
    assert desk.store.feed_state("tag:inner") is None
    # There again, it has all that is its own; declared public, it lets it go.
    desk.declare(MAIN, NEWS, MEMBERS)
    assert sorted(desk.titles("members")) == ["Inner", "Later"]
    desk.declare(MAIN, NEWS, replace(MEMBERS, private=False))
    desk.declare(MAIN, NEWS)
    assert sorted(desk.titles()) == ["Inner", "Later"]


def test_renamed_it_claims_what_it_had(a_desk: ADesk) -> None:
    desk = a_desk(MAIN, MEMBERS)
    named = desk.put(an_item(title="Named", feeds=("members",)))
    desk.put(an_item("inner", title="Inner"))
    desk.declare(MAIN, replace(MEMBERS, name="patrons", formerly=("members",)))
    assert sorted(desk.titles("patrons")) == ["Inner", "Named"]
    assert desk.titles() == []
    assert private_of(desk, named.guid) == ("patrons",)


def test_with_a_private_main_tags_and_searches_are_empty(a_desk: ADesk) -> None:
    desk = a_desk(MAIN)
    old = desk.put(an_item("news", title="Old"))
    desk.later(hours=1)
    desk.declare(CLOSED)
    desk.put(an_item("new", title="New"))
    assert sorted(desk.titles()) == ["New", "Old"]
    assert desk.titles("tag:news") == []
    assert desk.store.feed_state("tag:new") is None
    assert desk.store.search("old", limit=5) == desk.store.found("new", limit=5) == []
    assert private_of(desk, old.guid) == ("main",)
    desk.put(an_item("news", title="Soon", published=desk.now + timedelta(hours=1)))
    assert desk.store.next_entry("main") is not None
    assert desk.store.next_entry("tag:news") is None


def test_what_is_private_hurries_no_public_feed(a_desk: ADesk) -> None:
    desk = a_desk(MAIN, MEMBERS)
    desk.put(an_item("inner", title="Soon", published=desk.now + timedelta(hours=1)))
    before = desk.state()
    assert desk.store.next_entry("main") is None
    assert desk.store.next_entry("members") is not None
    desk.later(hours=2)
    assert desk.store.tick(desk.now) == 1
    assert desk.titles("members") == ["Soon"]
    assert desk.state() == before


PATRONS = replace(MEMBERS, name="patrons", formerly=("members",))


@pytest.mark.parametrize(
    ("before", "wanted", "taken"),
    [
        ([MEMBERS], [replace(MEMBERS, private=False)], "members"),
        ([MEMBERS], [FeedSpec("members")], "members"),
        ([MEMBERS], [replace(MEMBERS, where=CLUB)], "members"),
        ([MEMBERS], [replace(MEMBERS, where=Where())], "members"),
        ([FULL], [FeedSpec("full")], "full"),
        ([MEMBERS], [FeedSpec("others", formerly=("members",))], "members"),
        ([MEMBERS], [replace(FRIENDS, formerly=("members",))], "members"),
        ([MEMBERS], [replace(NEWS, formerly=("members",))], "members"),
        ([MEMBERS], [replace(MAIN, formerly=("members",))], "members"),
        ([MEMBERS], [MEMBERS], ""),
        ([MEMBERS], [replace(MEMBERS, hold=timedelta(hours=1), page_size=9)], ""),
        ([MEMBERS], [PATRONS], ""),
        ([replace(MEMBERS, private=False)], [FeedSpec("members")], ""),
        # of one that was renamed, its former name too
        ([MEMBERS, PATRONS], [FeedSpec("patrons")], "patrons"),
        ([MEMBERS, PATRONS], [FeedSpec("members")], "members"),
        ([MEMBERS, PATRONS], [FeedSpec("others", formerly=("members",))], "members"),
        ([MEMBERS, PATRONS], [MEMBERS], ""),
        ([MEMBERS, PATRONS], [PATRONS], ""),
    ],
)
def test_no_name_is_taken_that_would_publish(
    a_desk: ADesk, before: list[FeedSpec], wanted: list[FeedSpec], taken: str
) -> None:
    others = () if wanted[0].name == "main" else (MAIN,)
    others += () if wanted[0].name == "news" else (NEWS,)
    desk = a_desk(MAIN, NEWS)
    for spec in before:
        desk.declare(MAIN, NEWS, spec)
    inner = desk.put(an_item("inner", "news", title="Inner"))
    named = desk.put(an_item(title="Named", feeds=(before[0].name,)))
    desk.declare(MAIN, NEWS)
    was = (desk.titles(), private_of(desk, inner.guid), private_of(desk, named.guid))
    revision = desk.store.revision()
    if not taken:
        desk.declare(*others, *wanted)
        assert desk.titles() == was[0]
        return
    with pytest.raises(Conflict, match=rf"can't take the name {taken}: .*private = false"):
        desk.declare(*others, *wanted)
    assert desk.store.revision() == revision
    assert (desk.titles(), private_of(desk, inner.guid), private_of(desk, named.guid)) == was


@pytest.mark.parametrize("wanted", [(PATRONS, FeedSpec("members")), (FeedSpec("members"),)])
def test_the_former_name_of_a_private_feed_is_not_taken(
    a_desk: ADesk, wanted: tuple[FeedSpec, ...]
) -> None:
    """Items go on naming it: not while the feed is there, nor in the moment of its end."""
    desk = a_desk(MAIN, MEMBERS)
    desk.put(an_item(title="Named", feeds=("members",)))
    desk.declare(MAIN, PATRONS)
    with pytest.raises(Conflict, match="can't take the name members"):
        desk.declare(MAIN, *(replace(spec, formerly=()) for spec in wanted))
    assert desk.titles("patrons") == ["Named"]


def test_what_a_living_feed_has_is_published_by_its_own_change(a_desk: ADesk) -> None:
    desk = a_desk(MAIN, MEMBERS)
    desk.put(an_item("inner", title="Inner"))
    desk.declare(MAIN)
    desk.declare(MAIN, MEMBERS)
    desk.declare(MAIN, replace(PATRONS, private=False))
    assert desk.titles() == desk.titles("patrons") == ["Inner"]
