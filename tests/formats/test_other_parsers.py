"""Other people's parsers see the same items in all three formats.

lemon24/reader, fastfeedparser and npm's feedsmith were each written from the standards by somebody
else. What each of them is known to leave out is said where it is left out here.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import fastfeedparser
import pytest
from samples import BARE, FULL, SITE, feed_in

from feedsvc.formats import atom, jsonfeed, rss
from feedsvc.model import Author, Category, Item, shown_title

MAKERS = {"rss": rss, "atom": atom, "json": jsonfeed}
FORMS = list(MAKERS)


def _like(item: Item, name: str, **changes: Any) -> Item:
    item = replace(item, guid=f"tag:example.org,2026:{name}", url=f"{SITE}/items/{name}")
    return replace(item, **changes)


ITEMS = (
    FULL,
    BARE,
    _like(
        BARE, "cdata", title="]]> & x", content_html="<p>]]&gt; <code>&lt;![CDATA[</code></p>"
    ),
    _like(
        BARE,
        "rtl",
        title="مرحبا بالعالم",
        content_html='<p dir="rtl">مرحبا</p>',
        language="ar",
        direction="rtl",
    ),
    _like(
        BARE, "cjk", title="東京 🎉 𝒜", summary="摘要", authors=(Author("山田"),), language="ja"
    ),
    _like(
        BARE,
        "tags",
        title="What's \"new\"",
        categories=(Category("C++"), Category("R&D"), Category("日本")),
        url=f"{SITE}/?a=1&b=2#c",
    ),
    _like(BARE, "old", title="Long ago", published=datetime(1999, 12, 31, 23, 59, 59, tzinfo=UTC)),
)  # fmt: skip


@dataclass(frozen=True)
class Seen:
    """What every parser can tell of an item."""

    guid: str
    url: str
    title: str
    published: datetime
    updated: datetime
    content_html: str
    terms: tuple[str, ...]
    files: tuple[str, ...]


def seen_as(item: Item, form: str) -> Seen:
    assert item.published is not None and item.updated is not None
    files = tuple(enclosure.url for enclosure in item.enclosures)
    return Seen(
        item.guid,
        item.url,
        shown_title(item),
        item.published,
        item.updated,
        item.content_html,
        tuple(category.term for category in item.categories),
        files[:1] if form == "rss" else files,
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with main.rss, main.atom and main.json."""
    folder = tmp_path_factory.mktemp("feeds")
    for form, maker in MAKERS.items():
        (folder / f"main.{form}").write_bytes(maker.render(feed_in(form), ITEMS))
    return folder


