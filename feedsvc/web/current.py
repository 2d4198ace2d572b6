"""The parts that a request works with, as Flask's ``current_app`` holds them."""

from __future__ import annotations

from typing import cast

from flask import Flask, current_app

from feedsvc.service import Service
from feedsvc.web.desk import Desk

_KEY = "feedsvc"
_DESK = "feedsvc.desk"


def install(app: Flask, service: Service, desk: Desk) -> None:
    """Let ``app``'s views find the service, and the desk where polls are answered."""
    app.extensions[_KEY] = service
    app.extensions[_DESK] = desk


def current_service() -> Service:
    """The service of the application that answers this request."""
    return cast("Service", current_app.extensions[_KEY])


def current_desk() -> Desk:
    """The desk of the application that answers this request."""
    return cast("Desk", current_app.extensions[_DESK])
