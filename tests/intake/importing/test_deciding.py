"""What the entries of one poll change: whose they are, and what they may touch."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from feedsvc.intake.importing import identity
from feedsvc.intake.importing.deciding import BY_SOURCE, decide
from feedsvc.intake.importing.known import Decision, Known, Stories, Story
from feedsvc.intake.parsing_values import ReadEntry
from feedsvc.model import (
    Feed,
    Item,
    Source,
    Status,
    Tombstone,
    Via,
)
from feedsvc.store import ForgetRecord, KeepRecord, Put, Record, SourceRow, SourceSpec, Withdraw
from feedsvc.store.sources import SourceState
from feedsvc.where import Terms, Where

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
URL = "https://a.example/feed"
FEED = Feed("https://a.example/", "A", "https://a.example/", NOW)
SOURCE = SourceRow(1, SourceSpec(URL), SourceState(status="ok"), "cli", "lease", NOW)
OTHER = SourceRow(
    2, SourceSpec("https://b.example/feed", "B"), SourceState(status="ok"), "cli", None, NOW
)
WORDS = (
    "The harbour was silent when the first boats came back, and nobody on the quay had expected "
    "them before noon, since the storm had been loud all night over the northern islands. "
)
REVIEW = replace(SOURCE, spec=replace(SOURCE.spec, trust="review"))


def told(number: int, **fields) -> Item:
    said = {
        "guid": f"https://a.example/{number}",
        "url": f"https://a.example/{number}",
        "title": f"Story number {number} of this feed",
        "summary": f"{WORDS} That was the {number}th time. {'word' + str(number)} " * 2,
        "published": NOW - timedelta(hours=number),
    }
    return Item(**(said | fields))


def entry(item: Item, raw: str | None = None) -> ReadEntry:
    return ReadEntry(item.guid if raw is None else raw, item, digest=repr(hash(item)))


def taken(said_before: Item, source: SourceRow = SOURCE, **fields) -> tuple[Record, Item]:
    """An entry that was taken in before: its record and its item."""
    item, said = said_before, entry(said_before)
    record = Record(
        said.raw,
        "own",
        NOW,
        NOW,
        item=item.guid,
        link=identity.link_key(item.url),
        digest=said.digest,
        likeness=identity.likeness(item),
        published=item.published,
    )
    kept = replace(
        item,
        slug=f"s{hash(item)}",
        updated=item.published,
        origin=f"source:{source.spec.url}",
        source=Source(FEED.title, FEED.url, source.spec.url),
        revision=7,
    )
    return replace(record, **fields), kept


def known(*pairs: tuple[Record, Item], **more) -> Known:
    records = {record.guid: record for record, _ in pairs}
    items = {item.guid: item for _, item in pairs}
    return Known(records, items=items | more.pop("items", {}), **more)


def decided(*entries: ReadEntry, source=SOURCE, have=Known(), gone=(), **more) -> Decision:  # noqa: B008
    return decide(source, FEED, entries, gone, have, now=NOW, age=timedelta(days=365), **more)


def records(decision: Decision) -> list[Record]:
    return [kept.record for kept in decision.records if isinstance(kept, KeepRecord)]


# New entries


def test_a_new_entry_is_an_item_of_its_source_with_credit():
    decision = decided(entry(told(1)))
    (put,) = decision.changes
    assert put.item.origin == f"source:{URL}"
    assert put.item.source == Source("A", "https://a.example/", URL)
    assert (put.item.guid, put.item.url) == ("https://a.example/1", "https://a.example/1")
    assert put.item.published == NOW - timedelta(hours=1)
    assert put.expected_revision == 0
    (record,) = records(decision)
    assert (record.guid, record.state) == ("https://a.example/1", "own")
    assert decision.tally.added == 1


def test_the_oldest_is_taken_in_first():
    decision = decided(entry(told(1)), entry(told(2)))
    assert [put.item.guid[-1] for put in decision.changes] == ["2", "1"]


def test_its_own_credit_is_kept_and_gets_the_id_as_it_came():
    planet = Source("Somebody", "https://c.example/", "https://c.example/feed")
    item = told(1, source=planet, guid="urn:uuid:4a5d9f1e-0000-4000-8000-000000000000")
    (put,) = decided(entry(item, raw="17")).changes
    assert put.item.source == replace(planet, guid="17")
    assert put.item.via == (Via("https://a.example/", "A"),)  # where it was really taken from


def test_a_password_in_addresses_is_not_published():
    spec = replace(SOURCE.spec, url="https://me:secret@a.example/feed")
    secret = told(1, guid="https://a.example/1")
    source = replace(SOURCE, spec=spec)
    (put,) = decided(entry(secret, raw="https://me:secret@a.example/1"), source=source).changes
    assert put.item.source == Source("A", "https://a.example/", "https://a.example/feed")


def test_a_secret_in_the_query_is_not_published_and_rules_know_the_source_yet():
    spec = replace(SOURCE.spec, url="https://a.example/feed?token=s3cret&x=1")
    (put,) = decided(entry(told(1)), source=replace(SOURCE, spec=spec)).changes
    assert put.item.source == Source("A", "https://a.example/", "https://a.example/feed")
    assert Where(any=Terms(sources=("A",))).matches(put.item)


@pytest.mark.parametrize("claimed", ["https://a.example/feed?x=1", "https://a.example/feed"])
def test_a_source_that_claims_to_be_itself_has_the_name_it_has(claimed):
    spec = replace(SOURCE.spec, url="https://a.example/feed?x=1")
    lie = told(1, source=Source("Trusted", "https://t.example/", claimed))
    (put,) = decided(entry(lie), source=replace(SOURCE, spec=spec)).changes
    assert put.item.source.title == "A"


def test_a_file_is_no_address():
    source = replace(SOURCE, spec=replace(SOURCE.spec, url="file:///home/ada/export.xml"))
    (put,) = decided(entry(told(1)), source=source).changes
    assert put.item.source == Source("A", "https://a.example/", None)


def test_the_name_that_a_source_has_here_is_the_one_that_is_shown():
    source = replace(SOURCE, spec=replace(SOURCE.spec, name="Our name for A"))
    (put,) = decided(entry(told(1)), source=source).changes
    assert put.item.source.title == "Our name for A"


def test_what_it_claims_to_be_from_opens_no_feed():
    trusted = Source("Trusted", "https://t.example/", "https://t.example/feed")
    where = Where(any=Terms(sources=("Trusted",)))
    own = Where(any=Terms(sources=(URL,)))
    (put,) = decided(entry(told(1, source=trusted, via=(Via("https://x/", "Trusted"),)))).changes
    assert put.item.source == trusted
    assert not where.matches(put.item)
    assert own.matches(put.item)


def test_an_entry_that_says_nothing_is_refused():
    empty = Item(guid="urn:e", url="https://a.example/e")
    decision = decided(entry(empty))
    assert (decision.changes, decision.tally.refused) == ((), 1)


def test_the_publisher_s_own_gets_no_credit():
    (put,) = decided(entry(told(1)), credit=False).changes
    assert put.item.source is None


def test_it_goes_into_the_feed_that_its_source_is_for():
    source = replace(SOURCE, spec=replace(SOURCE.spec, into="planet"))
    (put,) = decided(entry(told(1)), source=source).changes
    assert put.item.feeds == ("planet",)


def test_a_time_to_come_is_now():
    (put,) = decided(entry(told(1, published=NOW + timedelta(days=9)))).changes
    assert (put.item.published, put.item.status) == (NOW, Status.PUBLISHED)


def test_a_draft_of_an_export_stays_one():
    draft = told(1, status=Status.DRAFT, published=NOW + timedelta(days=9))
    (put,) = decided(entry(draft)).changes
    assert (put.item.status, put.item.published) == (Status.DRAFT, NOW + timedelta(days=9))


def test_one_guid_twice_is_one_item_the_first():
    decision = decided(entry(told(1)), entry(told(1, title="Another")))
    assert [put.item.title for put in decision.changes] == ["Story number 1 of this feed"]


def test_an_entry_without_guid_and_address_is_known_again():
    bare = told(1, guid="", url="")
    decision = decided(entry(bare, raw=""))
    (put,) = decision.changes
    assert put.item.guid.startswith("urn:uuid:")
    again = decided(entry(bare, raw=""))
    assert again.changes[0].item.guid == put.item.guid
    (record,) = records(decision)
    assert record.guid == identity.name_of(entry(bare, raw=""))


def test_what_where_does_not_take_stays_out_and_leaves_no_trace():
    where = Where(any=Terms(text=("submarines",)))
    source = replace(SOURCE, spec=replace(SOURCE.spec, where=where))
    decision = decided(entry(told(1)), source=source)
    assert (decision.changes, decision.records, decision.tally.unwanted) == ((), (), 1)


def test_what_is_older_than_is_kept_stays_out():
    old = told(1, published=NOW - timedelta(days=400))
    state = replace(SOURCE.state, kept_since=NOW - timedelta(days=10))
    assert decided(entry(old)).tally.old == 1
    before = told(2, published=NOW - timedelta(days=11))
    assert decided(entry(before), source=replace(SOURCE, state=state)).tally.old == 1


def test_a_refused_entry_hides_no_other_and_is_remembered():
    bad = ReadEntry("bad", None, "its content is too long", digest="d")
    decision = decided(bad, entry(told(1)))
    assert (decision.tally.refused, decision.tally.added) == (1, 1)
    assert {r.guid: r.why for r in records(decision)}["bad"] == "its content is too long"
    (note,) = decision.tally.notes
    assert note == "bad: its content is too long"


# Known entries


def test_what_says_the_same_changes_nothing():
    decision = decided(entry(told(1)), have=known(taken(told(1))))
    assert (decision.changes, decision.records) == ((), ())
    assert decision.tally.unchanged == 1


def test_that_it_is_still_there_is_written_once_a_day():
    have = known(taken(told(1), seen_at=NOW - timedelta(days=2)))
    (record,) = records(decided(entry(told(1)), have=have))
    assert record.seen_at == NOW


def test_an_edit_is_a_new_version_under_the_same_names():
    pair = taken(told(1))
    item = replace(pair[1], feeds=("x",), via=(Via("https://v.example/"),))
    decision = decided(entry(told(1, title="Better")), have=known((pair[0], item)))
    (put,) = decision.changes
    assert (put.item.title, put.item.guid, put.replaces) == ("Better", item.guid, item.guid)
    assert (put.item.feeds, put.item.via) == (item.feeds, item.via)
    assert put.expected_revision == 7
    assert put.item.status is Status.PUBLISHED


def test_what_was_edited_here_is_not_overwritten():
    record, item = taken(told(1))
    mine = replace(item, origin="editor:ada", title="Mine")
    decision = decided(entry(told(1, title="Theirs")), have=known((record, mine)))
    assert decision.changes == ()
    (kept,) = records(decision)
    assert "changed here" in kept.why


def test_what_was_withdrawn_here_does_not_come_back():
    record, item = taken(told(1))
    have = known((record, replace(item, status=Status.WITHDRAWN)))
    assert decided(entry(told(1, title="Again")), have=have).changes == ()


def test_what_was_dropped_is_not_taken_again():
    record, _ = taken(told(1), state="dropped", item="")
    assert decided(entry(told(1, title="Again")), have=known((record, told(9)))).changes == ()


def test_a_refused_entry_that_was_mended_is_taken():
    record, _ = taken(told(1), state="refused", item="", digest="before")
    decision = decided(entry(told(1)), have=Known({record.guid: record}))
    assert decision.tally.added == 1


# Another's items


def test_a_guid_of_somebody_else_s_item_makes_an_item_of_its_own():
    theirs = taken(told(1, title="Quite another thing", summary="x " * 80, url=""), OTHER)[1]
    evil = told(1, url="https://a.example/evil")
    decision = decided(entry(evil), have=Known(items={theirs.guid: theirs}))
    (put,) = decision.changes
    assert put.item.guid.startswith("urn:uuid:")
    assert put.item.source.guid == theirs.guid or put.item.source.guid is None
    assert put.replaces is None


def test_our_own_article_in_a_planet_is_not_taken_in():
    ours = replace(taken(told(1))[1], origin="file:one.md")
    decision = decided(entry(told(1)), have=Known(items={ours.guid: ours}))
    assert decision.changes == ()
    (record,) = records(decision)
    assert record.state == "ours"


def test_a_trick_with_our_own_guid_does_not_touch_it():
    ours = replace(taken(told(1))[1], origin="file:one.md")
    evil = told(1, title="Buy something now", summary="cheap " * 40, url="https://a.example/e")
    (put,) = decided(entry(evil), have=Known(items={ours.guid: ours})).changes
    assert put.item.guid != ours.guid


def same_story_elsewhere(**fields) -> tuple[Known, Item]:
    record, item = taken(told(1, guid="urn:b:1"), OTHER)
    item = replace(item, **fields)
    return Known(stories=[Story(OTHER, record)], items={item.guid: item}), item


def test_a_story_of_two_sources_is_one_item_that_credits_both():
    have, theirs = same_story_elsewhere(url="https://b.example/copy")
    decision = decided(entry(told(1)), have=have)
    (put,) = decision.changes
    assert put.replaces == theirs.guid
    assert put.item.via == (Via("https://a.example/1", "A"),)
    assert replace(put.item, via=()) == theirs
    (record,) = records(decision)
    assert (record.state, record.item, record.kept.title) == ("credit", theirs.guid, theirs.title)
    assert decision.tally.credited == 1


def test_a_credit_that_somebody_was_quicker_than_is_tried_again():
    have, _ = same_story_elsewhere(url="https://b.example/copy")
    twin = told(1, guid="urn:twin", url="https://a.example/1?again")
    decision = decided(entry(told(1)), entry(twin), have=have)
    assert len(decision.changes) == 1
    assert {keep.record.state for keep in decision.records} == {"credit"}
    assert [keep.change for keep in decision.records] == [0, 0]  # with it kept, or not at all


def test_where_both_lead_to_one_page_the_source_itself_is_named():
    have, _ = same_story_elsewhere()
    (put,) = decided(entry(told(1)), have=have).changes
    assert put.item.via == (Via("https://a.example/", "A"),)


def test_a_source_names_itself_in_another_s_item_and_nothing_else():
    have, _ = same_story_elsewhere(url="https://b.example/copy")
    evil = told(
        1,
        url="https://casino.example/",
        source=Source("BEST BONUS", "https://casino.example/"),
        via=(Via("https://casino.example/2", "More"),),
    )
    source = replace(SOURCE, spec=replace(SOURCE.spec, name="Our name for A"))
    (put,) = decided(entry(evil), have=have, source=source).changes
    assert put.item.via == (Via("https://a.example/", "Our name for A"),)


def test_a_story_enters_the_feeds_of_both():
    have, _ = same_story_elsewhere(url="https://b.example/copy", feeds=("b",))
    source = replace(SOURCE, spec=replace(SOURCE.spec, into="a"))
    (put,) = decided(entry(told(1)), have=have, source=source).changes
    assert put.item.feeds == ("b", "a")


def test_what_waits_for_a_look_credits_nobody():
    have, _ = same_story_elsewhere(url="https://b.example/copy")
    (put,) = decided(entry(told(1)), have=have, source=REVIEW).changes
    assert put.item.status is Status.REVIEW


def test_a_private_feed_s_story_is_not_joined_with_a_public_one():
    have, _ = same_story_elsewhere(url="https://b.example/copy")
    source = replace(SOURCE, spec=replace(SOURCE.spec, into="secret"))
    decision = decided(entry(told(1)), have=replace(have, private=("secret",)), source=source)
    assert (decision.tally.credited, decision.tally.added) == (0, 1)


# Ids that churn


def test_new_ids_of_known_entries_are_found_by_address_and_words():
    record, item = taken(told(1))
    have = Known(alike=[record], items={item.guid: item})
    decision = decided(entry(told(1, guid="urn:new:1")), have=have)
    assert decision.changes == ()
    forget, keep = decision.records
    assert forget == ForgetRecord(record.guid)
    assert (keep.record.guid, keep.record.item) == ("urn:new:1", item.guid)
    assert decision.tally.renamed == 1


def test_a_new_id_with_an_edit_is_a_new_version():
    record, item = taken(told(1))
    have = Known(alike=[record], items={item.guid: item})
    edited = told(1, guid="urn:new:1", summary=told(1).summary + " Late news.")
    (put,) = decided(entry(edited), have=have).changes
    assert (put.replaces, put.item.guid) == (item.guid, item.guid)


def test_the_address_of_a_gone_entry_with_other_words_waits_for_a_look():
    record, item = taken(told(1))
    have = Known(alike=[record], items={item.guid: item})
    other = told(1, guid="urn:new:1", title="Something else", summary="Rain " * 50)
    decision = decided(entry(other), have=have)
    (put,) = decision.changes
    assert put.item.status is Status.REVIEW
    (waiting,) = records(decision)
    assert waiting.state == "waiting"
    assert record.guid in waiting.why


def test_an_entry_that_is_still_there_is_not_the_one_with_another_id():
    record, item = taken(told(1))
    have = known((record, item), alike=[record])
    twin = told(1, guid="urn:new:1", url="https://a.example/1#comments")
    decision = decided(entry(told(1)), entry(twin), have=have)
    assert decision.tally.added == 1


def test_an_address_that_all_entries_share_tells_nothing():
    record, item = taken(told(9, url="https://a.example/page"))
    have = Known(alike=[record], items={item.guid: item})
    entries = [entry(told(n, url="https://a.example/page")) for n in (1, 2)]
    assert decided(*entries, have=have).tally.added == 2


def test_a_flood_in_doubt_holds_the_source_and_changes_nothing():
    pairs = [taken(told(n)) for n in range(20)]
    have = Known(alike=[r for r, _ in pairs], items={i.guid: i for _, i in pairs})
    flood = [
        entry(told(n, guid=f"urn:{n}", title=f"Ad {n}!", summary=f"Buy {n} " * 40))
        for n in range(20)
    ]
    decision = decided(*flood, have=have)
    assert "20 of 20" in decision.hold
    assert (decision.changes, decision.records) == ((), ())


# A look


def test_what_a_source_under_review_brings_waits():
    decision = decided(entry(told(1)), source=REVIEW)
    assert decision.changes[0].item.status is Status.REVIEW
    (record,) = records(decision)
    assert (record.state, record.out_at) == ("waiting", None)


def test_what_changes_while_it_waits_waits_anew():
    record, item = taken(told(1), state="waiting", out_at=NOW)
    source = replace(REVIEW, spec=replace(REVIEW.spec, veto=timedelta(hours=6)))
    item = replace(item, status=Status.REVIEW)
    decision = decided(entry(told(1, title="Ha")), source=source, have=known((record, item)))
    assert decision.changes[0].item.status is Status.REVIEW
    assert records(decision)[0].out_at == NOW + timedelta(hours=6)


def test_what_is_in_doubt_never_goes_out_by_itself():
    record, item = taken(told(1))
    have = Known(alike=[record], items={item.guid: item})
    source = replace(REVIEW, spec=replace(REVIEW.spec, veto=timedelta(hours=6)))
    other = told(1, guid="urn:new:1", title="Something else", summary="Rain " * 50)
    (waiting,) = records(decided(entry(other), source=source, have=have))
    assert (waiting.state, waiting.out_at) == ("waiting", None)


def test_with_a_veto_it_goes_out_by_itself():
    source = replace(REVIEW, spec=replace(REVIEW.spec, veto=timedelta(hours=6)))
    (record,) = records(decided(entry(told(1)), source=source))
    assert record.out_at == NOW + timedelta(hours=6)


def test_an_edit_of_what_is_out_waits_too():
    pair = taken(told(1))
    decision = decided(entry(told(1, title="Ha")), source=REVIEW, have=known(pair))
    assert decision.changes == ()
    (record,) = records(decision)
    assert (record.state, record.kept.title, record.item) == ("waiting", "Ha", pair[1].guid)


def test_an_edit_of_what_waits_is_looked_at_instead():
    record, item = taken(told(1), state="waiting")
    item = replace(item, status=Status.REVIEW)
    (put,) = decided(entry(told(1, title="Ha")), source=REVIEW, have=known((record, item))).changes
    assert (put.item.title, put.item.status) == ("Ha", Status.REVIEW)


# Withdrawals


def test_what_its_source_withdraws_is_withdrawn():
    record, item = taken(told(1))
    decision = decided(gone=[Tombstone(record.guid, NOW)], have=known((record, item)))
    assert decision.changes == (Withdraw(item.guid, expected_revision=7),)
    (kept,) = records(decision)
    assert (kept.state, kept.why) == ("dropped", BY_SOURCE)


def test_a_live_entry_wins_over_its_tombstone():
    pair = taken(told(1))
    decision = decided(entry(told(1)), gone=[Tombstone(pair[0].guid, NOW)], have=known(pair))
    assert decision.changes == ()


def test_what_comes_back_at_its_source_comes_back_here():
    record, item = taken(told(1), state="dropped", why=BY_SOURCE)
    item = replace(item, status=Status.WITHDRAWN)
    (put,) = decided(entry(told(1, title="Again")), have=known((record, item))).changes
    assert put.item.status is Status.PUBLISHED


def test_nobody_withdraws_another_s_item_or_what_was_edited_here():
    record, item = taken(told(1))
    mine = replace(item, origin="editor:ada")
    decision = decided(
        gone=[Tombstone(record.guid, NOW), Tombstone("urn:not:known", NOW)],
        have=known((record, mine)),
    )
    assert decision.changes == ()


def test_an_empty_feed_deletes_nothing():
    assert decided(have=known(taken(told(1)))).changes == ()


def test_each_change_is_a_put_or_a_withdrawal_of_an_item_of_this_source():
    """Whatever entries say: nothing else of another's changes but ``via`` and ``feeds``."""
    have, theirs = same_story_elsewhere(url="https://b.example/copy")
    entries = [entry(told(n, guid=theirs.guid if n % 2 else f"urn:{n}")) for n in range(6)]
    for change in decided(*entries, have=have).changes:
        assert isinstance(change, Put)
        if change.replaces is not None:
            assert replace(change.item, via=(), feeds=()) == theirs
        else:
            assert change.item.guid != theirs.guid


def test_stories_are_compared_with_what_has_something_in_common_alone() -> None:
    stories = [
        Story(OTHER, Record(f"{number}", "own", NOW, NOW, item=guid, link=link, likeness=like))
        for number, (guid, link, like) in enumerate([
            ("urn:a", "a.example/1", "ab"),
            ("urn:b", "", "ab"),
            ("urn:c", "a.example/2", ""),
        ])
    ]
    told = Stories(stories)
    assert told.like("a.example/2", "ab", "urn:a") == stories
    assert told.like("a.example/1", "", "urn:c") == [stories[0], stories[2]]
    assert told.like("", "", "") == []
