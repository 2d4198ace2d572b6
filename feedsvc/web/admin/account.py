"""One's own account: its password, where it is signed in; and who else may come in."""

from __future__ import annotations

from flask import Response, flash, redirect, request
from werkzeug.wrappers import Response as Answer

from feedsvc.access import is_open
from feedsvc.errors import Conflict, FeedsvcError, InvalidFields, TooOften
from feedsvc.web import attempts, auth, sessions
from feedsvc.web.admin import blueprint
from feedsvc.web.admin.signin import page_path, show_form
from feedsvc.web.current import current_service
from feedsvc.web.policy import policy


@blueprint.get("/account")
@policy("account")
def account() -> Response:
    """The page."""
    return _page()


@blueprint.post("/account/password")
@policy("account")
def change_password() -> Response | Answer:
    """Another password, by whoever knows the present one; it ends all other sessions."""
    name, form = auth.identity().name, request.form
    access = current_service().access
    try:
        if attempts.sign_in(name, form.get("present", "")) is None:
            raise Conflict("the present password is another one: type it once more")
        if form.get("again") != form.get("password"):
            raise Conflict("the two new passwords differ: type the same one twice")
        access.set_password(name, form.get("password", ""))
    except (Conflict, InvalidFields, TooOften) as error:
        return _page(error)
    # Whoever has the old cookie, or an old form, is out too.
    current_service().store.drop_sessions(name)
    sessions.begin(name)
    flash("The password is changed. You are signed out everywhere else.")
    return redirect(page_path("/admin/account"), 303)


@blueprint.post("/account/others")
@policy("account")
def end_others() -> Answer:
    """Sign out everywhere but here."""
    current_service().access.end_others(auth.identity().name, sessions.session_id() or "")
    flash("You are signed out everywhere else.")
    return redirect(page_path("/admin/account"), 303)


@blueprint.post("/account/invitations")
@policy("account")
def invite() -> Response:
    """An address with which somebody else can make an account; shown once."""
    service = current_service()
    code = service.access.invite()
    return _page(invited=f"{service.settings.site.url}/admin/setup?code={code}")


def _page(error: FeedsvcError | None = None, *, invited: str = "") -> Response:
    service, name = current_service(), auth.identity().name
    now = service.now()
    own = sessions.present()
    return show_form(
        "admin/account.html",
        error,
        here="account",
        name=name,
        own=own.digest if own else "",
        open=[one for one in service.store.sessions(name) if is_open(one, now)],
        people=[one.name for one in service.store.accounts()],
        invited=invited,
    )
