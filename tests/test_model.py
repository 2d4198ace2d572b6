"""Items, changed."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import items

from feedsvc.model import Item, changed


@given(items(), items(), st.sets(st.sampled_from(Item.__slots__)))
def test_a_changed_item_is_the_one_that_replace_makes(one, other, names):
    fields = {name: getattr(other, name) for name in names}
    assert changed(one, **fields) == replace(one, **fields)


def test_an_item_has_no_other_fields():
    with pytest.raises(KeyError, match="colour"):
        changed(Item(), colour="red")
