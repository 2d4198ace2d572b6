"""An article as feeds carry it: where it can be had, what stands there, what ``check`` says."""

from __future__ import annotations

import json
import re
import textwrap
from dataclasses import dataclass, replace
from typing import cast

from flask import Response

from feedsvc.formats.check import Finding, check
from feedsvc.model import MAIN_FEED, Item, Status
from feedsvc.publish.addresses import addresses
from feedsvc.publish.document import Format
from feedsvc.publish.previewing import preview
from feedsvc.publish.rendering import media_type
from feedsvc.store.membership import Placed, declared_feeds, derived_feeds
from feedsvc.web.admin import blueprint
from feedsvc.web.admin.items import found, status_words
from feedsvc.web.admin.showing import show
from feedsvc.web.current import current_service
from feedsvc.web.pages import FORMS
from feedsvc.web.policy import policy

#: An entry is shown up to so many characters; who wants more reads the feed.
_SHOWN_MAX = 60_000


@dataclass(frozen=True, slots=True)
class Carried:
    """An item in one format: its entry as it stands there, and what is wrong with it."""

    form: Format
    name: str
    entry: str
    cut: bool
    findings: tuple[Finding, ...]


@blueprint.get("/items/<slug>/look")
@policy("account")
def look(slug: str) -> Response:
    """An item in every format, as main would carry it, and where it is. Raises NotFound."""
    service = current_service()
    item = found(slug)
    return show(
        "admin/item.html",
        here="items",
        item=item,
        carried=[_carried(item, cast("Format", form), name) for form, name, _ in FORMS],
        feeds=_feeds(item),
        status_words=status_words,
        site_url=service.settings.site.url,
    )


def _carried(item: Item, form: Format, name: str) -> Carried:
    service = current_service()
    body = preview(service, item, form)
    url = addresses(service.settings.site.url, MAIN_FEED)[form]
    findings = check(body, content_type=media_type(form), url=url)
    entry = _entry(body.decode(), form)
    cut = entry[:_SHOWN_MAX]
    return Carried(form, name, cut, len(cut) < len(entry), tuple(findings))


_ENTRIES = {
    "rss": re.compile(r"<item\b.*</item>", re.S),
    "atom": re.compile(r"<entry\b.*</entry>", re.S),
}


def _entry(document: str, form: Format) -> str:
    """The part of a document that is the item's; "" where it could not be put in."""
    if form == "json":
        items = json.loads(document)["items"]
        return json.dumps(items[0], ensure_ascii=False, indent=2) if items else ""
    match = _ENTRIES[form].search(document)
    return textwrap.dedent(_indentation(document, match.start()) + match[0]) if match else ""


def _indentation(document: str, start: int) -> str:
    """The spaces that the line begins with in which something starts."""
    line = document[document.rfind("\n", 0, start) + 1 : start]
    return line if line.isspace() else ""


def _feeds(item: Item) -> list[tuple[str, bool, dict[str, str]]]:
    """The feeds that it is in, or will be when it is out: label, whether private, addresses."""
    service = current_service()
    specs = service.store.deciding()
    # As if it were out: where it will be is what a writer wants to know.
    out = replace(item, status=Status.PUBLISHED)
    placed = Placed(0, out, service.now(), service.now())
    private = {spec.name: spec.private for spec in specs}
    found = [(name, private[name]) for name in declared_feeds(placed, specs)]
    if not service.store.private_feeds_of(item):
        found += [(key, False) for key in derived_feeds(item)]
    site_url = service.settings.site.url
    return [(_label(name), hidden, addresses(site_url, name)) for name, hidden in found]


def _label(key: str) -> str:
    kind, colon, name = key.partition(":")
    if not colon:
        return key
    return f"#{name}" if kind == "tag" else f"by {name}"
