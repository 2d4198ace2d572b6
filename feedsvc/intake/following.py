"""Relative links in clean content, made the addresses that they mean where they stand. Pure.

The cleaner makes every link absolute; what was relative is known by the base that it was given.
"""

from __future__ import annotations

import re
from html import unescape
from typing import Protocol
from urllib.parse import urljoin

from feedsvc.intake import links
from feedsvc.intake.links import is_relative


class Place(Protocol):
    """Where content stands: ``base`` is its item's address with a slash at its end."""

    @property
    def base(self) -> str: ...

    def follow(self, link: str, /) -> str | None:
        """The address that a relative link means, None when it leads nowhere."""
        ...


# The cleaner writes every attribute with double quotes, and no "<" or ">" anywhere but for tags.
_TAG = re.compile(r"<[a-z][^<>]*>")
_ATTRIBUTE = re.compile(r' (cite|href|poster|src|srcset)="([^"]*)"')


def followed(cleaned: str, base: str, place: Place) -> str:
    """Content that was cleaned against ``base``, with its relative links as ``place`` has them.

    Those that lead nowhere are left out.
    """

    def attribute(found: re.Match[str]) -> str:
        name, value = found.groups()
        candidates = value.split(", ") if name == "srcset" else [value]
        kept = [one for candidate in candidates if (one := _followed(candidate, base, place))]
        return f' {name}="{", ".join(kept)}"' if kept else ""

    return _TAG.sub(lambda tag: _ATTRIBUTE.sub(attribute, tag[0]), cleaned)


def _followed(candidate: str, base: str, place: Place) -> str | None:
    """An address that was resolved against ``base``, and what follows it in a srcset."""
    address, space, descriptor = candidate.partition(" ")
    link = links.as_written(unescape(address), base)
    if link is None:
        return candidate
    found: str | None
    if link.startswith("#"):  # a place in the item itself, whose own address has no last slash
        found = place.base.removesuffix("/") + link
    elif is_relative(f"./{link}" if ":" in link else link):
        found = place.follow(f"./{link}" if ":" in link else link)
    elif link.startswith("//"):  # a path with two slashes, and no host
        found = urljoin(place.base, "/") + link[1:]
    else:
        found = urljoin(place.base, link)
    return as_html(found) + space + descriptor if found is not None else None


def as_html(address: str) -> str:
    """An address as the cleaner writes it into content."""
    return address.replace("&", "&amp;")  # the only special character that an address can have
