"""What items that are sent lead to: their relative links, and the uploads among their files.

Files beside an item are for item files alone (:mod:`feedsvc.intake.media`): here a relative link
means another item, a place in the item itself or a page of the site, and a file is an upload.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from urllib.parse import urljoin, urlsplit

from feedsvc.formats import clean
from feedsvc.formats.uploaded import uploaded
from feedsvc.intake.following import followed
from feedsvc.intake.kinds import ITEM_SUFFIXES, suffix_of
from feedsvc.intake.links import MARK, address_above, leads_up
from feedsvc.intake.reading import timed
from feedsvc.model import Enclosure, Item, Podcast, Reference
from feedsvc.store import Upload

# Relative links

#: The last part of an address that no item has (slugs hold no ``~``): an item's own, in content
#: whose item has no address yet. The store puts the right one there.
_OWN = "items/~own"

# What may be a relative link in HTML that is not clean yet. It begins with a character that is
# searched for quickly; what it finds for nothing is cleaned twice, that is all.
_RELATIVE = re.compile(
    r"=(?:(?<=srcset=)|(?:(?<=href=)|(?<=src=)|(?<=cite=)|(?<=poster=)|(?<=\s=))"
    r"\s*+[\"']?+\s*+(?!https?://|/|mailto:))",
    re.IGNORECASE,
)


def own_mark(site_url: str) -> str:
    """What stands in content for the address of its item, while that is not known."""
    return f"{site_url}/{_OWN}"


def linked(raw: str, cleaned: str, own: str) -> tuple[str, tuple[str, ...]]:
    """Clean content with its relative links resolved, and a note for each that leads to nothing.

    ``raw`` is what it was cleaned from, at this site; ``own`` is the address of its item's page (or
    the mark of it). ``#x`` is a place in the item, ``x`` the item beside it and so is ``../x``,
    ``/x`` a page of the site: as in item files.
    """
    if _root(own) not in cleaned or not _RELATIVE.search(raw):
        return cleaned, ()
    page = _Page(f"{own}/")
    return followed(clean.html(raw, base=MARK), MARK, page), tuple(dict.fromkeys(page.notes))


@lru_cache(16)
def _root(own: str) -> str:
    """What every address begins with, as the cleaner writes it, that was relative at a site."""
    return clean.url("/", base=own) or ""


@dataclass(frozen=True, slots=True)
class _Page:
    """An item's page, which no files lie beside; ``notes`` are made while links are followed."""

    base: str
    notes: list[str] = field(default_factory=list)

    def follow(self, link: str) -> str:
        """The address that a relative link means; files are none of them, and are noted."""
        up = leads_up(link)
        address = urljoin(self.base if up else self.base.removesuffix("/"), link)
        if address_above(link, self.base) is None if up else _is_file(link):
            self._note(link.removeprefix("./"), address)
        return address

    def _note(self, link: str, address: str) -> None:
        path = urlsplit(link).path
        what = "nothing of this item" if "/" in path.replace("../", "") else "nothing"
        todo = "upload it and use its address"
        if suffix_of(path) in ITEM_SUFFIXES:
            todo = "link to an item by its address"
        self.notes.append(f"content: {link} leads to {address}, where {what} is; {todo}")


def _is_file(link: str) -> bool:
    """Whether a link names a file; addresses of items have no suffix."""
    return "." in posixpath.basename(urlsplit(link).path).strip(".")


# Uploads


def uploads_named(items: Iterable[Item], site_url: str) -> set[str]:
    """The ids of the uploads that items name as their files."""
    urls = (url for item in items for _, url in _files(item))
    return {found for url in urls if (found := _id(url, site_url))}


def described(
    item: Item, known: Mapping[str, Upload], site_url: str
) -> tuple[Item, tuple[str, ...]]:
    """The item, not clean yet, with what its uploads are; a note for each that there is not.

    ``known`` has the uploads by id. What a file is and how long in bytes, the file says; what was
    said of its title and duration stays. The duration of the only sound is the episode's, unless
    that says its own.
    """
    ids = {url: _id(url, site_url) for _, url in _files(item)}
    if all(found is None for found in ids.values()):
        return item, ()
    uploads = {url: known[found] for url, found in ids.items() if found and found in known}
    enclosures = tuple(_enclosure(one, uploads.get(one.url)) for one in item.enclosures)
    podcast = _podcast(item.podcast, uploads)
    item = replace(item, enclosures=enclosures, podcast=podcast)
    if any(one.url in uploads for one in enclosures):
        item = replace(item, podcast=timed(item))
    notes = (
        f"{name}: no upload has the address {url}; upload the file and use its address"
        for name, url in _files(item)
        if ids[url] is not None and url not in uploads
    )
    return item, tuple(dict.fromkeys(notes))


def untimed(item: Item, old: Item) -> Item:
    """A new version of ``old`` without the episode's duration, if it was that of another sound."""
    if item.podcast is None or item.podcast != old.podcast or item.enclosures == old.enclosures:
        return item
    sounds = [one for one in old.enclosures if one.type.startswith("audio/")]
    if len(sounds) != 1 or sounds[0].duration != item.podcast.duration:
        return item
    podcast = replace(item.podcast, duration=None)
    return replace(item, podcast=podcast if podcast != Podcast() else None)


def _files(item: Item) -> Iterator[tuple[str, str]]:
    """The files that an item names, each with the field that it stands in."""
    for one in item.enclosures:
        yield "enclosure", one.url
    if item.image:
        yield "image", item.image
    podcast = item.podcast or Podcast()
    for name, reference in (("transcript", podcast.transcript), ("chapters", podcast.chapters)):
        if reference is not None:
            yield name, reference.url


def _id(url: str, site_url: str) -> str | None:
    """The id in an address of an upload; empty in one that can be none, None elsewhere."""
    if (found := uploaded(url, site_url)) is not None:
        return found.id
    return "" if url.startswith(f"{site_url}/media/") else None


def _enclosure(given: Enclosure, upload: Upload | None) -> Enclosure:
    if upload is None:
        return given
    duration = given.duration or upload.duration
    return replace(given, type=upload.type, length=upload.length, duration=duration)


def _podcast(podcast: Podcast | None, uploads: Mapping[str, Upload]) -> Podcast | None:
    if podcast is None:
        return None
    return replace(
        podcast,
        transcript=_reference(podcast.transcript, uploads),
        chapters=_reference(podcast.chapters, uploads),
    )


def _reference(given: Reference | None, uploads: Mapping[str, Upload]) -> Reference | None:
    upload = uploads.get(given.url) if given is not None else None
    return Reference(given.url, upload.type) if given is not None and upload else given
