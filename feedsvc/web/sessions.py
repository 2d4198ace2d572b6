"""The sessions of people who have signed in: a signed cookie with an id that the store knows.

Only views of the policies ``account`` and ``visitor`` come here. The answers to all others neither
read nor set nor vary by a cookie.
"""

from __future__ import annotations

from typing import cast
from urllib.parse import urlsplit

from flask import Flask, Request, Response, current_app, request, session
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from flask_wtf.csrf import CSRFError, CSRFProtect
from werkzeug.exceptions import BadRequest

from feedsvc.access import LONGEST
from feedsvc.service import Service
from feedsvc.store import Session
from feedsvc.web import attempts
from feedsvc.web.current import current_service

#: Where the cookie carries the id of the session.
_ID = "id"


class _Opened(SecureCookieSession):
    """What a cookie says, once it was looked at."""

    opened = False


class _Cookies(SecureCookieSessionInterface):
    """Flask's signed cookies, looked at when somebody asks for what they say.

    Their key is one for all workers and nodes, and read from the store when it is first needed.
    """

    session_class = _Opened

    def __init__(self, service: Service) -> None:
        self._service = service

    def open_session(self, app: Flask, request: Request) -> _Opened:
        """Nothing yet: which view is asked, and so whether cookies matter, is not known here."""
        del app, request
        return _Opened()

    def load(self, app: Flask, request: Request, into: _Opened) -> None:
        """Put in what the cookie says; nothing where it is forged or too old."""
        if not app.secret_key:  # forms are signed with it too
            app.secret_key = self._service.store.secret("session")
        if self.get_cookie_name(app) in request.cookies:
            into.update(super().open_session(app, request) or {})
        into.modified, into.opened = False, True

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Set the cookie, where it was looked at."""
        if isinstance(session, _Opened) and session.opened:
            super().save_session(app, session, response)


def install(app: Flask, service: Service) -> None:
    """Give ``app`` sessions, and its forms a guard against other sites' (Flask-WTF)."""
    secure = urlsplit(service.settings.site.url).scheme == "https"
    app.config.update(
        # The prefix has browsers refuse one that another host or path has set (RFC 6265bis 4.1.3).
        SESSION_COOKIE_NAME="__Host-feedsvc" if secure else "feedsvc",
        SESSION_COOKIE_SECURE=secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
        PERMANENT_SESSION_LIFETIME=LONGEST,
        SESSION_REFRESH_EACH_REQUEST=False,
        WTF_CSRF_CHECK_DEFAULT=False,  # checked by the policy of the view
        WTF_CSRF_TIME_LIMIT=None,  # as good as the session that it belongs to
        WTF_CSRF_SSL_STRICT=False,  # it would compare with Host, which proxies may change
    )
    app.session_interface = _Cookies(service)
    CSRFProtect(app)


def open_cookie() -> None:
    """Let this request's session be what its cookie says."""
    interface = cast("_Cookies", current_app.session_interface)
    interface.load(current_app, request, cast("_Opened", session._get_current_object()))  # type: ignore[attr-defined]


def guard() -> None:
    """Refuse what another site has made a browser send. Raises BadRequest."""
    if request.method in {"GET", "HEAD", "OPTIONS"}:
        return
    if request.headers.get("Sec-Fetch-Site") == "cross-site":
        raise BadRequest("this was sent by a page of another site, so nothing was done")
    try:
        current_app.extensions["csrf"].protect()
    except CSRFError as error:
        raise BadRequest(
            "this form is too old, or was not ours: nothing was done. Go back, load the page "
            "again and send it again"
        ) from error


def begin(account: str) -> None:
    """Sign somebody in: with a new id and a new guard, whatever the cookie held before."""
    access = current_service().access
    end()
    session[_ID] = access.begin_session(account, request.headers.get("User-Agent", ""))
    attempts.remember(account)


def end() -> None:
    """Sign out, if anybody is in."""
    identifier = session_id()
    if identifier:
        current_service().access.end_session(identifier)
    session.clear()


def session_id() -> str | None:
    """The id that this request's cookie names, whether or not it is still good."""
    identifier = session.get(_ID)
    return identifier if isinstance(identifier, str) else None


def present() -> Session | None:
    """The session of whoever is signed in."""
    identifier = session_id()
    return current_service().access.session(identifier) if identifier else None


def of_cookie(cookies: Request) -> Session | None:
    """The session that the cookie of a request names, before its view is known."""
    found = _Opened()
    cast("_Cookies", current_app.session_interface).load(current_app, cookies, found)
    identifier = found.get(_ID)
    if not isinstance(identifier, str):
        return None
    return current_service().access.session(identifier)
