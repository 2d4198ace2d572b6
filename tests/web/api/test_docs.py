"""The examples of docs/api.md do what they say, at a real server."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest
from click.testing import CliRunner
from web.harbour import SITE, Clock, opened
from werkzeug.serving import make_server

from feedsvc.cli import main
from feedsvc.formats.itemfields import ItemFields
from feedsvc.service import Service
from feedsvc.web.app import create_app

PAGE = (Path(__file__).parents[3] / "docs/api.md").read_text(encoding="utf-8")
#: What is to be run, with what: the indented lines after such a remark.
EXAMPLES = re.findall(r"<!-- run: (sh|python) -->\n\n((?:(?:    .*)?\n)+)", PAGE)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[tuple[Service, dict[str, str]]]:
    service = opened(tmp_path, SITE, Clock())
    with make_server("127.0.0.1", 0, create_app(service), threaded=True) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        token = service.access.mint("docs", "write")[1]
        address = f"http://127.0.0.1:{server.server_port}"
        yield service, {"SITE": address, "TOKEN": token, "PATH": os.environ["PATH"]}
        server.shutdown()
        thread.join()
    service.close()


@pytest.mark.skipif(shutil.which("curl") is None, reason="the examples use curl")
def test_examples_run_in_their_order(site: tuple[Service, dict[str, str]]) -> None:
    service, environment = site
    assert [kind for kind, _ in EXAMPLES] == ["sh", "python", "sh", "python", "sh"]
    told = []
    for kind, code in EXAMPLES:
        lines = dedent(code)
        if '{"line":1' in lines:  # what is answered stands below what is asked
            lines = lines[: lines.index('{"line":1')]
        command = ["sh", "-e"] if kind == "sh" else [sys.executable, "-"]
        done = subprocess.run(
            command,
            check=False,
            input=lines,
            env=environment,
            capture_output=True,
            text=True,
            timeout=30,
        )
        assert done.returncode == 0, done.stderr + done.stdout
        told.append(done.stdout)
    assert json.loads(told[0])["slug"] == "low-water"
    assert told[1].startswith("low-water published")
    assert "withdrawn urn:example:1" in told[3]
    results = [json.loads(line) for line in told[4].splitlines()]
    assert [one["status"] for one in results] == [201, 422]
    item = service.store.item(guid="urn:example:1")
    assert item
    assert [category.term for category in item.categories] == ["sea", "tide"]


def test_every_field_is_in_the_table() -> None:
    for name in set(ItemFields.model_fields):
        assert f"`{name}`" in PAGE, name


def test_the_command_line_prints_the_same_objects(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('[site]\nurl = "https://example.org"\n')
    (tmp_path / "items").mkdir()
    article = tmp_path / "hello.md"
    article.write_text("# Hello\n\nWorld")
    run = CliRunner()
    assert run.invoke(main, ["--config", str(config), "publish", str(article)]).exit_code == 0
    done = run.invoke(main, ["--config", str(config), "items", "--json"])
    (item,) = json.loads(done.stdout)
    assert (item["slug"], item["title"], item["status"]) == ("hello", "Hello", "published")
    assert item["published"].endswith("Z")
    assert set(item) == set(ItemFields.model_fields) - {"content_text", "notes"}
