"""What RSS and Atom say of podcasts: of the show in the feed, of the episode in the item."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lxml import etree

from feedsvc.formats._modules import add, has_email, is_picture, uri
from feedsvc.model import Feed, Item, Podcast, term_key

#: Apple's categories of podcasts, but for those within them.
_SUBJECTS = {
    term_key(name): name
    for name in (
        *("Arts", "Business", "Comedy", "Education", "Fiction", "Government", "Health & Fitness"),
        *("History", "Kids & Family", "Leisure", "Music", "News", "Religion & Spirituality"),
        *("Science", "Society & Culture", "Sports", "Technology", "True Crime", "TV & Film"),
    )
}


def is_show(feed: Feed, items: Sequence[Item]) -> bool:
    """Whether the feed has all that podcast directories ask of one with episodes in it.

    A site's feed in which an episode comes by is no show, and half of a show is refused by them.
    """
    return bool(
        _subject(items)
        and feed.language
        and feed.image
        and is_picture(feed.image)
        and any(map(has_email, feed.authors))
    )


def _subject(items: Sequence[Item]) -> str | None:
    """The first of the episodes' categories that Apple has too."""
    episodes = (item for item in items if item.podcast)
    named = (term_key(category.term) for item in episodes for category in item.categories)
    return next((_SUBJECTS[key] for key in named if key in _SUBJECTS), None)


def show(parent: etree._Element, feed: Feed, items: Sequence[Item]) -> None:
    """What podcast directories ask of a show (Apple's requirements).

    Of a feed that is none, whether it is explicit is all there is to say, and that only when an
    item speaks of itself in these words: the W3C's validator asks for it as soon as one does.
    """
    if described := is_show(feed, items):
        _describe_show(parent, feed, items)
    if described or any(_speaks_to_apple(item.podcast) for item in items):
        explicit = any(item.podcast and item.podcast.explicit for item in items)
        add(parent, "itunes:explicit", "true" if explicit else "false")


def _speaks_to_apple(podcast: Podcast | None) -> bool:
    """Whether :func:`episode` writes any of the itunes elements."""
    return podcast is not None and replace(podcast, transcript=None, chapters=None) != Podcast()


def _describe_show(parent: etree._Element, feed: Feed, items: Sequence[Item]) -> None:
    add(parent, "itunes:category", text=_subject(items))
    owner = next(filter(has_email, feed.authors))
    element = add(parent, "itunes:owner")
    if owner.name:
        add(element, "itunes:name", owner.name)
    add(element, "itunes:email", owner.email)
    add(parent, "itunes:image", href=uri(feed.image or ""))


def episode(parent: etree._Element, podcast: Podcast | None) -> None:
    """What an episode says of itself."""
    if podcast is None:
        return
    for name in ("duration", "episode", "season"):
        if (number := getattr(podcast, name)) is not None:
            add(parent, f"itunes:{name}", str(number))
    if podcast.explicit is not None:
        add(parent, "itunes:explicit", "true" if podcast.explicit else "false")
    if file := podcast.transcript:
        add(parent, "podcast:transcript", url=uri(file.url), type=file.type)
    if file := podcast.chapters:
        add(parent, "podcast:chapters", url=uri(file.url), type=file.type)
