"""The contract on names: guids, aliases, slugs, addresses. Runs on every database."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from samples import FULL, SITE
from store.desk import Desk, an_item

from feedsvc.model import Item

# Guids


def test_a_guid_is_minted_for_the_day_of_publication(desk: Desk) -> None:
    outcome = desk.put(title="Old news", published=datetime(2001, 2, 3, 4, tzinfo=UTC))
    assert outcome.guid == "tag:example.org,2001-02-03:items/old-news"


def test_minted_guids_differ_for_items_of_one_name(desk: Desk) -> None:
    outcomes = [desk.put(title="Same") for _ in range(12)]
    assert len({outcome.guid for outcome in outcomes}) == 12
    assert [outcome.guid for outcome in outcomes][:3] == [
        "tag:example.org,2026-11-22:items/same",
        "tag:example.org,2026-11-22:items/same-2",
        "tag:example.org,2026-11-22:items/same-3",
    ]


def test_a_minted_guid_avoids_one_that_somebody_gave(desk: Desk) -> None:
    desk.put(guid="tag:example.org,2026-11-22:items/taken", slug="other")
    assert desk.put(title="Taken").guid == "tag:example.org,2026-11-22:items/taken-2"


def test_a_guid_outlives_edits_and_a_new_slug(desk: Desk) -> None:
    guid = desk.put(title="First").guid
    assert desk.put(title="Second", slug="second", replaces=guid).guid == guid
    assert desk.item(guid).title == "Second"
    assert desk.store.count() == 1


def test_another_guid_for_the_same_item_becomes_an_alias(desk: Desk) -> None:
    guid = desk.put(title="One").guid
    outcome = desk.put(title="One", guid="urn:x:new", replaces=guid)
    assert (outcome.kind, outcome.guid) == ("changed", guid)
    assert desk.item("urn:x:new").guid == guid
    assert desk.item(guid).aliases == ("urn:x:new",)
    # From now on the alias names the item.
    assert desk.put(title="Two", guid="urn:x:new").guid == guid
    assert desk.item(guid).title == "Two"
    assert desk.item(guid).aliases == ("urn:x:new",)


def test_given_aliases_find_the_item(desk: Desk) -> None:
    guid = desk.put(guid="urn:x:1", aliases=("urn:x:old", "urn:x:older")).guid
    assert desk.item("urn:x:older").guid == guid
    assert desk.put(guid="urn:x:1").kind == "unchanged"


def test_a_guid_of_another_item_is_refused(desk: Desk) -> None:
    one, two = desk.put(guid="urn:x:1", title="One"), desk.put(guid="urn:x:2", title="Two")
    outcome = desk.put(guid="urn:x:2", title="Stolen", replaces=one.guid)
    assert outcome.kind == "refused"
    assert "urn:x:2 belongs to another item" in str(outcome.reason)
    assert desk.item(two.guid).title == "Two"


def test_an_unknown_item_to_replace_makes_a_new_one(desk: Desk) -> None:
    assert desk.put(guid="urn:x:1", replaces="urn:x:lost").kind == "added"


# Slugs and addresses


@pytest.mark.parametrize(
    ("item", "hint", "slug"),
    [
        (an_item(title="Title", slug="given"), "hint", "given"),
        (an_item(title="Title", slug="Given Words!"), "hint", "given-words"),
        (an_item(title="Title"), "from-the-file", "from-the-file"),
        (an_item(title="Fish & Chips, <b>"), "", "fish-chips-b"),
        (an_item(title="中文 文章"), "", "中文-文章"),
        (an_item(title="../../etc/passwd"), "", "etc-passwd"),
        (an_item(title="", summary="A summary"), "", "a-summary"),
        (an_item(title="!!!"), "", "2026-11-22"),
        (an_item(title="x" * 300), "", "x" * 100),
    ],
)
def test_a_slug_is_given_or_made(desk: Desk, item: Item, hint: str, slug: str) -> None:
    assert desk.item(desk.put(item, slug_hint=hint).guid).slug == slug


def test_a_slug_is_kept_when_the_title_changes(desk: Desk) -> None:
    guid = desk.put(title="First").guid
    desk.put(title="Second", replaces=guid, slug_hint="other")
    assert desk.item(guid).slug == "first"


def test_a_taken_slug_gets_a_number_and_keeps_it(desk: Desk) -> None:
    desk.put(guid="urn:x:1", slug="same")
    for title in ("Two", "Two, edited"):
        desk.put(guid="urn:x:2", slug="same", title=title)
        assert desk.item("urn:x:2").slug == "same-2"
    assert desk.item("urn:x:2").url == f"{SITE}/items/same-2"


def test_a_number_of_its_own_is_no_number_of_ours(desk: Desk) -> None:
    guid = desk.put(slug="top-10").guid
    desk.put(slug="top", replaces=guid)
    assert desk.item(guid).slug == "top"


def test_an_old_slug_finds_its_item_and_nobody_else_gets_it(desk: Desk) -> None:
    guid = desk.put(slug="old").guid
    desk.put(slug="new", replaces=guid)
    found = desk.store.item(slug="old")
    assert found is not None
    assert (found.guid, found.slug) == (guid, "new")
    assert desk.item(desk.put(slug="old").guid).slug == "old-2"
    # and the item itself may go back to it
    desk.put(slug="old", replaces=guid)
    assert desk.item(guid).slug == "old"


def test_an_address_follows_the_slug_unless_given(desk: Desk) -> None:
    guid = desk.put(slug="old").guid
    desk.put(slug="ça va", replaces=guid)
    assert desk.item(guid).url == f"{SITE}/items/%C3%A7a-va"
    desk.put(url="https://elsewhere.example/x", replaces=guid)
    assert desk.item(guid).url == "https://elsewhere.example/x"


def test_a_site_that_moves_takes_its_addresses_along_but_no_guid(desk: Desk) -> None:
    archived = f'<a href="https://archive.example/{SITE}/page">old</a>'
    words = f'at {SITE}/ it says &lt;a href="{SITE}/&gt;'
    pictures = f'<img srcset="{SITE}/a.png 1x, {SITE}/b.png 2x" alt="{SITE}/ then">'
    content = f'<p><a href="{SITE}/items/bare">x</a> {archived} {words} {pictures}</p>'
    desk.put(replace(FULL, content_html=content))
    minted = desk.put(title="Minted").guid
    desk.reopen(site_url="http://new.example/blog/")
    there = "http://new.example/blog"
    item = desk.item(FULL.guid)
    assert item.guid == FULL.guid
    assert item.url == "http://new.example/blog/items/full"
    # Addresses move; what the article says of an address, and another site's copy, do not.
    moved = f'<img srcset="{there}/a.png 1x, {there}/b.png 2x" alt="{SITE}/ then">'
    assert (
        item.content_html == f'<p><a href="{there}/items/bare">x</a> {archived} {words} {moved}</p>'
    )
    assert item.image == "http://new.example/blog/items/full/lead.jpg"
    assert item.enclosures[0].url == "http://new.example/blog/items/full/talk.mp3"
    assert item.podcast is not None
    assert item.podcast.transcript is not None
    assert item.podcast.transcript.url == "http://new.example/blog/items/full/talk.vtt"
    assert item.authors == (replace(FULL.authors[0], uri=f"{there}/ada"), FULL.authors[1])
    # The same file read anew at the new address is no change.
    outcome = desk.put(title="Minted", replaces=minted)
    assert (outcome.kind, outcome.guid) == ("unchanged", minted)


def test_the_placeholder_of_the_site_can_not_be_smuggled_in(desk: Desk) -> None:
    guid = desk.put(content_html="<p>\ufdd0/evil \ufdd0</p>", title="\ufdd0/").guid
    assert desk.item(guid).content_html == "<p>/evil </p>"
    assert desk.item(guid).title == "\ufdd0/"
