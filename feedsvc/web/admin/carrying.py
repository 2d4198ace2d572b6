"""A form that comes when nobody is signed in any more: what was written is carried over signing in.

The answer is a page that holds all that was sent, and asks for a name and a password beside it.
It is sent to the very same address, where signing in comes first and then what was wanted at all.
Whoever is in, but with a form of an earlier session, is asked to press a button once more.

Only what a page of ours has sent is carried: else another site could lay words into the form of
somebody who then signs in. Browsers say it in ``Sec-Fetch-Site`` (Fetch Metadata), older ones in
``Origin`` (RFC 6454 7); who says neither is answered as before.
"""

from __future__ import annotations

import logging
from urllib.parse import urlsplit

from flask import Response, request
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.exceptions import BadRequest

from feedsvc.errors import TooOften
from feedsvc.web import attempts, sessions
from feedsvc.web.admin.showing import show
from feedsvc.web.current import current_service
from feedsvc.web.negotiation import names_html

log = logging.getLogger(__name__)

#: What the page adds to the fields that it carries; no form of the editor has such names.
NAME, PASSWORD = "feedsvc-name", "feedsvc-password"
_OURS = (NAME, PASSWORD)
#: Passwords are not repeated in a page, so a form with some is filled in again.
_NEVER = "/admin/account/"


def can_carry() -> bool:
    """Whether this request is a form that a page of ours has sent, from the page to its answer."""
    sent = request.headers
    return (
        request.method == "POST"
        and names_html(sent.get("Accept"))
        and "X-CSRFToken" not in sent  # a script's, which shows no page
        and not request.path.startswith(_NEVER)
        and _is_ours()
    )


def _is_ours() -> bool:
    told = request.headers.get("Sec-Fetch-Site")
    if told is not None:
        return told == "same-origin"
    origin = urlsplit(request.headers.get("Origin", ""))
    site = urlsplit(current_service().fixed.site.url)
    return (origin.scheme, origin.netloc) == (site.scheme, site.netloc)


def sign_in() -> Response | None:
    """Sign in whoever is not, with what this form carries; else the page that asks for it.

    None when somebody is in now: then what the form wants can be done.
    """
    if NAME not in request.form:
        return _page(401)
    name = request.form[NAME]
    try:
        sessions.guard()
        account = attempts.sign_in(name, request.form.get(PASSWORD, ""))
    except BadRequest:
        reason = "Your browser has kept no cookie of this page: allow them here, then try again."
        return _page(400, name=name, error=reason)
    except TooOften as error:
        reason = str(error)
        response = _page(429, name=name, error=f"{reason[:1].upper()}{reason[1:]}.")
        response.headers["Retry-After"] = str(error.retry_after)
        return response
    if account is None:
        log.warning("a sign-in as %r failed", name[:64])
        return _page(403, name=name, error="No account has this name with this password.")
    sessions.begin(account.name)
    log.info("%s signed in", account.name)
    request.form = ImmutableMultiDict(_carried())  # nobody else is told the password
    return None


def once_more() -> Response | None:
    """For whoever is signed in: the page that asks for a button, if the form is of another session.

    None when it is of this one.
    """
    try:
        sessions.guard()
    except BadRequest:
        return _page(400, signed_in=True)
    return None


def _page(status: int, *, name: str = "", error: str = "", signed_in: bool = False) -> Response:
    form = request.form
    response = show(
        "admin/carrying.html",
        status=status,
        here="",
        error=error,
        name=name,
        names={"name": NAME, "password": PASSWORD},
        signed_in=signed_in,
        carried=[(key, value) for key, value in _carried() if key != "csrf_token"],
        files=[one.filename for one in request.files.values() if one.filename],
        title=form.get("title", ""),
        text=form.get("text", ""),
    )
    if status == 401:
        response.headers["WWW-Authenticate"] = 'Session realm="feedsvc"'
    return response


def _carried() -> list[tuple[str, str]]:
    """The fields that were sent, in their order, without those of the page itself."""
    return [one for one in request.form.items(multi=True) if one[0] not in _OURS]
