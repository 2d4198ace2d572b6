"""A site with an item of each kind, kept by the real service: what the web's tests look at."""

from __future__ import annotations

import os
import struct
import zlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from laid import lay

from feedsvc.config import FeedSection, Settings, SiteSection, StoreSection, WhereSection
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
)
from feedsvc.service import Service
from feedsvc.store import Media, Put, SourceSpec, SourceState, Withdraw

SITE = "https://example.org"
NOW = datetime(2026, 11, 22, 12, 0, 0, 250_000, tzinfo=UTC)


@dataclass
class Clock:
    """A clock that the test sets."""

    time: datetime = NOW

    def __call__(self) -> datetime:
        return self.time

    def forward(self, **by: float) -> None:
        self.time += timedelta(**by)


def png(width: int, height: int) -> bytes:
    """A plain picture of that size."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check

    rows = (b"\0" + b"\xb4\x7c\x4f" * width) * height
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def wav(seconds: int) -> bytes:
    """Silence of that length."""
    data = b"\x80" * 8000 * seconds
    head = struct.pack("<4sI4s4sIHHIIHH", b"RIFF", 36 + len(data), b"WAVE", b"fmt ", 16, 1, 1,
                       8000, 8000, 1, 8)  # fmt: skip
    return head + struct.pack("<4sI", b"data", len(data)) + data


PICTURE = png(1600, 400)
SOUND = wav(2)
#: When the files were last written.
MEDIA_AT = datetime(2026, 11, 20, 8, 30, 0, 500_000, tzinfo=UTC)
LONG_WORD = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"


def everything(site: str) -> list[Put]:
    """One item of each kind, the newest first."""

    def item(slug: str, title: str, content: str, days: float, **fields: object) -> Item:
        published = (NOW - timedelta(days=days)).replace(microsecond=0)
        base = Item(
            slug=slug, title=title, content_html=content, published=published, updated=published
        )
        return replace(base, **fields)  # type: ignore[arg-type]

    jane, ola = Author("Jane Doe", uri="https://jane.example/"), Author("Ola Nordmann")
    tide = f"""<p>The harbour shows what it keeps: <a href="https://example.com/a">ropes</a>.</p>
<h2>What it leaves</h2>
<p>Burned into it is <code>HX-2291-NORTH-HARBOUR-AUTHORITY-COMPANY-LIMITED-AND-SONS-0001</code> and
{LONG_WORD} and https://example.com/{"x" * 120}</p>
<blockquote><p>The sea gives back slowly.</p></blockquote>
<pre><code>def tide(hours):
    return {" + ".join(f"term_{n}(hours)" for n in range(30))}
