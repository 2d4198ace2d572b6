"""What is made of foreign values."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from feedsvc.formats._foreign import one_line


@given(st.text(st.sampled_from(" \t\n\r\f\v\xa0\u3000aé日<&"), max_size=30))
def test_every_run_of_white_space_of_html_becomes_one_space(text: str) -> None:
    assert one_line(text) == re.sub("[ \t\n\r\f]+", " ", text).strip()
