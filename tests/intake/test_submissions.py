"""Items that are sent: what becomes of them, on each database."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from samples import NOW, SITE

from feedsvc.errors import Changed, Conflict, InvalidFields, NotFound
from feedsvc.formats import itemjson
from feedsvc.intake.submissions import Submissions, Written
from feedsvc.model import Item, Status
from feedsvc.store import FeedSpec, Key, Media, Put, Store, open_store

LATER = NOW + timedelta(minutes=5)


class Sender:
    """Somebody who sends items, at a time that tests move."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.now: datetime = NOW
        self.submissions = Submissions(store, SITE)

    def add(self, key: Key | None = None, **fields: Any) -> Written:
        given = itemjson.read(fields)
        return self.submissions.add(given, origin="api:t", now=self.now, key=key)

    def patch(self, old: Item, *, expected: int | None = None, **fields: Any) -> Written:
        given = itemjson.read(fields, old=old, partial=True)
        return self.submissions.change(old, given, origin="api:t", now=self.now, expected=expected)

    def put(self, old: Item, fields: dict[str, Any], *, expected: int | None = None) -> Written:
        given = itemjson.read(fields, old=old)
        return self.submissions.change(old, given, origin="api:t", now=self.now, expected=expected)

    def titles(self) -> list[str]:
        return [item.title for item in self.store.entries("main", limit=50)]


@pytest.fixture
def sender(store_url: str) -> Iterator[Sender]:
    store = open_store(store_url, site_url=SITE, now=NOW)
    store.declare([FeedSpec("main"), FeedSpec("news")], NOW)
    yield Sender(store)
    store.close()


def test_a_new_item(sender: Sender) -> None:
    written = sender.add(title="Hello", content_html="<p>a</p><script>x</script>")
    item = written.item
    assert (written.kind, item.slug, item.origin) == ("added", "hello", "api:t")
    assert item.content_html == "<p>a</p>"
    assert written.notes == ("content: dropped what a feed can't carry safely: <script>",)
    assert item == sender.store.item(guid=item.guid)
    assert sender.titles() == ["Hello"]


def test_its_guid_again_is_a_new_version(sender: Sender) -> None:
    first = sender.add(guid="urn:x:1", title="One", summary="s")
    sender.now = LATER
    second = sender.add(guid="urn:x:1", title="Two")
    assert (second.kind, second.item.slug, second.item.summary) == ("changed", "one", "")
    assert second.item.published == first.item.published
    assert second.item.updated == LATER
    assert sender.add(guid="urn:x:1", title="Two").kind == "unchanged"
    assert sender.store.count() == 1


def test_an_id_that_is_no_iri_is_one_at_every_time(sender: Sender) -> None:
    item = sender.add(guid="17", title="One").item
    assert item.guid.startswith("urn:uuid:")
    assert sender.add(guid="17", title="Two").item.guid == item.guid


def test_withdrawn_stays_withdrawn_unless_published_again(sender: Sender) -> None:
    item = sender.add(guid="urn:x:1", title="One").item
    assert sender.submissions.withdraw(item.guid, now=LATER).kind == "withdrawn"
    assert sender.submissions.withdraw(item.guid, now=LATER).kind == "unchanged"
    assert sender.add(guid="urn:x:1", title="Two").item.status is Status.WITHDRAWN
    assert sender.titles() == []
    assert sender.add(guid="urn:x:1", title="Two", status="published").kind == "changed"
    assert sender.titles() == ["Two"]
    with pytest.raises(NotFound):
        sender.submissions.withdraw("urn:x:none", now=LATER)


