"""Real feed readers, each as a person has it: what they fetch, and the items they then show."""

from __future__ import annotations

import mailbox
import shutil
import sqlite3
import subprocess
from collections import Counter
from pathlib import Path
from typing import Protocol

import feedparser
import pytest


class Client(Protocol):
    """A reader of one feed."""

    def __init__(self, folder: Path, url: str) -> None: ...

    def poll(self) -> None:
        """Fetch the feed once; fails when the reader complains."""

    def titles(self) -> Counter[str]:
        """How often it has each item by now."""


class Newsboat:
    """https://newsboat.org, Debian's. Asks for deltas, but validates only from its third run on."""

    def __init__(self, folder: Path, url: str) -> None:
        if not shutil.which("newsboat"):
            pytest.skip("newsboat is not installed (Debian package newsboat)")
        self._folder = folder
        (folder / "urls").write_text(f"{url}\n")
        (folder / "config").write_text("download-retries 1\n")

    def poll(self) -> None:
        words = ["-u", "urls", "-C", "config", "-c", "cache.db", "-x", "reload"]
        _run(self._folder, "newsboat", *words)

    def titles(self) -> Counter[str]:
        with sqlite3.connect(self._folder / "cache.db") as cache:
            rows = cache.execute("SELECT title FROM rss_item WHERE NOT deleted").fetchall()
        cache.close()
        return Counter(title for (title,) in rows)


class Rss2email:
    """https://github.com/rss2email/rss2email, Debian's. A delta would break it for good."""

    def __init__(self, folder: Path, url: str) -> None:
        if not shutil.which("r2e"):
            pytest.skip("rss2email is not installed (Debian package rss2email)")
        self._folder = folder
        self._r2e("new", "somebody@example.org")
        config = folder / "r2e.cfg"
        words = config.read_text().replace("protocol = sendmail", "protocol = maildir")
        words = words.replace("maildir-path = ~/Maildir", f"maildir-path = {folder / 'mail'}")
        config.write_text(words.replace("maildir-mailbox = INBOX", "maildir-mailbox ="))
        self._r2e("add", "feed", url)

    def _r2e(self, *words: str) -> str:
        return _run(self._folder, "r2e", "-c", "r2e.cfg", "-d", "r2e.json", *words)

    def poll(self) -> None:
        said = self._r2e("run")
        assert "ERROR" not in said, said
        assert "WARNING" not in said, said

    def titles(self) -> Counter[str]:
        box = mailbox.Maildir(self._folder / "mail", create=True)
        return Counter(str(message["Subject"]) for message in box)


class Lemon24:
    """https://github.com/lemon24/reader. Asks for deltas on every request."""

    def __init__(self, folder: Path, url: str) -> None:
        from reader import make_reader  # it loads a great deal

        self._reader = make_reader(str(folder / "reader.db"))
        self._url = url
        self._reader.add_feed(url)

    def poll(self) -> None:
        self._reader.update_feed(self._url)
        assert self._reader.get_feed(self._url).last_exception is None

    def titles(self) -> Counter[str]:
        return Counter(str(entry.title) for entry in self._reader.get_entries())


class Feedparser:
    """https://github.com/kurtmckee/feedparser as a script uses it. Gets no deltas."""

    agent: str | None = None

    def __init__(self, folder: Path, url: str) -> None:
        self._url = url
        self._etag: str | None = None
        self._modified: str | None = None
        self._titles: dict[str, str] = {}

    def poll(self) -> None:
        parsed = feedparser.parse(
            self._url, etag=self._etag, modified=self._modified, agent=self.agent
        )
        assert parsed.status in (200, 226, 304)
        assert parsed.status == 304 or not parsed.bozo, parsed.get("bozo_exception")
        self._etag, self._modified = parsed.get("etag"), parsed.get("modified")
        self._titles |= {entry.id: entry.title for entry in parsed.entries}

    def titles(self) -> Counter[str]:
        return Counter(self._titles.values())


class Aggregator(Feedparser):
    """feedparser below a program with a name of its own, which gets deltas and merges them."""

    agent = "Aggregator/1.0 (7 subscribers)"


def _run(folder: Path, *words: str) -> str:
    done = subprocess.run(
        words,
        cwd=folder,
        env={"PATH": "/usr/bin:/bin:/usr/local/bin", "HOME": str(folder), "LANG": "C.UTF-8"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, (words, done.stdout, done.stderr)
    return done.stdout + done.stderr
