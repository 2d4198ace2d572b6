"""An item is shown as the main feed would, whatever its status."""

from __future__ import annotations

from dataclasses import replace

import pytest
from publish.desk import FORMATS, Desk, an_item, parsed

from feedsvc.formats import upstream
from feedsvc.model import Status
from feedsvc.publish.document import Format
from feedsvc.publish.previewing import preview


@pytest.mark.parametrize("form", FORMATS)
def test_a_published_item_is_shown_as_in_the_feed(desk: Desk, form: Format) -> None:
    guid = desk.put(an_item(1, summary="In short"))
    item = desk.service.store.item(guid=guid)
    assert item is not None
    (alone,) = upstream.read(preview(desk.service, item, form)).items
    (in_feed,) = upstream.read(desk.document("main", form).body()).items
    assert alone == in_feed


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("status", [Status.DRAFT, Status.WITHDRAWN])
def test_what_is_in_no_feed_is_shown_too(desk: Desk, form: Format, status: Status) -> None:
    guid = desk.put(an_item(1, status=status))
    item = desk.service.store.item(guid=guid)
    assert item is not None
    assert [one.title for one in parsed(desk.document("main", form)).items] == []
    (shown,) = upstream.read(preview(desk.service, item, form)).items
    assert (shown.guid, shown.title) == (guid, "Title 1")
    other = replace(item, content_html="<p>Other</p>")
    assert preview(desk.service, other, form) != preview(desk.service, item, form)
