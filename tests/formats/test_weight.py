"""The weight of an item: never less than what it takes, and not much more."""

from __future__ import annotations

from dataclasses import replace
from timeit import timeit

import pytest
import strategies
from hypothesis import HealthCheck, example, given, settings
from samples import BARE, CORNERS, FULL, SITE, feed_in

from feedsvc.formats import atom, jsonfeed, rss
from feedsvc.formats.weight import weight
from feedsvc.model import Author, Item, excerpt

MAKERS = {"rss": rss, "atom": atom, "json": jsonfeed}
#: The largest author that a feed may give to an item without one.
OF_THE_FEED = Author("漢" * 200, "a" * 308 + "@example.org", f"{SITE}/{'a' * 2028}")


def taken(item: Item, form: str) -> int:
    """The bytes by which a document grows when the item comes into it."""
    feed, render = feed_in(form), MAKERS[form].render
    return len(render(feed, [BARE, item])) - len(render(feed, [BARE]))


def forms_of(item: Item) -> list[Item]:
    """The item as feeds show it: in full, as a summary, with the feed's author."""
    own = item if item.authors or item.source else replace(item, authors=(OF_THE_FEED,))
    return [item, own, replace(own, summary=excerpt(own), content_html="")]


def most(item: Item) -> int:
    return max(taken(shown, form) for shown in forms_of(item) for form in MAKERS)


@pytest.mark.parametrize("item", [FULL, *CORNERS], ids=lambda item: item.slug)
def test_the_samples_are_not_heavier_than_said(item: Item) -> None:
    assert most(item) <= weight(item)
    untitled = replace(item, title="", summary="")
    assert most(untitled) <= weight(untitled)


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(strategies.items())
@example(replace(BARE, title="", content_html="<p>" + "&lt;" * 400))
@example(replace(BARE, title="", content_html="<p>" + '"\\' * 400))
@example(replace(BARE, title="", summary="<" * 200, content_html=""))
@example(replace(BARE, title="漢" * 500, content_html=""))
@example(replace(BARE, title="", content_html="", url=f"{SITE}/{'ü' * 300}"))
@example(replace(BARE, content_html="<p>" + "]]&gt; ]]> " * 50))
def test_no_item_is_heavier_than_said(item: Item) -> None:
    for shown in forms_of(item):
        for form in MAKERS:
            assert taken(shown, form) <= weight(item), form


_SENTENCE = 'Some <em>words</em> &amp; "more" of <a href="https://example.org/a?b=1">them</a>. '


def article(size: int) -> Item:
    content = f"<p>{_SENTENCE * 6}</p>\n" * (size // (6 * len(_SENTENCE)) or 1)
    return replace(FULL, podcast=None, source=None, enclosures=(), content_html=content)


@pytest.mark.parametrize("size", [2_000, 5_000, 50_000])
def test_an_article_is_not_said_to_be_twice_as_heavy_as_it_is(size: int) -> None:
    plain = replace(article(size), content_html=f"<p>{'Words and words. ' * (size // 17)}</p>")
    bare = replace(BARE, title="Title", content_html=plain.content_html, authors=(Author("Ada"),))
    for item in (article(size), plain, bare):
        assert most(item) <= weight(item) <= 2 * most(item)


def test_a_weight_is_cheap() -> None:
    item = article(5_000)
    assert min(timeit(lambda: weight(item), number=20) / 20 for _ in range(20)) < 500e-6
