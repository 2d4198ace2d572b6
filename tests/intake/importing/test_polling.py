"""Sources polled over HTTP: the statements of a good fetcher, and whose the items are."""

from datetime import timedelta
from threading import Thread

import pytest
from intake.importing.conftest import House
from intake.importing.publisher import Page, Publisher, entry, feed

from feedsvc.intake.importing.orders import Wanted
from feedsvc.model import Item, Status
from feedsvc.store import Put, SourceSpec

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def test_the_first_poll_takes_everything_and_says_who_asks(house: House) -> None:
    house.publisher.pages["/feed"] = Page(feed(entry(1), entry(2)), headers={"ETag": '"a"'})
    source = house.source()
    polled = house.poll(source)
    assert (polled.became, polled.tally.added) == ("changed", 2)
    assert house.titles() == ["Story number 1 of them", "Story number 2 of them"]
    (asked,) = house.publisher.asked
    assert "if-none-match" not in asked.headers
    assert asked.headers["user-agent"].startswith("feedsvc/")
    assert "https://here.example" in asked.headers["user-agent"]
    for unwanted in ("cookie", "referer", "authorization"):
        assert unwanted not in asked.headers
    item = house.service.store.items()[0][0]
    assert item.source is not None
    assert (item.source.title, item.source.feed_url) == ("Stories", source.spec.url)
    assert item.url.startswith("http://stories.example/")


def test_nothing_new_costs_a_304_and_parses_nothing(house: House) -> None:
    house.publisher.pages["/feed"] = Page(feed(entry(1)), headers={"ETag": 'W/"odd one"'})
    house.poll(house.source())
    before = house.service.store.revision()
    polled = house.poll()
    assert polled.became == "unchanged"
    assert house.publisher.asked[-1].headers["if-none-match"] == 'W/"odd one"'
    assert "if-modified-since" not in house.publisher.asked[-1].headers
    assert house.service.store.revision() == before
    assert house.row().state.status == "ok"


def test_a_validator_that_is_left_out_is_forgotten(house: House) -> None:
    house.publisher.pages["/feed"] = Page(feed(entry(1)), headers={"Last-Modified": "long ago"})
    house.poll(house.source())
    house.publisher.pages["/feed"] = Page(feed(entry(1), entry(2)))
    house.poll()
    assert house.publisher.asked[-1].headers["if-modified-since"] == "long ago"
    house.poll()
    assert "if-modified-since" not in house.publisher.asked[-1].headers


def test_an_edit_a_new_entry_and_a_withdrawal_come_through(house: House) -> None:
    house.publisher.pages["/feed"] = Page(feed(entry(1), entry(2), entry(3)))
    house.poll(house.source())
    gone = '<at:deleted-entry ref="3" when="2026-11-29T13:00:00Z"/>'
    house.publisher.pages["/feed"] = Page(
        feed(entry(1, title="Better one, as edited"), entry(2), entry(4), more=gone)
    )
    polled = house.poll()
    tally = polled.tally
    assert (tally.added, tally.changed, tally.unchanged, tally.withdrawn) == (1, 1, 1, 1)
    assert house.titles() == [
        "Better one, as edited",
        "Story number 2 of them",
        "Story number 4 of them",
    ]


def test_what_falls_out_of_the_window_stays_and_an_empty_feed_deletes_nothing(
    house: House,
) -> None:
    house.publisher.pages["/feed"] = Page(feed(entry(1), entry(2)))
    house.poll(house.source())
    for body in (feed(entry(2)), feed()):
        house.publisher.pages["/feed"] = Page(body)
        assert house.poll().became == "unchanged"
    assert len(house.titles()) == 2


@pytest.mark.parametrize(
    ("page", "says"),
    [
        (Page(b"no", 404), "404"),
        (Page(b"no", 500), "500"),
        (Page(b"<html><title>Sign in</title></html>"), "web page"),
        (Page(b""), "empty"),
        (Page(b"rubbish"), "no feed"),
        (Page(feed(entry(1)), headers={"Content-Encoding": "br"}), "Content-Encoding"),
        (Page(b"", 302, {"Location": "http://127.0.0.1/"}), "not public"),
        (Page(b"", 302, {"Location": "file:///etc/passwd"}), "no http or https"),
    ],
)
def test_what_fails_keeps_items_and_validators_and_becomes_no_item(
    house: House, page: Page, says: str
) -> None:
    house.publisher.pages["/feed"] = Page(feed(entry(1)), headers={"ETag": '"a"'})
    house.poll(house.source())
    house.publisher.pages["/feed"] = page
    polled = house.poll()
    assert polled.became == "failed"
    state = house.row().state
    assert says in (state.last_error or "")
    assert (state.status, state.failures, state.etag) == ("failing", 1, '"a"')
    assert house.titles() == ["Story number 1 of them"]
    assert state.next_poll_at is not None
    assert state.next_poll_at - house.clock.now >= HOUR
    house.publisher.pages["/feed"] = Page(feed(entry(1), entry(2)), headers={"ETag": '"b"'})
    assert house.poll().tally.added == 1
    assert (house.row().state.status, house.row().state.failures) == ("ok", 0)


