"""Who may do what is kept: accounts, sessions, invitations, tokens, secrets."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from samples import NOW
from store.desk import Desk, opened

from feedsvc.errors import ItemError
from feedsvc.store import Account, Invitation, Session, Store, Token

ADA = Account("ada", "hash", NOW, NOW)
LATER = NOW + timedelta(hours=1)
#: Texts that PostgreSQL, or every database, refuses.
UNFIT = ["a\0b", "\ud800"]


def a_session(digest: str = "d1", account: str = "ada", **fields: object) -> Session:
    return replace(Session(digest, account, NOW, NOW, LATER, "Firefox"), **fields)


def an_invitation(digest: str = "i1", account: str | None = None) -> Invitation:
    return Invitation(digest, account, NOW, LATER)


def a_token(key: str = "t1", **fields: object) -> Token:
    return replace(Token(key, "phone", "write", "digest of " + key, NOW, "ada"), **fields)


@pytest.fixture
def store(desk: Desk) -> Store:
    return desk.store


def test_accounts_are_kept_changed_and_dropped(store: Store) -> None:
    grace = Account("Grace Hopper ☃", "other", NOW, LATER)
    for account in (ADA, grace, replace(ADA, password_hash="new", changed_at=LATER)):
        store.keep_account(account)
    assert store.accounts() == [grace, replace(ADA, password_hash="new", changed_at=LATER)]
    assert store.account(grace.name) == grace
    store.drop_account("ada")
    assert store.account("ada") is None
    store.drop_account("ada")
    assert store.accounts() == [grace]


def test_an_account_goes_with_its_sessions_and_invitations(store: Store) -> None:
    store.keep_account(ADA)
    store.keep_account(replace(ADA, name="bob"))
    store.keep_session(a_session())
    store.keep_session(a_session("d2", "bob"))
    store.invite(an_invitation("i1", "ada"))
    store.invite(an_invitation("i2"))
    store.drop_account("ada")
    assert (store.session("d1"), store.sessions("ada"), store.invitation("i1")) == (None, [], None)
    assert (store.session("d2"), store.invitation("i2")) != (None, None)


def test_sessions_are_used_and_ended_one_by_one_or_all_others(store: Store) -> None:
    store.keep_account(ADA)
    for number in range(4):
        store.keep_session(a_session(f"d{number}", seen_at=NOW + timedelta(minutes=number)))
    store.touch_session("d0", LATER)
    store.touch_session("d0", NOW)
    assert store.session("d0") == a_session("d0", seen_at=LATER)
    assert [session.digest for session in store.sessions("ada")] == ["d0", "d3", "d2", "d1"]
    store.drop_session("d3")
    store.drop_sessions("ada", but="d1")
    assert [session.digest for session in store.sessions("ada")] == ["d1"]
    store.drop_sessions("ada")
    store.touch_session("d1", LATER)  # by a request that was under way
    assert (store.session("d1"), store.sessions("ada")) == (None, [])


def test_a_session_of_an_account_that_is_gone_is_none(store: Store) -> None:
    store.keep_session(a_session())
    assert store.session("d1") is None


def test_an_invitation_makes_one_account(store: Store) -> None:
    store.invite(an_invitation())
    assert store.invitation("i1") == an_invitation()
    assert store.accept("i1", ADA, NOW)
    assert (store.account("ada"), store.invitation("i1")) == (ADA, None)
    assert not store.accept("i1", replace(ADA, name="eve"), NOW)
    assert store.accounts() == [ADA]


def test_an_invitation_of_an_account_replaces_its_password_and_ends_its_sessions(
    store: Store,
) -> None:
    store.keep_account(ADA)
    store.keep_session(a_session())
    store.invite(an_invitation("i1", "ada"))
    assert store.accept("i1", Account("ada", "new", LATER, LATER), NOW)
    assert store.account("ada") == Account("ada", "new", NOW, LATER)
    assert store.sessions("ada") == []


@pytest.mark.parametrize(
    ("digest", "invited", "name", "hours"),
    [
        ("unknown", None, "eve", 0),
        ("i1", None, "eve", 1),  # it is over
        ("i1", None, "ada", 0),  # somebody else's name
        ("i1", "bob", "ada", 0),
        ("i1", "bob", "eve", 0),
        ("i\0", None, "eve", 0),
    ],
)
def test_an_invitation_that_does_not_fit_changes_nothing(
    store: Store, digest: str, invited: str | None, name: str, hours: int
) -> None:
    store.keep_account(ADA)
    store.invite(an_invitation("i1", invited))
    when = NOW + timedelta(hours=hours)
    assert not store.accept(digest, Account(name, "evil", when, when), when)
    assert store.accounts() == [ADA]
    assert store.invitation("i1") == an_invitation("i1", invited)


def test_of_many_who_accept_at_once_one_does(store: Store) -> None:
    store.invite(an_invitation())
    took: list[bool] = []

    def accept(number: int) -> None:
        took.append(store.accept("i1", replace(ADA, name=f"a{number}"), NOW))

    threads = [threading.Thread(target=accept, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(took) == [False] * 5 + [True]
    assert len(store.accounts()) == 1


def test_tokens_are_kept_as_they_are(store: Store) -> None:
    reader = a_token("t0", scope="read:vip", created_at=LATER, expires_at=LATER)
    for token in (reader, a_token(), a_token("t2")):
        store.keep_token(token)
    assert store.tokens() == [a_token(), a_token("t2"), reader]
    assert store.tokens("read:vip") == [reader]
    assert store.tokens("read:") == []
    turned = replace(a_token(), digest="x", rotated_at=LATER, revoked_at=LATER)
    store.keep_token(turned)
    assert (store.token("t1"), store.token("t9")) == (turned, None)


def test_a_password_that_was_set_later_stays(store: Store) -> None:
    store.keep_account(replace(ADA, password_hash="new", changed_at=LATER))
    store.keep_account(replace(ADA, password_hash="old, hashed better"))
    assert store.accounts() == [replace(ADA, password_hash="new", changed_at=LATER)]


def test_who_changes_a_token_opens_no_door_that_somebody_shuts(store: Store) -> None:
    store.keep_token(a_token())
    store.keep_token(a_token(digest="new", rotated_at=LATER))
    store.keep_token(a_token(revoked_at=LATER))
    store.touch_tokens({"t1": LATER})
    renamed = a_token(name="tv", last_used_at=NOW, expires_at=LATER)  # as it was read before all
    store.keep_token(renamed)
    assert store.token("t1") == replace(
        renamed,
        digest="new",
        rotated_at=LATER,
        revoked_at=LATER,
        last_used_at=LATER,
    )
    later = LATER + timedelta(hours=1)
    store.keep_token(a_token(digest="newest", rotated_at=later))
    assert [(token.digest, token.rotated_at) for token in store.tokens()] == [("newest", later)]


def test_the_last_use_of_tokens_only_moves_on(store: Store) -> None:
    for name in ("t1", "t2"):
        store.keep_token(a_token(name))
    store.touch_tokens({"t1": LATER, "t9": LATER, "\0": LATER})
    store.touch_tokens({"t1": NOW, "t2": NOW})
    store.touch_tokens({})
    assert [token.last_used_at for token in store.tokens()] == [LATER, NOW]


def test_a_secret_is_made_once_for_all(store: Store, store_url: str) -> None:
    other = opened(store_url)
    found: list[str] = []
    threads = [
        threading.Thread(target=lambda one=one: found.append(one.secret("session")))
        for one in (store, other, store, other)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other.close()
    assert len(set(found)) == 1
    assert len(bytes.fromhex(found[0])) == 32
    assert store.secret("another") != found[0] == store.secret("session")


def test_what_is_over_is_forgotten(store: Store) -> None:
    store.keep_account(ADA)
    store.keep_session(a_session())
    store.keep_session(a_session("d2", expires_at=LATER + timedelta(seconds=1)))
    store.invite(an_invitation())
    assert store.forget_expired(NOW) == 0
    assert store.forget_expired(LATER) == 2
    assert store.invitation("i1") is None
    assert [session.digest for session in store.sessions("ada")] == ["d2"]
    assert store.forget_expired(LATER) == 0


@pytest.mark.parametrize("text", UNFIT)
def test_text_that_can_be_in_no_database_finds_nothing(store: Store, text: str) -> None:
    assert (store.account(text), store.session(text), store.invitation(text)) == (None,) * 3
    assert (store.token(text), store.tokens(text), store.sessions(text)) == (None, [], [])
    store.drop_account(text)
    store.drop_session(text)
    store.drop_sessions(text)
    with pytest.raises(ItemError, match="can't be kept"):
        store.keep_session(a_session(agent=text))


def test_none_of_it_moves_a_feed(desk: Desk) -> None:
    desk.put(title="A")
    before = (desk.store.revision(), desk.state())
    desk.store.keep_account(ADA)
    desk.store.keep_token(a_token())
    assert (desk.store.revision(), desk.state()) == before
    assert desk.store.verify() == []
