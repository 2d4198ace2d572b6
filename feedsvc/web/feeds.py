"""Feeds at their addresses, in the form that the address or the ``Accept`` header asks for.

Here it is decided which document an address means; what is said of it is :mod:`polling`'s.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Literal, cast

from flask import Blueprint, Response, request

from feedsvc.errors import Gone, NotFound
from feedsvc.formats import clean
from feedsvc.model import MAIN_FEED, shortened, term_key
from feedsvc.publish.addresses import address_of, addresses, search_addresses
from feedsvc.publish.document import Format, Target
from feedsvc.publish.documents import FORMATS
from feedsvc.store import FeedState
from feedsvc.web import answers, pages, private
from feedsvc.web.current import current_desk, current_service
from feedsvc.web.negotiation import choose
from feedsvc.web.policy import policy

blueprint = Blueprint("feeds", __name__)

#: The addresses that people and programs guess, and the form that they expect there.
GUESSED: dict[str, Format] = {
    "/feed": "rss",
    "/feed/": "rss",
    "/rss": "rss",
    "/rss/": "rss",
    "/feed.xml": "rss",
    "/rss.xml": "rss",
    "/index.xml": "rss",
    "/atom.xml": "atom",
    "/feed.json": "json",
}
#: Longer searches are cut: nobody means them.
_LONGEST_QUERY = 200
_PAGE_NUMBER = re.compile(r"[1-9][0-9]{0,8}")


def split_form(name: str) -> tuple[str, Format | None]:
    """A name as it stands in an address, without the form it ends with.

    >>> split_form("main.RSS"), split_form("node.js")
    (('main', 'rss'), ('node.js', None))
    """
    stem, _, end = name.rpartition(".")
    form = _form(end)
    return (stem, form) if stem and form else (name, None)


def _form(name: str) -> Format | None:
    """The form of that name, written in any case."""
    lower = name.lower()
    return lower if lower in FORMATS else None


@blueprint.get("/feeds/<name>")
@policy("feed")
def feed(name: str) -> Response:
    """A declared feed."""
    return _feed("", name)


@blueprint.get("/feeds/<name>/archive/<page>")
@policy("feed")
def archive(name: str, page: str) -> Response:
    """A page of a feed's archive (RFC 5005 4), numbered from the oldest."""
    number, form = split_form(page)
    if form is None or not _PAGE_NUMBER.fullmatch(number):
        raise NotFound("archive pages are called 1.rss, 1.atom or 1.json, from the oldest on")
    successor, state = _look_up("", name)
    _let_in(successor, state)
    key = successor or _living("", state, form, int(number)).key
    if f"{name}/{page}" != f"{key}/{number}.{form}":
        return _moved(key, form, int(number))
    return answers.polled(Target("archive", key, form, int(number)))


@blueprint.get("/tags/<path:name>")  # a slash, written %2F, arrives as one: "AC/DC"
@policy("public")
def tag(name: str) -> Response:
    """The feed of a tag."""
    return _feed("tag:", name)


@blueprint.get("/authors/<path:name>")
@policy("public")
def author(name: str) -> Response:
    """The feed of an author."""
    return _feed("author:", name)


@blueprint.get("/search")
@blueprint.get("/search.<end>")
@policy("public")
def search(end: str | None = None) -> Response:
    """What a search finds, as a page or as a feed to subscribe to.

    A feed has one address for each search, its own ``self``; any other spelling leads there.
    """
    form = _form(end) if end is not None else None
    if end is not None and form is None:
        raise NotFound("a search comes as /search.rss, /search.atom or /search.json")
    query = shortened(clean.text(request.args.get("q", "")), _LONGEST_QUERY)
    where = search_addresses(current_service().settings.site.url, query)
    if form:
        asked = request.query_string.decode("latin-1")
        if end != form or asked != where[form].partition("?")[2]:
            current_desk().note(Target("search", query, form), request.environ, 308)
            return answers.moved(where[form])
        # Not learnt by the fast path, which knows paths: what is found depends on the query.
        return answers.polled(Target("search", query, form), learn=False)
    return _negotiated("search", query, where, lambda: pages.search_page(query))


