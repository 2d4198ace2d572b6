"""Documents that one process makes before its write is acknowledged, for another that polls."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from publish.desk import SETTINGS, SITE, Desk

from feedsvc.config import FeedSection
from feedsvc.model import Item
from feedsvc.publish.ahead import Ahead, acknowledging
from feedsvc.publish.athand import AtHand, Unready
from feedsvc.publish.board import LATELY, NOTHING, Board, Posted
from feedsvc.publish.document import Target
from feedsvc.publish.news import AGAIN, News
from feedsvc.service import Service
from feedsvc.store import Moment, Put

MAIN = Target("live", "main", "rss")
ATOM = Target("live", "main", "atom")
SMALL = Target("live", "small", "json")
NUMBERS = iter(range(10**9))


class Node:
    """Two processes of a node: ``writes`` posts, ``polls`` answers; a third one, that does not say
    what it does, is ``other``. Time passes when it is told to."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.board = Board()
        self.writes, self.polls, self.other = desk.opened(), desk.opened(), desk.opened()
        self.now = 1000.0
        self.ahead = Ahead(
            self.writes.documents, self.writes.store, self.board, clock=lambda: self.now
        )
        self.news = News(
            self.polls.documents, self.polls.store, self.board, 0, clock=lambda: self.now
        )
        self.hand = AtHand(self.polls.documents, self.news)

    def write(self, service: Service, title: str = "", feeds: tuple[str, ...] = ()) -> str:
        """A new item in the store, that is not acknowledged yet; its title."""
        title = title or f"Number {next(NUMBERS)}."
        self.desk.clock += timedelta(seconds=1)
        item = Item(guid="", title=title, content_html=f"<p>{title}</p>", feeds=feeds)
        service.store.apply([Put(item)], self.desk.clock)
        return title

    def asked(self, *targets: Target) -> None:
        """Somebody asks for them again."""
        for target in (*targets, *targets):
            self.news.note(target, "gzip")

    def at_hand(self, target: Target = MAIN) -> bytes | None:
        """What a poll would be given at once, None if it has to be made first."""
        self.hand.token = self.polls.store.data_version()
        try:
            document = self.hand.document(target)
            assert document.head == self.hand.head(target)
            assert document.body("gzip")
            return document.body()
        except Unready:
            return None

    def polled(self, target: Target = MAIN) -> bytes:
        """What a poll is given, whether at once or by and by."""
        at_once = self.at_hand(target)
        if at_once is not None:
            return at_once
        made = self.polls.documents.document(target)
        assert made is not None
        made.body("gzip")
        return made.body()

    def close(self) -> None:
        for service in (self.writes, self.polls, self.other):
            service.close()


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    desk = Desk(tmp_path, SETTINGS.replace("page_size = 3", "page_size = 60"))
    node = Node(desk)
    yield node
    node.close()
    desk.service.close()


def fresh(node: Node, target: Target = MAIN) -> bytes:
    """The document as somebody makes it who knows nothing yet."""
    service = node.desk.opened()
    made = service.documents.document(target)
    service.close()
    assert made is not None
    return made.body()


def test_what_is_asked_for_is_made_with_the_write(node: Node) -> None:
    node.asked(MAIN, SMALL)
    node.write(node.writes, feeds=("small",))
    node.ahead.catch_up()
    for target in (MAIN, SMALL):
        assert node.at_hand(target) == fresh(node, target)
    assert node.at_hand(ATOM) is None


def test_what_is_asked_for_once_is_not(node: Node) -> None:
    for _ in range(3):
        node.news.note(MAIN, "gzip")
        assert not node.news.is_polled()
        node.now += AGAIN
    node.write(node.writes)
    node.ahead.catch_up()
    assert node.at_hand() is None
    node.asked(MAIN)
    assert node.news.is_polled()
    node.now += 2.0
    assert not node.news.is_polled()


def test_what_was_asked_for_too_long_ago_is_not(node: Node) -> None:
    node.asked(MAIN)
    node.now += LATELY + 0.01
    node.write(node.writes)
    node.ahead.catch_up()
    assert node.at_hand() is None


def test_a_write_is_seen_when_it_is_acknowledged_and_not_waited_for_before(node: Node) -> None:
    node.asked(MAIN)
    first = node.write(node.writes)
    node.ahead.catch_up()
    before = node.at_hand()
    assert before is not None
    assert first.encode() in before
    second = node.write(node.writes)
    third = node.write(node.writes)
    assert node.at_hand() == before
    node.ahead.catch_up()
    after = node.at_hand()
    assert after == fresh(node)
    assert after is not None
    assert second.encode() in after
    assert third.encode() in after


def test_what_it_shows_goes_out_of_date_with_anybody_elses_write(node: Node) -> None:
    node.asked(MAIN)
    node.write(node.writes)
    node.ahead.catch_up()
    assert node.at_hand() is not None
    node.write(node.other)
    assert node.at_hand() is None
    # Nor does its next write make up for it before that is posted.
    node.write(node.writes)
    assert node.at_hand() is None
    assert node.polled() == fresh(node)
    node.ahead.catch_up()
    assert node.at_hand() == fresh(node)


def test_what_was_found_before_it_is_acknowledged_is_not_kept(node: Node) -> None:
    """When nobody asks any more, nothing is made; but nobody is left with the old one either."""
    node.asked(MAIN)
    node.write(node.writes)
    node.ahead.catch_up()
    title = node.write(node.writes)
    assert node.at_hand() is not None  # without that title
    node.now += LATELY + 0.01
    node.ahead.catch_up()
    assert node.at_hand() is None
    assert title.encode() in node.polled()


