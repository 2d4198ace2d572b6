"""Who asks: found out as far as the policy of the view wants to know, and no further.

Programs show a token as ``Authorization: Bearer`` (RFC 6750 2.1), readers of a private feed
in its address (``?token=``) or as the password of HTTP Basic (RFC 7617), people have a session.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote, urlsplit
from wsgiref.types import WSGIEnvironment

from flask import Request, g, redirect, request
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response

from feedsvc.errors import Forbidden, TooOften, Unauthorized
from feedsvc.store import Token
from feedsvc.web import sessions
from feedsvc.web.clients import client_address
from feedsvc.web.current import current_service, current_tally
from feedsvc.web.limiting import line_of
from feedsvc.web.presentation import local

_SAFE = {"GET", "HEAD", "OPTIONS"}
#: Bytes that a body may have: of anybody, and of a batch of items.
BODY = 1024 * 1024
BATCH = 64 * BODY
_BATCH = "/api/v1/items/batch"
#: Where files are sent to, for which ``[limits] media`` holds.
_UPLOADS = {"/api/v1/media", "/micropub", "/micropub/media", "/admin/media", "/admin/uploads"}
#: Forms of articles, which files come with where no script sends them before.
_ARTICLES = "/admin/items/"
#: What else stands in a form that carries a file.
_FORM = 64 * 1024


@dataclass(frozen=True, slots=True)
class Identity:
    """Who asks: a token or an account by its name, or nobody that is known.

    ``scope`` is the token's; ``id`` the token's, which its name may share with others.
    """

    kind: Literal["nobody", "token", "account"] = "nobody"
    name: str = ""
    scope: str = ""
    id: str = ""


def identity() -> Identity:
    """Who asks this, as its policy has found out."""
    found: Identity = g.get("identity", Identity())
    return found


def origin(prefix: str) -> str:
    """Whence an item comes that is made now: ``api:``, ``micropub:`` or ``editor:`` and a name."""
    return f"{prefix}:{identity().name}"


def reader(feed: str) -> bool:
    """Whether this request may read the private feed of that name.

    With a token for it, or for a name that it had before; or as a program that may do everything.
    """
    token = _reading()
    if token is None:
        return False
    if token.scope == "admin":
        return token is _bearer()
    kind, _, name = token.scope.partition(":")
    if kind != "read" or name == feed:
        return kind == "read"
    # What the store knows: of feeds that have ended too, and names that no file mentions any more.
    known = current_service().store.deciding()
    return any(name in spec.formerly for spec in known if spec.name == feed)


def reader_token() -> str | None:
    """The text of the token as it stands in this address, to be put into links; else None."""
    texts = request.args.getlist("token")
    return texts[0] if len(texts) == 1 and _known(texts[0]) else None


def settle(policy: str) -> Response | None:
    """Find out who asks, and refuse whom the ``policy`` is not for; or lead to where to sign in.

    Raises Unauthorized, Forbidden, TooOften, and BadRequest for forged forms.
    """
    if policy in {"write", "admin", "micropub"}:
        _settle_token(policy)
    elif policy in {"account", "visitor"}:
        return _settle_session(policy)
    return None


def _settle_token(policy: str) -> None:
    token = _bearer() or (_in_form() if policy == "micropub" else None)
    if token is None:
        raise Unauthorized(
            "this token is unknown, was revoked or is past its end"
            if "Authorization" in request.headers
            else "this is for whoever has a token"
        )
    if token.scope != "admin" and (policy == "admin" or token.scope != "write"):
        wanted = "admin" if policy == "admin" else "write"
        raise Forbidden(
            f"the scope of this token is {token.scope}, this takes {wanted}", scope=wanted
        )
    g.identity = Identity("token", token.name, token.scope, token.id)
    request.max_content_length = _most(request.path)
    _limit_writes(token)


def _settle_session(policy: str) -> Response | None:
    from feedsvc.web.admin import carrying  # its pages are made with what is made of this module

    sessions.open_cookie()
    found = sessions.present()
    if found is not None:
        request.max_content_length = _most(request.path)
    if policy == "account" and carrying.can_carry():
        asked = carrying.sign_in() if found is None else carrying.once_more()
        if asked is not None:
            return asked
        found = found or sessions.present()
    elif policy == "account" and found is None:
        return _sign_in_first()
    else:
        sessions.guard()
    if found is not None:
        g.identity = Identity("account", found.account)
    return None


def _sign_in_first() -> Response:
    """Lead whoever looks at a page to where to sign in. Raises Unauthorized for all else."""
    site_url = current_service().fixed.site.url
    address = local(f"{site_url}/admin/sign-in", site_url)
    if request.method not in {"GET", "HEAD"}:
        raise Unauthorized(
            f"you are not signed in any more, so nothing was done: sign in at {address} in another "
            "tab, then come back and send this again",
            scheme="Session",
        )
    wanted = request.path + (f"?{request.query_string.decode('latin-1')}" if request.args else "")
    response = redirect(f"{address}?next={quote(wanted, safe='/')}", 303)
    response.headers["Cache-Control"] = "no-store"
    return response


def _bearer() -> Token | None:
    """The token of ``Authorization: Bearer``, if it is good."""
    sent = request.authorization
    return _known(sent.token or "") if sent and sent.type == "bearer" else None


def _in_form() -> Token | None:
    """The token that stands in the form (RFC 6750 2.2), which is not for addresses."""
    text = request.form.get("access_token", "")
    if text and "Authorization" in request.headers:
        raise BadRequest("a token in the header and one in the form are one too many")
    return _known(text)


def _reading() -> Token | None:
    """The token with which a private feed is asked for, if it is good."""
    texts = request.args.getlist("token")
    if texts:
        return _known(texts[0]) if len(texts) == 1 else None
    sent = request.authorization
    if sent and sent.type == "basic":
        return _known(sent.password or "")
    return _bearer()


def _known(text: str) -> Token | None:
    """The good token of this text, looked up once a request."""
    if not text:
        return None
    known: dict[str, Token | None] = g.setdefault("tokens", {})
    if text not in known:
        known[text] = current_service().access.check(text)
    return known[text]


def _limit_writes(token: Token) -> None:
    service = current_service()
    rate = service.fixed.limits.writes
    line = line_of(address())
    if rate is None or line is None or request.method in _SAFE:
        return
    seconds = current_tally().hit(rate, f"token:{token.id}", "writes", service.now())
    if seconds is not None:
        raise TooOften(
            seconds,
            f"this token has written {rate[0]} times already: wait {seconds} seconds, or send many "
            "items at once to /api/v1/items/batch",
        )


def address() -> str:
    """The address of whoever asks, behind proxies that are trusted."""
    return client_address(
        request.remote_addr or "",
        request.headers.get("X-Forwarded-For"),
        current_service().fixed.server.trusted_proxies,
    )


def body_limit(environ: WSGIEnvironment) -> int:
    """The bytes that the body of a request may have, by its head alone: it has not come yet.

    More than a MiB only for whoever may send it, so that nobody else's is waited for. Within the
    context of the application.
    """
    path: str = environ.get("PATH_INFO", "")
    prefix = urlsplit(current_service().fixed.site.url).path
    path = path.removeprefix(prefix) if path.startswith(f"{prefix}/") else path
    most = _most(path)
    if most == BODY:
        return BODY
    asked = Request(environ)
    if path.startswith("/admin/"):
        return most if sessions.of_cookie(asked) else BODY
    sent = asked.authorization
    text = sent.token if sent and sent.type == "bearer" else None
    token = current_service().access.check(text or "")
    return most if token and token.scope in {"write", "admin"} else BODY


def _most(path: str) -> int:
    """The bytes that a body sent to this path may have."""
    if path == _BATCH:
        return BATCH
    if path in _UPLOADS or path.startswith(_ARTICLES):
        return current_service().fixed.limits.media + _FORM
    return BODY
