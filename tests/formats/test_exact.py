"""Items between our own processes: every field comes back as it was."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from samples import FULL
from strategies import items, times

from feedsvc.formats import exact
from feedsvc.model import Item, Status


@settings(max_examples=200, deadline=None)
@given(items(), st.sampled_from(list(Status)), st.none() | times, st.integers(0, 2**40))
def test_every_item_comes_back(item: Item, status: Status, expires: object, revision: int) -> None:
    whole = replace(
        item,
        status=status,
        expires=expires,  # type: ignore[arg-type]
        revision=revision,
        content_markdown=item.title or None,
        feeds=("main", "ü"),
        origin="source:https://e.org/",
        aliases=(item.guid,),
    )
    text = exact.dumps(whole)
    assert exact.loads(text) == whole
    assert exact.loads(text.decode()) == whole
    assert exact.digest(exact.loads(text)) == exact.digest(whole)


def test_a_field_that_says_nothing_leaves_no_trace() -> None:
    # So that a field of a later version changes the digest of no item that is known.
    assert json.loads(exact.dumps(Item(guid="urn:x", title="T"))) == {"guid": "urn:x", "title": "T"}


@pytest.mark.parametrize("field", [{"title": "t"}, {"language": "en"}, {"status": Status.DRAFT}])
def test_every_change_has_another_digest(field: dict[str, object]) -> None:
    assert exact.digest(replace(FULL, **field)) != exact.digest(FULL)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    ["", "[]", '{"guid": 1}', '{"colour": "red"}', '{"published": "soon"}', '{"authors": ["A"]}'],
)
def test_what_is_no_item_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="this is no item: "):
        exact.loads(text)