</code></pre>
<table><thead><tr>{"".join(f"<th>Column {n}</th>" for n in range(12))}</tr></thead>
<tbody><tr>{"".join(f"<td>Value-{n}-unbroken</td>" for n in range(12))}</tr></tbody></table>
<p><img src="{site}/items/tide/harbour.png" alt="Low water" width="1600" height="400"></p>"""
    return [
        Put(
            item(
                "tide",
                "What the tide leaves & <keeps>",
                tide,
                1,
                authors=(jane, ola),
                categories=(
                    Category("sea", None, "Sea"),
                    Category("long walks"),
                    Category("C++"),
                    Category("AC/DC"),
                    Category("package.json"),
                ),
                summary="Things found along the wall, with their weights.",
                updated=NOW.replace(microsecond=0) - timedelta(hours=2),
                language="en-GB",
                comments_url="https://example.com/talk",
                rights="© 2026 Jane Doe",
            ),
            media=(Media("harbour.png", "harbour.png", "image/png", len(PICTURE)),),
        ),
        Put(
            item(
                "salt",
                "Seven: salt",
                "<p>We talk about salt.</p>",
                2,
                authors=(jane,),
                categories=(Category("podcast"),),
                enclosures=(
                    Enclosure(
                        f"{site}/items/salt/salt.wav", "audio/wav", len(SOUND), "Seven: salt", 2
                    ),
                    Enclosure("https://example.com/map.pdf", "application/pdf", 54_321),
                    Enclosure("https://example.com/film.mp4", "video/mp4"),
                ),
                podcast=Podcast(
                    2,
                    7,
                    2,
                    True,
                    Reference("https://example.com/salt.vtt", "text/vtt"),
                    Reference("https://example.com/salt.json", "application/json+chapters"),
                ),
                language="en",
            ),
            media=(Media("salt.wav", "salt.wav", "audio/wav", len(SOUND), 2),),
        ),
        Put(
            item(
                "bahr",
                "ملاحظات عن البحر والميناء القديم",
                "<p>عندما ينحسر المد يظهر ما يخفيه الميناء: حبال، ودراجة.</p>",
                3,
                authors=(Author("ليلى حداد"),),
                categories=(Category("بحر"), Category("sea", None, "Sea")),
                summary="قائمة بما وُجد على جدار الميناء.",
                updated=NOW.replace(microsecond=0) - timedelta(days=1),
                language="ar",
                direction="rtl",
            )
        ),
        Put(
            item(
                "hai",
                "海边的笔记",
                "<p>退潮的时候，港口露出它收藏的东西。</p>",
                4,
                language="zh-Hans",
            )
        ),
        Put(item("untitled", "", "<p>Only words, no title, written on the ferry.</p>", 5)),
        Put(
            item(
                "kelp",
                "A paper on kelp, read again",
                "<h1>Read again</h1><h2>Below</h2><p>Somebody else wrote this.</p>",
                6,
                url="https://kelp.example/a",
                external_url="https://www.papers.example/kelp",
                source=Source("The Kelp Review", "https://kelp.example/", guid="urn:kelp:1"),
                via=(
                    Via("https://tangle.example/kelp", "Tangle & Wrack"),
                    Via("https://www.strand.example/2026/kelp"),
                    Via("https://wrack.example/1", "نشرة البحر"),
                ),
                image=f"{site}/static/icon.svg",
            )
        ),
        *(
            Put(
                item(
                    f"note-{n}",
                    f"Note number {n} on the weather",
                    f"<p>It rained on day {n}.</p>",
                    8 + n,
                    authors=(ola,),
                    categories=(Category("notes"),),
                )
            )
            for n in range(24)
        ),
        Put(item("draft", "A draft", "<p>Nobody may see this.</p>", 1, status=Status.DRAFT)),
        Put(item("later", "Later", "<p>Nobody may see this yet.</p>", -30)),
        Put(item("gone", "Gone", "<p>This will be withdrawn.</p>", 9, guid="urn:x:gone")),
        Put(item("old-name", "Renamed", "<p>It had another name.</p>", 10, guid="urn:x:renamed")),
    ]


def settings(root: Path, url: str, **site: object) -> Settings:
    """A configuration with four feeds."""
    fields: dict[str, object] = {
        "title": "The Quiet Hour",
        "description": "Small essays on tools, food and the sea.",
        "rights": "© 2026 The Quiet Hour",
        "url": url,
        **site,
    }
    return Settings(
        site=SiteSection.model_validate(fields),
        store=StoreSection(url="sqlite:///feedsvc.db"),
        feeds=(
            FeedSection(
                name="podcast",
                title="The podcast",
                description="What can be listened to.",
                where=WhereSection.model_validate({"any": {"tags": ["podcast"]}}),
            ),
            FeedSection(  # of 24 items: two pages are in its archive
                name="notes",
                formerly=("jottings",),
                page_size=8,
                where=WhereSection.model_validate({"all": {"tags": ["notes"]}}),
            ),
            FeedSection(
                name="empty", where=WhereSection.model_validate({"all": {"tags": ["none-such"]}})
            ),
        ),
        root=root,
    )


def opened(root: Path, url: str, clock: Clock, **site: object) -> Service:
    """A service whose store is empty."""
    (root / "items").mkdir(exist_ok=True)
    lay(root / "feedsvc.db", clock())
    return Service.open(settings(root, url, **site), clock=clock)


def filled(root: Path, url: str, clock: Clock, **site: object) -> Service:
    """A service that keeps one item of each kind, with one withdrawn and one renamed."""
    service = opened(root, url, clock, **site)
    for name, data in (("harbour.png", PICTURE), ("salt.wav", SOUND)):
        path = root / "items" / name
        path.write_bytes(data)
        os.utime(path, (MEDIA_AT.timestamp(), MEDIA_AT.timestamp()))
    outcomes = service.store.apply(everything(service.settings.site.url), clock())
    assert {outcome.kind for outcome in outcomes} == {"added"}, outcomes
    renamed = service.store.item(slug="old-name")
    assert renamed
    service.store.apply(
        [Put(replace(renamed, slug="new-name"), replaces=renamed.guid), Withdraw("urn:x:gone")],
        clock(),
    )
    gather(service, clock)
    return service


def gather(service: Service, clock: Clock) -> None:
    """The podcast is made of three foreign feeds, the notes of many."""
    three = {"Kelp Radio": "https://kelp.example/", "راديو البحر": None, "Tangle & Wrack": None}
    many = {f"The Daily {word}": None for word in "Tide Quay Rope Salt Dune Reef Gull".split()}
    for into, pages in (("podcast", three), ("notes", many)):
        for number, (name, page) in enumerate(pages.items()):
            url = f"https://{into}-{number}.example/feed.xml"
            state = SourceState(status="paused", site_url=page, last_success_at=clock())
            service.store.make_source(
                SourceSpec(url, name, into), origin="cli", now=clock(), state=state
            )
    service._feeds.gather(clock())
