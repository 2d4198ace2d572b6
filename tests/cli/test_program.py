"""What somebody is told to type is what works where they are."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from feedsvc import program


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with an environment that is not on the PATH, as `make serve` leaves it."""
    folder = tmp_path / ".venv" / "bin"
    folder.mkdir(parents=True)
    for name in ("feedsvc", "python"):
        (folder / name).touch(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", os.defpath)
    return tmp_path


def test_the_name_of_the_program(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = here / ".venv" / "bin" / "feedsvc"
    for run in (".venv/bin/feedsvc", str(script)):
        monkeypatch.setattr(sys, "argv", [run])
        assert (program.name(), program.for_pages()) == (".venv/bin/feedsvc",) * 2
    monkeypatch.setattr(sys, "executable", str(script.with_name("python")))
    monkeypatch.setattr(sys, "argv", ["/somewhere/feedsvc/__main__.py"])  # python -m feedsvc
    assert program.name() == ".venv/bin/feedsvc"
    (here / "else where").mkdir()
    monkeypatch.chdir(here / "else where")
    monkeypatch.setattr(sys, "argv", [str(script)])
    assert program.name() == str(script)
    assert program.for_pages() == "feedsvc"  # strangers are not told where it is installed
    monkeypatch.setenv("PATH", str(script.parent))
    assert program.name() == "feedsvc"
    for other in ("pytest", "", "-c"):
        monkeypatch.setattr(sys, "argv", [other])
        assert program.name() == "feedsvc"
