"""`feedsvc import` and `feedsvc sources` as somebody at a terminal sees them."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

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


def test_an_import_that_fails_shows_no_password(tmp_path: Path) -> None:
    for words in ([], ["--json"]):
        status, told = run(tmp_path, "import", "feed://me:secret@127.0.0.1:8080/feed", *words)
        assert (status, "secret" in told) == (1, False)
        assert "http://***@127.0.0.1:8080/feed" in told
