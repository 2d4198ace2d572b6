"""10,000 item files: the first sync, one with nothing changed, one edit; beside two peers.

The peers do what a static site does at every change: plain feedgen writes the same feed from items
already in memory; a rebuild reads every file, makes its HTML and writes every page and the feed.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from feedgen.feed import FeedGenerator
from markdown_it import MarkdownIt

from bench.site import article, make_site
from bench.table import seconds, show
from feedsvc import config
from feedsvc.publish.document import Target
from feedsvc.service import Service

COUNT = 10_000
SMALL = 1_000


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "small").mkdir()
        (root / "large").mkdir()
        _, _, edit_small = _measure(root / "small", SMALL)
        first, nothing, edit = _measure(root / "large", COUNT)
        rebuild = seconds(lambda: _rebuild(root / "large", root / "public"))
        feedgen = seconds(lambda: _feedgen(root / "large"), 3)
    show(
        f"intake of {COUNT:,} item files",
        [
            ("first sync", f"{first:.2f} s", f"{COUNT / first:,.0f} items/s"),
            (
                "sync, nothing changed",
                f"{nothing * 1000:.0f} ms",
                f"{nothing / first:.4f} of first",
            ),
            ("one edit until the feed shows it", f"{edit * 1000:.0f} ms", ""),
            (
                f"the same among {SMALL:,} items",
                f"{edit_small * 1000:.0f} ms",
                f"ratio {edit / edit_small:.2f}",
            ),
            (
                "peer: rebuild of all, at every edit",
                f"{rebuild:.2f} s",
                f"{rebuild / edit:.0f} edits",
            ),
            ("peer: plain feedgen, the feed of 50", f"{feedgen * 1000:.0f} ms", ""),
        ],
    )


def _measure(root: Path, count: int) -> tuple[float, float, float]:
    service = Service.open(config.load(make_site(root, count), {}))
    first = seconds(service.sync)
    nothing = seconds(service.sync, 5)
    path = root / "items" / "000" / "article-000500.md"
    edits = iter(range(100))

    def edit() -> None:
        # What the watcher does with one event: the one file it names.
        path.write_text(article(500, f"edit {next(edits)}"), encoding="utf-8")
        service.sync([path])
        service.documents.document(Target("live", "main"))

    took = seconds(edit, 7)
    service.close()
    return first, nothing, took


def _rebuild(root: Path, public: Path) -> None:
    markdown = MarkdownIt()
    for path in sorted((root / "items").rglob("*.md")):
        _, _, body = path.read_text(encoding="utf-8").split("---\n", 2)
        page = public / path.parent.name / f"{path.stem}.html"
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(f"<!doctype html><body>{markdown.render(body)}", encoding="utf-8")
    _feedgen(root)


def _feedgen(root: Path) -> None:
    feed = FeedGenerator()
    feed.title("Bench")
    feed.link(href="https://bench.example/")
    feed.description("Bench")
    markdown = MarkdownIt()
    for path in sorted((root / "items").rglob("*.md"))[-50:]:
        head, body = path.read_text(encoding="utf-8").split("---\n", 2)[1:]
        entry = feed.add_entry(order="append")
        entry.id(path.stem)
        entry.title(head.splitlines()[0].removeprefix("title: "))
        entry.link(href=f"https://bench.example/items/{path.stem}")
        entry.content(markdown.render(body), type="html")
        entry.published(head.splitlines()[1].removeprefix("date: "))
    feed.rss_str()


if __name__ == "__main__":
    main()
