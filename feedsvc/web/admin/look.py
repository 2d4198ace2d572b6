"""An article as feeds carry it: where it can be had, what stands there, what ``check`` says."""

from __future__ import annotations

import json
import re
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
    form: re.compile(rf"^(?P<entry>(?P<depth> *)<{name}\b.*</{name}>)", re.DOTALL | re.MULTILINE)
    for form, name in (("rss", "item"), ("atom", "entry"))
}


def _entry(document: str, form: Format) -> str:
    """The part of a document that is the item's; "" where it could not be put in."""
    if form == "json":
        items = json.loads(document)["items"]
        return json.dumps(items[0], ensure_ascii=False, indent=2) if items else ""
    match = _ENTRIES[form].search(document)
    if match is None:
        return ""
    # The lines of the document stand deeper than those of the content, which may begin anywhere.
    return re.sub(f"^{match['depth']}", "", match["entry"], flags=re.MULTILINE)


def _feeds(item: Item) -> list[tuple[str, bool, dict[str, str]]]:
    """The feeds that it is in, or will be when it is out: label, whether private, addresses."""
    service = current_service()
    specs = service.store.deciding()
    # As if it were out: where it will be is what a writer wants to know.
    out = replace(item, status=Status.PUBLISHED)
    placed = Placed(0, out, service.now(), service.now())
    private = {spec.name: spec.private for spec in specs}
    found = [(name, name, private[name]) for name in declared_feeds(placed, specs)]
    if not service.store.private_feeds_of(item):
        marks = {"tag": "#", "author": "by "}
        found += [
            (key, f"{marks[key.partition(':')[0]]}{label}", False)
            for key, label in derived_feeds(item).items()
        ]
    site_url = service.settings.site.url
    return [(label, hidden, addresses(site_url, key)) for key, label, hidden in found]