def test_of_many_too_what_was_withdrawn_in_that_moment_stays_withdrawn(
    sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And what the same items say of it later on still comes after."""
    sender.add(guid="urn:x:1", title="One")
    items_of = sender.store.items_of

    def then_withdrawn(guids: Collection[str]) -> dict[str, Item]:
        found = items_of(guids)
        monkeypatch.undo()
        sender.submissions.withdraw("urn:x:1", now=NOW)
        return found

    monkeypatch.setattr(sender.store, "items_of", then_withdrawn)
    bodies = [
        {"guid": "urn:x:1", "title": "Two"},
        {"guid": "urn:x:2", "title": "Another"},
        {"guid": "urn:x:1", "title": "Three"},
    ]
    givens = [itemjson.read(body) for body in bodies]
    results = sender.submissions.many(givens, origin="api:t", now=LATER)
    assert [one.kind for one in results if isinstance(one, Written)] == [
        "changed",
        "added",
        "changed",
    ]
    item = sender.store.item(guid="urn:x:1")
    assert item is not None
    assert (item.title, item.status) == ("Three", Status.WITHDRAWN)
    assert sender.titles() == ["Another"]


@pytest.mark.parametrize("named", ["known", "new"])
def test_withdrawn_in_the_moment_before_it_is_put_it_stays_withdrawn(
    sender: Sender, monkeypatch: pytest.MonkeyPatch, named: str
) -> None:
    if named == "known":
        sender.add(guid="urn:x:1", title="One")
    item, begun = sender.store.item, []

    def then_withdrawn(**by: str) -> Item | None:
        """The item as it is; somebody withdraws it as soon as it was read for the first time."""
        found = item(**by)
        if not begun:
            begun.append(by)
            sender.store.apply([Put(Item(guid="urn:x:1", title="Theirs"))], NOW)
            sender.submissions.withdraw("urn:x:1", now=NOW)
        return found

    monkeypatch.setattr(sender.store, "item", then_withdrawn)
    key = Key("t:k", "d")
    assert sender.add(key, guid="urn:x:1", title="Two").item.status is Status.WITHDRAWN
    assert begun == [{"guid": "urn:x:1"}]
    assert sender.titles() == []
    assert sender.add(key, guid="urn:x:1", title="Two").kind == "repeated"


def test_a_key_makes_one_item(sender: Sender) -> None:
    first = sender.add(Key("t:k", "d"), title="One")
    again = sender.add(Key("t:k", "d"), title="One")
    assert (again.kind, again.item) == ("repeated", first.item)
    with pytest.raises(InvalidFields) as caught:
        sender.add(Key("t:k", "other"), title="Two")
    assert [fault.field for fault in caught.value.faults] == ["Idempotency-Key"]
    assert sender.store.count() == 1


def test_scheduled_and_drafts(sender: Sender) -> None:
    to_come = (NOW + timedelta(hours=1)).isoformat()
    assert sender.add(title="Soon", published=to_come).item.status is Status.SCHEDULED
    draft = sender.add(title="Draft", status="draft").item
    sender.now = LATER
    assert sender.patch(draft, status="published").item.published == LATER
    soon = sender.add(title="Later", status="draft", published=to_come).item
    assert sender.patch(soon, status="published").item.status is Status.SCHEDULED
    with pytest.raises(InvalidFields, match="published: a scheduled item needs a time to come"):
        sender.add(title="When?", status="scheduled")


def test_a_draft_that_is_sent_back_to_go_out_has_the_date_of_that(sender: Sender) -> None:
    draft = sender.add(title="Draft", status="draft").item
    sender.now = LATER
    assert draft.published == NOW  # as it is shown: when it was made
    out = sender.put(draft, itemjson.write(draft) | {"status": "published"}).item
    assert out.published == LATER


def test_a_date_that_somebody_has_named_stays(sender: Sender) -> None:
    long_ago = datetime(2001, 2, 3, 4, 5, 6, tzinfo=UTC)
    draft = sender.add(title="Draft", status="draft", published=long_ago.isoformat()).item
    sender.now = LATER
    out = sender.put(draft, itemjson.write(draft) | {"status": "published"}).item
    assert out.published == long_ago


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({}, "title"),
        ({"title": "\0"}, "title"),
        ({"title": "a", "feeds": ["none"]}, "feeds"),
        ({"title": "a", "content_html": "x" * 300_000}, "content_html"),
        ({"title": "a", "content_markdown": "< " * 100_000}, "content_markdown"),
        ({"title": "a", "content_markdown": "a\0b"}, "content_markdown"),
    ],
)
def test_refused_with_the_field(sender: Sender, fields: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidFields) as caught:
        sender.add(**fields)
    assert [fault.field for fault in caught.value.faults] == [field]
    assert sender.store.count() == 0


def test_an_empty_draft_is_a_beginning(sender: Sender) -> None:
    assert sender.add(status="draft").kind == "added"


def test_a_change_of_what_was_changed_meanwhile(sender: Sender) -> None:
    old = sender.add(title="One").item
    new = sender.patch(old, expected=old.revision, title="Two").item
    with pytest.raises(Changed) as caught:
        sender.patch(old, expected=old.revision, title="Three")
    assert caught.value.revision == new.revision
    with pytest.raises(Changed):
        sender.submissions.withdraw(old.guid, now=LATER, expected=old.revision)
    assert sender.titles() == ["Two"]


def test_what_was_read_can_be_sent_back(sender: Sender) -> None:
    old = sender.add(title="One", content_markdown="*a*", authors=["Ada"]).item
    sender.now = LATER
    assert sender.put(old, itemjson.write(old)).kind == "unchanged"
    moved = sender.put(old, itemjson.write(old) | {"slug": "uno"}).item
    assert (moved.slug, moved.url, moved.updated) == ("uno", f"{SITE}/items/uno", LATER)
    assert moved.content_markdown == "*a*"
    found = sender.store.item(slug="one")
    assert found == moved


def test_the_guid_of_another_is_not_taken(sender: Sender) -> None:
    sender.add(guid="urn:x:1", title="One")
    two = sender.add(guid="urn:x:2", title="Two").item
    with pytest.raises(Conflict, match="belongs to another item"):
        sender.patch(two, guid="urn:x:1")


def test_what_a_file_declares_is_only_withdrawn_and_published_again(sender: Sender) -> None:
    item = Item(guid="urn:x:f", title="F", origin="file:posts/f.md", published=NOW)
    files = (Media("a.png", "posts/a.png", "image/png", 3),)
    sender.store.apply([Put(item, media=files)], NOW)
    old = sender.store.item(guid="urn:x:f")
    assert old
    for change in ({"title": "G"}, {"status": "draft"}, {"status": "published", "title": "G"}):
        with pytest.raises(Conflict, match=r"declared in items/posts/f\.md; edit that file"):
            sender.patch(old, **change)
    with pytest.raises(Conflict):
        sender.add(guid="urn:x:f", title="G")
    gone = sender.submissions.withdraw(old.guid, now=LATER).item
    sender.now = LATER
    back = sender.patch(gone, status="published").item
    assert (back.status, back.origin) == (Status.PUBLISHED, "file:posts/f.md")
    assert sender.store.media("f", "a.png") == files[0]
    assert sender.patch(back, status="withdrawn").item.status is Status.WITHDRAWN


def test_many_each_for_itself(sender: Sender) -> None:
    sender.add(guid="urn:x:old", title="Old", status="draft")
    sent: list[dict[str, Any]] = [
        {"guid": "urn:x:1", "title": "One"},
        {"title": ""},
        {"guid": "urn:x:1", "title": "One, better"},
        {"guid": "urn:x:old", "title": "Old, better"},
        {"title": "a", "feeds": ["none"]},
        {"title": "Last"},
    ]
    results = sender.submissions.many(
        [itemjson.read(fields) for fields in sent], origin="api:t", now=NOW
    )
    told = [one.kind if isinstance(one, Written) else type(one).__name__ for one in results]
    wanted = ["added", "InvalidFields", "changed", "changed", "InvalidFields", "added"]
    assert told == wanted
    old = results[3]
    assert isinstance(old, Written)
    assert old.item.status is Status.DRAFT
    assert sorted(sender.titles()) == ["Last", "One, better"]
    for one in results:
        if isinstance(one, Written) and one.item.guid != "urn:x:1":
            assert one.item == sender.store.item(guid=one.item.guid)


@pytest.mark.parametrize(
    ("text", "form", "html"),
    [
        ("# T\n\n*a* <script>x</script>", "markdown", "<p><em>a</em> </p>"),
        ("a\n\nb <i>", "text", "<p>a</p>\n<p>b &lt;i&gt;</p>"),
        ('<p onclick="x">a</p>', "html", "<p>a</p>"),
        ("![](/media/x.png)", "markdown", f'<p><img src="{SITE}/media/x.png" alt=""></p>'),
    ],
)
def test_preview_is_what_readers_get(sender: Sender, text: str, form: str, html: str) -> None:
    given = itemjson.read({f"content_{form}": text})
    shown, _ = sender.submissions.preview(given.item, None, NOW)
    assert shown.content_html.strip() == html
    assert sender.add(**{f"content_{form}": text}).item.content_html == shown.content_html