def test_what_can_t_be_read_is_asked_for_once_without_a_condition(house: House) -> None:
    house.publisher.pages["/feed"] = Page(feed(entry(1)), headers={"ETag": '"a"'})
    house.poll(house.source())
    house.publisher.pages["/feed"] = Page(b"rubbish", headers={"ETag": '"b"'})
    for _ in range(3):
        house.poll(later=DAY)
    conditions = ["if-none-match" in asked.headers for asked in house.publisher.asked]
    assert conditions == [False, True, False, True]


def test_gone_is_not_asked_again(house: House) -> None:
    house.publisher.pages["/feed"] = Page(b"", 410)
    assert house.poll(house.source()).became == "gone"
    house.clock.now += timedelta(days=30)
    assert house.service.poll_due() == 0
    assert len(house.publisher.asked) == 1


def test_who_asks_to_wait_is_not_asked_before(house: House) -> None:
    house.publisher.pages["/feed"] = Page(b"", 503, {"Retry-After": "172800"})
    house.poll(house.source())
    house.clock.now += timedelta(hours=47)
    assert house.service.poll_due() == 0
    house.clock.now += timedelta(hours=7)
    assert house.service.poll_due() == 1


def test_a_move_for_good_is_followed_after_three_polls(house: House) -> None:
    new = house.publisher.url("/new")
    house.publisher.pages["/feed"] = Page(b"", 301, {"Location": new})
    house.publisher.pages["/new"] = Page(feed(entry(1)), headers={"ETag": '"n"'})
    house.poll(house.source())
    for _ in range(2):
        assert house.row().state.fetch_url == ""
        assert house.poll().became == "unchanged"
    assert house.row().state.fetch_url == new
    house.poll()
    assert [asked.path for asked in house.publisher.asked][-2:] == ["/new", "/new"]
    assert house.publisher.asked[-1].headers["if-none-match"] == '"n"'


def test_a_passing_redirect_leaves_the_address_as_it_is(house: House) -> None:
    house.publisher.pages["/feed"] = Page(b"", 302, {"Location": "/elsewhere"})
    house.publisher.pages["/elsewhere"] = Page(feed(entry(1)), headers={"ETag": '"e"'})
    house.poll(house.source())
    for _ in range(4):
        assert house.poll().became == "unchanged"
    assert house.row().state.fetch_url == ""
    # The validator belongs to where it came from, and goes there alone.
    *_, first, second = house.publisher.asked
    assert "if-none-match" not in first.headers
    assert second.headers["if-none-match"] == '"e"'


def test_validators_that_always_move_and_those_that_never_do(house: House) -> None:
    house.publisher.pages["/feed"] = Page(feed(entry(1)), headers={"ETag": '"1"'})
    house.poll(house.source())
    house.publisher.pages["/feed"] = Page(feed(entry(1)), headers={"ETag": '"2"'})
    assert house.poll().became == "unchanged"
    assert house.row().state.etag == '"2"'
    house.publisher.pages["/feed"].headers = {"Last-Modified": "x"}
    house.publisher.pages["/feed"].body = feed(entry(1), entry(2))
    assert house.poll().tally.added == 1


def test_a_delta_adds_and_a_whole_feed_goes_on_from_there(house: House) -> None:
    page = Page(feed(entry(1), entry(2)), headers={"ETag": '"1"'})
    house.publisher.pages["/feed"] = page
    house.poll(house.source())
    house.publisher.pages["/feed"] = Page(feed(entry(3)), 226, {"ETag": '"2"', "IM": "feed"})
    polled = house.poll()
    assert house.publisher.asked[-1].headers["a-im"] == "feed"
    assert (polled.became, polled.tally.added) == ("changed", 1)
    assert house.row().state.etag == '"2"'
    house.publisher.pages["/feed"] = Page(feed(entry(1), entry(2), entry(3)))
    assert house.poll().became == "unchanged"
    assert len(house.titles()) == 3


