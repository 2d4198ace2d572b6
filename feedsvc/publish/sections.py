"""What the configuration says of each feed: its head, and how it shows its items. Pure."""

from __future__ import annotations

import hashlib
import html
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from feedsvc import __version__
from feedsvc.config import FeedSection, Settings
from feedsvc.model import MAIN_FEED, Feed, Item, Link, Source, excerpt
from feedsvc.publish import marking
from feedsvc.publish.addresses import address_of, addresses, search_addresses
from feedsvc.publish.document import Target
from feedsvc.publish.rendering import media_type
from feedsvc.store import FeedState


class Sections:
    """The configured feeds by their keys; feeds of tags, authors and searches follow main.

    ``about`` are digests, by feed, of what each of its documents says: they are part of the
    validators. ``gathered`` are the foreign feeds that a feed is made of, as the store has declared
    them.
    """

    def __init__(
        self,
        settings: Settings,
        about: Mapping[str, str],
        gathered: Mapping[str, tuple[Source, ...]] | None = None,
    ) -> None:
        self.site = settings.site
        self.names = tuple(feed.name for feed in settings.all_feeds())
        self._sections = {feed.name: feed for feed in settings.all_feeds()}
        main = self._sections[MAIN_FEED]
        # What a private main feed says of itself, tags, authors and searches don't.
        self._derived = FeedSection(name=MAIN_FEED) if main.private else main
        self._about = about
        self._gathered = gathered or {}

    def of(self, key: str) -> FeedSection:
        """The section that decides about a feed."""
        return self._sections.get(key, self._derived)

    def about(self, target: Target) -> str:
        """What stands for all that a document says beside its items.

        An archive page doesn't change when another size or an end is wanted of the feed.
        """
        key = MAIN_FEED if target.kind == "search" else target.key
        about = self._about.get(key, self._about[MAIN_FEED])
        if target.kind == "archive":
            return about
        section = self.of(key)
        ends = section.ends and section.ends.isoformat()
        said = [about, section.page_size, section.max_bytes, ends, section.notice]
        if target.kind == "live" and (gathered := self._gathered.get(target.key)):
            said.append([[one.title, one.url, one.feed_url] for one in gathered])
        return json.dumps(said)

    def title(self, state: FeedState) -> str:
        """What a feed is called."""
        if state.key == MAIN_FEED:
            return self.of(state.key).title or self.site.title
        if state.key.startswith("tag:"):
            return f"{self.site.title}: #{state.label}"
        if state.key.startswith("author:"):
            return f"{self.site.title}: {state.label}"
        return self.of(state.key).title or f"{self.site.title}: {state.label}"

    def feed(self, state: FeedState) -> Feed:
        """A feed without links and items."""
        gathered = self._gathered.get(state.key, ())
        return replace(self._feed(state, self.of(state.key)), sources=gathered)

    def _feed(self, state: FeedState, section: FeedSection) -> Feed:
        site = self.site
        author = section.author or site.author
        url = addresses(site.url, state.key)["page"]
        if state.key == MAIN_FEED:  # it is the site's: who follows its link comes to the front door
            url = f"{site.url}/"
        elif state.private:
            url = marking.marked(url)
        return Feed(
            id=state.guid,
            title=self.title(state),
            url=url,
            updated=state.changed_at.replace(microsecond=0),
            description=section.description or site.description,
            language=section.language or site.language,
            authors=(author.author(),) if author else (),
            rights=site.rights,
            image=site.image,
            icon=site.icon,
        )

    def search(self, main: FeedState, query: str, items: Sequence[Item]) -> Feed:
        """The feed of a search: a function of what it found and of nothing that moves beside it."""
        newest = (item.updated for item in items if item.updated)
        return replace(
            self._feed(main, self._derived),
            id=f"{main.guid}/search/{quote(query, safe='')}",
            title=f"{self.site.title}: “{query}”",
            url=search_addresses(self.site.url, query)["page"],
            updated=max(newest, default=main.created_at).replace(microsecond=0),
        )

    def links(self, target: Target, pages: int = 0, *, private: bool = False) -> tuple[Link, ...]:
        """The links of a document before which the feed has so many archive pages (RFC 5005 4).

        Pages in which nothing was left are passed over. An archive document has none to the next
        one, which it would change for. Those of a private feed are marked for its readers' tokens.
        """
        found = [self._link("self", target)]
        if target.kind == "archive":
            found.append(self._link("current", replace(target, kind="live", number=0)))
        if pages:
            page = replace(target, kind="archive", number=pages)
            found.append(self._link("prev-archive", page))
        return marking.marked_links(found) if private else tuple(found)

    def _link(self, rel: str, target: Target) -> Link:
        bare = media_type(target.form).partition(";")[0]
        return Link(rel, address_of(self.site.url, target), bare)

    def shown(self, key: str, feed: Feed, items: Iterable[Item]) -> tuple[Item, ...]:
        """The items as a feed shows them.

        One of our own without an author is by the feed's: most readers look for the name in the
        entry alone. One from elsewhere that names nobody is by nobody we know.
        """
        whole = self.of(key).content == "full"
        return tuple(_shown(item, feed, whole=whole) for item in items)

    def notice(self, state: FeedState, feed: Feed) -> tuple[Item, ...]:
        """The last item of a feed that is going to end, for those who read it and not the site."""
        if state.ends is None:
            return ()
        title = f"{feed.title} ends on {_last_day(state.ends)}"
        words = self.of(state.key).notice or f"{title}."
        lines = (f"<p>{html.escape(line)}</p>" for line in words.splitlines() if line.strip())
        since = (state.noticed_at or state.created_at).replace(microsecond=0)
        notice = Item(
            guid=f"{state.guid}/notice",
            url=feed.url,
            title=title,
            content_html="".join(lines),
            authors=feed.authors,
            published=since,
            updated=since,
            language=feed.language,
        )
        return (notice,)


#: What each document of a feed says of itself, archive pages too, and how it shows its items.
_SAID = {"name", "title", "description", "language", "author", "content"}


def abouts(settings: Settings) -> dict[str, str]:
    """For each feed a digest of what all of its documents say beside its items, and of the program.

    What only the live feed shows is left out: archive pages are not to change for it.
    """
    site = settings.site.model_dump(mode="json")
    heads = {
        feed.name: [__version__, site, feed.model_dump(mode="json", include=_SAID)]
        for feed in settings.all_feeds()
    }
    return {
        name: hashlib.sha256(json.dumps(head, sort_keys=True).encode()).hexdigest()[:16]
        for name, head in heads.items()
    }


def _shown(item: Item, feed: Feed, *, whole: bool) -> Item:
    authors = item.authors or (feed.authors if item.source is None else ())
    if whole:
        return item if authors == item.authors else replace(item, authors=authors)
    return replace(item, authors=authors, summary=excerpt(item), content_html="")


def _last_day(end: datetime) -> str:
    """The last day (UTC) before an end, in words that no locale changes."""
    day = end.astimezone(UTC) - timedelta(microseconds=1)
    months = (
        "January February March April May June July August September October November December"
    ).split()
    return f"{day.day} {months[day.month - 1]} {day.year}"
