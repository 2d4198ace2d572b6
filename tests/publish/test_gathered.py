"""A feed says which foreign feeds it is gathered from, and moves when that changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from publish.desk import FORMATS, SETTINGS, Desk, an_item, parsed

from feedsvc.formats.check import check
from feedsvc.model import Source
from feedsvc.publish.document import Target
from feedsvc.store import SourceSpec, SourceState

TIDE = SourceSpec("https://tide.example/feed", "The Tide & co")
KELP = SourceSpec("https://me:secret@kelp.example/feed?a=1&b=2", into="short")
PRIVATE = '[[feeds]]\nname = "members"\nprivate = true\n'
Heads = dict[Target, tuple[str, datetime]]


def poll(desk: Desk, spec: SourceSpec, **state: object) -> int:
    """Make a source that has been read."""
    desk.clock += timedelta(seconds=1)
    known = SourceState(status="ok", last_success_at=desk.clock, **state)  # type: ignore[arg-type]
    row = desk.service.store.make_source(spec, origin="cli", now=desk.clock, state=known)
    gather(desk)
    return row.id


def gather(desk: Desk) -> None:
    desk.clock += timedelta(seconds=1)
    desk.service._feeds.gather(desk.clock)


def told(desk: Desk, key: str = "main") -> tuple[Source, ...]:
    """What the feed says in JSON, which has all of it."""
    return parsed(desk.document(key, "json")).feed.sources


def moved(before: Heads, after: Heads) -> set[Target]:
    """The documents whose validators have moved, ETag and time together."""
    found = {target for target in before if before[target] != after[target]}
    for target in found:
        assert before[target][0] != after[target][0] and before[target][1] < after[target][1]
    return found


@pytest.mark.parametrize("form", FORMATS)
def test_a_feed_names_its_sources_by_name_with_their_pages(desk: Desk, form: str) -> None:
    poll(desk, TIDE, site_url="https://tide.example/?a=1&b=2")
    poll(desk, SourceSpec("https://ada.example/feed"), title="ada <3 the sea")
    desk.put(an_item())
    feed = parsed(desk.document("main", form)).feed  # type: ignore[arg-type]
    page = (
        Source("ada <3 the sea", None, "https://ada.example/feed"),
        Source("The Tide & co", "https://tide.example/?a=1&b=2", "https://tide.example/feed"),
    )
    if form != "json":  # these lead to one address: the page, or without one the feed
        page = (
            Source("ada <3 the sea", "https://ada.example/feed"),
            Source("The Tide & co", "https://tide.example/?a=1&b=2"),
        )
    assert feed.sources == page
    document = desk.document("main", form)  # type: ignore[arg-type]
    assert check(document.body(), content_type=document.head.media_type) == []


def test_a_source_is_named_in_the_feed_that_takes_it_and_nowhere_else(desk: Desk) -> None:
    desk.put(an_item())
    poll(desk, KELP)
    assert told(desk) == ()
    assert told(desk, "short") == (
        Source("kelp.example", None, "https://kelp.example/feed?a=1&b=2"),
    )
    assert b"kelp" not in desk.document("small").body()
    for form in FORMATS:
        assert b"secret" not in desk.document("short", form).body()
    poll(desk, replace(TIDE, into="nowhere"))
    assert told(desk) == told(desk, "small") == ()


def test_the_validators_move_exactly_when_a_live_feed_says_something_else(desk: Desk) -> None:
    desk.put_many(1, 8)
    live = {Target("live", "main", form) for form in FORMATS}
    before = desk.heads() | desk.heads("short")
    number = poll(desk, TIDE)
    after = desk.heads() | desk.heads("short")
    assert len(after) > 2 * len(FORMATS)  # archive pages too, which stay as they are
    assert moved(before, after) == live

    row = desk.service.store.source(id=number)
    assert row
    polled = replace(row.state, last_poll_at=desk.clock, etag='"1"', failures=2, status="failing")
    desk.service.store.set_source(number, polled)
    gather(desk)
    desk.reopen()
    assert desk.heads() | desk.heads("short") == after

    desk.service.store.set_source(number, replace(polled, site_url="https://tide.example/"))
    gather(desk)
    with_page = desk.heads()
    assert moved({target: after[target] for target in with_page}, with_page) == live

    desk.service.store.end_source(number, desk.clock)
    gather(desk)
    assert moved(with_page, desk.heads()) == live
    assert told(desk) == ()


def test_what_was_never_read_is_named_nowhere(desk: Desk) -> None:
    """Else who may make a source could have any address stand in a public feed."""
    desk.put(an_item())
    for url in ("http://10.0.0.1/x", "https://evil.example/"):
        state = SourceState("failing", failures=3, last_error="away", site_url=url, title="X")
        desk.service.store.make_source(SourceSpec(url), origin="api:x", now=desk.clock, state=state)
    gather(desk)
    assert told(desk) == ()
    for form in FORMATS:
        body = desk.document("main", form).body()
        assert b"10.0.0.1" not in body and b"evil" not in body


@pytest.mark.parametrize(
    "url", ["file:///home/ann/a.xml", "/home/ann/a.xml", "feed:x", "C:\\a.xml"]
)
def test_what_is_not_read_from_the_web_has_its_page_or_no_name(desk: Desk, url: str) -> None:
    number = poll(desk, SourceSpec(url, "The file"))
    assert told(desk) == ()
    row = desk.service.store.source(id=number)
    assert row
    page = replace(row.state, site_url="https://ann.example/")
    desk.service.store.set_source(number, page)
    gather(desk)
    assert told(desk) == (Source("The file", "https://ann.example/", None),)
    desk.service.store.set_source(number, replace(page, site_url=url))
    gather(desk)
    assert told(desk) == ()


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("a=1&token=TOLD", ""),
        ("key=TOLD", ""),
        ("API_KEY=TOLD&a=1", ""),
        ("a=1;access_token=TOLD", ""),
        ("feed%5Fsecret=TOLD", ""),
        ("auth=TOLD", ""),
        ("sig=TOLD", ""),
        ("X-Amz-Signature=TOLD", ""),
        ("author=ann&keyword=sea", "?author=ann&keyword=sea"),
    ],
)
def test_a_query_that_looks_like_a_secret_is_cut_off(desk: Desk, query: str, kept: str) -> None:
    url = f"https://me:TOLD@paid.example/feed?{query}"
    poll(desk, SourceSpec(url, "Paid"), site_url=f"https://ann@paid.example/?{query}")
    (source,) = told(desk)
    assert source.feed_url == f"https://paid.example/feed{kept}"
    assert source.url == f"https://paid.example/{kept}"
    for form in FORMATS:
        assert b"TOLD" not in desk.document("main", form).body()


def test_tags_and_authors_stay_as_they_are(desk: Desk) -> None:
    from feedsvc.model import Category

    desk.put(an_item(categories=(Category("sea"),)))
    before = desk.heads("tag:sea")
    poll(desk, TIDE)
    assert desk.heads("tag:sea") == before
    assert b"tide.example" not in desk.document("tag:sea").body()
    search = Target("search", "words")
    assert b"tide.example" not in desk.made(search).body()


def test_others_know_of_it_at_once(desk: Desk) -> None:
    """A second process on the same store, which makes no source itself."""
    other = desk.opened()
    try:
        target = Target("live", "main", "json")
        assert other.documents.head(target) == desk.service.documents.head(target)
        poll(desk, TIDE)
        head = other.documents.head(target)
        assert head == desk.service.documents.head(target)
        document = other.documents.document(target)
        assert document and parsed(document).feed.sources == told(desk)
        view = other.documents.view("main")
        assert view and view.feed.sources == told(desk) != ()
    finally:
        other.close()


def test_those_of_a_private_feed_are_shown_inside_it_alone(desk: Desk) -> None:
    desk.reopen(SETTINGS + PRIVATE)
    poll(desk, replace(TIDE, into="members"))
    desk.put(an_item())
    target = Target("live", "members", "json")
    assert desk.service.documents.document(target) is None
    inside = desk.service.documents.document(target, private=True)
    assert inside and b"tide.example" in inside.body()
    for key in ("main", "short", "small"):
        for form in FORMATS:
            assert b"tide.example" not in desk.document(key, form).body()
    assert b"tide.example" not in desk.made(Target("opml", "")).body()


def test_a_renamed_feed_goes_on_taking_its_sources(desk: Desk) -> None:
    poll(desk, replace(TIDE, into="short"))
    renamed = SETTINGS.replace('"short"', '"brief"\nformerly = ["short"]')
    desk.reopen(renamed)
    assert [one.title for one in told(desk, "brief")] == ["The Tide & co"]


def test_of_many_sources_fifty_are_named_and_a_small_feed_keeps_room(desk: Desk) -> None:
    for number in range(60):
        for into in ("main", "small"):
            spec = SourceSpec(f"https://{into}.example/{number}", f"Paper {number:02}", into)
            read = SourceState("ok", last_success_at=desk.clock)
            desk.service.store.make_source(spec, origin="cli", now=desk.clock, state=read)
    gather(desk)
    assert [one.title for one in told(desk)] == [f"Paper {number:02}" for number in range(50)]
    assert 5 < len(told(desk, "small")) < 50
    for number in range(1, 40):
        desk.put(an_item(number, content_html=f"<p>{'Words. ' * 100}</p>"))
    for form in FORMATS:
        document = desk.document("small", form)
        assert len(document.body()) <= 16384
        assert len(parsed(document).items) > 5