def test_what_is_under_review_waits_and_is_taken_or_dropped(house: House) -> None:
    house.publisher.pages["/feed"] = Page(feed(entry(1), entry(2)))
    source = house.source(trust="review")
    assert house.poll(source).tally.waiting == 2
    assert house.titles() == []
    store = house.service.store
    assert {item.status for item in store.items()[0]} == {Status.REVIEW}
    waiting, _ = store.waiting()
    assert len(waiting) == 2
    store.settle_waiting(source.id, "1", take=True, now=house.clock.now)
    store.settle_waiting(source.id, "2", take=False, now=house.clock.now)
    assert house.titles() == ["Story number 1 of them"]
    house.publisher.pages["/feed"] = Page(feed(entry(1), entry(2), entry(3)))
    polled = house.poll()
    assert (polled.tally.waiting, polled.tally.unchanged) == (1, 2)
    assert house.titles() == ["Story number 1 of them"]


def test_an_edit_of_what_was_published_after_a_look_waits_too(house: House) -> None:
    house.publisher.pages["/feed"] = Page(feed(entry(1)))
    source = house.source(trust="review")
    house.poll(source)
    house.service.store.settle_waiting(source.id, "1", take=True, now=house.clock.now)
    house.publisher.pages["/feed"] = Page(feed(entry(1, title="Buy this now, quickly")))
    house.poll()
    assert house.titles() == ["Story number 1 of them"]
    house.service.store.settle_waiting(source.id, "1", take=True, now=house.clock.now)
    assert house.titles() == ["Buy this now, quickly"]


def test_with_a_veto_it_goes_out_when_its_time_has_come(house: House) -> None:
    house.publisher.pages["/feed"] = Page(feed(entry(1)))
    house.poll(house.source(trust="review", veto=6 * HOUR))
    house.service.tick()
    assert house.titles() == []
    house.clock.now += 6 * HOUR
    house.service.tick()
    assert house.titles() == ["Story number 1 of them"]


def test_one_story_of_two_sources_is_one_item_and_can_be_taken_apart(house: House) -> None:
    house.publisher.pages["/a"] = Page(feed(entry(1)))
    copy = entry(1, guid="copy").replace("stories.example/1", "planet.example/copy-of-1")
    house.publisher.pages["/b"] = Page(feed(copy, title="Planet"))
    house.poll(house.source("/a"))
    second = house.source("/b")
    assert house.poll(second).tally.credited == 1
    (item,) = house.service.store.items()[0]
    assert [(via.url, via.title) for via in item.via] == [("http://stories.example/", "Planet")]
    house.service.store.take_apart(second.id, "copy", house.clock.now)
    assert len(house.titles()) == 2
    assert house.poll(second, later=DAY).became == "unchanged"
    assert len(house.titles()) == 2


def test_who_told_a_story_first_can_not_make_another_of_what_others_tell(house: House) -> None:
    house.publisher.pages["/first"] = Page(feed(entry(1)))
    house.publisher.pages["/news"] = Page(feed(entry(1, guid="n1"), title="News"))
    first, news = house.source("/first"), house.source("/news")
    house.poll(first)
    assert house.poll(news).tally.credited == 1
    advert = entry(1, title="Buy these pills now", text="Pills of all colours " * 20)
    house.publisher.pages["/first"] = Page(feed(advert))
    house.poll(first)
    assert house.titles() == ["Buy these pills now", "Story number 1 of them"]
    (item,) = (i for i in house.service.store.items()[0] if i.title == "Buy these pills now")
    assert item.via == ()
    corrected = entry(1, guid="n1", title="Story number 1, corrected")
    house.publisher.pages["/news"] = Page(feed(corrected, title="News"))
    assert house.poll(news).tally.changed == 1


def test_who_told_a_story_first_can_not_withdraw_what_others_tell(house: House) -> None:
    house.publisher.pages["/first"] = Page(feed(entry(1)))
    house.publisher.pages["/news"] = Page(feed(entry(1, guid="n1"), title="News"))
    first, news = house.source("/first"), house.source("/news")
    house.poll(first)
    house.poll(news)
    gone = '<at:deleted-entry ref="1" when="2026-11-29T13:00:00Z"/>'
    house.publisher.pages["/first"] = Page(feed(more=gone))
    assert house.poll(first).tally.withdrawn == 1
    assert house.titles() == ["Story number 1 of them"]


def test_what_was_imported_by_hand_is_not_dropped_for_its_age(house: House) -> None:
    old = entry(1).replace("Nov 2026", "Nov 2015")
    house.publisher.pages["/feed"] = Page(feed(old))
    spec = SourceSpec(house.publisher.url("/feed"))
    house.service.take_once(Wanted(spec.url, spec, every=True), lambda _step: None)
    house.publisher.pages["/feed"] = Page(feed(entry(2), old))
    assert house.poll().tally.added == 1
    assert len(house.titles()) == 2


