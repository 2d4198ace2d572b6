"""The parts that a request works with, as Flask's ``current_app`` holds them."""

from __future__ import annotations

from typing import cast

from flask import Flask, current_app

from feedsvc.service import Service
from feedsvc.web.desk import Desk
from feedsvc.web.limiting import Tally

_KEY = "feedsvc"
_DESK = "feedsvc.desk"
_TALLY = "feedsvc.tally"


def install(app: Flask, service: Service, desk: Desk, tally: Tally) -> None:
    """Let ``app``'s views find the service, the desk where polls are answered, and the limits."""
    app.extensions[_KEY] = service
    app.extensions[_DESK] = desk
    app.extensions[_TALLY] = tally


def current_service() -> Service:
    """The service of the application that answers this request."""
    return cast("Service", current_app.extensions[_KEY])


def current_desk() -> Desk:
    """The desk of the application that answers this request."""
    return cast("Desk", current_app.extensions[_DESK])


def current_tally() -> Tally:
    """What counts who does something too often, of the application that answers this request."""
    return cast("Tally", current_app.extensions[_TALLY])
