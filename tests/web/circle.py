"""A site with a private feed of every kind of item, whose every word is known by its look."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from web.conftest import client_of
from web.harbour import PICTURE, SITE, SOUND, Clock
from werkzeug.test import TestResponse

from feedsvc.config import FeedSection, Settings, SiteSection, StoreSection
from feedsvc.model import Author, Category, Enclosure, Item, Podcast, Reference, Status
from feedsvc.service import Service
from feedsvc.store import Media, Put, Withdraw

#: What no stranger may read anywhere; all that is private has one of these words in it.
SECRETS = ("zanzibar", "quokka", "axolotl", "okapi")
BROWSER = "text/html,application/xhtml+xml,*/*;q=0.8"
FORMS = ("rss", "atom", "json")


def feeds(*, main_is_private: bool = False) -> tuple[FeedSection, ...]:
    def feed(name: str, tag: str = "", **fields: object) -> FeedSection:
        where = {"any": {"tags": [tag]}} if tag else {}
        return FeedSection.model_validate({"name": name, "where": where, **fields})

    return (
        feed("main", private=main_is_private),
        feed("notes", "notes"),
        feed(
            "zanzibar",
            "quokka",
            title="Quokka circle",
            description="For friends of the quokka.",
            private=True,
            page_size=3,
            formerly=["okapi"],
        ),
        feed("quokka-full", title="All of it, quokka", private=True),
        feed("axolotl", "axolotl", title="Axolotl", private=True, ends="2026-11-22"),
    )


def settings(root: Path, **which: bool) -> Settings:
    return Settings(
        site=SiteSection.model_validate({"title": "The Quiet Hour", "url": SITE}),
        store=StoreSection(url="sqlite:///feedsvc.db"),
        feeds=feeds(**which),
        root=root,
    )


def private_item(slug: str, clock: Clock, **fields: object) -> Item:
    base = Item(
        slug=slug,
        title=f"Quokka news: {slug}",
        content_html="<p>Okapi, walrus</p>",
        summary="Of the quokka",
        authors=(Author("Olive Okapi"),),
        categories=(Category("quokka"), Category("notes")),
        published=clock().replace(microsecond=0) - timedelta(hours=1),
    )
    return replace(base, **fields)  # type: ignore[arg-type]


def everything(clock: Clock) -> list[Put]:
    page = f"{SITE}/items/quokka-1"
    content = (
        f'<p>Okapi <img src="{page}/quokka.png" alt="" srcset="{page}/quokka.png 1x, {page}/b.png'
        f' 2x"> <a href="{page}#more">more</a> <a href="{SITE}/items/open">open</a>'
        f' <a href="https://elsewhere.example/items/quokka-1">other</a></p>'
    )
    return [
        Put(Item(slug="open", title="Open to all", categories=(Category("notes"),))),
        Put(
            private_item(
                "quokka-1",
                clock,
                content_html=content,
                image=f"{page}/quokka.png",
                enclosures=(Enclosure(f"{page}/quokka.wav", "audio/wav", len(SOUND)),),
                podcast=Podcast(transcript=Reference(f"{page}/quokka.vtt", "text/vtt")),
            ),
            media=(
                Media("quokka.png", "quokka.png", "image/png", len(PICTURE)),
                Media("quokka.wav", "quokka.wav", "audio/wav", len(SOUND)),
            ),
        ),
        *(Put(private_item(f"quokka-{n}", clock)) for n in range(2, 9)),
        Put(private_item("quokka-draft", clock, status=Status.DRAFT)),
        Put(private_item("quokka-later", clock, published=clock() + timedelta(seconds=9000))),
        Put(private_item("quokka-gone", clock, guid="urn:x:quokka-gone")),
        Put(private_item("quokka-old", clock, guid="urn:x:quokka-renamed")),
        Put(private_item("axolotl", clock, categories=(Category("axolotl"),))),
        Put(Item(slug="plain", title="For whom main is")),
        Put(Item(slug="named", title="Named quokka", feeds=("zanzibar",))),
    ]


@contextmanager
def circle(root: Path, **which: bool) -> Iterator[Service]:
    """The site, filled."""
    clock = Clock()
    (root / "items").mkdir()
    for name, data in (("quokka.png", PICTURE), ("quokka.wav", SOUND)):
        (root / "items" / name).write_bytes(data)
    service = Service.open(settings(root, **which), clock=clock)
    outcomes = service.store.apply(everything(clock), clock())
    assert {outcome.kind for outcome in outcomes} == {"added"}, outcomes
    renamed = service.store.item(guid="urn:x:quokka-renamed")
    assert renamed
    again = replace(renamed, slug="quokka-new")
    service.store.apply([Put(again, replaces=renamed.guid), Withdraw("urn:x:quokka-gone")], clock())
    clock.forward(days=2)  # one of the feeds has ended by now
    service.tick()
    clock.forward(hours=1)
    yield service
    service.close()


class Reader:
    """Somebody with a token, or with none, at one application."""

    def __init__(self, service: Service, scope: str = "") -> None:
        self.client = client_of(service)
        self.token = service.access.mint("Somebody", scope)[1] if scope else ""

    def ask(
        self, address: str, method: str = "GET", *, by: str = "address", **headers: str
    ) -> TestResponse:
        """The answer at an address here, with the token sent in one way."""
        path = address.removeprefix(SITE)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        auth = None
        if self.token and by == "address" and "token=" not in path:
            path += f"{'&' if urlsplit(path).query else '?'}token={self.token}"
        elif self.token and by == "basic":
            auth = ("whoever", self.token)
        elif self.token and by == "bearer":
            sent["Authorization"] = f"Bearer {self.token}"
        return self.client.open(path, method=method, headers=sent, auth=auth)
