"""Tries to get in: how many may fail, and whose failures count together.

Only failures count. A browser that somebody has signed in with lately carries a signed mark of it,
and has an allowance of its own: strangers who guess at an account are held together, and do not
keep out whoever it belongs to.
"""

from __future__ import annotations

import secrets
from typing import Any

from flask import Response, after_this_request, current_app, request
from itsdangerous import BadData, URLSafeTimedSerializer

from feedsvc.access import account_name
from feedsvc.errors import TooOften
from feedsvc.store import Account
from feedsvc.web.clients import client_address
from feedsvc.web.current import current_service, current_tally
from feedsvc.web.limiting import line_of
from feedsvc.web.presentation import local

#: How often somebody may fail, from one address and with one account; this machine is no exception.
_PER_ADDRESS = (5, 60)
_PER_ACCOUNT = (20, 3600)
#: How long a browser is known after signing in, in seconds, and with how many accounts.
_KNOWN = 30 * 86400
_MOST_ACCOUNTS = 5


def sign_in(name: str, password: str) -> Account | None:
    """The account with this name and password. Raises TooOften, also when many try just now."""
    limit("sign-in", name)
    account = current_service().access.sign_in(name, password)
    if account is None:
        failed("sign-in", name)
    return account


def limit(what: str, name: str | None = None) -> None:
    """Raise TooOften when too much has failed: from here, or with the account of that name."""
    tally, now = current_tally(), current_service().now()
    waits = [tally.wait(rate, who, what, now) for rate, who in _counts(name)]
    if seconds := max(wait or 0 for wait in waits):
        raise TooOften(seconds, f"that was tried too often: try again in {_words(seconds)}")


def failed(what: str, name: str | None = None) -> None:
    """Count a try that was in vain."""
    tally, now = current_tally(), current_service().now()
    for rate, who in _counts(name):
        tally.hit(rate, who, what, now)


def _counts(name: str | None) -> list[tuple[tuple[int, int], str]]:
    """The rates that hold for this request, and under which name each counts."""
    account = None if name is None else account_name(name)
    mark, accounts = _mark()
    if account in accounts:
        return [(_PER_ADDRESS, f"known:{mark}"), (_PER_ACCOUNT, f"known:{mark}")]
    # Whoever can't be told apart from strangers counts with them.
    counts = [(_PER_ADDRESS, f"line:{line_of(_address(), loopback=True) or 'nowhere'}")]
    return counts if account is None else [*counts, (_PER_ACCOUNT, f"account:{account}")]


def remember(account: str) -> None:
    """Have the browser of this request known as one that this account has signed in with."""
    mark, accounts = _mark()
    these = [account, *(one for one in accounts if one != account)][:_MOST_ACCOUNTS]
    text = _signer().dumps([mark or secrets.token_hex(8), these])
    site_url = current_service().fixed.site.url

    @after_this_request
    def _set(response: Response) -> Response:
        response.set_cookie(
            _cookie(),
            text,
            max_age=_KNOWN,
            path=local(f"{site_url}/admin", site_url),
            secure=current_app.config["SESSION_COOKIE_SECURE"],
            httponly=True,
            samesite="Lax",
        )
        return response


def _mark() -> tuple[str, list[str]]:
    """What tells this browser from others, and the accounts that have signed in with it lately."""
    sent = request.cookies.get(_cookie(), "")
    try:
        told: Any = _signer().loads(sent, max_age=_KNOWN) if sent else None
    except BadData:
        told = None
    match told:
        case [str(mark), [*accounts]]:
            return mark, accounts
    return "", []


def _cookie() -> str:
    secure = current_app.config["SESSION_COOKIE_SECURE"]
    return "__Secure-feedsvc-known" if secure else "feedsvc-known"


def _signer() -> URLSafeTimedSerializer:
    key = current_app.secret_key or current_service().store.secret("session")
    return URLSafeTimedSerializer(key, salt="feedsvc-known")


def _address() -> str:
    return client_address(
        request.remote_addr or "",
        request.headers.get("X-Forwarded-For"),
        current_service().fixed.server.trusted_proxies,
    )


def _words(seconds: int) -> str:
    return f"{seconds} seconds" if seconds < 120 else f"{-(-seconds // 60)} minutes"
