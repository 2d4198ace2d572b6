"""The application: ``create_app`` puts the doors of the web together."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask, Response, request
from werkzeug.exceptions import BadRequest
from werkzeug.http import http_date

from feedsvc.publish.news import News
from feedsvc.service import Service
from feedsvc.web import (
    admin,
    api,
    assets,
    auth,
    current,
    errors,
    feeds,
    headers,
    health,
    hosts,
    media,
    metrics,
    micropub,
    pages,
    policy,
    private,
    sessions,
)
from feedsvc.web.api import cors
from feedsvc.web.desk import Counts, Desk, Limits
from feedsvc.web.front import FAILURE, Front
from feedsvc.web.limiting import Tally

#: Where the application keeps its fast path, for servers that ask it from their event loop.
FRONT = "feedsvc.front"


class _Application(Flask):
    """Flask, but for what it answers by itself to OPTIONS: a text type with no text."""

    def make_default_options_response(self) -> Response:
        """What is allowed here, and nothing else: 204 (RFC 9110 9.3.7 and 15.3.5)."""
        response = super().make_default_options_response()
        response.status_code = 204
        del response.headers["Content-Type"]
        return response


def create_app(
    service: Service,
    *,
    limits: Limits | None = None,
    counts: Counts | None = None,
    tally: Tally | None = None,
    news: News | None = None,
    front: bool = True,
) -> Flask:
    """The WSGI application that serves what ``service`` keeps.

    It never builds a link from the request: addresses come from ``site.url`` alone. Cookies are for
    the editor, whoever reads gets none. Without ``limits`` nobody asks too often, without
    ``counts`` nobody counts; ``tally`` is what workers share to limit sign-ins and writes, ``news``
    brings documents that another process has made. Without ``front`` Flask answers everything, in
    its own time.
    """
    desk = Desk(
        service.documents,
        service.now,
        trusted_proxies=service.settings.server.trusted_proxies,
        limits=limits,
        counts=counts,
        news=news,
    )
    app = _Application(__name__, static_folder=None)
    app.debug = False  # whatever FLASK_DEBUG says: strangers see no traceback
    # Werkzeug's own redirects (doubled or missing slashes) would be built from the Host header.
    app.url_map.merge_slashes = False
    app.url_map.redirect_defaults = False
    app.config["MAX_CONTENT_LENGTH"] = auth.BODY  # of others, those who may send more (auth)
    app.config["MAX_FORM_MEMORY_SIZE"] = auth.BODY  # articles come in forms
    app.config["MAX_FORM_PARTS"] = 200
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    current.install(app, service, desk, tally or Tally())
    sessions.install(app, service)
    pages.prepare_templates(app, service.settings)
    for room in (feeds, pages, media, assets, health, metrics, admin, api, micropub):
        app.register_blueprint(room.blueprint)
    errors.register(app)
    app.before_request(_named_rightly)
    app.before_request(_not_failed)
    cors.install(app)
    app.before_request(policy.enforce)
    app.after_request(_always)
    app.after_request(private.seal)
    if front:
        app.wsgi_app = app.extensions[FRONT] = Front(app.wsgi_app, desk)  # type: ignore[method-assign]
    prefix = urlsplit(service.settings.site.url).path
    app.wsgi_app = _below(prefix, app.wsgi_app)  # type: ignore[method-assign,assignment]
    return app


def _named_rightly() -> None:
    """Refuse a request that names no host, several, or what can't be one."""
    environ = request.environ
    wrong = hosts.fault(environ.get("HTTP_HOST", ""), environ.get("SERVER_PROTOCOL", ""))
    if wrong:
        raise BadRequest(wrong)


def _not_failed() -> None:
    """Fail as the fast path has failed already, without trying the same again."""
    failure: Exception | None = request.environ.get(FAILURE)
    if failure is not None:
        raise failure


def _always(response: Response) -> Response:
    for name, value in headers.ALWAYS.items():
        response.headers.setdefault(name, value)
    # The server's own Date is up to a second old: Last-Modified would be later (RFC 9110 8.8.2.1).
    if "Date" not in response.headers:
        response.headers["Date"] = http_date(current.current_service().now())
    # An address with a token or a code in it is kept by nobody, and told to nobody.
    if not {"token", "code"}.isdisjoint(request.args):
        response.headers["Cache-Control"] = headers.PRIVATE
        response.headers["Referrer-Policy"] = "no-referrer"
    if allow := response.headers.get("Allow"):  # a set to Werkzeug, so in any order
        response.headers["Allow"] = ", ".join(sorted(allow.split(", ")))
    return response


def _below(prefix: str, application: WSGIApplication) -> WSGIApplication:
    """Serve a site whose address has a path, whether or not the proxy in front takes it off."""
    if not prefix:
        return application

    def unprefixed(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path == prefix or path.startswith(f"{prefix}/"):
            script = environ.get("SCRIPT_NAME", "") + prefix
            environ = {**environ, "SCRIPT_NAME": script, "PATH_INFO": path[len(prefix) :] or "/"}
        return application(environ, start_response)

    return unprefixed