@pytest.mark.parametrize("form", FORMS)
def test_lemon24_reader(folder: Path, form: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of its libraries
        from reader import make_reader

        with make_reader(":memory:", feed_root=str(folder)) as reader:
            reader.add_feed(f"main.{form}")
            reader.update_feed(f"main.{form}")
            found = {entry.id: entry for entry in reader.get_entries()}
            feed = reader.get_feed(f"main.{form}")
    assert (feed.title, feed.link) == ("Example & Sons", f"{SITE}/")
    assert found.keys() == {item.guid for item in ITEMS}
    for item in ITEMS:
        entry, expected = found[item.guid], seen_as(item, form)
        assert entry.published is not None and entry.updated is not None
        assert (
            Seen(
                entry.id,
                entry.link or "",
                entry.title or "",
                entry.published,
                entry.updated,
                entry.content[0].value,
                expected.terms,  # it keeps no tags
                tuple(file.href for file in entry.enclosures),
            )
            == expected
        )
        # Of several it shows one, or all: whom it shows must be one of them.
        assert {author.name for author in entry.authors} <= {author.name for author in item.authors}
        assert bool(entry.authors) == bool(item.authors)


@pytest.mark.parametrize("form", FORMS)
def test_fastfeedparser(folder: Path, form: str) -> None:
    found = fastfeedparser.parse((folder / f"main.{form}").read_bytes())
    assert (found.feed.title, found.feed.link) == ("Example & Sons", f"{SITE}/")
    assert len(found.entries) == len(ITEMS)
    for entry, item in zip(found.entries, ITEMS, strict=True):
        expected = seen_as(item, form)
        files = [file["url"] for file in entry.get("enclosures", ())]
        if form == "atom":  # it keeps them among the links
            files = [link["href"] for link in entry["links"] if link["rel"] == "enclosure"]
        assert (
            Seen(
                entry["id"],
                entry["link"],
                entry["title"],
                datetime.fromisoformat(entry["published"]),
                datetime.fromisoformat(entry["updated"]),
                entry["content"][0]["value"],
                tuple(tag["term"] for tag in entry.get("tags", ())),
                tuple(files),
            )
            == expected
        )
        # It keeps the first author.
        assert entry.get("author") == (item.authors[0].name if item.authors else None)


NPM = shutil.which("npm")


@pytest.fixture(scope="module")
def feedsmith(folder: Path) -> Iterator[dict[str, Any]]:
    """What npm's feedsmith sees in each file; installed on first use, beside its script."""
    if NPM is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(
            "npm is not installed, and feedsmith comes from it"
        )
    place = Path(__file__).parents[1] / "js"
    modules = place / "node_modules"
    if not (modules / "feedsmith").is_dir():
        # Two test processes may come here at once: each installs aside, one of them moves in.
        with tempfile.TemporaryDirectory(dir=place, prefix=".install-") as aside:
            shutil.copy(place / "package.json", aside)
            command = [NPM, "install", "--prefix", aside, "--no-audit", "--no-fund"]
            subprocess.run(
                [*command, "--no-package-lock"], check=True, capture_output=True, timeout=90
            )
            if not modules.exists():
                (Path(aside) / "node_modules").rename(modules)
    files = [str(folder / f"main.{form}") for form in FORMS]
    node = shutil.which("node") or "node"
    done = subprocess.run(
        [node, str(place / "read.mjs"), *files], check=True, capture_output=True, timeout=60
    )
    lines = done.stdout.decode("utf-8").splitlines()
    yield {form: json.loads(line) for form, line in zip(FORMS, lines, strict=True)}


def _feedsmith_rss(entry: dict[str, Any]) -> tuple[Seen, tuple[str, ...]]:
    seen = Seen(
        entry["guid"]["value"],
        entry["link"],
        entry["title"],
        datetime.strptime(entry["pubDate"], "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=UTC),
        datetime.fromisoformat(entry["atom"]["updated"]),
        entry["content"]["encoded"],
        tuple(category["name"] for category in entry.get("categories", ())),
        tuple(file["url"] for file in entry.get("enclosures", ())),
    )
    return seen, tuple(entry.get("dc", {}).get("creators", ()))


def _feedsmith_atom(entry: dict[str, Any]) -> tuple[Seen, tuple[str, ...]]:
    links = entry["links"]
    seen = Seen(
        entry["id"],
        next(link["href"] for link in links if link["rel"] == "alternate"),
        entry["title"]["value"],
        datetime.fromisoformat(entry["published"]),
        datetime.fromisoformat(entry["updated"]),
        entry["content"]["value"],
        tuple(category["term"] for category in entry.get("categories", ())),
        tuple(link["href"] for link in links if link["rel"] == "enclosure"),
    )
    return seen, tuple(author["name"] for author in entry.get("authors", ()))


def _feedsmith_json(entry: dict[str, Any]) -> tuple[Seen, tuple[str, ...]]:
    seen = Seen(
        entry["id"],
        entry["url"],
        entry["title"],
        datetime.fromisoformat(entry["date_published"]),
        datetime.fromisoformat(entry["date_modified"]),
        entry["content_html"],
        tuple(entry.get("tags", ())),
        tuple(file["url"] for file in entry.get("attachments", ())),
    )
    return seen, tuple(author["name"] for author in entry.get("authors", ()))


@pytest.mark.parametrize(
    ("form", "key", "adapt"),
    [
        ("rss", "items", _feedsmith_rss),
        ("atom", "entries", _feedsmith_atom),
        ("json", "items", _feedsmith_json),
    ],
)
def test_feedsmith(feedsmith: dict[str, Any], form: str, key: str, adapt: Any) -> None:
    found = feedsmith[form]
    assert found["format"] == form
    entries = [adapt(entry) for entry in found["feed"][key]]
    assert [seen for seen, _ in entries] == [seen_as(item, form) for item in ITEMS]
    assert [authors for _, authors in entries] == [
        tuple(author.name for author in item.authors) for item in ITEMS
    ]
