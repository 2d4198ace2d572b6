"""Signing in and out, and the page where an invitation becomes an account."""

from __future__ import annotations

import logging
import re
from typing import Any

from flask import Response, current_app, flash, redirect, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as Answer

from feedsvc.errors import Conflict, FeedsvcError, Forbidden, InvalidFields, TooOften
from feedsvc.web import attempts, auth, sessions
from feedsvc.web.admin import blueprint
from feedsvc.web.admin.showing import show
from feedsvc.web.current import current_service
from feedsvc.web.policy import policy, policy_of
from feedsvc.web.presentation import local

log = logging.getLogger(__name__)

#: Queries that are led back to; others are left out.
_QUERY = re.compile(r"[\w.~%=&+:/-]{1,500}", re.ASCII)


@blueprint.get("/sign-in")
@policy("visitor")
def sign_in_page() -> Response | Answer:
    """The form; whoever is signed in is led on."""
    wanted = request.args.get("next", "")
    if auth.identity().kind == "account":
        return _lead(wanted)
    return _sign_in(wanted)


@blueprint.post("/sign-in")
@policy("visitor")
def sign_in() -> Response | Answer:
    """Try a name and a password."""
    wanted, name = request.form.get("next", ""), request.form.get("name", "")
    try:
        account = attempts.sign_in(name, request.form.get("password", ""))
    except TooOften as error:
        return _sign_in(wanted, name, error)
    if account is None:
        log.warning("a sign-in as %r from %s failed", name[:64], auth.address())
        return _sign_in(wanted, name, Forbidden("no account has this name with this password"))
    sessions.begin(account.name)
    log.info("%s signed in from %s", account.name, auth.address())
    return _lead(wanted)


@blueprint.post("/sign-out")
@policy("visitor")
def sign_out() -> Answer:
    """End the session, if there is one."""
    sessions.end()
    return redirect(page_path("/admin/sign-in"), 303)


@blueprint.get("/setup")
@policy("visitor")
def setup_page() -> Response:
    """The form in which the invited choose a password, and a name where it is not given."""
    code = request.args.get("code", "")
    try:
        invitation = current_service().access.invitation(code)
    except Forbidden as error:
        return show_form("admin/setup.html", error, code="", account=None, name="")
    return show_form("admin/setup.html", code=code, account=invitation.account, name="")


@blueprint.post("/setup")
@policy("visitor")
def setup() -> Response | Answer:
    """Make the account and sign it in."""
    form = request.form
    code, name, password = (form.get(key, "") for key in ("code", "name", "password"))
    access = current_service().access
    given = None
    try:
        attempts.limit("setup")
        given = access.invitation(code).account
        if form.get("again", password) != password:
            raise Conflict("the two passwords differ: type the same one twice")
        known = given is not None and current_service().store.account(given) is not None
        account = access.accept(code, name, password)
    except Forbidden as error:
        attempts.failed("setup")
        return show_form("admin/setup.html", error, code="", account=None, name="")
    except (Conflict, InvalidFields, TooOften) as error:
        return show_form("admin/setup.html", error, code=code, account=given, name=name)
    sessions.begin(account.name)
    if known:
        flash("Your new password is kept. You are signed in here, and out everywhere else.")
    else:
        flash("Your account is made, and you are signed in.")
    log.info("the account %s was set up from %s", account.name, auth.address())
    return _lead("")


def _sign_in(wanted: str, name: str = "", error: FeedsvcError | None = None) -> Response:
    nobody = not current_service().store.accounts()
    return show_form("admin/signin.html", error, wanted=wanted, name=name, nobody=nobody)


def show_form(template: str, error: FeedsvcError | None = None, **context: Any) -> Response:
    """A form, with what was wrong the last time. Its address, a code in it, goes to nobody."""
    faults = {}
    if isinstance(error, InvalidFields):
        faults = {one.field: _sentence(one.reason) for one in error.faults}
    response = show(
        template,
        status=error.http_status if error else 200,
        error="" if error is None or faults else _sentence(str(error)),
        faults=faults,
        **{"here": "", **context},
    )
    if isinstance(error, TooOften):
        response.headers["Retry-After"] = str(error.retry_after)
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _lead(wanted: str) -> Answer:
    """Go on to where somebody wanted to go, if that is a page of the editor; else to its first."""
    path, _, query = wanted.partition("?")
    adapter = current_app.url_map.bind("")
    try:
        endpoint, arguments = adapter.match(path, method="GET")
    except (HTTPException, ValueError):
        return redirect(page_path("/admin/"), 303)
    if not endpoint.startswith("admin.") or policy_of(current_app, endpoint) != "account":
        return redirect(page_path("/admin/"), 303)
    # Built anew from the view and its arguments: nothing that was sent is repeated as it was.
    target = page_path(adapter.build(endpoint, arguments))
    return redirect(f"{target}?{query}" if _QUERY.fullmatch(query) else target, 303)


def page_path(path: str) -> str:
    """The path of a page of ours as a browser asks for it, below that of the site."""
    site_url = current_service().settings.site.url
    return local(site_url + path, site_url)