def test_our_own_feed_brings_nothing_twice(house: House) -> None:
    own = Item(guid="urn:uuid:0a0a0a0a-0000-4000-8000-000000000001", title="Hi", url="http://o/1")
    house.service.store.apply([Put(own)], house.clock.now)
    guid = f"<guid isPermaLink='false'>{own.guid}</guid>"
    item = f"<item>{guid}<title>Hi</title><link>{own.url}</link></item>"
    house.publisher.pages["/feed"] = Page(feed(item))
    house.poll(house.source())
    assert house.titles() == ["Hi"]


def test_another_source_with_the_same_guids_changes_nothing_of_the_first(house: House) -> None:
    house.publisher.pages["/a"] = Page(feed(entry(1, guid="http://stories.example/1")))
    house.poll(house.source("/a"))
    (before,) = house.service.store.items()[0]
    evil = entry(1, guid="http://stories.example/1", title="Evil title here", text="Bad " * 50)
    house.publisher.pages["/b"] = Page(feed(evil, title="Evil"))
    house.poll(house.source("/b"))
    assert house.service.store.item(guid=before.guid) == before
    assert len(house.titles()) == 2


def test_guids_that_change_at_every_poll_make_no_new_items(house: House) -> None:
    house.publisher.pages["/feed"] = Page(feed(*(entry(n, guid=f"0-{n}") for n in range(9))))
    house.poll(house.source())
    for turn in range(1, 5):
        entries = (entry(n, guid=f"{turn}-{n}") for n in range(9))
        house.publisher.pages["/feed"] = Page(feed(*entries))
        polled = house.poll()
        assert (polled.tally.renamed, polled.tally.added) == (9, 0)
    assert len(house.titles()) == 9


def test_a_flood_of_doubtful_ids_holds_the_source_until_somebody_looks(house: House) -> None:
    house.publisher.pages["/feed"] = Page(feed(*(entry(n) for n in range(12))))
    source = house.source()
    house.poll(source)
    flood = (
        entry(n, guid=f"x{n}", title=f"Advert for {n} things", text=f"Buy {n} of these " * 20)
        for n in range(12)
    )
    house.publisher.pages["/feed"] = Page(feed(*flood))
    assert house.poll().became == "held"
    assert house.row().state.status == "held"
    house.clock.now += timedelta(days=9)
    assert house.service.poll_due() == 0
    assert len(house.titles()) == 12
    house.service.sources.resume(house.row())
    assert house.poll().tally.waiting == 12
    assert house.row().state.status == "ok"
    assert len(house.titles()) == 12


def test_items_beyond_what_is_kept_leave_and_do_not_come_back(house: House) -> None:
    taking = house.service.importer.taking
    taking.bounds = type(taking.bounds)(taken=200, kept=10, age=timedelta(days=365))
    house.publisher.pages["/feed"] = Page(feed(*(entry(n) for n in range(1, 15))))
    house.poll(house.source())
    assert len(house.titles()) == 10
    house.publisher.pages["/feed"] = Page(feed(*(entry(n) for n in range(1, 16))))
    polled = house.poll()
    assert polled.tally.added == 1
    assert len(house.titles()) == 10


def test_polls_of_one_host_are_a_second_apart(house: House) -> None:
    for path in ("/a", "/b"):
        house.publisher.pages[path] = Page(feed(entry(1)))
        house.source(path)
    (first,) = house.service.store.claim_sources(house.clock.now, limit=9)
    assert house.service.store.claim_sources(house.clock.now, limit=9) == []
    assert first.lease


def test_a_source_that_becomes_due_waits_for_none_that_hangs(house: House) -> None:
    house.publisher.pages["/feed"] = Page(feed(entry(1)), waits=True)
    hanging = house.source()
    with Publisher("127.77.0.10") as other:
        other.pages["/feed"] = Page(feed(entry(2)))
        polling = Thread(target=house.service.poll_due)
        polling.start()
        assert house.publisher.was_asked("/feed", 30)
        spec = SourceSpec(other.url("/feed"))
        house.service.store.make_source(spec, origin="cli", now=house.clock.now)
        assert other.was_asked("/feed", 30)
        known = house.service.store.source(id=hanging.id)
        assert known is not None
        assert known.state.status == "new"  # nor has it failed by now
        house.publisher.let_go()
        polling.join()
    assert len(house.titles()) == 2
