"""`feedsvc token` and `feedsvc account` as a person, and as a program, uses them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from feedsvc import config
from feedsvc.cli import main
from feedsvc.service import Service

CONFIG = '[site]\nurl="https://example.org"\n[[feeds]]\nname="kitchen"\n'
TEXT = re.compile(r"fs_[a-z0-9]{12}_[A-Za-z0-9]{40}")


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Service]:
    (tmp_path / "config.toml").write_text(CONFIG, encoding="utf-8")
    service = Service.open(config.load(tmp_path / "config.toml", {}))
    yield service
    service.close()


def run(site: Service, *words: str, status: int = 0) -> Result:
    file = str(site.settings.root / "config.toml")
    done = CliRunner().invoke(main, ["--config", file, *words])
    assert done.exit_code == status, done.output
    return done


def test_a_token_is_shown_once(site: Service) -> None:
    made = run(site, "token", "create", "My blog tool")
    text = made.stdout.strip()  # alone, so that $(…) has it
    assert TEXT.fullmatch(text)
    known = site.access.check(text)
    assert known
    assert (known.name, known.scope, known.expires_at) == ("My blog tool", "write", None)
    for words in (["list"], ["list", "--json"]):
        listed = run(site, "token", *words).output
        assert "My blog tool" in listed
        assert text not in listed
        assert text[-40:] not in listed
        assert known.digest not in listed


def test_tokens_for_programs(site: Service) -> None:
    made = json.loads(run(site, "token", "create", "x", "--scope", "admin", "--json").stdout)
    assert TEXT.fullmatch(made["token"])
    assert (made["scope"], made["active"], made["revoked_at"]) == ("admin", True, None)
    (listed,) = json.loads(run(site, "token", "list", "--json").stdout)
    assert listed == {key: value for key, value in made.items() if key != "token"}


def test_a_subscriber_is_told_the_address(site: Service) -> None:
    made = run(site, "token", "create", "Ada", "--scope", "read:kitchen")
    assert f"https://example.org/feeds/kitchen.rss?token={made.stdout.strip()}" in made.stderr


def test_a_token_that_ends(site: Service) -> None:
    text = run(site, "token", "create", "x", "--expires", "90d").stdout.strip()
    known = site.access.check(text)
    assert known
    assert known.expires_at
    assert (known.expires_at - known.created_at).days in {89, 90}


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["x", "--scope", "everything"], 2, "scope"),
        (["x", "--scope", "read:cellar"], 2, "no feed cellar"),
        (["x", "--scope", "read:"], 2, "scope"),
        (["", "--scope", "write"], 2, "name"),
        (["a\nb"], 2, "name"),
        (["x", "--expires", "soon"], 2, "90d"),
        (["x", "--expires", "0d"], 2, "90d"),
        (["x", "--expires", "999999w"], 2, "90d"),
    ],
)
def test_what_is_no_token(site: Service, words: list[str], status: int, said: str) -> None:
    assert said in run(site, "token", "create", *words, status=status).output
    assert site.store.tokens() == []


def test_revoke_and_rotate(site: Service) -> None:
    first = run(site, "token", "create", "tool").stdout.strip()
    second = run(site, "token", "rotate", "tool").stdout.strip()
    assert site.access.check(first) is None
    assert site.access.check(second)
    assert first[:15] == second[:15]  # the same id
    said = run(site, "token", "revoke", second[3:15]).stdout
    assert "tool" in said
    assert site.access.check(second) is None
    assert "revoked" in run(site, "token", "list").stdout
    assert "make a new one" in run(site, "token", "rotate", "tool", status=1).output
    assert "token list" in run(site, "token", "revoke", "hammer", status=1).output


def test_a_name_that_two_have(site: Service) -> None:
    texts = [run(site, "token", "create", "twin").stdout.strip() for _ in range(2)]
    said = run(site, "token", "revoke", "twin", status=1).output
    assert all(text[3:15] in said for text in texts)
    assert all(map(site.access.check, texts))
    run(site, "token", "revoke", texts[0][3:15])
    run(site, "token", "revoke", "twin")  # of those that open anything there is one
    assert not any(map(site.access.check, texts))


def test_accounts(site: Service) -> None:
    assert "account invite" in run(site, "account", "list").stderr
    address = run(site, "account", "invite").stdout.strip()
    assert address.startswith("https://example.org/admin/setup?code=")
    site.access.accept(address.partition("code=")[2], "Jane", "correct horse")
    assert run(site, "account", "list").stdout.startswith("jane ")
    again = json.loads(run(site, "account", "invite", "Jane", "--json").stdout)
    assert again["account"] == "jane"
    site.access.accept(again["address"].partition("code=")[2], "", "battery staple")
    assert site.access.sign_in("jane", "correct horse") is None
    assert site.access.sign_in("JANE", "battery staple")
    run(site, "account", "remove", "Jane")
    assert site.store.accounts() == []
    assert "account list" in run(site, "account", "remove", "jane", status=1).output


def test_an_address_with_another_port_names_the_key(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text("[server]\nport = 8123\n", encoding="utf-8")
    done = CliRunner().invoke(main, ["account", "invite", "--config", str(config)])
    assert done.stdout.startswith("http://127.0.0.1:8123/admin/setup?code=")
    assert "[server] host or port" in done.stderr
