"""Feeds at their addresses, in the form that the address or the ``Accept`` header asks for."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from flask import Blueprint, Response, request

from feedsvc.errors import Gone, NotFound
from feedsvc.formats import clean
from feedsvc.model import MAIN_FEED, shortened, term_key
from feedsvc.publish.addresses import addresses, search_addresses
from feedsvc.publish.document import Document, Format
from feedsvc.publish.documents import FORMATS
from feedsvc.store import FeedState
from feedsvc.web import answers, pages
from feedsvc.web.current import current_service
from feedsvc.web.negotiation import choose

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
_VARY = ("Accept",)


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
def feed(name: str) -> Response:
    """A declared feed."""
    return _feed("", name)


@blueprint.get("/tags/<path:name>")  # a slash, written %2F, arrives as one: "AC/DC"
def tag(name: str) -> Response:
    """The feed of a tag."""
    return _feed("tag:", name)


@blueprint.get("/authors/<path:name>")
def author(name: str) -> Response:
    """The feed of an author."""
    return _feed("author:", name)


@blueprint.get("/search")
@blueprint.get("/search.<end>")
def search(end: str | None = None) -> Response:
    """What a search finds, as a page or as a feed to subscribe to.

    A feed has one address for each search, its own ``self``; any other spelling leads there.
    """
    form = _form(end) if end is not None else None
    if end is not None and form is None:
        raise NotFound("a search comes as /search.rss, /search.atom or /search.json")
    query = shortened(clean.text(request.args.get("q", "")), _LONGEST_QUERY)
    documents = current_service().documents
    where = search_addresses(current_service().settings.site.url, query)
    if form:
        asked = request.query_string.decode("latin-1")
        if end != form or asked != where[form].partition("?")[2]:
            return answers.moved(where[form])
    return _negotiated(
        form,
        where,
        lambda wanted: documents.search_document(query, wanted),
        lambda: pages.search_page(query),
    )


@blueprint.get("/opml.xml")
def opml() -> Response:
    """The list of all public feeds."""
    return answers.document(current_service().documents.opml())


def _guessed() -> Response:
    site = current_service().settings.site
    return answers.moved(addresses(site.url, MAIN_FEED)[GUESSED[request.path]])


for _path in GUESSED:
    blueprint.add_url_rule(_path, f"guessed {_path}".replace(".", " "), _guessed)


def _feed(kind: str, name: str) -> Response:
    service = current_service()
    stem, form = split_form(name)
    state = _state(kind, stem)
    if state is None and form:  # a tag may end like a form: "package.json"
        stem, form = name, None
        state = _state(kind, stem)
    if state is None:
        raise NotFound(f"there is no {_NOUNS[kind]} of that name")
    if state.ended:
        raise Gone(f"this {_NOUNS[kind]} has ended")
    key = state.key
    where = addresses(service.settings.site.url, key)
    proper = key.removeprefix(kind)
    if name != (f"{proper}.{form}" if form else proper):
        return answers.moved(where[form or "page"])
    return _negotiated(
        form,
        where,
        lambda wanted: service.documents.document(key, wanted),
        lambda: pages.feed_page(key),
    )


_NOUNS = {"": "feed", "tag:": "tag", "author:": "author"}


def _state(kind: str, name: str) -> FeedState | None:
    if not kind and ":" in name:  # a tag's key is no declared name
        return None
    return current_service().store.feed_state(kind + term_key(name))


def _negotiated(
    form: Format | None,
    where: dict[str, str],
    document: Callable[[Format], Document | None],
    page: Callable[[], Response | None],
) -> Response:
    """Answer in the form of the address or, where it names none, the one that ``Accept`` asks."""
    if form:
        made = document(form)
        response = answers.document(made) if made else None
    elif (wanted := choose(request.headers.get("Accept"))) == "html":
        response = page()
    else:
        form = cast("Format", wanted)
        made = document(form)
        response = answers.document(made, vary=_VARY, location=where[form]) if made else None
    if response is None:
        raise NotFound("this feed has just been taken away")
    return response
