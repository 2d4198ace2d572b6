"""What an answer means, before its body is read: statements F1 to F23 of a good fetcher."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest

from feedsvc.intake.asking import Answer
from feedsvc.intake.importing.outcomes import News, asked_of, outcome, taken
from feedsvc.intake.parsing_values import ReadFeed
from feedsvc.model import Feed, Link
from feedsvc.store import SourceRow, SourceSpec, SourceState

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
URL = "https://example.org/feed"
BODY = b"<rss/>"
STATE = SourceState(
    status="ok",
    etag='W/"odd, text"',
    last_modified="yesterday",
    validators_of=URL,
    digest=sha256(BODY).hexdigest(),
    failures=3,
)
SOURCE = SourceRow(1, SourceSpec(URL), STATE, "cli", "lease", NOW)


def answered(status: int, source: SourceRow = SOURCE, body: bytes = b"", **headers: str):
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = Answer(status, URL, told, body)
    return outcome(source, asked_of(source), answer, NOW, 0.0)


def test_validators_go_back_as_they_came():
    asked = asked_of(SOURCE)
    assert (asked.etag, asked.last_modified, asked.validators_of) == (
        'W/"odd, text"',
        "yesterday",
        URL,
    )


def test_the_first_request_and_one_whose_body_was_lost_have_no_condition():
    new = replace(SOURCE, state=SourceState())
    unread = replace(SOURCE, state=replace(STATE, unread=True))
    for source in (new, unread):
        asked = asked_of(source)
        assert (asked.etag, asked.last_modified) == (None, None)


def test_what_has_moved_is_asked_at_its_new_place():
    moved = replace(SOURCE, state=replace(STATE, fetch_url="https://new.example/f"))
    assert asked_of(moved).url == "https://new.example/f"


@pytest.mark.parametrize(
    ("place", "told"),
    [
        ("https://example.org/moved", ("me", "p@ss")),
        ("https://other.example/moved", (None, None)),
        ("http://example.org/moved", (None, None)),
        ("https://example.org:8443/moved", (None, None)),
    ],
)
def test_the_password_of_an_address_that_has_moved_is_told_its_own_server_alone(place, told):
    spec = SourceSpec("https://me:p%40ss@example.org/feed")
    for unread in (False, True):
        state = replace(STATE, fetch_url=place, unread=unread)
        asked = asked_of(replace(SOURCE, spec=spec, state=state))
        assert (asked.user, asked.password) == told


def test_not_modified_is_a_success_that_keeps_what_it_does_not_say():
    state = answered(304)
    assert (state.status, state.failures, state.last_error) == ("ok", 0, None)
    assert (state.etag, state.last_modified) == (STATE.etag, STATE.last_modified)
    assert answered(304, etag='"b"').etag == '"b"'


def test_not_modified_without_a_condition_is_a_fault():
    state = answered(304, replace(SOURCE, state=SourceState()))
    assert state.status == "failing"


def test_the_same_body_is_nothing_new_whatever_its_validator_says():
    state = answered(200, body=BODY, etag='"always-new"')
    assert (state.status, state.etag, state.last_modified) == ("ok", '"always-new"', None)


def test_the_same_validator_with_another_body_is_news():
    found = answered(200, body=b"other", etag=STATE.etag)
    assert isinstance(found, News)
    assert found.digest == sha256(b"other").hexdigest()


def test_a_part_of_the_feed_is_taken_only_when_it_was_asked_for():
    assert answered(226, body=b"part", im="feed").digest is None
    assert answered(226, replace(SOURCE, state=SourceState()), b"part").status == "failing"


@pytest.mark.parametrize("status", [204, 400, 401, 403, 404, 500, 502, 599])
def test_other_answers_are_failures_that_change_nothing_else(status):
    state = answered(status, etag='"of the error"')
    assert (state.status, state.failures) == ("failing", 4)
    assert (state.etag, state.digest) == (STATE.etag, STATE.digest)
    assert str(status) in state.last_error


@pytest.mark.parametrize("status", [429, 503])
def test_who_asks_to_wait_is_obeyed(status):
    state = answered(status, retry_after="172800")
    assert state.next_poll_at == NOW + timedelta(days=2)


def test_gone_is_gone():
    assert answered(410).status == "gone"


def test_what_is_stored_of_a_feed_that_was_read():
    feed = Feed("urn:x", "Title", "https://example.org/", NOW, links=(Link("hub", "https://h/"),))
    answer = Answer(200, "https://final.example/", {"etag": '"n"'}, b"new")
    read = ReadFeed("feed", feed)
    state = taken(SOURCE, News(answer, "d"), read, NOW, 0.0)
    assert (state.etag, state.last_modified) == ('"n"', None)
    assert (state.validators_of, state.digest) == ("https://final.example/", "d")
    assert (state.title, state.site_url, state.hub) == (
        "Title",
        "https://example.org/",
        "https://h/",
    )


def test_a_permanent_redirect_counts_when_its_feed_was_read():
    answer = Answer(200, "https://new.example/", {}, b"new", permanent="https://new.example/")
    read = ReadFeed("feed")
    state = taken(SOURCE, News(answer, "d"), read, NOW, 0.0)
    assert (state.moved_to, state.moved_seen) == ("https://new.example/", 1)
    failing = outcome(SOURCE, asked_of(SOURCE), replace(answer, status=404), NOW, 0.0)
    assert failing.moved_to is None
