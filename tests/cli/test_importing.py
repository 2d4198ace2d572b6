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


def run(folder: Path, *words: str, more: str = "") -> tuple[int, str]:
    (folder / "config.toml").write_text(f'[site]\ntitle="A"\n{more}', encoding="utf-8")
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


def test_an_import_that_is_broken_off_says_what_is_done_and_goes_on_there(tmp_path: Path) -> None:
    with Publisher() as publisher:
        first, url = publisher.url("/first"), publisher.url("/1")
        link = f'<atom:link rel="next" href="{publisher.url("/2")}"/>'
        publisher.pages["/first"] = Page(feed(entry(7), title="First"))
        publisher.pages["/1"] = Page(feed(entry(1), more=link))
        publisher.pages["/2"] = Page(feed(entry(2)), waits=True)
        (tmp_path / "config.toml").write_text(
            '[limits]\nallow_networks = ["127.77.0.0/16"]\n', encoding="utf-8"
        )
        command = [sys.executable, "-m", "feedsvc", "import", first, url]
        with subprocess.Popen(
            command,
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=_environ(),
            text=True,
            start_new_session=True,
        ) as importing:
            assert publisher.was_asked("/2", 30)
            os.killpg(importing.pid, signal.SIGINT)  # as a terminal does: the parser hears it too
            publisher.let_go()
            done, told = importing.communicate(timeout=30)
        assert importing.returncode == 130
        assert done == "First: 1 added\n"
        assert told == (
            f"done: {url}: 1 document, 1 added\n"
            f"broken off: {url}: what is done is kept; the same command goes on where it was\n"
        )
        again = subprocess.run(
            command,
            cwd=tmp_path,
            capture_output=True,
            check=True,
            env=_environ(),
            text=True,
            timeout=60,
        )
        assert again.stdout == (
            "First: 1 unchanged\n"
            "Stories: 1 added, 1 unchanged, from 2 documents; went on where it was broken off\n"
        )
        assert [asked.path for asked in publisher.asked] == 2 * ["/first", "/1", "/2"]


def _environ() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(Path(feedsvc.__file__).parent.parent)}


def test_an_import_that_fails_shows_no_password(tmp_path: Path) -> None:
    for words in ([], ["--json"]):
        status, told = run(tmp_path, "import", "feed://me:secret@127.0.0.1:8080/feed", *words)
        assert (status, "secret" in told) == (1, False)
        assert "http://***@127.0.0.1:8080/feed" in told


def test_an_import_tells_what_it_changes_of_a_source_that_is_there(tmp_path: Path) -> None:
    with Publisher() as publisher:
        publisher.pages["/a"] = Page(feed(entry(1)))
        url = publisher.url("/a")
        network = '[limits]\nallow_networks = ["127.77.0.0/16"]\n'

        def imports(*words: str) -> str:
            status, told = run(tmp_path, "import", url, *words, more=network)
            assert status == 0, told
            return told.rpartition("; ")[2].rstrip() if ";" in told else told

        assert imports("--every", "1h") == "is polled from now on"
        assert imports("--every", "1h") == "it stays as it is"
        assert imports() == "it stays as it is"
        changed = "changed: name 'Mine' (was none), every '30m' (was '1h')"
        dry = imports("--every", "30m", "--name", "Mine", "--dry-run")
        assert dry == f"{changed} (a dry run: nothing was changed)"
        assert imports("--every", "30m", "--name", "Mine") == changed
        assert imports("--into", "main") == "changed: into 'main' (was none)"
        run(tmp_path, "sources", "--pause", url)
        told = imports("--into", "main")
        assert told == "it is paused: `feedsvc sources --resume 1` polls it again"
        run(tmp_path, "sources", "--end", url)
        assert imports("--every", "30m") == "is polled from now on"


def test_a_list_with_faults_of_its_own_takes_the_rest_and_fails(tmp_path: Path) -> None:
    with Publisher() as publisher:
        url = publisher.url("/a")
        outlines = (
            f'<outline text="One" xmlUrl="{url}"/><outline text="Two" xmlUrl="{url}"/>'
            '<outline text="Lost" type="rss"/>'
        )
        path = tmp_path / "list.opml"
        path.write_text(f"<opml><body>{outlines}</body></opml>", encoding="utf-8")
        status, told = run(tmp_path, "import", str(path), "--every", "1h")
        lost = "'Lost' calls itself a feed and names no address (xmlUrl)"
        assert status == 1
        assert told.splitlines() == [
            "One: is polled from now on",
            f"failed: {path.as_uri()}: {lost}",
            f"{path.as_uri()}: a list, 3 outlines",
            f"note: 'Two': {url} is that of 'One' too, and is taken once",
        ]
        path.write_text(path.read_text().replace('<outline text="Lost" type="rss"/>', ""))
        status, told = run(tmp_path, "import", str(path), "--every", "1h")
        assert (status, told.splitlines()[0]) == (0, "One: is a source already; it stays as it is")
