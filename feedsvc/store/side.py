"""The store's face for what stands beside the items: accounts, tokens, uploads, made feeds.

Each call is one transaction, as in store.py. None of them moves a revision or a validator.
Texts that no database takes (NUL, lone surrogates) find nothing, and are refused with ItemError.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from feedsvc.model import Item
from feedsvc.store import access, declaring, made, properties, uploads
from feedsvc.store.access import Account, Invitation, Session, Token
from feedsvc.store.connections import Database
from feedsvc.store.made import MadeFeed
from feedsvc.store.rows import ItemRows
from feedsvc.store.uploads import Upload


class SideTables:
    """What a :class:`feedsvc.store.Store` keeps beside its items."""

    _database: Database
    _rows: ItemRows

    # Accounts

    def accounts(self) -> list[Account]:
        """All accounts, by name."""
        return self._database.read(access.all_accounts)

    def account(self, name: str) -> Account | None:
        """The account of this name."""
        return self._database.read(access.account, name)

    def keep_account(self, account: Account) -> None:
        """Add the account, or change the password of the one of its name, unless that was changed
        later than ``changed_at``."""
        self._database.write(access.keep_account, account)

    def drop_account(self, name: str) -> None:
        """Remove the account with its sessions, and with invitations that would make it anew."""
        self._database.write(access.drop_account, name)

    # Sessions

    def session(self, digest: str) -> Session | None:
        """The session, if its account is still there; whoever asks looks whether it is over."""
        return self._database.read(access.session, digest)

    def keep_session(self, session: Session) -> None:
        """Begin the session."""
        self._database.write(access.keep_session, session)

    def touch_session(self, digest: str, seen_at: datetime) -> None:
        """Note the last use of a session; one that was ended meanwhile stays so."""
        self._database.write(access.touch_session, digest, seen_at)

    def drop_session(self, digest: str) -> None:
        """End the session."""
        self._database.write(access.drop_session, digest)

    def drop_sessions(self, account: str, but: str | None = None) -> None:
        """End the sessions of an account, all or all but that of the digest ``but``."""
        self._database.write(access.drop_sessions, account, but)

    def sessions(self, account: str) -> list[Session]:
        """The sessions of an account, last used first."""
        return self._database.read(access.sessions_of, account)

    # Invitations

    def invite(self, invitation: Invitation) -> None:
        """Keep an invitation."""
        self._database.write(access.invite, invitation)

    def invitation(self, digest: str) -> Invitation | None:
        """The invitation, if it was not used; whoever asks looks whether it is over."""
        return self._database.read(access.invitation, digest)

    def accept(self, digest: str, account: Account, now: datetime) -> bool:
        """Make the account by an invitation, which is used up: both or neither.

        One that names an account is for that name alone; if it is there, it gets the new password
        and all its sessions end. False if there is no such invitation by now, if it is over or for
        another name, and if the name is taken that somebody chose.
        """
        return self._database.write(access.accept, digest, account, now)

    # Tokens

    def tokens(self, scope: str | None = None) -> list[Token]:
        """All tokens, or those of one scope, oldest first; revoked and expired ones included."""
        return self._database.read(access.all_tokens, scope)

    def token(self, id: str) -> Token | None:  # noqa: A002 - it is the field's name
        """The token of this id; whoever asks looks whether it still lets in."""
        return self._database.read(access.token, id)

    def keep_token(self, token: Token) -> None:
        """Add the token, or change the one of its id.

        One that is revoked stays so, and a text that was made anew is not replaced by an older one,
        whatever somebody else changes at the same time.
        """
        self._database.write(access.keep_token, token)

    def touch_tokens(self, used: Mapping[str, datetime]) -> None:
        """Note when tokens were last used, by id; an earlier time than is known changes nothing."""
        if used:
            self._database.write(access.touch_tokens, used)

    # Secrets

    def secret(self, name: str) -> str:
        """A secret of the site: 64 random hex digits, made when it is first asked for and equal
        for all processes ever after."""
        known = self._database.read(access.kept_secret, name)
        return known or self._database.write(access.made_secret, name)

    def forget_expired(self, now: datetime) -> int:
        """Drop sessions and invitations that are over, and Idempotency-Keys older than a week; how
        many. Costs a few small reads when there are none."""
        if not self._database.read(access.expired, now):
            return 0
        return self._database.write(access.forget_expired, now)

    # Uploads

    def upload(self, id: str) -> Upload | None:  # noqa: A002 - it is the field's name
        """What is known of an uploaded file."""
        return self._database.read(uploads.upload, id)

    def uploads_of(self, ids: Iterable[str]) -> dict[str, Upload]:
        """What is known of these uploads (some hundred at most), by id."""
        return self._database.read(uploads.some, ids)

    def uploads(
        self, *, cursor: str | None = None, limit: int = 50, search: str | None = None
    ) -> tuple[list[Upload], str | None]:
        """A page of uploads, newest first, and the cursor of the next page.

        ``search`` is a part of their names. Raises ItemError for a cursor that is none.
        """
        return self._database.read(uploads.page, cursor=cursor, limit=limit, search=search)

    def keep_upload(self, upload: Upload) -> None:
        """Add what is known of an uploaded file, or change that of its id."""
        self._database.write(uploads.keep_upload, upload)

    def drop_upload(self, id: str) -> bool:  # noqa: A002 - it is the field's name
        """Forget an upload; whether there was one. Raises Conflict while an item that is not
        withdrawn leads to it."""
        return self._database.write(uploads.drop_upload, self._rows, id)

    def upload_users(self, id: str) -> list[Item]:  # noqa: A002 - it is the field's name
        """The items of any status that lead to the upload, newest first."""
        return self._database.read(uploads.users, self._rows, id)

    def upload_readers(self, id: str) -> tuple[str, ...]:  # noqa: A002 - it is the field's name
        """The private feeds whose subscribers alone may have the upload; empty for one that whoever
        knows its address may have. A feed among them may have ended."""
        return self._database.read(
            lambda conn: uploads.readers(conn, self._rows, id, declaring.deciding(conn))
        )

    # Posts

    def properties(self, guid: str) -> dict[str, list[object]]:
        """What Micropub said of an item that no field of it holds, by the properties' names."""
        return self._database.read(properties.properties_of, guid)

    def keep_properties(self, guid: str, value: Mapping[str, list[object]]) -> None:
        """Keep that instead of what was kept of it before."""
        self._database.write(properties.keep_properties, guid, value)

    def change_properties(
        self, guid: str, change: Callable[[dict[str, list[object]]], Mapping[str, list[object]]]
    ) -> None:
        """Keep what ``change`` makes of what is kept by then; of two who do, the second sees what
        the first one made. It must be pure, and what it raises leaves all as it was."""
        self._database.write(properties.change_properties, guid, change)

    # Feeds

    def made_feeds(self) -> dict[str, MadeFeed]:
        """The feeds that the API or the editor made, by their names."""
        return self._database.read(made.all_made)
