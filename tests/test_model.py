"""Items, changed."""

from dataclasses import FrozenInstanceError, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import items

from feedsvc.model import Item, changed


@given(items(), items(), st.sets(st.sampled_from(Item.__slots__)))
def test_a_changed_item_is_the_one_that_replace_makes(one, other, names):
    fields = {name: getattr(other, name) for name in names}
    made = changed(one, **fields)
    assert made == replace(one, **fields)
    assert type(made) is Item
    assert hash(made) == hash(replace(one, **fields))
    with pytest.raises(FrozenInstanceError):
        made.title = "another"


def test_an_item_has_no_other_fields():
    with pytest.raises(AttributeError, match="colour"):
        changed(Item(), colour="red")
