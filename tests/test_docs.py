"""What the docs say is what the program does: commands, decisions, links and examples."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
import re
import tomllib
from pathlib import Path

import pytest

import feedsvc
from feedsvc.cli import main

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) < 120


def test_every_example_in_a_docstring_holds() -> None:
    attempted = 0
    for found in pkgutil.walk_packages(feedsvc.__path__, "feedsvc."):
        if "migrations" not in found.name and not found.name.endswith("__main__"):
            results = doctest.testmod(importlib.import_module(found.name))
            assert results.failed == 0, found.name
            attempted += results.attempted
    assert attempted > 50


def test_every_command_is_in_the_docs() -> None:
    text = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    for name in main.commands:
        assert f"feedsvc {name}" in text, name
        assert f"`{name}`" in changes, name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    lines = page.read_text(encoding="utf-8").splitlines()
    text = "\n".join(line for line in lines if not line.startswith("    "))  # code is no link
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text)
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_every_package_has_a_decision() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    decisions = "".join(
        page.read_text(encoding="utf-8").lower() for page in (ROOT / "docs/decisions").glob("*.md")
    )
    extras = project["optional-dependencies"]["postgresql"]
    for requirement in [*project["dependencies"], *extras]:
        name = re.split(r"[^\w.-]", requirement)[0].lower()
        assert name in decisions, name
        assert ">=" in requirement, requirement
