"""Who may do what: accounts, their sessions, invitations, tokens, secrets of the site.

What people and programs show to be let in is kept as digests and hashes alone, made elsewhere.
None of it moves a revision or a validator. Times are aware UTC datetimes.
"""

from __future__ import annotations

import secrets as randomness
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, case, delete, func, or_, select, update

from feedsvc.store.questions import Lookup
from feedsvc.store.rows import fit
from feedsvc.store.schema import (
    Instant,
    accounts,
    invitations,
    keys,
    secrets,
    sessions,
    tokens,
)
from feedsvc.store.upserts import adding, keep, keep_new

#: How long an Idempotency-Key is remembered.
KEYS_KEPT = timedelta(days=7)

_TOKENS = Lookup(tokens.c.id, tokens)  # with each request of a program


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who writes here with a browser. ``changed_at`` is when the password was set."""

    name: str
    password_hash: str
    created_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Session:
    """An account signed in with one browser, which called itself ``agent``.

    ``digest`` is the SHA-256 in hex of what the browser holds; ``seen_at`` its last use.
    """

    digest: str
    account: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    agent: str = ""


@dataclass(frozen=True, slots=True)
class Invitation:
    """A code that makes an account once: of the name ``account``, which gets another password if
    it is there already, or with None of a name that the invited choose. ``digest`` is the code's.
    """

    digest: str
    account: str | None
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Token:
    """What a program or a subscriber shows to be let in.

    ``scope`` is ``write``, ``admin`` or ``read:FEED``; ``digest`` the SHA-256 in hex of the whole
    text, which was shown once; ``created_by`` whoever made it. ``expires_at`` None is never; with
    ``revoked_at`` it lets nobody in; ``rotated_at`` is when its text was last made anew.
    """

    id: str
    name: str
    scope: str
    digest: str
    created_at: datetime
    created_by: str = ""
    expires_at: datetime | None = None
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None
    rotated_at: datetime | None = None


def all_accounts(conn: Connection) -> list[Account]:
    return [Account(*row) for row in conn.execute(select(accounts).order_by(accounts.c.name))]


def account(conn: Connection, name: str) -> Account | None:
    if not fit(name):
        return None
    row = conn.execute(select(accounts).where(accounts.c.name == name)).one_or_none()
    return None if row is None else Account(*row)


def keep_account(conn: Connection, account: Account) -> None:
    """A password that was set later than this one stays."""
    adds = adding(conn, accounts, asdict(account))
    new = adds.excluded
    conn.execute(
        adds.on_conflict_do_update(
            index_elements=[accounts.c.name],
            set_={"password_hash": new.password_hash, "changed_at": new.changed_at},
            where=accounts.c.changed_at <= new.changed_at,
        )
    )


def drop_account(conn: Connection, name: str) -> None:
    if fit(name):
        conn.execute(delete(accounts).where(accounts.c.name == name))
        conn.execute(delete(sessions).where(sessions.c.account == name))
        conn.execute(delete(invitations).where(invitations.c.account == name))


def session(conn: Connection, digest: str) -> Session | None:
    if not fit(digest):
        return None
    # One that was begun while its account was removed lets nobody in.
    asked = select(sessions).join(accounts, accounts.c.name == sessions.c.account)
    row = conn.execute(asked.where(sessions.c.digest == digest)).one_or_none()
    return None if row is None else Session(*row)


def sessions_of(conn: Connection, account: str) -> list[Session]:
    if not fit(account):
        return []
    newest_first = (sessions.c.seen_at.desc(), sessions.c.digest)
    asked = select(sessions).where(sessions.c.account == account).order_by(*newest_first)
    return [Session(*row) for row in conn.execute(asked)]


def keep_session(conn: Connection, session: Session) -> None:
    keep(conn, sessions, asdict(session))


def touch_session(conn: Connection, digest: str, seen_at: datetime) -> None:
    if fit(digest):
        this = update(sessions).where(sessions.c.digest == digest, sessions.c.seen_at < seen_at)
        conn.execute(this.values(seen_at=seen_at))


def drop_session(conn: Connection, digest: str) -> None:
    if fit(digest):
        conn.execute(delete(sessions).where(sessions.c.digest == digest))


def drop_sessions(conn: Connection, account: str, but: str | None) -> None:
    if fit(account):
        theirs = delete(sessions).where(sessions.c.account == account)
        conn.execute(theirs if but is None else theirs.where(sessions.c.digest != but))


def invite(conn: Connection, invitation: Invitation) -> None:
    keep(conn, invitations, asdict(invitation))


def invitation(conn: Connection, digest: str) -> Invitation | None:
    if not fit(digest):
        return None
    row = conn.execute(select(invitations).where(invitations.c.digest == digest)).one_or_none()
    return None if row is None else Invitation(*row)


def accept(conn: Connection, digest: str, account: Account, now: datetime) -> bool:
    """Use the invitation up for this account; whether it could be."""
    if not fit(digest):
        return False
    # Of two who come at once, the second waits here and then finds nothing.
    used = delete(invitations).where(invitations.c.digest == digest)
    row = conn.execute(used.returning(*invitations.c)).one_or_none()
    if row is None:
        return False
    found = Invitation(*row)
    if not _take(conn, found, account, now):
        keep(conn, invitations, asdict(found))
        return False
    return True


def _take(conn: Connection, found: Invitation, account: Account, now: datetime) -> bool:
    if found.expires_at <= now or found.account not in (None, account.name):
        return False
    row = asdict(account)
    if keep_new(conn, accounts, row):
        return True
    if found.account is None:  # nobody takes over somebody else's account by choosing its name
        return False
    fresh = {name: row[name] for name in ("password_hash", "changed_at")}
    conn.execute(update(accounts).where(accounts.c.name == account.name).values(fresh))
    drop_sessions(conn, account.name, None)
    return True


def all_tokens(conn: Connection, scope: str | None) -> list[Token]:
    if not fit(scope or ""):
        return []
    asked = select(tokens).order_by(tokens.c.created_at, tokens.c.id)
    asked = asked if scope is None else asked.where(tokens.c.scope == scope)
    return [Token(*row) for row in conn.execute(asked)]


def token(conn: Connection, token_id: str) -> Token | None:
    if not fit(token_id):
        return None
    found = _TOKENS.rows(conn, [token_id])
    return Token(*found[0]) if found else None


def keep_token(conn: Connection, token: Token) -> None:
    """Of two who change it at once, what shuts somebody out stays: an end, a newer text."""
    adds = adding(conn, tokens, asdict(token))
    old, new = tokens.c, adds.excluded
    newer = or_(old.rotated_at.is_(None), new.rotated_at >= old.rotated_at)
    conn.execute(
        adds.on_conflict_do_update(
            index_elements=[old.id],
            set_={
                "name": new.name,
                "scope": new.scope,
                "digest": case((newer, new.digest), else_=old.digest),
                "expires_at": new.expires_at,
                "last_used_at": func.coalesce(old.last_used_at, new.last_used_at),
                "revoked_at": func.coalesce(old.revoked_at, new.revoked_at),
                "rotated_at": case((newer, new.rotated_at), else_=old.rotated_at),
            },
        )
    )


def touch_tokens(conn: Connection, used: Mapping[str, datetime]) -> None:
    """Note their last uses. In one order, so that two nodes never wait for each other."""
    when = bindparam("used_at", type_=Instant())
    later = or_(tokens.c.last_used_at.is_(None), tokens.c.last_used_at < when)
    these = update(tokens).where(tokens.c.id == bindparam("its_id"), later)
    rows = [{"its_id": name, "used_at": at} for name, at in sorted(used.items()) if fit(name)]
    if rows:
        conn.execute(these.values(last_used_at=when), rows)


def kept_secret(conn: Connection, name: str) -> str | None:
    value: str | None = conn.execute(
        select(secrets.c.value).where(secrets.c.name == name)
    ).scalar_one_or_none()
    return value


def made_secret(conn: Connection, name: str) -> str:
    """The secret, made if there is none: of several processes that make it, one does."""
    keep_new(conn, secrets, {"name": name, "value": randomness.token_hex(32)})
    value: str = conn.execute(select(secrets.c.value).where(secrets.c.name == name)).scalar_one()
    return value


def expired(conn: Connection, now: datetime) -> int:
    """How many rows ``forget_expired`` would drop."""
    counts = [select(func.count()).select_from(table).where(over) for table, over in _over(now)]
    return sum(conn.execute(count).scalar_one() for count in counts)


def forget_expired(conn: Connection, now: datetime) -> int:
    return sum(conn.execute(delete(table).where(over)).rowcount for table, over in _over(now))


def _over(now: datetime):  # type: ignore[no-untyped-def]
    return (
        (sessions, sessions.c.expires_at <= now),
        (invitations, invitations.c.expires_at <= now),
        (keys, keys.c.at < now - KEYS_KEPT),
    )
