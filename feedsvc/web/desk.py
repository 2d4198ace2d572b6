"""Where polls arrive, from Flask's views and from the fast path alike: asks, limits, counts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol
from wsgiref.types import WSGIEnvironment

from feedsvc.errors import TooOften
from feedsvc.publish.athand import AtHand, Unready
from feedsvc.publish.document import Target
from feedsvc.publish.documents import Documents
from feedsvc.publish.news import News
from feedsvc.publish.private import Opened
from feedsvc.web.clients import client_address
from feedsvc.web.polling import Answer, Poll, Poller


class Limits(Protocol):
    """What is asked of :class:`feedsvc.web.limiting.Limiter`."""

    def retry_after(self, client: str, feed: str, now: datetime) -> int | None:
        """For how many seconds this client should leave this feed alone; None: not at all."""


class Counts(Protocol):
    """What is asked of :class:`feedsvc.web.counting.Counter`."""

    def note(
        self,
        target: Target,
        form: str,
        user_agent: str,
        status: int,
        conditional: bool,
        sent: int,
        saved: int,
    ) -> None:
        """Count an answer: the bytes of its body, and those that a 304 or 226 has saved."""


#: Where a request carries that it was found too frequent, so that it is not counted twice.
REFUSED = "feedsvc.retry_after"


class Desk:
    """Answers polls as they come from a WSGI server."""

    def __init__(
        self,
        maker: Documents,
        now: Callable[[], datetime],
        *,
        trusted_proxies: int = 0,
        limits: Limits | None = None,
        counts: Counts | None = None,
        news: News | None = None,
    ) -> None:
        self._maker = maker
        self._poller = Poller(maker, note=news.note if news else None)
        self._at_hand = AtHand(maker, news)
        self._ready = Poller(self._at_hand, self._poller)
        self._now = now
        self._trusted_proxies = trusted_proxies
        self._limits = limits
        self._counts = counts

    def answer(
        self, target: Target, environ: WSGIEnvironment, location: str | None = None
    ) -> Answer | None:
        """The answer to a GET or HEAD, None when there is no such document (any more).

        Raises TooOften: but only to a GET that names nothing it has already (S15, S27).
        """
        now = self._now()
        poll = _poll(target, environ, location)
        self._limit_whole(poll, environ, now)
        answer = self._poller.answer(poll, now)
        if answer is not None:
            self._count(target, answer, poll.user_agent, _is_conditional(poll))
        return answer

    def opened(
        self,
        target: Target,
        environ: WSGIEnvironment,
        token: str | None,
        location: str | None = None,
    ) -> Answer | None:
        """As ``answer``, to a reader who may see what is private.

        ``token`` is the one that stood in the address, to stand in all links.
        """
        now = self._now()
        poll = _poll(target, environ, location)
        self._limit_whole(poll, environ, now)
        # Of this request alone: what is said to one reader is never kept for another.
        answer = Poller(Opened(self._maker, token)).answer(poll, now)
        if answer is not None:
            self._count(target, answer, poll.user_agent, _is_conditional(poll))
        return answer

    def at_once(self, target: Target, environ: WSGIEnvironment, token: object) -> Answer | None:
        """The answer if nothing has to be read or made for it, else None. Raises TooOften.

        For one thread, the event loop's. ``token`` is the store's ``data_version`` as of now.
        """
        now = self._now()
        poll = _poll(target, environ, None)
        self._at_hand.token = token
        try:
            answer = self._ready.answer(poll, now)
        except Unready:
            return None
        if answer is not None:
            self._limit_whole(poll, environ, now)
            self._count(target, answer, poll.user_agent, _is_conditional(poll))
        return answer

    def again(self, target: Target, environ: WSGIEnvironment, answer: Answer) -> None:
        """Limit and count a request that is like one before, and is about to be answered alike.

        Raises TooOften.
        """
        get = environ.get
        conditional = bool(get("HTTP_IF_NONE_MATCH") or get("HTTP_IF_MODIFIED_SINCE"))
        if not conditional and self._limits is not None and environ["REQUEST_METHOD"] == "GET":
            self._limit(self._limits, target, environ, self._now())
        self._count(target, answer, get("HTTP_USER_AGENT"), conditional)

    def _limit_whole(self, poll: Poll, environ: WSGIEnvironment, now: datetime) -> None:
        if self._limits is not None and poll.method == "GET" and not _is_conditional(poll):
            self._limit(self._limits, poll.target, environ, now)

    def note(self, target: Target, environ: WSGIEnvironment, status: int) -> None:
        """Count a poll that is led on (308) or told that its feed has ended (410).

        Never as one without a validator: neither answer has one that could be sent back.
        """
        if self._counts is not None:
            agent = environ.get("HTTP_USER_AGENT", "")
            self._counts.note(target, target.form, agent, status, True, 0, 0)

    def _count(self, target: Target, answer: Answer, agent: str | None, asked: bool) -> None:
        if self._counts is not None:
            sent = len(answer.body)
            saved = answer.full - sent if answer.status != 200 else 0
            self._counts.note(target, target.form, agent or "", answer.status, asked, sent, saved)

    def _limit(
        self, limits: Limits, target: Target, environ: dict[str, Any], now: datetime
    ) -> None:
        seconds: int | None = environ.get(REFUSED)
        if seconds is None:
            client = client_address(
                environ.get("REMOTE_ADDR", ""),
                environ.get("HTTP_X_FORWARDED_FOR"),
                self._trusted_proxies,
            )
            # Each document by itself: whoever walks an archive fetches each for the first time.
            document = f"{target.kind}:{target.key}:{target.number}.{target.form}"
            seconds = limits.retry_after(client, document, now)
            if seconds is None:
                return
            environ[REFUSED] = seconds
            if self._counts is not None:
                agent = environ.get("HTTP_USER_AGENT", "")
                self._counts.note(target, target.form, agent, 429, False, 0, 0)
        raise TooOften(seconds)


def _poll(target: Target, environ: WSGIEnvironment, location: str | None) -> Poll:
    get = environ.get
    return Poll(
        target,
        environ["REQUEST_METHOD"],
        get("HTTP_IF_NONE_MATCH"),
        get("HTTP_IF_MODIFIED_SINCE"),
        get("HTTP_A_IM"),
        get("HTTP_ACCEPT_ENCODING"),
        get("HTTP_USER_AGENT"),
        location,
    )


def _is_conditional(poll: Poll) -> bool:
    return bool(poll.if_none_match or poll.if_modified_since)
