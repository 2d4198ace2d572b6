"""`feedsvc import` and `feedsvc sources` as somebody at a terminal sees them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from click.testing import CliRunner
from intake.importing.publisher import Page, Publisher, entry, feed

import feedsvc
from feedsvc import config
from feedsvc.cli import main
from feedsvc.service import Service
from feedsvc.store import SourceSpec


def run(folder: Path, *words: str) -> tuple[int, str]:
    (folder / "config.toml").write_text('[site]\ntitle="A"\n', encoding="utf-8")
    done = CliRunner().invoke(main, ["--config", str(folder / "config.toml"), *words])
    return done.exit_code, done.output


def test_a_source_is_paused_resumed_and_ended(tmp_path: Path) -> None:
    run(tmp_path, "sources")
    service = Service.open(config.load(tmp_path / "config.toml", {}))
    spec = SourceSpec("http://me:secret@127.0.0.1:8080/feed")
    service.store.make_source(spec, origin="cli", now=service.now())
    service.close()
    for way, says in (("pause", "paused"), ("resume", "new"), ("end", "no sources")):
        status, told = run(tmp_path, "sources", f"--{way}", "1")
        assert (status, says in told, "secret" in told) == (0, True, False), told


def test_an_import_that_is_broken_off_says_how_it_goes_on(tmp_path: Path) -> None:
    with Publisher() as publisher:
        older = publisher.url("/2")
        link = f'<atom:link rel="next" href="{older}"/>'
        publisher.pages["/1"] = Page(feed(entry(1), more=link))
        publisher.pages["/2"] = Page(feed(entry(2)), waits=True)
        (tmp_path / "config.toml").write_text(
            '[limits]\nallow_networks = ["127.77.0.0/16"]\n', encoding="utf-8"
        )
        command = [sys.executable, "-m", "feedsvc", "import", publisher.url("/1")]
        with subprocess.Popen(
            command, cwd=tmp_path, stderr=subprocess.PIPE, env=_environ(), text=True
        ) as importing:
            assert publisher.was_asked("/2", 30)
            importing.send_signal(signal.SIGINT)
            publisher.let_go()
            _, told = importing.communicate(timeout=30)
        assert importing.returncode == 1
        assert told == f"broken off: {publisher.url('/1')}: {_GOES_ON}\n"
        again = subprocess.run(
            command,
            cwd=tmp_path,
            capture_output=True,
            check=True,
            env=_environ(),
            text=True,
            timeout=60,
        )
        assert again.stdout == "Stories: 1 added, 1 unchanged, from 2 documents; " + _RESUMED


_GOES_ON = "what is done is kept; the same command goes on where it was"
_RESUMED = "went on where it was broken off\n"


def _environ() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(Path(feedsvc.__file__).parent.parent)}


def test_an_import_that_fails_shows_no_password(tmp_path: Path) -> None:
    for words in ([], ["--json"]):
        status, told = run(tmp_path, "import", "feed://me:secret@127.0.0.1:8080/feed", *words)
        assert (status, "secret" in told) == (1, False)
        assert "http://***@127.0.0.1:8080/feed" in told
