"""What an answer of a source means, before its body is read. Pure.

An answer that brings nothing new is a success like any other (F5 of docs/imports.md): only a body
that says something else than the last one is parsed.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import unquote, urlsplit

from feedsvc.intake.asking import Answer, Asked
from feedsvc.intake.importing import schedule
from feedsvc.intake.importing.advising import advice
from feedsvc.intake.parsing_values import ReadFeed
from feedsvc.store import SourceRow, SourceState


@dataclass(frozen=True, slots=True)
class News:
    """A body that is to be read. ``digest`` is its SHA-256, None of a part of the feed (226)."""

    answer: Answer
    digest: str | None


def asked_of(source: SourceRow) -> Asked:
    """The request of a poll: conditional as soon as the last body was taken (F1 to F4, F16)."""
    state = source.state
    url = state.fetch_url or source.spec.url
    user, password = _credentials(source.spec.url, url)
    if state.unread:
        return Asked(url, user=user, password=password)
    return Asked(
        url,
        etag=state.etag,
        last_modified=state.last_modified,
        user=user,
        password=password,
        validators_of=state.validators_of,
    )


def _credentials(given: str, url: str) -> tuple[str | None, str | None]:
    """The user and the password of the address that was given, where it has moved within the same
    server: nobody else is told (F14)."""
    old, new = urlsplit(given), urlsplit(url)
    place = old.netloc.rpartition("@")[2].lower()
    if url == given or (old.scheme, place) != (new.scheme, new.netloc.lower()):
        return None, None
    user, password = old.username, old.password
    return user and unquote(user), password and unquote(password)


def outcome(
    source: SourceRow, asked: Asked, answer: Answer, now: datetime, chance: float
) -> SourceState | News:
    """What the answer to ``asked`` means: the source's state when the poll is over, or news."""
    spec, state = source.spec, source.state
    conditional = bool(asked.etag or asked.last_modified)
    match answer.status:
        case 304 if conditional:
            return unchanged(source, answer, now, chance)
        case 200:
            digest = hashlib.sha256(answer.body).hexdigest()
            if digest == state.digest:  # validators that always move, or none (F21)
                return unchanged(source, answer, now, chance)
            return News(answer, digest)
        case 226 if conditional:
            return News(answer, None)
        case 410:
            return schedule.gone(state, now)
        case status:
            error = f"it answers {status}: {advice(status, answer.headers, now)}"
            wait = schedule.retry_after(answer.headers, now) if status in {429, 503} else None
            return schedule.failed(spec, state, error, now, chance, asked=wait)


def unchanged(source: SourceRow, answer: Answer, now: datetime, chance: float) -> SourceState:
    """The state after an answer without anything new."""
    return arranged(source, with_validators(source.state, answer), answer, now, chance)


def arranged(
    source: SourceRow, state: SourceState, answer: Answer, now: datetime, chance: float
) -> SourceState:
    """``state`` with the time of the next poll, after one that went well."""
    state = schedule.moved(state, answer.permanent)
    fresh = schedule.fresh_for(answer.headers, now)
    return schedule.well(source.spec, state, fresh, now, chance)


def taken(
    source: SourceRow, news: News, read: ReadFeed, now: datetime, chance: float
) -> SourceState:
    """The state after a feed was read and what it says is stored with it."""
    state = with_validators(source.state, news.answer)
    times = (entry.item.published for entry in read.entries if entry.item)
    gap, newest = schedule.gap_of((time for time in times if time), now)
    if news.digest is None:  # a part of the feed tells no rhythm
        gap, newest = state.gap, max(filter(None, (newest, state.newest_at)), default=None)
    state = replace(
        state,
        digest=news.digest,
        title=read.feed.title or state.title,
        site_url=read.feed.url or state.site_url,
        hub=read.feed.link("hub"),
        self_url=read.feed.link("self"),
        ttl=read.advice.every,
        skip_hours=" ".join(map(str, read.advice.skip_hours)),
        skip_days=" ".join(map(str, read.advice.skip_days)),
        gap=gap,
        newest_at=newest,
    )
    return arranged(source, state, news.answer, now, chance)


def with_validators(state: SourceState, answer: Answer) -> SourceState:
    """The state with the answer's validators as they came (F1, F2, F12, F20).

    A 304 may leave out what it has not changed (RFC 9110 15.4.5); any other answer without one
    means that there is none any more.
    """
    etag, modified = answer.headers.get("etag"), answer.headers.get("last-modified")
    if answer.status == 304:
        etag, modified = etag or state.etag, modified or state.last_modified
    return replace(state, etag=etag, last_modified=modified, validators_of=answer.url)
