"""A made-up site: a folder of item files and its configuration, the same at every run."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

WORDS = (
    "feed reader publisher article archive window poll answer cache validator entry author "
    "language picture episode network morning river mountain letter garden history signal"
).split()
START = datetime(2020, 1, 1, tzinfo=UTC)


def article(number: int, extra: str = "") -> str:
    """The text of one item file: front matter, a heading, four paragraphs, a list and code."""
    words = [WORDS[(number * 7 + k * 3) % len(WORDS)] for k in range(40)]
    date = (START + timedelta(hours=number)).isoformat()
    paragraph = " ".join(words) + " and a [link](https://example.org/a?b=1&c=2)."
    return (
        f"---\ntitle: Article {number} on {words[0]}s\ndate: {date}\n"
        f"tags: [{words[1]}, {words[2]}]\nauthor: Writer {number % 20}\n---\n"
        + "\n\n".join([paragraph] * 4)
        + f"\n\n- one\n- *two*\n\n```\ncode {number}\n```\n{extra}\n"
    )


def make_site(root: Path, count: int) -> Path:
    """Write the configuration and ``count`` item files; return the configuration's path."""
    config = root / "config.toml"
    config.write_text('[site]\ntitle = "Bench"\nurl = "https://bench.example"\n', encoding="utf-8")
    for number in range(count):
        folder = root / "items" / f"{number // 1000:03}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"article-{number:06}.md").write_text(article(number), encoding="utf-8")
    return config
