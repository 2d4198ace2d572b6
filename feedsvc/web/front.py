"""The fast path: polls of addresses that Flask has answered before are answered without it.

It knows nothing of its own. Which document stands at a path it learns from Flask's views, and both
let the same desk answer; whatever is in any way unusual goes through to Flask.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from functools import lru_cache
from http import HTTPStatus
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from feedsvc.publish.document import Target
from feedsvc.web import hosts
from feedsvc.web.desk import Desk
from feedsvc.web.polling import Answer

#: Where a view leaves the target of an answer that stands at the one address of its document.
LEARNT = "feedsvc.target"
#: Where the front leaves why it could not answer: Flask says it, and need not try again.
FAILURE = "feedsvc.failure"
#: Paths that are remembered; an archive may have more, and is walked seldom.
_MOST = 4096
#: As Flask writes them.
_STATUS: dict[int, str] = {
    status: f"{status} {HTTPStatus(status).phrase.upper()}"
    for status in (HTTPStatus.OK, HTTPStatus.IM_USED, HTTPStatus.NOT_MODIFIED)
}
_host_fault = lru_cache(maxsize=256)(hosts.fault)


def may_tell(query: str) -> bool:
    """Whether a query may name a token or a code: Flask seals such answers, and is the one to know.

    Rather once too often: of a name with escapes it is not asked what it means.

    >>> may_tell("token=x"), may_tell("a=b&%74oken=x"), may_tell("utm_source=planet")
    (True, True, False)
    """
    return "token" in query or "code" in query or "%" in query


class Front:
    """A WSGI application in front of Flask's. Safe to use from several threads."""

    def __init__(self, application: WSGIApplication, desk: Desk) -> None:
        self._application = application
        self._desk = desk
        self._targets: dict[str, Target] = {}
        self._lock = threading.Lock()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer, or let Flask do it."""
        query = environ.get("QUERY_STRING", "")
        if query and may_tell(query):
            return self._application(environ, start_response)
        path = environ.get("PATH_INFO", "")
        target = self._targets.get(path)
        if target is None:
            return self._through(path, environ, start_response)
        method = environ["REQUEST_METHOD"]
        if (method != "GET" and method != "HEAD") or _host_fault(
            environ.get("HTTP_HOST", ""), environ.get("SERVER_PROTOCOL", "")
        ):
            return self._application(environ, start_response)
        try:
            answer = self._desk.answer(target, environ)
        except Exception as failure:  # noqa: BLE001 - whatever it is, Flask says it and logs it
            environ[FAILURE] = failure
            return self._application(environ, start_response)
        if answer is None:  # ended, or known by another name
            with self._lock:
                self._targets.pop(path, None)
            return self._through(path, environ, start_response)
        start_response(_STATUS[answer.status], answer.headers)
        return (answer.body,) if answer.body else ()

    def at_once(self, environ: WSGIEnvironment, token: object) -> tuple[Target, Answer] | None:
        """What is answered without reading or making anything; None if that can't be.

        For the event loop. Raises TooOften. ``token`` is the store's ``data_version``.
        """
        target = self._targets.get(environ["PATH_INFO"])
        if environ.get("QUERY_STRING"):  # never, as requests are read there (plain.py)
            return None
        if target is None or _host_fault(environ.get("HTTP_HOST", ""), environ["SERVER_PROTOCOL"]):
            return None
        answer = self._desk.at_once(target, environ, token)
        return None if answer is None else (target, answer)

    def again(self, target: Target, environ: WSGIEnvironment, answer: Answer) -> None:
        """Limit and count an answer that is given once more. Raises TooOften."""
        self._desk.again(target, environ, answer)

    def _through(
        self, path: str, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        """Let Flask answer, and learn from it."""
        result = self._application(environ, start_response)
        target = environ.get(LEARNT)
        if target is not None:
            with self._lock:
                if len(self._targets) >= _MOST:
                    self._targets.clear()
                self._targets[path] = target
        return result
