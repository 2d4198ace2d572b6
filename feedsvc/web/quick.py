"""Answers that the event loop gives by itself: plain requests for documents that are at hand."""

from __future__ import annotations

from http import HTTPStatus
from wsgiref.types import WSGIEnvironment

from feedsvc.web import plain
from feedsvc.web.front import Front
from feedsvc.web.repeats import Repeat, Repeats, State

#: Longer requests come from no feed reader.
LONGEST = 4096
#: What ``Connection`` may say here, and whether the connection ends with the answer.
_CLOSES = {"": False, "keep-alive": False, "close": True}


class Quick:
    """Knows what can be answered at once. Belongs to one event loop, used by its thread alone.

    Nothing here waits: what would have to be read, rendered or coded first, and whatever is in any
    way unusual, is left to the threads, and is at hand the next time.
    """

    def __init__(self, front: Front, repeats: Repeats) -> None:
        self._front = front
        self._repeats = repeats

    def answer(self, request: bytes, peer: str) -> Repeat | None:
        """The answer to all that has come from ``peer``, None to let others do it.

        Raises TooOften.
        """
        if len(request) > LONGEST:
            return None
        repeat = self._repeats.get(request)
        if repeat is not None:
            environ = repeat.environ
            if not environ.get("HTTP_IF_NONE_MATCH"):  # only then it matters who asks
                environ = {**environ, "REMOTE_ADDR": peer}
            self._front.again(repeat.target, environ, repeat.answer)
            return repeat
        plainly, state = plain.environ_of(request, peer), self._repeats.state()
        return None if plainly is None or state is None else self._at_once(request, plainly, state)

    def _at_once(self, request: bytes, environ: WSGIEnvironment, state: State) -> Repeat | None:
        close = _CLOSES.get(environ.get("HTTP_CONNECTION", "").lower())
        found = None if close is None else self._front.at_once(environ, state[0])
        if found is None or close is None:
            return None
        target, answer = found
        fields = [*answer.headers, ("Connection", "close")] if close else answer.headers
        lines = "".join([f"{name.lower()}: {value}\r\n" for name, value in fields])
        head = f"{_FIRST[answer.status]}{lines}\r\n".encode("latin-1")
        given = Repeat(head, answer.body, close, target, answer, environ)
        self._repeats.put(request, state, given)
        return given


_FIRST: dict[int, str] = {
    status: f"HTTP/1.1 {status:d} {status.phrase}\r\n"
    for status in (HTTPStatus.OK, HTTPStatus.NOT_MODIFIED)
}
