"""Who may ask for what: every view declares it, and a view that does not is answered to nobody.

public      anybody
feed        anybody, but of a private feed its subscribers alone: the view asks ``auth.reader``
write       a token that may write
admin       a token that may do everything
micropub    as ``write``, and the token may stand in the form (Micropub 3.1)
account     somebody who has signed in
visitor     anybody, with a session: signing in, setting up
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, TypeVar, get_args

from flask import Flask, current_app, request
from werkzeug.wrappers import Response

from feedsvc.web import auth

Policy = Literal["public", "feed", "write", "admin", "micropub", "account", "visitor"]
POLICIES: tuple[Policy, ...] = get_args(Policy)

View = TypeVar("View", bound=Callable[..., Any])

_ATTRIBUTE = "feedsvc_policy"


class Undeclared(RuntimeError):
    """A view that says not whom it is for."""


def policy(name: Policy) -> Callable[[View], View]:
    """Declare whom a view is for. Stands right above the function, below its route."""

    def declare(view: View) -> View:
        setattr(view, _ATTRIBUTE, name)
        return view

    return declare


def policy_of(app: Flask, endpoint: str) -> Policy:
    """Whom the view of this endpoint is for. Raises Undeclared."""
    declared: Policy | None = getattr(app.view_functions[endpoint], _ATTRIBUTE, None)
    if declared not in POLICIES:
        raise Undeclared(f"the view {endpoint} declares no policy")
    return declared


def enforce() -> Response | None:
    """Let through whom the view is for. For ``before_request``; raises Unauthorized, Forbidden.

    What an address allows (OPTIONS) is told to everybody: browsers ask it without saying for whom.
    """
    if request.url_rule is None or request.endpoint is None:
        return None
    declared = policy_of(current_app, request.endpoint)
    if request.method == "OPTIONS" and declared != "account":
        return None
    return auth.settle(declared)
