"""The page of subscribers and programs: each token shown once, renewed, ended alone."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from lxml import html
from web.conftest import client_of
from web.editing import Editor
from web.harbour import Clock

from feedsvc.config import FeedSection
from feedsvc.service import Service
from feedsvc.store import Token
from feedsvc.web.admin.subscribers import grouped

PAGE = "/admin/subscribers"
TOKEN = re.compile(r"fs_[a-z0-9]{12}_[A-Za-z0-9]{40}")
MEMBERS = FeedSection(name="members", title="For members", private=True)


@pytest.fixture
def editor(fresh: Service) -> Editor:
    editor = Editor(fresh)
    fresh.make_feed(MEMBERS, origin="editor:jane")
    return editor


def add(editor: Editor, name: str, **fields: str) -> str:
    """The text of a new token, from the page that shows it."""
    answer = editor.send(PAGE, name=name, lasts="", **(fields or {"feed": "members"}))
    assert answer.status_code == 200, answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    (text,) = set(TOKEN.findall(answer.text))
    return text


def reads(editor: Editor, text: str) -> bool:
    """Whether the feed opens to it; without an account's cookie."""
    answer = client_of(editor.service).get(f"/feeds/members.rss?token={text}")
    assert answer.status_code in {200, 401}
    return answer.status_code == 200


def named(page: str) -> list[str]:
    return html.fromstring(page).xpath("//tbody/tr/th/bdi/text()")


def test_an_address_is_shown_once_and_opens_the_feed(editor: Editor) -> None:
    answer = editor.send(PAGE, name="Ann", feed="members", lasts="30")
    links = html.fromstring(answer.text).xpath("//input[@readonly]/@value")
    assert [link.partition("?token=")[0].rpartition(".")[2] for link in links] == [
        "rss",
        "atom",
        "json",
    ]
    stranger = client_of(editor.service)
    for link in links:
        assert link in html.fromstring(answer.text).xpath("//button/@data-copy")
        assert stranger.get(link.removeprefix("https://example.org")).status_code == 200
    page = editor.page(PAGE)
    assert named(page) == ["Ann"]
    assert not TOKEN.search(page)
    assert "until <time" in page
    (token,) = editor.service.store.tokens()
    assert (token.scope, token.created_by) == ("read:members", "jane")
    assert token.expires_at
    assert token.expires_at - editor.service.now() <= timedelta(days=30)


def test_one_is_revoked_and_no_other(editor: Editor) -> None:
    ann, bob = add(editor, "Ann"), add(editor, "Bob")
    assert reads(editor, ann)
    (identifier,) = (one.id for one in editor.service.store.tokens() if one.name == "Ann")
    assert editor.send(f"{PAGE}/{identifier}/revocation").status_code == 303
    page = editor.page(PAGE)
    assert "Revoked: Ann." in page
    assert named(page) == ["Bob"]
    assert "1 ended" in page
    assert not reads(editor, ann)
    assert reads(editor, bob)


def test_a_new_address_puts_the_old_one_out_of_use(editor: Editor) -> None:
    old = add(editor, "Ann")
    (token,) = editor.service.store.tokens()
    answer = editor.send(f"{PAGE}/{token.id}/rotation")
    (new,) = set(TOKEN.findall(answer.text))
    assert reads(editor, new)
    assert not reads(editor, old)
    editor.send(f"{PAGE}/{token.id}/revocation")
    answer = editor.send(f"{PAGE}/{token.id}/rotation")
    assert answer.status_code == 409
    assert "make a new one" in answer.text


def test_an_address_leads_to_a_renamed_feed(editor: Editor) -> None:
    old = add(editor, "Ann")
    renamed = MEMBERS.model_copy(update={"name": "club"})
    editor.service.make_feed(renamed, origin="editor:jane", replaces="members")
    assert named(editor.page(PAGE)) == ["Ann"]
    assert "open nothing" not in editor.page(PAGE)
    (token,) = editor.service.store.tokens()
    answer = editor.send(f"{PAGE}/{token.id}/rotation")
    assert "/feeds/club.rss?token=" in answer.text
    assert client_of(editor.service).get(f"/feeds/club.rss?token={old}").status_code == 401


@pytest.mark.parametrize(
    ("scope", "may"), [("write", "write and upload"), ("admin", "do everything")]
)
def test_a_token_for_a_program(editor: Editor, scope: str, may: str) -> None:
    text = add(editor, "A script", scope=scope)
    token = editor.service.access.check(text)
    assert token
    assert token.scope == scope
    (row,) = html.fromstring(editor.page(PAGE)).xpath("//table[@aria-label='Programs']/tbody/tr")
    assert may in row.text_content()


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"name": " ", "feed": "members"}, "The name must have 1 to 100 characters"),
        ({"name": "Ann", "feed": "main"}, "The feed must be one of the private feeds"),
        ({"name": "Ann", "feed": "x\0"}, "The feed must be one of the private feeds"),
        ({"name": "Ann", "scope": "read:members"}, "What it may do must be write or admin"),
        ({"name": "Ann", "scope": "root"}, "What it may do must be write or admin"),
        ({"name": "Ann"}, "What it may do must be write or admin"),
        ({"name": "Ann", "feed": "members", "lasts": "9" * 30}, "Its end must be one of the times"),
    ],
)
def test_what_can_not_be(editor: Editor, fields: dict[str, str], told: str) -> None:
    answer = editor.send(PAGE, **fields)
    assert answer.status_code == 422
    assert told in answer.text
    assert editor.service.store.tokens() == []
    if fields["name"] == "Ann" and ("feed" in fields or fields.get("scope")):
        assert 'value="Ann"' in answer.text  # what was typed is not lost


def test_without_a_private_feed_it_says_how_to_make_one(fresh: Service) -> None:
    page = Editor(fresh).page(PAGE)
    assert "No feed is private" in page
    assert 'href="/admin/new-feed"' in page


def test_unknown_tokens(editor: Editor) -> None:
    for what in ("rotation", "revocation"):
        assert editor.send(f"{PAGE}/{'x' * 12}/{what}").status_code == 404


def test_tokens_by_their_feeds(clock: Clock) -> None:
    now = clock()

    def token(name: str, scope: str, **fields: object) -> Token:
        return Token(name, name, scope, "0", now, **fields)  # type: ignore[arg-type]

    tokens = [
        token("a", "read:members"),
        token("b", "read:old", revoked_at=now),
        token("c", "read:elsewhere"),
        token("d", "write"),
        token("e", "read:members", expires_at=now),
    ]
    feed = MEMBERS.model_copy(update={"formerly": ("old",)})
    members, elsewhere = grouped(tokens, [feed], now)
    assert [one.name for one in members.good] == ["a"]
    assert {one.name for one in members.ended} == {"b", "e"}
    assert (elsewhere.feed, [one.name for one in elsewhere.good]) == (None, ["c"])
