"""The answer to a poll: the one function that Flask's views and the fast path in front both ask.

Header values and a time go in; status, headers and body come out. What has to be known comes from
the document maker: a head for a 304, which needs no bytes, a document for the rest.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import NamedTuple, Protocol

from feedsvc.publish.document import Coding, Head, Target
from feedsvc.web.conditional import not_modified, rounded_up, without_coding
from feedsvc.web.encodings import choose
from feedsvc.web.negotiation import weighted
from feedsvc.web.saying import Dates, Field, Said, delta_fields


class Made(Protocol):
    """What is asked of a document."""

    @property
    def head(self) -> Head: ...

    def body(self, coding: Coding) -> bytes: ...


class Maker(Protocol):
    """What is asked of :class:`feedsvc.publish.documents.Documents`."""

    def head(self, target: Target) -> Head | None:
        """What is known without rendering; None when there is no such document."""

    def document(self, target: Target) -> Made | None:
        """The whole; None when there is no such document."""

    def delta(self, target: Target, base_etag: str) -> Made | None:
        """What is new since a base; None when the whole is to be sent."""


class Poll(NamedTuple):
    """What a request says that matters here; a header that it lacks is None.

    ``location`` is the address of the form that was chosen, where ``Accept`` chose it.
    """

    target: Target
    method: str  #: GET or HEAD
    if_none_match: str | None = None
    if_modified_since: str | None = None
    a_im: str | None = None
    accept_encoding: str | None = None
    user_agent: str | None = None
    location: str | None = None


class Answer(NamedTuple):
    """The response. ``full`` are the bytes that the whole would take in this coding, 0 unknown."""

    status: int
    headers: list[Field]
    body: bytes
    full: int


#: States of documents whose headers are kept put together; each takes some 6 kB.
_MOST = 1024
#: So many versions of one feed no client has.
_MOST_BASES = 8
_TAG = re.compile(r'"([!#-~\x80-\xff]*)"')


class Poller:
    """Answers polls for the documents of one maker. Safe to use from several threads.

    ``alike`` is one that answers for the same documents by another maker: what it knows of them
    is shared. ``note`` is told which document was asked for in which coding.
    """

    def __init__(
        self,
        maker: Maker,
        alike: Poller | None = None,
        note: Callable[[Target, Coding], None] | None = None,
    ) -> None:
        self._maker = maker
        self._note: Callable[[Target, Coding], None] | None = alike._note if alike else note
        self._said: dict[tuple[Target, str | None], Said] = alike._said if alike else {}
        # Apart, since not all that is said can be kept: what a 304 has saved.
        self._sizes: dict[Target, dict[Coding, int]] = alike._sizes if alike else {}
        self._dates = Dates()

    def answer(self, poll: Poll, now: datetime) -> Answer | None:
        """The answer, None when there is no such document (any more)."""
        target, _, known, since, *_ = poll
        if known is not None or since is not None:
            head = self._maker.head(target)
            if head is None:
                return None
            said = self._say(head, target, poll.location, now)
            # Most clients send back what they were given, to the letter.
            same = known in said.etags if known is not None else since == said.modified
            if same or not_modified(
                known, since, etag=head.etag, changed_at=head.last_modified, now=now
            ):
                coding = self._coding(poll)
                fields = [*self._dates.at(now, said.max_age), *said.unchanged[coding]]
                return Answer(304, fields, b"", said.sizes.get(coding, 0))
            if known is not None and head.delta and wants_delta(poll.a_im, poll.user_agent):
                for tag in _bases(known):
                    made = self._maker.delta(target, f'"{without_coding(tag)}"')
                    if made is not None:
                        return self._delta(poll, made, tag, said, now)
        made = self._maker.document(target)
        return None if made is None else self._whole(poll, made, now)

    def _whole(self, poll: Poll, made: Made, now: datetime) -> Answer:
        said = self._say(made.head, poll.target, poll.location, now)
        coding = self._coding(poll)
        body = made.body(coding)
        size = said.sizes[coding] = len(body)
        fields = [
            *self._dates.at(now, said.max_age),
            *said.whole[coding],
            ("Content-Length", str(size)),
        ]
        fields = _undated(fields, poll, made.head, now)
        return Answer(200, fields, b"" if poll.method == "HEAD" else body, size)

    def _coding(self, poll: Poll) -> Coding:
        coding: Coding = choose(poll.accept_encoding) or "identity"
        if self._note is not None:
            self._note(poll.target, coding)
        return coding

    def _delta(self, poll: Poll, made: Made, base: str, said: Said, now: datetime) -> Answer:
        coding = choose(poll.accept_encoding) or "identity"
        body = made.body(coding)
        fields = [
            *self._dates.at(now, None),
            *delta_fields(made.head, coding, base, poll.location, now),
            ("Content-Length", str(len(body))),
        ]
        fields = _undated(fields, poll, made.head, now)
        full = max(said.sizes.get(coding, 0), len(body))
        return Answer(226, fields, b"" if poll.method == "HEAD" else body, full)

    def _say(self, head: Head, target: Target, location: str | None, now: datetime) -> Said:
        """What is said of a document in this state: kept, unless it depends on the time too."""
        key = (target, location)
        kept = self._said.get(key)
        if kept is not None and kept.head is head and kept.start <= now <= kept.end:
            return kept
        if len(self._sizes) >= _MOST:
            self._sizes.clear()
        said = Said(head, location, now, self._sizes.setdefault(target, {}))
        if said.start <= now <= said.end:
            if len(self._said) >= _MOST:
                self._said.clear()
            self._said[key] = said
        return said


def _undated(fields: list[Field], poll: Poll, head: Head, now: datetime) -> list[Field]:
    """Without ``Last-Modified`` where it would be the client's own date, in a change's second.

    libcurl throws a body away that is not later than the date it has sent (CURLOPT_TIMECONDITION),
    but hands the new ETag on: newsboat would never have the items.
    """
    since = poll.if_modified_since
    if since is None or rounded_up(head.last_modified) <= now:
        return fields
    return [field for field in fields if field != ("Last-Modified", since)]


def wants_delta(a_im: str | None, user_agent: str | None) -> bool:
    """Whether a client may be sent what is new alone (RFC 3229 10.5.3, ``A-IM: feed``).

    Programs that say to be feedparser never: rss2email, which says so, takes 226 for a failure and
    asks with the same validator for ever.
    """
    if not a_im or (user_agent or "").startswith("feedparser/"):
        return False
    return any(name == "feed" and quality > 0 for name, quality in weighted(a_im))


def _bases(if_none_match: str) -> Iterator[str]:
    """The versions that a client says to have, without quotes, in its order."""
    for number, found in enumerate(_TAG.finditer(if_none_match)):
        if number == _MOST_BASES:
            return
        yield found[1]
