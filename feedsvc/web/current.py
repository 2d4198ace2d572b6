"""The parts that a request works with, as Flask's ``current_app`` holds them."""

from __future__ import annotations

from typing import cast

from flask import Flask, current_app

from feedsvc.service import Service

_KEY = "feedsvc"


def install(app: Flask, service: Service) -> None:
    """Let ``app``'s views find the service."""
    app.extensions[_KEY] = service


def current_service() -> Service:
    """The service of the application that answers this request."""
    return cast("Service", current_app.extensions[_KEY])