def test_nothing_is_found_when_it_is_taken_down(node: Node) -> None:
    node.asked(MAIN)
    node.write(node.writes)
    node.ahead.catch_up()
    title = node.write(node.writes)
    assert node.at_hand() is not None
    node.board.clear()  # by who sees that the process has ended
    assert node.at_hand() is None
    assert title.encode() in node.polled()


def test_a_successor_takes_down_what_is_there(node: Node) -> None:
    node.asked(MAIN)
    node.write(node.writes)
    node.ahead.catch_up()
    node.write(node.writes)
    Ahead(node.other.documents, node.other.store, node.board)
    assert node.at_hand() is None


def test_other_settings_are_other_documents(node: Node) -> None:
    node.asked(MAIN)
    node.write(node.writes)
    node.ahead.catch_up()
    node.polled()
    for service, posts in ((node.other, False), (node.writes, True)):
        name = f"feed{next(NUMBERS)}"
        service.make_feed(FeedSection(name=name), origin="test")
        assert node.at_hand() is None
        if posts:
            node.ahead.catch_up()
        assert node.polled() == fresh(node)
        assert name in {feed.name for feed in node.polls.settings.all_feeds()}
        node.asked(MAIN)
        node.write(node.writes)
        node.ahead.catch_up()
        assert node.at_hand() == fresh(node)


def test_a_private_feed_is_never_posted(node: Node) -> None:
    node.writes.make_feed(FeedSection(name="inner", private=True), origin="test")
    inner = Target("live", "inner", "rss")
    node.asked(inner, MAIN)
    node.write(node.writes, feeds=("inner",))
    node.ahead.catch_up()
    posted = node.board.posted()
    assert posted is not None
    assert {given.target for given in posted.documents} == {MAIN}


def test_what_there_is_no_room_for_is_left_out(node: Node) -> None:
    node.asked(MAIN)
    node.write(node.writes)
    node.ahead.catch_up()
    posted = node.board.posted()
    assert posted is not None
    (given,) = posted.documents
    giant = given._replace(body=b"x" * 5_000_000)
    node.board.post(posted._replace(documents=(given, giant, given)))
    found = node.board.posted()
    assert found is not None
    assert found.documents == (given,)


def test_no_fault_of_a_document_is_the_writes(node: Node, caplog: pytest.LogCaptureFixture) -> None:
    node.asked(replace(MAIN, key="nobody"), replace(MAIN, form="nonsense"), MAIN)  # type: ignore[arg-type]
    node.write(node.writes)
    node.ahead.catch_up()
    assert "nonsense" in caplog.text
    assert node.at_hand() == fresh(node)


@pytest.mark.parametrize("pieces", [False, True])
def test_an_application_acknowledges_after_the_post(node: Node, *, pieces: bool) -> None:
    def written() -> Iterator[bytes]:
        for _ in range(2):
            yield node.write(node.writes).encode()

    def application(_environ: object, _start: object) -> object:
        return written() if pieces else list(written())

    node.asked(MAIN)
    answer = acknowledging(application, node.ahead)({}, lambda *_: lambda _: None)  # type: ignore[arg-type]
    for title in answer:
        assert title in (node.at_hand() or b"")


@pytest.mark.parametrize("seed", range(30))
def test_no_poll_is_without_what_was_acknowledged(node: Node, seed: int) -> None:
    """Whatever comes after whatever: all that was acknowledged is there, nothing goes away again,
    and each document is what the store's state at some moment since then makes."""
    order = random.Random(seed)
    waiting: list[str] = []
    acknowledged: list[str] = []

    def own() -> None:
        waiting.append(node.write(node.writes))

    def others() -> None:
        acknowledged.append(node.write(node.other))

    def acknowledge() -> None:
        node.ahead.catch_up()
        acknowledged.extend(waiting)
        waiting.clear()

    def poll() -> None:
        body = node.polled()
        node.news.note(MAIN, "gzip")
        for title in acknowledged[-3:]:
            assert title.encode() in body
        if not waiting:
            assert body == fresh(node)

    def wait() -> None:
        node.now += order.choice((0.01, 0.1, 0.3))

    steps: list[Callable[[], None]] = [own, own, acknowledge, acknowledge, poll, poll, poll, wait]
    for _ in range(60):
        order.choice([*steps, others] if order.random() < 0.4 else steps)()


def test_a_board_tells_what_was_written_last() -> None:
    board = Board()
    assert board.posted() is None
    assert board.asked(0.0) == []
    turn = board.turn
    board.post(NOTHING)
    assert board.turn != turn
    assert board.posted() == NOTHING
    board.ask(0, {(MAIN, "gzip"): 5.0, (ATOM, "br"): 7.0})
    board.ask(1, {(MAIN, "gzip"): 6.0})
    board.ask(9999, {(SMALL, "gzip"): 6.0})
    assert board.asked(0.0) == [(ATOM, "br"), (MAIN, "gzip")]
    assert board.asked(6.5) == [(ATOM, "br")]
    many = {
        (replace(MAIN, key=f"{SITE}{number:0200}"), "br"): float(number) for number in range(99)
    }
    board.ask(0, many)
    assert board.asked(0.0)[0] == (replace(MAIN, key=f"{SITE}{98:0200}"), "br")


def test_a_board_knows_whose_writes_led_where() -> None:
    board = Board()
    first, second, third, other = (Moment(number, number) for number in (1, 2, 3, 4))
    assert board.leads(first, first)
    assert not board.leads(first, second)
    board.name([first, second, third])
    assert board.leads(first, third)
    assert not board.leads(first, other)
    assert not board.leads(Moment(1, 5), third)
    board.clear()
    assert not board.leads(first, third)
    assert board.posted() == Posted(Moment(0, 0), "")
