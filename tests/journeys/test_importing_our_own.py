"""Our own feed imported by another instance, through all its archives: the same items come out."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import samples
from journeys.conftest import Site
from journeys.desk import aged, at_desk, now, whole

from feedsvc import config
from feedsvc.formats import clean
from feedsvc.model import (
    Author,
    Category,
    Enclosure,
    Item,
    Podcast,
    Reference,
    Source,
    Status,
    Via,
    direction_of,
    shown_title,
)
from feedsvc.service import Service
from feedsvc.store import Withdraw

#: What belongs to a store, or is kept and never shown in a feed (docs/imports.md).
OF_THE_STORE = {"origin", "slug", "revision", "aliases", "feeds", "content_markdown", "expires"}
COUNT = 130
WITHDRAWN = ("urn:x:many-7", "urn:x:many-100")


def everything() -> list[Item]:
    """Items with every field in every combination that chance gives, and those of the samples."""
    chance = random.Random(5)
    rare = [
        replace(item, slug=f"sample-{number}")
        for number, item in enumerate((samples.FULL, samples.BARE, *samples.CORNERS))
    ]
    rare += [
        aged("long", "Long", 3, content_html=f"<p>{'Long and longer words. ' * 8000}</p>"),
        aged("rtl", "כותרת", 4, language="he", direction="rtl", content_html="<p>מילים</p>"),
        aged("against", "Against", 5, language="ar", direction="ltr"),
        aged("only-summary", "Only a summary", 6, summary="In short.", content_html=""),
        aged("untitled", "", 7, content_html="<p>No title, and words for one.</p>"),
        aged("only-title", "Only a title", 8, content_html=""),
        aged("numeric", "42", 9, authors=(Author("Only", "only@example.org"),)),
    ]
    mixed = [_mixed(number, chance) for number in range(COUNT)]
    return [clean.item(item, base=item.url)[0] for item in rare + mixed]


def _mixed(number: int, chance: random.Random) -> Item:
    def some(value: Any, nothing: Any = None) -> Any:
        return value if chance.random() < 0.5 else nothing

    base = f"https://files.example/{number}"
    at = whole(now() - timedelta(hours=20 + number))
    duration = some(90 + number)
    return aged(
        f"many-{number}",
        some(f"Nummer {number}: “größer” & 中文 <b>😀</b>", ""),
        0,
        published=at,
        updated=at + some(timedelta(minutes=7), timedelta(0)),
        url=some(f"https://elsewhere.example/{number}?a=1&b=ü".replace("ü", "%C3%BC"), ""),
        external_url=some(f"https://linked.example/{number}"),
        summary=some(f"Shortly: {number} < {number + 1} & more", ""),
        content_html=f"<p>Words of <em>number {number}</em>: ñandú &amp; co.</p>"
        + some('<p><img src="https://files.example/a.png" alt="A &lt; b"></p>', ""),
        authors=some((Author("Zoë Ångström", some("z@example.org"), some(base)),), ())
        + some((Author(f"Second {number}"),), ()),
        categories=some((Category("a tag"), Category("s", some(f"{base}/s"), some("Sch <m>"))), ()),
        language=some(chance.choice(("en", "pt-BR", "zh-Hant"))),
        enclosures=some(
            (
                Enclosure(f"{base}.mp3", "audio/mpeg", some(5), some("Part <1>"), duration),
                Enclosure(f"{base}.pdf", "application/pdf", some(77), some("Paper")),
            ),
            (),
        ),
        image=some(f"{base}.jpg"),
        source=some(
            Source(
                f"Place {number}",
                some(f"{base}/place"),
                f"{base}/place.xml",
                some(f"id {number}"),
            )
        ),
        via=some((Via(f"{base}/via", some("Via & co")),), ()),
        comments_url=some(f"{base}#comments"),
        rights=some("© 2026 Zoë"),
        podcast=some(
            Podcast(
                duration,
                some(number + 1),
                some(2),
                some(True, False),
                some(Reference(f"{base}.vtt", "text/vtt")),
                some(Reference(f"{base}.json", "application/json+chapters")),
            )
        ),
    )


def items_of(root: Path) -> dict[str, Item]:
    """Every item of the store of a folder, by guid."""
    service = Service.open(config.load(root / "config.toml", {}), declare=False)
    try:
        found: dict[str, Item] = {}
        cursor = None
        while True:
            items, cursor = service.store.items(cursor=cursor, limit=100)
            found |= {item.guid: item for item in items}
            if cursor is None:
                return found
    finally:
        service.close()


def carried(item: Item, form: str, *, own: bool) -> Item:
    """The item as a format of this feed says it, by the rules of docs/imports.md."""
    if not item.title and not own:
        item = replace(item, title=shown_title(item))
    language = item.language or "en"  # which is the feed's
    item = replace(item, language=language, direction=item.direction or direction_of(language))
    if form == "rss":
        authors = tuple(Author(author.name) for author in item.authors)
        categories = tuple(replace(category, label=None) for category in item.categories)
        return replace(item, authors=authors, categories=categories)
    if form == "atom" and not item.authors:
        return replace(item, authors=(Author("The first & only"),))
    return item


def differences(before: Item, after: Item) -> Iterator[tuple[str, Any, Any]]:
    for field in fields(Item):
        old, new = getattr(before, field.name), getattr(after, field.name)
        if field.name not in OF_THE_STORE and old != new:
            yield field.name, old, new


@contextmanager
def published(root: Path) -> Iterator[Site]:
    """An instance that serves all of that, two items withdrawn."""
    site = Site.of(root, '[site]\ntitle = "The first & only"\n')
    site.configure(f'[site]\ntitle = "The first & only"\nurl = "{site.url}"\n')
    with at_desk(root, declare=True) as desk:
        desk.put(*everything())
        desk.do([Withdraw(guid) for guid in WITHDRAWN])
    with site.served("--workers", "1"):
        yield site


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with published(tmp_path_factory.mktemp("first") / "site") as site:
        yield site


def importing(root: Path, first: Site) -> Site:
    """Another instance, which may reach the first."""
    return Site.of(
        root,
        '[site]\ntitle = "The second"\nurl = "https://second.example"\n'
        f'[limits]\nallow_networks = ["127.0.0.1"]\nallow_ports = [{first.port}]\n',
    )


@pytest.mark.parametrize("own", [True, False], ids=["own", "credited"])
@pytest.mark.parametrize("form", ["atom", "rss", "json"])
def test_every_item_is_the_same_field_by_field(
    tmp_path: Path, first: Site, form: str, own: bool
) -> None:
    second = importing(tmp_path / "second", first)
    words = ["import", f"{first.url}/feeds/main.{form}", "--json", *(["--own"] if own else [])]
    done = second.run(*words)
    assert done.returncode == 0, done.stdout + done.stderr
    (result,) = json.loads(done.stdout)
    assert result["documents"] >= 3, result

    there, here = items_of(first.root), items_of(second.root)
    for guid in WITHDRAWN:
        assert there.pop(guid).status is Status.WITHDRAWN
        assert guid not in here or here.pop(guid).status is Status.WITHDRAWN
    assert here.keys() == there.keys()
    credit = Source("The first & only", f"{first.url}/", f"{first.url}/feeds/main.{form}")
    found = {}
    for guid, item in there.items():
        expected = carried(item, form, own=own)
        if not (own or item.source):
            expected = replace(expected, source=credit)
        if changed := list(differences(expected, here[guid])):
            found[guid] = changed
    assert not found, "\n".join(f"{guid}: {change}" for guid, change in found.items())
    again = second.run(*words)
    (result,) = json.loads(again.stdout)
    assert (result["added"], result["changed"]) == (0, 0), result
    assert items_of(second.root) == here
