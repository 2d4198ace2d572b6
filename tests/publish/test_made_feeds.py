"""A feed that one process makes is every other's at its next poll, on each database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from publish.desk import START

from feedsvc.config import FeedSection, Settings, SiteSection, StoreSection
from feedsvc.errors import ConfigError
from feedsvc.publish.document import Target
from feedsvc.service import Service


@pytest.fixture
def processes(store_url: str, tmp_path: Path) -> Iterator[list[Service]]:
    settings = Settings(
        site=SiteSection(title="Site", url="https://example.org"),
        store=StoreSection(url=store_url),
        root=tmp_path,
    )
    found = [Service.open(settings, clock=lambda: START) for _ in range(2)]
    yield found
    for service in found:
        service.close()


def test_made_changed_and_ended_elsewhere(processes: list[Service]) -> None:
    here, there = processes
    target = Target("live", "news", "json")
    assert there.documents.head(target) is None
    here.make_feed(FeedSection(name="news", title="News"), origin="api:a")
    document = there.documents.document(target)
    assert document is not None and b'"News"' in document.body()
    assert [feed.name for feed in there.settings.all_feeds()] == ["main", "news"]
    news = FeedSection(name="news", title="Other", private=True)
    there.make_feed(news, origin="api:b", replaces="news")
    assert here.documents.document(target) is None
    opened = here.documents.document(target, private=True)
    assert opened is not None and b'"Other"' in opened.body()
    here.end_feed("news")
    assert there.documents.head(target, private=True) is None
    assert [feed.name for feed in there.settings.all_feeds()] == ["main"]


def test_a_file_that_takes_the_name_of_an_ended_private_feed_is_at_fault(
    processes: list[Service],
) -> None:
    here, _ = processes
    here.make_feed(FeedSection(name="club", private=True), origin="api:a")
    here.end_feed("club")
    taking = here.fixed.model_copy(update={"feeds": (FeedSection(name="club"),)})
    with pytest.raises(ConfigError, match=r"(?s)config.toml has 1 fault:.*the name club"):
        Service.open(taking, clock=lambda: START)
    Service.open(here.fixed, clock=lambda: START).close()
