"""Who may read private feeds, and which programs may write: their tokens, made and ended here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Response, flash, redirect, request
from werkzeug.wrappers import Response as Answer

from feedsvc.access import is_good
from feedsvc.config import FeedSection
from feedsvc.errors import Conflict, FeedsvcError, FieldFault, InvalidFields
from feedsvc.publish.addresses import addresses
from feedsvc.store import Token
from feedsvc.web import auth
from feedsvc.web.admin import blueprint
from feedsvc.web.admin.signin import page_path, show_form
from feedsvc.web.current import current_service
from feedsvc.web.pages import FORMS
from feedsvc.web.policy import policy

#: How long a token can be good for, in days, with the words for it; "" is for ever.
LASTS = {"": "until revoked", "30": "30 days", "90": "90 days", "365": "a year"}
_READ = "read:"
_PROGRAMS = {"write": "write and upload", "admin": "do everything"}


@dataclass(frozen=True, slots=True)
class Group:
    """Tokens that open the same: ``good`` and ``ended`` ones, the newest first.

    ``feed`` is None where there is no private feed of that name any more.
    """

    name: str
    title: str
    feed: FeedSection | None
    good: tuple[Token, ...]
    ended: tuple[Token, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """A token whose text is shown, this once: for a reader the ``links`` by their form's name."""

    token: Token
    text: str
    links: tuple[tuple[str, str], ...]


@blueprint.get("/subscribers")
@policy("account")
def subscribers() -> Response:
    """The subscribers of each private feed, and the programs that may write."""
    return _page()


@blueprint.post("/subscribers")
@policy("account")
def add_token() -> Response:
    """A token for a subscriber (``feed``) or for a program (``scope``), shown in the answer."""
    form, service = request.form, current_service()
    feed = form.get("feed")
    scope = form.get("scope", "") if feed is None else _READ + feed
    try:
        if feed is not None and feed not in {one.name for one in _private()}:
            raise InvalidFields([FieldFault("feed", "must be one of the private feeds")])
        if feed is None and scope not in _PROGRAMS:
            raise InvalidFields([FieldFault("scope", "must be write or admin")])
        token, text = service.access.mint(
            form.get("name", ""),
            scope,
            created_by=auth.identity().name,
            expires_at=_end(form.get("lasts", ""), service.now()),
        )
    except (InvalidFields, Conflict) as error:
        return _page(error)
    return _page(shown=_shown(token, text))


@blueprint.post("/subscribers/<token_id>/rotation")
@policy("account")
def rotate_token(token_id: str) -> Response:
    """Another text for a token, shown in the answer; the former opens nothing any more."""
    try:
        token, text = current_service().access.rotate(token_id)
    except Conflict as error:
        return _page(error)
    return _page(shown=_shown(token, text))


@blueprint.post("/subscribers/<token_id>/revocation")
@policy("account")
def revoke_token(token_id: str) -> Answer:
    """End one token, and no other. Raises NotFound."""
    token = current_service().access.revoke(token_id)
    flash(f"Revoked: {token.name}. No other was touched.")
    return redirect(page_path("/admin/subscribers"), 303)


def _page(error: FeedsvcError | None = None, shown: Shown | None = None) -> Response:
    service = current_service()
    tokens = service.store.tokens()
    private = _private()
    groups = grouped(tokens, private, service.now())
    form = request.form if error else {}
    return show_form(
        "admin/subscribers.html",
        error,
        here="subscribers",
        groups=groups,
        programs=_split("", "", None, _newest(tokens, _PROGRAMS), service.now()),
        private=private,
        shown=shown,
        form=form,
        lasts=LASTS,
        scopes=_PROGRAMS,
    )


def grouped(tokens: Sequence[Token], private: Sequence[FeedSection], now: datetime) -> list[Group]:
    """Readers' tokens by the private feed that they open, by whatever name they call it. Pure."""
    left = {token.scope for token in tokens if token.scope.startswith(_READ)}
    groups = []
    for feed in private:
        scopes = {_READ + name for name in (feed.name, *feed.formerly)}
        left -= scopes
        groups.append(
            _split(feed.name, feed.title or feed.name, feed, _newest(tokens, scopes), now)
        )
    for scope in sorted(left):
        name = scope.removeprefix(_READ)
        groups.append(_split(name, name, None, _newest(tokens, {scope}), now))
    return groups


def _newest(tokens: Iterable[Token], scopes: Iterable[str]) -> list[Token]:
    wanted = set(scopes)
    its = (token for token in tokens if token.scope in wanted)
    return sorted(its, key=lambda token: token.created_at, reverse=True)


def _split(
    name: str, title: str, feed: FeedSection | None, tokens: Sequence[Token], now: datetime
) -> Group:
    good = tuple(token for token in tokens if is_good(token, now))
    ended = tuple(token for token in tokens if not is_good(token, now))
    return Group(name, title, feed, good, ended)


def _private() -> list[FeedSection]:
    return [feed for feed in current_service().settings.all_feeds() if feed.private]


def _shown(token: Token, text: str) -> Shown:
    if not token.scope.startswith(_READ):
        return Shown(token, text, ())
    name = token.scope.removeprefix(_READ)
    present = next((feed.name for feed in _private() if name in feed.formerly), name)
    where = addresses(current_service().settings.site.url, present)
    return Shown(
        token, text, tuple((words, f"{where[form]}?token={text}") for form, words, _ in FORMS)
    )


def _end(days: str, now: datetime) -> datetime | None:
    if days not in LASTS:
        raise InvalidFields([FieldFault("lasts", "must be one of the times offered")])
    return now.replace(microsecond=0) + timedelta(days=int(days)) if days else None
