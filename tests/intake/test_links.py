"""Links from one item file to another become the addresses of items."""

from __future__ import annotations

import pytest
from intake.house import House, counts
from samples import SITE


def href(house: House, slug: str) -> str | None:
    """Where the first link of an item leads."""
    _, found, rest = house.item(slug).content_html.partition('href="')
    return rest.partition('"')[0] if found else None


LINKS = [  # the item file, another, the link, the address it gets
    ("a.md", "b.md", "b.md", "b"),
    ("b.md", "a.md", "./a.md", "a"),
    ("a.md", "b.md", "b.md?x=1#part", "b#part"),
    ("a.md", "x/b.html", "x/b.html", "b"),
    ("y/a.md", "x/b.html", "../x/b.html", "b"),
    ("x/y/a.md", "b.txt", "../../b.txt", "b"),
    ("a.md", "my b.md", "my%20b.md", "my-b"),
    ("a.md", "2026-01-02-b.md", "2026-01-02-b.md", "b"),
    ("a.md", "ç.md", "ç.md", "%C3%A7"),
    ("a.md", "a.md", "a.md#top", "a#top"),
]


@pytest.mark.parametrize(("path", "other", "link", "address"), LINKS)
def test_a_link_to_an_item_file(
    house: House, path: str, other: str, link: str, address: str
) -> None:
    house.write(other, "# B")
    house.write(path, f"# A\n\n[b]({link})")
    assert house.sync().notes == ()
    assert href(house, "a" if path != "b.md" else "b") == f"{SITE}/items/{address}"
    assert counts(house.sync())[:3] == (0, 0, 0)


def test_items_that_link_to_each_other_come_in_at_once(house: House) -> None:
    house.write("a/post.md", "# A\n\n[b](../b/post.md) [c](../c.md)")
    house.write("b/post.md", "# B\n\n[a](../a/post.md)")
    house.write("c.md", "# C\n\n[b](b/post.md)", front="slug: third\nid: tag:x.example,2020:c")
    house.write("d.md", "# D\n\n[away](away.md)")
    house.write("away.md", "# Away", front="url: https://far.example/away")
    assert house.sync().notes == ()
    slugs = {item.title: item.slug for item in house.items()}
    assert len(set(slugs.values())) == 5
    assert href(house, slugs["A"]) == f"{SITE}/items/{slugs['B']}"
    assert href(house, slugs["B"]) == f"{SITE}/items/{slugs['A']}"
    assert href(house, "third") == f"{SITE}/items/{slugs['B']}"
    assert f'href="{SITE}/items/third"' in house.item(slugs["A"]).content_html
    assert href(house, "d") == "https://far.example/away"
    assert counts(house.sync()) == (0, 0, 0, 5)


def test_a_link_waits_for_its_item(house: House) -> None:
    house.write("posts/a.md", "# A\n\n[b](../x/b.md) and more")
    note = ("posts/a.md: x/b.md is no item here, so the link to it is left out",)
    assert house.sync().notes == note
    assert href(house, "a") is None
    assert house.sync().notes == note
    house.write("x/b.md", "---\ntitle: [\n---\n")  # there, and refused
    assert house.sync().notes == note
    house.write("x/b.md", "# B")
    assert house.sync().notes == ()
    assert href(house, "a") == f"{SITE}/items/b"
    assert counts(house.sync()) == (0, 0, 0, 2)


def test_a_link_to_a_file_that_goes_or_moves(house: House) -> None:
    house.write("a.md", "# A\n\n[b](b.md)")
    house.write("b.md", "# B and its words")
    house.sync()
    (house.root / "b.md").rename(house.root / "c.md")
    house.write("a.md", "# A, edited\n\n[b](c.md)")
    assert house.sync().notes == ()
    assert href(house, "a") == f"{SITE}/items/b"
    (house.root / "c.md").unlink()
    house.write("a.md", "# A, edited again\n\n[b](c.md)")
    assert house.sync().notes == ("a.md: c.md is no item here, so the link to it is left out",)
    assert href(house, "a") is None


def test_an_edit_alone_finds_the_other_item(house: House) -> None:
    path = house.write("a.md", "# A")
    house.write("b.md", "# B")
    house.sync()
    house.write("a.md", "# A\n\n[b](b.md)")
    assert counts(house.sync(path)) == (0, 1, 0, 0)
    assert href(house, "a") == f"{SITE}/items/b"


@pytest.mark.parametrize("link", ["../b.md", "../../etc/x.html", ".hidden.md", "x/.git/a.md"])
def test_a_link_out_of_the_folder_finds_nothing(house: House, link: str) -> None:
    (house.home / "b.md").write_text("# B", encoding="utf-8")
    house.write("a.md", f"# A\n\n[b]({link})")
    assert len(house.sync().notes) == 1
    assert href(house, "a") is None


def test_files_from_elsewhere_link_to_each_other(house: House) -> None:
    first, second = house.home / "a.md", house.home / "b.md"
    first.write_text("# A", encoding="utf-8")
    second.write_text("# B\n\n[a](a.md)", encoding="utf-8")
    assert "a.md is no item here" in house.publish(second).notes[0]
    assert href(house, "b") is None
    house.publish(first, second)
    assert href(house, "b") == f"{SITE}/items/a"


def test_a_transcript_is_served_and_watched(house: House) -> None:
    house.write("talk.md", "# Talk", front="transcript: tr.vtt")
    assert house.sync().notes == ("talk.md: tr.vtt is not there",)
    house.write("tr.vtt", "WEBVTT\n")
    assert house.sync().notes == ()
    podcast = house.item("talk").podcast
    assert podcast is not None
    assert podcast.transcript is not None
    assert podcast.transcript.url == f"{SITE}/items/talk/tr.vtt"
    media = house.store.media("talk", "tr.vtt")
    assert media is not None
    assert (media.path, media.type) == ("tr.vtt", "text/vtt")
