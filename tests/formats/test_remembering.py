"""A document of entries that are remembered is the one that feedgen makes anew, to the byte."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
import strategies
from feedgen.entry import FeedEntry
from hypothesis import HealthCheck, given, settings
from lxml import etree
from samples import BARE, CORNERS, FULL, feed_in

from feedsvc.errors import ItemError
from feedsvc.formats import _feedgen, atom, rss
from feedsvc.formats._remembering import remembered
from feedsvc.formats.weight import weight
from feedsvc.model import Item

FORMS = pytest.mark.parametrize(("form", "extension"), [(rss, "rss"), (atom, "atom")])


class AtOnce(_feedgen.Document):
    """The document as feedgen writes it with all of its items, none of them written before."""

    def rss(self, complete: Any, spell: Any = bytes) -> bytes:
        self._extend(complete)
        for entry in self._entries:
            self.feedgen.add_entry(Entry(*entry), order="append")
        return bytes(spell(serialized(self.feedgen._create_rss()[0])))

    def atom(self, complete: Any) -> bytes:
        self._extend(complete)
        for entry in self._entries:
            self.feedgen.add_entry(Entry(*entry), order="append")
        return serialized(self.feedgen._create_atom()[0])


class Entry:
    def __init__(self, *its: Any) -> None:
        self._its = its

    def register_extension(self, *_: object) -> None:
        pass

    def rss_entry(self) -> Any:
        return _feedgen._element(*self._its, FeedEntry.rss_entry)

    def atom_entry(self) -> Any:
        return _feedgen._element(*self._its, FeedEntry.atom_entry)


def serialized(root: Any) -> bytes:
    etree.cleanup_namespaces(root)
    body = etree.tostring(root, encoding="utf-8", pretty_print=True)
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + bytes(body)


def made_anew(form: Any, extension: str, items: Sequence[Item]) -> bytes:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_feedgen, "Document", AtOnce)
        body: bytes = form.render(feed_in(extension), items)
    return body


@FORMS
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(items=strategies.feeds_of_items(3, 6))
def test_the_bytes_are_the_same(form: Any, extension: str, items: list[Item]) -> None:
    feed = feed_in(extension)
    for some in (items, items[1:], [*items[::-1], BARE], items):  # neighbours bring namespaces in
        assert form.render(feed, some) == made_anew(form, extension, some)


@FORMS
def test_an_edit_is_seen(form: Any, extension: str) -> None:
    items = [FULL, BARE, *CORNERS]
    for title in ("One", "Two", "One"):
        items[0] = replace(FULL, title=title)
        body = form.render(feed_in(extension), items)
        assert body == made_anew(form, extension, items)
        assert f"<title>{title}</title>".encode() in body


@FORMS
def test_what_is_refused_is_refused_again(form: Any, extension: str) -> None:
    bad = replace(FULL, title="a\x01b")
    for _ in range(2):
        with pytest.raises(ItemError, match=r"title holds U\+0001"):
            form.render(feed_in(extension), [BARE, bad])


def test_threads_share_what_is_remembered() -> None:
    items = [replace(FULL, guid=f"urn:x:{number}", title=str(number)) for number in range(40)]
    wanted = {form: made_anew(form, form.__name__, items) for form in (rss, atom)}
    wrong: list[bytes] = []

    def render() -> None:
        for form in (rss, atom) * 10:
            body = form.render(feed_in(form.__name__), items)
            if body != wanted[form]:
                wrong.append(body)

    threads = [threading.Thread(target=render) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


@pytest.mark.parametrize(("length", "times"), [(100, 1), (100_000, 2)])
def test_long_items_are_not_kept(length: int, times: int) -> None:
    made: list[str] = []
    weigh = remembered(lambda item: made.append(item.guid))
    for _ in range(2):
        weigh(replace(BARE, content_html="x" * length))
    assert len(made) == times


def test_weights_are_the_same() -> None:
    for item in (FULL, BARE, *CORNERS):
        assert weight(item) == weight(item) == weight.__wrapped__(item)  # type: ignore[attr-defined]