@blueprint.get("/opml.xml")
@policy("public")
def opml() -> Response:
    """The list of all public feeds."""
    return answers.polled(Target("opml", ""))


@policy("feed")
def _guessed() -> Response:
    return _moved(MAIN_FEED, GUESSED[request.path])


for _path in GUESSED:
    blueprint.add_url_rule(_path, f"guessed {_path}".replace(".", " "), _guessed)


def _feed(kind: str, name: str) -> Response:
    stem, form = split_form(name)
    successor, state = _look_up(kind, stem)
    _let_in(successor, state)
    if successor:
        return _moved(successor, form)
    if state is None and form:  # a tag may end like a form: "package.json"
        form = None
        state = _state(kind, name)
    key = _living(kind, state, form).key
    proper = key.removeprefix(kind)
    if name != (f"{proper}.{form}" if form else proper):
        return _moved(key, form)
    if form:
        return answers.polled(Target("live", key, form))
    where = addresses(current_service().settings.site.url, key)
    return _negotiated("live", key, where, lambda: pages.feed_page(key))


_NOUNS = {"": "feed", "tag:": "tag", "author:": "author"}


def _state(kind: str, name: str) -> FeedState | None:
    if not kind and ":" in name:  # a tag's key is no declared name
        return None
    return current_service().store.feed_state(kind + term_key(name))


def _look_up(kind: str, name: str) -> tuple[str | None, FeedState | None]:
    """The present name of a feed that was renamed, by one that it had before; else the feed.

    The settings may name a feed's former names, the store knows those that it had here.
    """
    if not kind:
        former = term_key(name)
        for feed in current_service().settings.all_feeds():
            if former in feed.formerly:
                return feed.name, None
    state = _state(kind, name)
    return (state.moved_to, state) if state else (None, None)


def _let_in(successor: str | None, state: FeedState | None) -> None:
    """Raises Unauthorized for who may not read a private feed, or where its former name leads."""
    service = current_service()
    if successor:
        state = service.store.feed_state(successor)
    if state is not None and state.private:
        private.require((state.key,))


def _living(kind: str, state: FeedState | None, form: Format | None, number: int = 0) -> FeedState:
    """The feed, if it is one. Raises NotFound, or Gone with the notice of one that has ended."""
    if state is None:
        raise NotFound(f"there is no {_NOUNS[kind]} of that name")
    if state.ended:
        _note(410, state.key, form, number)
        notice = pages.notice_of(state.key)
        raise Gone(f"this {_NOUNS[kind]} has ended" + (f": {notice}" if notice else ""))
    return state


def _moved(key: str, form: Format | None, number: int = 0) -> Response:
    """Lead to the one address of a feed, of a page of its archive, or of its page for people."""
    _note(308, key, form, number)
    site_url = current_service().settings.site.url
    if form is None:
        return answers.moved(addresses(site_url, key)["page"])
    return answers.moved(address_of(site_url, _target(key, form, number)))


def _note(status: int, key: str, form: Format | None, number: int) -> None:
    """Count a poll that is answered with no document. Who wants the page for people is none."""
    wanted = form or choose(request.headers.get("Accept"))
    if wanted != "html":
        target = _target(key, cast("Format", wanted), number)
        current_desk().note(target, request.environ, status)


def _target(key: str, form: Format, number: int) -> Target:
    return Target("archive" if number else "live", key, form, number)


def _negotiated(
    kind: Literal["live", "search"],
    key: str,
    where: dict[str, str],
    page: Callable[[], Response | None],
) -> Response:
    """Answer in the form that ``Accept`` asks for (RFC 9110 12.5.1)."""
    wanted = choose(request.headers.get("Accept"))
    if wanted == "html":
        response = page()
        if response is None:
            raise NotFound("this feed has just been taken away")
        return response
    form = cast("Format", wanted)
    return answers.polled(Target(kind, key, form), location=where[form])
