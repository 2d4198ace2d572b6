"""Who may come in: tokens for programs and subscribers, accounts, sessions and invitations.

Of nothing that lets somebody in is the text kept: of tokens, session ids and invitation codes the
SHA-256 (each has more than 160 random bits, so nothing slower is needed), of passwords an
Argon2id hash (RFC 9106). The only module that imports argon2.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import re
import secrets
import string
import threading
import unicodedata
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from feedsvc import program
from feedsvc.errors import (
    Conflict,
    FieldFault,
    Forbidden,
    InvalidFields,
    NotFound,
    StoreError,
    TooOften,
)
from feedsvc.store import Account, Invitation, Session, Store, Token

log = logging.getLogger(__name__)

#: Of a session: how long nobody may come, and how long it lasts at most.
IDLE = timedelta(hours=12)
LONGEST = timedelta(days=7)
#: How long an invitation is good for.
INVITED = timedelta(hours=24)
#: How exactly it is known when a token or a session was last used: each time would be a write.
_EXACT = timedelta(minutes=1)

_ID = string.ascii_lowercase + string.digits
_SECRET = string.ascii_letters + string.digits
_TOKEN = re.compile(r"fs_([a-z0-9]{12})_[A-Za-z0-9]{40}", re.ASCII)
_CODE = re.compile(r"[\w-]{43}", re.ASCII)  #: of an invitation
_SCOPE = re.compile(r"write|admin|read:[a-z0-9_-]{1,64}", re.ASCII)
_ACCOUNT = re.compile(r"[\w.@+-]+(?: [\w.@+-]+)*")
_SHORTEST, _MOST = 10, 1000  #: characters of a password
#: One hash takes 64 MiB and a tenth of a second of two cores; each worker makes one at a time.
_HASHING = threading.Lock()
#: One more may wait for its turn. Others are told to come back: the threads are for everybody.
_PLACES = threading.BoundedSemaphore(2)
_COME_BACK = 2  #: in so many seconds


class Access:
    """Lets people and programs in, or not. Safe to use from several threads."""

    def __init__(self, store: Store, now: Callable[[], datetime]) -> None:
        self._store = store
        self._now = now
        self._hasher = PasswordHasher()
        self._dummy = ""  # made when it is needed: it costs as much as any

    # Tokens

    def mint(
        self,
        name: str,
        scope: str,
        *,
        created_by: str = "",
        expires_at: datetime | None = None,
        feeds: Collection[str] | None = None,
    ) -> tuple[Token, str]:
        """A new token and its text, which is known to nobody afterwards.

        ``scope`` is ``write``, ``admin`` or ``read:FEED``, with ``feeds`` one of these. Raises
        InvalidFields.
        """
        now = self._now()
        faults = [*_name_faults(name), *_scope_faults(scope, feeds)]
        faults += _expiry_faults(expires_at, now)
        if faults:
            raise InvalidFields(faults)
        identifier = "".join(secrets.choice(_ID) for _ in range(12))
        text = _token_text(identifier)
        token = Token(identifier, name.strip(), scope, _digest(text), now, created_by, expires_at)
        self._store.keep_token(token)
        return token, text

    def change(self, identifier: str, *, name: str, expires_at: datetime | None) -> Token:
        """Give a token another name or end. Raises NotFound, InvalidFields."""
        token = self.token(identifier)
        faults = _name_faults(name)
        if expires_at != token.expires_at:
            faults += _expiry_faults(expires_at, self._now())
        if faults:
            raise InvalidFields(faults)
        token = replace(token, name=name.strip(), expires_at=expires_at)
        self._store.keep_token(token)
        return token

    def rotate(self, identifier: str) -> tuple[Token, str]:
        """A new text for a token; the old one opens nothing any more.

        Raises NotFound, and Conflict for a token that is not good any more.
        """
        token, now = self.token(identifier), self._now()
        if not is_good(token, now):
            ended = "revoked" if token.revoked_at else "past its end"
            raise Conflict(f"the token {token.name} is {ended}: make a new one")
        text = _token_text(token.id)
        token = replace(token, digest=_digest(text), rotated_at=now)
        self._store.keep_token(token)
        return token, text

    def revoke(self, identifier: str) -> Token:
        """End a token; one that is ended already stays so. Raises NotFound."""
        token = self.token(identifier)
        if token.revoked_at is None:
            token = replace(token, revoked_at=self._now())
            self._store.keep_token(token)
        return token

    def token(self, identifier: str) -> Token:
        """The token of this id. Raises NotFound."""
        token = self._store.token(identifier)
        if token is None:
            raise NotFound("there is no token of that id")
        return token

    def check(self, text: str) -> Token | None:
        """The token of which this is the text; None if it is unknown, revoked or past its end."""
        found = _TOKEN.fullmatch(text)
        token = self._store.token(found[1]) if found else None
        if token is None or not hmac.compare_digest(token.digest, _digest(text)):
            return None
        now = self._now()
        if not is_good(token, now):
            return None
        if token.last_used_at is None or now - token.last_used_at >= _EXACT:
            with _best_effort():
                self._store.touch_tokens({token.id: now})
        return token

    # Accounts

    def sign_in(self, name: str, password: str) -> Account | None:
        """The account with this name and password. Raises TooOften when too many are tried.

        Whether the name or the password was wrong can't be told by the time that it takes.
        """
        account = self._store.account(account_name(name))
        secret = _normal(password)
        with self._hashing():
            try:
                if account is None:
                    self._dummy = self._dummy or self._hasher.hash(secrets.token_hex())
                    self._hasher.verify(self._dummy, secret)
                    return None
                self._hasher.verify(account.password_hash, secret)
            except (VerificationError, InvalidHashError):
                return None
            if self._hasher.check_needs_rehash(account.password_hash):
                account = replace(account, password_hash=self._hasher.hash(secret))
                self._store.keep_account(account)
        return account

    def set_password(self, name: str, password: str) -> Account:
        """Give an account another password. Raises NotFound, InvalidFields, TooOften."""
        account = self._store.account(account_name(name))
        if account is None:
            raise NotFound(f"there is no account {name}")
        account = replace(
            account, password_hash=self._hash(account.name, password), changed_at=self._now()
        )
        self._store.keep_account(account)
        return account

    def invite(self, account: str | None = None) -> str:
        """A code with which one account can be made within a day.

        With the name of an account, that one is made, or gets another password. Raises
        InvalidFields.
        """
        if account is not None:
            account = account_name(account)
            if faults := _account_faults(account):
                raise InvalidFields(faults)
        code, now = secrets.token_urlsafe(32), self._now()
        self._store.invite(Invitation(_digest(code), account, now, now + INVITED))
        return code

    def invitation(self, code: str) -> Invitation:
        """The invitation of this code. Raises Forbidden for one that is good for nothing."""
        another = f"`{program.for_pages()} account invite` prints a new one"
        if not _CODE.fullmatch(code):
            raise Forbidden(
                f"this address is not right: copy the whole address, to its end; or {another}"
            )
        found = self._store.invitation(_digest(code))
        if found is None:  # of those that were used nothing is kept
            raise Forbidden(
                "this address is not right, or was used already: copy the whole address, to its "
                f"end; or {another}"
            )
        if found.expires_at <= self._now():
            raise Forbidden(f"the day of this address is over: {another}")
        return found

    def accept(self, code: str, name: str, password: str) -> Account:
        """Use up an invitation: its account, with this password.

        Raises Forbidden, InvalidFields, and Conflict for a name that somebody has.
        """
        invitation, now = self.invitation(code), self._now()
        name = invitation.account or account_name(name)
        if faults := _account_faults(name):
            raise InvalidFields(faults)
        before = self._store.account(name)
        if before and invitation.account is None:
            raise Conflict(f"somebody is called {name} already: choose another name")
        created = before.created_at if before else now
        account = Account(name, self._hash(name, password), created, now)
        if not self._store.accept(invitation.digest, account, now):
            self.invitation(code)  # which says that somebody was quicker
            raise Conflict(f"somebody is called {name} already: choose another name")
        return account

    def _hash(self, name: str, password: str) -> str:
        """Raises InvalidFields for a password that is none, TooOften."""
        secret = _normal(password)
        if faults := _password_faults(name, secret):
            raise InvalidFields(faults)
        with self._hashing():
            return self._hasher.hash(secret)

    @contextmanager
    def _hashing(self) -> Iterator[None]:
        if not _PLACES.acquire(blocking=False):
            raise TooOften(_COME_BACK, "many people sign in just now: try again in a few seconds")
        try:
            with _HASHING:
                yield
        finally:
            _PLACES.release()

    # Sessions

    def begin_session(self, account: str, agent: str) -> str:
        """The id of a new session of an account; ``agent`` is what its browser calls itself."""
        identifier, now = secrets.token_urlsafe(32), self._now()
        name = "".join(char for char in agent[:200] if char.isprintable())
        self._store.keep_session(
            Session(_digest(identifier), account, now, now, now + LONGEST, name)
        )
        return identifier

    def session(self, identifier: str) -> Session | None:
        """The session of this id, None when it has ended or nobody has used it for long."""
        found, now = self._store.session(_digest(identifier)), self._now()
        if found is None or not is_open(found, now):
            return None
        if now - found.seen_at >= _EXACT:
            found = replace(found, seen_at=now)
            with _best_effort():
                self._store.touch_session(found.digest, now)
        return found

    def end_session(self, identifier: str) -> None:
        """Sign out."""
        self._store.drop_session(_digest(identifier))

    def end_others(self, account: str, identifier: str) -> None:
        """Sign an account out everywhere but in the session of this id."""
        self._store.drop_sessions(account, but=_digest(identifier))


def is_good(token: Token, now: datetime) -> bool:
    """Whether a token still opens what it is for."""
    return token.revoked_at is None and (token.expires_at is None or now < token.expires_at)


def is_open(session: Session, now: datetime) -> bool:
    """Whether a session still lets its account in."""
    return now < session.expires_at and now - session.seen_at < IDLE


def told(token: Token, now: datetime) -> dict[str, object]:
    """What may be told of a token, as the API and the command line do: all but its digest."""
    facts: dict[str, object] = {
        key: value for key, value in asdict(token).items() if key != "digest"
    }
    return facts | {"active": is_good(token, now)}


def account_name(name: str) -> str:
    """The one spelling of an account's name, which nobody has to remember the case of.

    >>> account_name(" Jane ")
    'jane'
    """
    return unicodedata.normalize("NFKC", name).casefold().strip()


def _normal(password: str) -> str:
    """The same password however a keyboard composes its characters (NIST SP 800-63B 3.1.1.2)."""
    return unicodedata.normalize("NFKC", password)[: _MOST + 1]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def _token_text(identifier: str) -> str:
    return f"fs_{identifier}_" + "".join(secrets.choice(_SECRET) for _ in range(40))


@contextmanager
def _best_effort() -> Iterator[None]:
    """To note when something was used must not keep anybody from using it."""
    try:
        yield
    except StoreError as error:
        log.warning("last uses can't be noted just now: %s", error)


def _name_faults(name: str) -> list[FieldFault]:
    if not 1 <= len(name.strip()) <= 100 or not name.isprintable():
        return [FieldFault("name", "must have 1 to 100 characters, in one line")]
    return []


def _scope_faults(scope: str, feeds: Collection[str] | None) -> list[FieldFault]:
    if not _SCOPE.fullmatch(scope):
        return [FieldFault("scope", "must be write, admin, or read: and the name of a feed")]
    kind, _, feed = scope.partition(":")
    if kind == "read" and feeds is not None and feed not in feeds:
        return [FieldFault("scope", f"there is no feed {feed}; there are {', '.join(feeds)}")]
    return []


def _expiry_faults(expires_at: datetime | None, now: datetime) -> list[FieldFault]:
    if expires_at is not None and expires_at <= now:
        return [FieldFault("expires_at", "must be in the future")]
    return []


def _account_faults(name: str) -> list[FieldFault]:
    if len(name) > 64 or not _ACCOUNT.fullmatch(name):
        reason = "must have 1 to 64 letters, digits or any of . @ + - _"
        return [FieldFault("name", reason)]
    return []


def _password_faults(name: str, secret: str) -> list[FieldFault]:
    if len(secret) < _SHORTEST:
        return [FieldFault("password", f"must have {_SHORTEST} characters or more")]
    if len(secret) > _MOST:
        return [FieldFault("password", f"must have {_MOST} characters at most")]
    if len(set(secret)) < 4 or secret.casefold() == name:
        return [FieldFault("password", "is one that others would guess at once")]
    return []
