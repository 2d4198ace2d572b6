"""What is known of uploaded files, and which items lead to them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from samples import NOW, SITE
from store.desk import MAIN, ADesk, Desk, an_item

from feedsvc.errors import Conflict, ItemError
from feedsvc.model import Enclosure, Item, Podcast, Reference, Status
from feedsvc.store import FeedSpec, Put, Upload, Withdraw
from feedsvc.where import Terms, Where

ID = "0123456789abcdef" * 2
OTHER = "f" * 32
UPLOAD = Upload(ID, "Möwe.jpg", "image/jpeg", 12345, None, 800, 600, NOW, "api:phone")
ADDRESS = f"{SITE}/media/{ID}/M%C3%B6we.jpg"


def users(desk: Desk, upload_id: str = ID) -> list[str]:
    return [item.title for item in desk.store.upload_users(upload_id)]


def test_an_upload_is_kept_as_it_is(desk: Desk) -> None:
    sound = Upload(OTHER, "a.mp3", "audio/mpeg", 2**40, 61, at=NOW)
    for upload in (UPLOAD, sound):
        desk.store.keep_upload(upload)
    assert (desk.store.upload(ID), desk.store.upload(OTHER)) == (UPLOAD, sound)
    asked = (ID, OTHER, "e" * 32, "\0")
    assert desk.store.uploads_of(asked) == {ID: UPLOAD, OTHER: sound}
    assert desk.store.uploads_of(()) == {}
    renamed = replace(UPLOAD, name="gull.jpg")
    desk.store.keep_upload(renamed)
    assert desk.store.upload(ID) == renamed
    assert (desk.store.upload("none"), desk.store.upload("\0")) == (None, None)
    with pytest.raises(ItemError, match="name holds characters"):
        desk.store.keep_upload(replace(UPLOAD, name="a\0.jpg"))


def test_uploads_are_listed_by_pages_newest_first(desk: Desk) -> None:
    kept = [
        replace(UPLOAD, id=f"{n:032x}", name=f"{n}.jpg", at=NOW + timedelta(seconds=n // 2))
        for n in range(7)
    ]
    for upload in kept:
        desk.store.keep_upload(upload)
    found: list[Upload] = []
    cursor = None
    for size in (3, 3, 1):
        page, cursor = desk.store.uploads(cursor=cursor, limit=3)
        assert len(page) == size
        found += page
    assert (found, cursor) == (kept[::-1], None)


@pytest.mark.parametrize("cursor", ["", "x", "1", "a.b", "99999999999999999999999.a", "1.\0"])
def test_a_cursor_of_nothing_is_told(desk: Desk, cursor: str) -> None:
    if cursor == "1":  # the place of no upload is one all the same
        assert desk.store.uploads(cursor=cursor) == ([], None)
        return
    with pytest.raises(ItemError, match="not a cursor"):
        desk.store.uploads(cursor=cursor)


@pytest.mark.parametrize(
    ("search", "names"),
    [
        ("GULL", ["gull_1.jpg"]),
        (" gull ", ["gull_1.jpg"]),
        ("_1", ["gull_1.jpg"]),
        ("%", ["50%.png"]),
        ("", ["gull_1.jpg", "gulx1.gif", "50%.png"]),
        ("none", []),
        ("\0", []),
    ],
)
def test_uploads_are_found_by_a_part_of_their_name(
    desk: Desk, search: str, names: list[str]
) -> None:
    for number, name in enumerate(("50%.png", "gulx1.gif", "gull_1.jpg")):
        at = NOW + timedelta(seconds=number)
        desk.store.keep_upload(replace(UPLOAD, id=f"{number:032x}", name=name, at=at))
    found, _ = desk.store.uploads(search=search)
    assert [upload.name for upload in found] == names


@pytest.mark.parametrize(
    ("item", "used"),
    [
        (Item(content_html=f'<p><img src="{ADDRESS}" alt=""></p>'), True),
        (Item(content_html=f'<img srcset="{SITE}/a.png 1x, {ADDRESS} 2x">'), True),
        (Item(content_html=f'<video poster="{ADDRESS}"></video>'), True),
        (Item(image=ADDRESS), True),
        (Item(content_html=f'<img src="{SITE}/%6dedia/./{ID}/a.jpg">'), True),
        (Item(content_html=f'<img srcset="/media/{ID}/a.jpg 1x, {SITE}/b.jpg 2x">'), True),
        (Item(image=f"{SITE}/./media/{ID}/a.jpg"), True),
        (Item(content_html=f'<img src="//media/{ID}/a.jpg">'), False),
        (Item(enclosures=(Enclosure(ADDRESS, "image/jpeg", 12345),)), True),
        (Item(podcast=Podcast(transcript=Reference(ADDRESS, "text/vtt"))), True),
        (Item(content_html=f"<p>It was at {ADDRESS}</p>"), False),
        (Item(content_html=f'<img src="https://elsewhere.example/media/{ID}/a.jpg">'), False),
        (Item(content_html=f'<img src="{SITE}/media/{ID[:-1]}/a.jpg">'), False),
        (Item(content_html=f'<img src="{SITE}/items/media/{ID}/a.jpg">'), False),
        (Item(external_url=ADDRESS), False),
    ],
)
def test_an_item_uses_what_it_leads_to(desk: Desk, item: Item, used: bool) -> None:
    desk.put(replace(item, title="A", guid="urn:x:1"))
    assert users(desk) == (["A"] if used else [])
    assert desk.store.verify() == []
    desk.put(Item(title="Without", guid="urn:x:1"))
    assert users(desk) == []


def test_uses_follow_edits_and_a_site_that_moves(desk: Desk) -> None:
    both = f'<img src="{ADDRESS}"><img src="{SITE}/media/{OTHER}/b.png">'
    desk.put(title="A", guid="urn:x:1", content_html=both)
    desk.later(seconds=1)
    desk.put(title="B", guid="urn:x:2", image=ADDRESS, status=Status.DRAFT)
    assert (users(desk), users(desk, OTHER)) == (["B", "A"], ["A"])
    desk.put(title="A2", guid="urn:x:1", content_html=f'<img src="{ADDRESS}">')
    assert (users(desk), users(desk, OTHER)) == (["B", "A2"], [])
    desk.reopen("https://moved.example")
    assert users(desk) == ["B", "A2"]
    desk.put(title="A3", guid="urn:x:1")
    assert users(desk) == ["B"]
    assert desk.store.verify() == []


def test_uses_are_known_before_the_upload_is(desk: Desk) -> None:
    desk.put(title="A", image=ADDRESS)
    desk.store.keep_upload(UPLOAD)
    assert users(desk) == ["A"]
    assert users(desk, "\0") == []


def test_what_is_used_is_not_dropped(desk: Desk) -> None:
    desk.store.keep_upload(UPLOAD)
    for number in range(3):
        desk.put(title=f"{number}", slug=f"s{number}", guid=f"urn:x:{number}", image=ADDRESS)
        desk.later(seconds=1)
    with pytest.raises(Conflict, match="the item s2 and 2 more"):
        desk.store.drop_upload(ID)
    desk.put(title="without", guid="urn:x:0")
    desk.withdraw("urn:x:1")
    with pytest.raises(Conflict, match="the item s2: take"):
        desk.store.drop_upload(ID)
    desk.withdraw("urn:x:2")
    assert desk.store.drop_upload(ID)
    assert not desk.store.drop_upload(ID)
    assert desk.store.upload(ID) is None


MEMBERS = FeedSpec("members", Where(any=Terms(tags=("inner",))), private=True)
BOARD = FeedSpec("board", Where(any=Terms(tags=("board",))), private=True)


def used(*tags: str, **fields: object) -> Item:
    """An item that leads to the upload."""
    return an_item(*tags, **{"title": "A", "guid": "urn:x:1", "image": ADDRESS} | fields)


@pytest.mark.parametrize(
    ("steps", "readers"),
    [
        ([], ""),
        ([used()], ""),
        ([used(status=Status.DRAFT)], ""),
        ([used("inner")], "members"),
        ([used("inner", status=Status.DRAFT)], "members"),
        ([used("inner", published=NOW + timedelta(days=1))], "members"),
        ([used("inner", expires=NOW + timedelta(minutes=1))], "members"),
        ([used("inner"), "urn:x:1"], "members"),
        ([used("inner"), used("inner", status=Status.DRAFT)], "members"),
        # an edit drops the file, or moves the item, or both
        ([used("inner"), used("inner", image=None)], "members"),
        ([used("inner"), used("board")], "board"),
        ([used("inner"), used("board", image=None)], "board"),
        ([used("inner"), used(image=None)], "members"),
        ([used("inner"), used("news")], ""),
        ([used("inner"), used(status=Status.DRAFT)], "members"),
        ([used("inner"), used(status=Status.DRAFT), used(image=None), used("x")], ""),
        ([used("inner"), used(image=None), used(image=None, title="B")], "members"),
        ([used("inner"), used("board"), used(), used(image=None)], "board"),
        ([used(), used("inner", image=None)], "members"),
        ([used(), used(image=None)], ""),
        # others use it too
        ([used("inner"), used(guid="urn:x:2")], ""),
        ([used("inner"), used(guid="urn:x:2"), "urn:x:2"], "members"),
        ([used("inner"), used(guid="urn:x:2", status=Status.DRAFT)], "members"),
        ([used("inner"), used("board", guid="urn:x:2"), "urn:x:1"], "members board"),
    ],
)
@pytest.mark.parametrize("at_once", [False, True])
def test_what_was_private_is_opened_by_no_edit(
    a_desk: ADesk, steps: list[Item | str], readers: str, at_once: bool
) -> None:
    desk = a_desk(MAIN, MEMBERS, BOARD)
    desk.store.keep_upload(UPLOAD)
    changes = [Put(step) if isinstance(step, Item) else Withdraw(step) for step in steps]
    for some in [changes] if at_once else [[change] for change in changes]:
        desk.store.apply(some, desk.now)
        desk.later(minutes=2)
        desk.store.tick(desk.now)
    assert sorted(desk.store.upload_readers(ID)) == sorted(readers.split())
    assert desk.store.upload_readers(OTHER) == desk.store.upload_readers("\0") == ()
    assert desk.store.verify() == []


def test_who_may_have_it_follows_what_feeds_become(a_desk: ADesk) -> None:
    desk = a_desk(MAIN, MEMBERS)
    desk.put(used("inner"))
    desk.put(used(image=None))
    assert desk.store.upload_readers(ID) == ("members",)
    patrons = replace(MEMBERS, name="patrons", formerly=("members",))
    desk.declare(MAIN, patrons)
    assert desk.store.upload_readers(ID) == ("patrons",)
    desk.declare(MAIN)
    assert desk.store.upload_readers(ID) == ("patrons",)
    desk.declare(MAIN, patrons)
    desk.declare(MAIN, replace(patrons, private=False))
    assert desk.store.upload_readers(ID) == ()


def test_a_former_use_hinders_no_removal(a_desk: ADesk) -> None:
    desk = a_desk(MAIN, MEMBERS)
    desk.store.keep_upload(UPLOAD)
    desk.put(used("inner"))
    desk.put(used("inner", image=None))
    assert desk.store.drop_upload(ID)
    desk.store.keep_upload(UPLOAD)
    assert desk.store.upload_readers(ID) == ("members",)


@pytest.mark.parametrize(
    ("steps", "readers"),
    [
        ([used("inner")], "members"),
        ([used("inner"), used("inner", image=None)], "members"),
        ([used("inner"), used(image=None)], "members"),
        ([used("inner"), used("board")], "board"),
        ([used("inner"), "urn:x:1"], "members"),
        ([used()], ""),
        ([used("inner", status=Status.REVIEW)], ""),
        ([used("inner"), used(guid="urn:x:2")], ""),
    ],
)
def test_what_was_private_is_opened_by_no_item_that_leaves(
    a_desk: ADesk, steps: list[Item | str], readers: str
) -> None:
    desk = a_desk(MAIN, MEMBERS, BOARD)
    desk.store.keep_upload(UPLOAD)
    for step in steps:
        desk.store.apply([Put(step) if isinstance(step, Item) else Withdraw(step)], desk.now)
    desk.store.drop(["urn:x:1"], desk.now)
    assert desk.store.upload_readers(ID) == tuple(readers.split())
    desk.put(used("inner", guid="urn:x:3"))
    desk.put(used("inner", guid="urn:x:3", image=None))
    assert desk.store.drop(["urn:x:2", "urn:x:3"], desk.now) > 0
    assert sorted(desk.store.upload_readers(ID)) == sorted({*readers.split(), "members"})
    patrons = replace(MEMBERS, name="patrons", formerly=("members",))
    desk.declare(MAIN, patrons, BOARD)
    desk.put(used())
    assert desk.store.upload_readers(ID) == ()
    desk.store.drop(["urn:x:1"], desk.now)
    assert sorted(desk.store.upload_readers(ID)) == sorted(
        {"patrons", *readers.split()} - {"members"}
    )
    assert desk.store.verify() == []


def test_what_never_was_here_leaves_no_row(a_desk: ADesk) -> None:
    """Who writes what a source says may name any number of files."""
    desk = a_desk(MAIN, MEMBERS)
    desk.put(used("inner"))
    desk.store.drop(["urn:x:1"], desk.now)
    desk.store.keep_upload(UPLOAD)
    assert desk.store.upload_readers(ID) == ()
