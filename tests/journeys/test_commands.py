"""The commands as a person or a script meets them: output, JSON, exit status."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner
from journeys.conftest import Site

from feedsvc.cli import main

COMMANDS = "serve scheduler sync publish withdraw items feeds check migrate".split()


def test_sync_says_what_happened_and_names_the_refused(site: Site) -> None:
    site.write("a.md", "# A\n\nx")
    site.write("b.md", "---\ntitle: [\n---\nx")
    done = site.run("sync")
    assert done.returncode == 1
    assert "1 added, 0 changed, 0 withdrawn, 0 unchanged, 1 refused" in done.stdout
    assert "refused: b.md:" in done.stderr
    site.write("b.md", "# B\n\nx")
    done = site.run("sync", "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout) | {"notes": []} == {
        "added": 1,
        "changed": 0,
        "withdrawn": 0,
        "unchanged": 1,
        "refused": [],
        "notes": [],
    }


def test_publish_takes_the_seed_article_whole(site: Site, tmp_path: Path) -> None:
    seed = Path(__file__).parent / "seed-article.txt"
    done = site.run("publish", str(seed))
    assert done.returncode == 0, done.stderr
    listed = json.loads(site.call("items", "--json").stdout)
    text = seed.read_text(encoding="utf-8")
    title, *paragraphs = [part.strip() for part in text.split("\n\n")]
    assert listed[0]["title"] == title
    assert len(paragraphs) == 4
    for paragraph in paragraphs:
        assert f"<p>{paragraph}</p>" in listed[0]["content_html"]
    again = site.call("publish", str(seed))
    assert "0 added, 0 changed, 0 withdrawn, 1 unchanged" in again.stdout


def test_publish_into_a_feed_and_at_a_time(site: Site, tmp_path: Path) -> None:
    article = tmp_path / "later.md"
    article.write_text("# Later\n\nx", encoding="utf-8")
    done = site.run("publish", str(article), "--at", "2036-01-02T08:00+01:00")
    assert done.returncode == 0, done.stderr
    (item,) = json.loads(site.call("items", "--status", "scheduled", "--json").stdout)
    assert item["published"] == "2036-01-02T07:00:00Z"
    done = site.run("publish", str(article), "--feed", "nowhere")
    assert done.returncode == 1
    assert "nowhere" in done.stderr
    assert "main" in done.stderr
    assert site.call("publish", str(article), "--at", "tomorrow").returncode == 2


def test_withdraw_by_any_name(site: Site) -> None:
    names = ("guid", "url", "slug")
    for name in names:
        site.write(f"{name}.md", f"# By {name}\n\nx")
    site.call("sync")
    items = {item["title"]: item for item in json.loads(site.call("items", "--json").stdout)}
    for name in names:
        done = site.call("withdraw", items[f"By {name}"][name])
        assert done.returncode == 0, done.stderr
        assert f"withdrawn: By {name}" in done.stdout
        assert f"{name}.md" in done.stderr
    withdrawn = json.loads(site.call("items", "--json").stdout)
    assert [item["status"] for item in withdrawn] == ["withdrawn"] * 3


def test_withdraw_by_an_address_as_people_copy_it(site: Site) -> None:
    site.write("a.md", "---\ntitle: A\nslug: über\n---\nx")
    site.write("b.md", "---\ntitle: B\nslug: über-b\n---\nx")
    site.write("c.md", "---\ntitle: C\nslug: über-c\nurl: https://e.org/posts/1\n---\nx")
    site.call("sync")
    for title, address in {
        "A": f"{site.url}/items/%C3%BCber",
        "B": f"{site.url}/items/%C3%BCber-b?utm=1#top",
        "C": "https://e.org/posts/1",
    }.items():
        done = site.call("withdraw", address)
        assert done.returncode == 0, done.stderr
        assert f"withdrawn: {title}" in done.stdout


def test_items_of_no_feed(site: Site) -> None:
    done = site.call("items", "--feed", "nope")
    assert done.returncode == 1
    assert "no feed is called nope" in done.stderr


def test_output_that_can_not_be_written_is_one_message(site: Site) -> None:
    site.write("a.md", "# A\n\nx")
    site.call("sync")
    with open("/dev/full", "w", encoding="utf-8") as full:  # noqa: PTH123
        done = subprocess.run(
            site.command("items"),
            cwd=site.root,
            env=site.environ(),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr


def test_withdraw_of_nothing(site: Site) -> None:
    done = site.run("withdraw", "tag:nobody")
    assert (done.returncode, "tag:nobody" in done.stderr) == (1, True)


def test_items_and_feeds_are_listed(site: Site) -> None:
    site.write("a.md", "---\ntitle: Alpha\ntags: [x]\n---\nfirst words")
    site.write("b.md", "---\ntitle: Beta\ndraft: true\n---\nother words")
    site.call("sync")
    assert "Alpha" in site.run("items").stdout
    assert "Beta" not in site.call("items", "--feed", "main").stdout
    assert "Beta" in site.call("items", "--status", "draft").stdout
    assert "Alpha" in site.call("items", "--search", "first").stdout
    (feed,) = json.loads(site.call("feeds", "--json").stdout)
    assert (feed["name"], feed["count"], feed["page_size"]) == ("main", 1, 50)
    assert feed["declared"] is None and feed["origin"] is None
    assert feed["addresses"]["rss"] == f"{site.url}/feeds/main.rss"
    assert f"{site.url}/feeds/main.atom" in site.run("feeds").stdout


def test_feeds_say_who_polls(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = tmp_path / "temporary"
    own.mkdir()
    monkeypatch.setenv("TMPDIR", str(own))
    site.write("a.md", "# A\n\nx")
    assert "nobody has polled" in site.call("feeds", "--polls").stderr
    with site.served():
        assert list(own.glob("feedsvc-*")) == []  # what the workers share has no name
        for _ in range(6):
            assert site.get("/feeds/main.rss")
    assert list(own.glob("feedsvc-*")) == []
    done = site.run("feeds", "--polls", "--days", "2")  # of which one may be yesterday
    assert done.returncode == 0, done.stderr
    assert "Python-urllib" in done.stdout
    (main,) = json.loads(site.call("feeds", "--polls", "--days", "2", "--json").stdout)["feeds"]
    assert (main["feed"], main["requests"], main["by_form"]) == ("main", 6, {"rss": 6})
    assert site.call("feeds", "--days", "2").returncode == 2


def test_check_a_file(site: Site, tmp_path: Path) -> None:
    feed = tmp_path / "feed.xml"
    feed.write_text("<rss version='2.0'><channel></channel></rss>", encoding="utf-8")
    done = site.run("check", str(feed))
    assert done.returncode == 1
    assert "title" in done.stdout
    findings = json.loads(site.call("check", "--json", str(feed)).stdout)
    assert {"severity", "where", "rule", "message", "mend"} <= set(findings[0])
    assert site.call("check", str(tmp_path / "nothing.xml")).returncode == 1


def test_check_finds_nothing_wrong_with_what_is_served(site: Site) -> None:
    site.write("a.md", "---\ntitle: Alpha & <Beta>\ntags: [x]\nauthor: A. B.\n---\nwords")
    with site.served():
        for extension in ("rss", "atom", "json"):
            done = site.call("check", f"{site.url}/feeds/main.{extension}")
            assert (done.returncode, done.stdout) == (0, "0 errors, 0 warnings\n"), done.stdout
        done = site.run("check", f"{site.url}/opml.xml")
        assert (done.returncode, done.stdout) == (0, "0 errors, 0 warnings\n"), done.stdout
        done = site.call("check", f"{site.url}/nothing")
        assert (done.returncode, "404" in done.stderr) == (1, True)


@pytest.mark.parametrize("command", ["serve", "sync", "items", "feeds", "migrate", "scheduler"])
def test_wrong_configuration_is_status_2_with_every_fault(site: Site, command: str) -> None:
    (site.root / "config.toml").write_text('[site]\nurl="x"\n[zoo]\n', encoding="utf-8")
    done = site.call(command)
    assert done.returncode == 2
    assert "site.url" in done.stderr
    assert "zoo" in done.stderr
    assert "Traceback" not in done.stderr


def test_no_configuration_says_what_to_do(site: Site) -> None:
    (site.root / "config.toml").unlink()
    done = site.run("sync")
    assert done.returncode == 2
    assert "write one" in done.stderr
    assert not (site.root / "var").exists()


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_and_takes_a_configuration(command: str) -> None:
    done = CliRunner().invoke(main, [command, "--help"])
    assert done.exit_code == 0
    assert "--config" in done.stdout


def test_wrong_usage_is_status_2(site: Site) -> None:
    assert site.run("zoo").returncode == 2
    assert site.call("serve", "--port", "0").returncode == 2
    assert site.call("publish").returncode == 2
