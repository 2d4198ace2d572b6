"""HTML made safe: nh3 takes out what must go, and of what stays each value is vetted.

nh3 could ask about the values while it is at work. In an article with a dozen links that takes half
as long again as the work itself; so what it has written is looked through, where tags and values
have one form only, and of an ordinary article it is seen at once that all values may stay. Whatever
is done to the text here, it only leaves as what cleaning again would not change.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache, partial

import nh3

from feedsvc.errors import ItemError
from feedsvc.formats.clean import _addresses, _at_rest, _characters, _markup

#: Passes over content that does not come to rest: no reader would see what we saw.
PASSES_MAX = 6

_LEADING_BREAK = re.compile(r"(<pre(?: [^>]*)?>)\n")


def safe(value: str, base: str) -> tuple[str, int]:
    """``value`` as safe HTML, and the number of characters dropped; as ``clean.html``."""
    (made,) = safe_each([(value, base)])
    if isinstance(made, ItemError):
        raise made
    return made


def safe_each(given: Sequence[tuple[str, str]]) -> list[tuple[str, int] | ItemError]:
    """The same of many values, each with its base; and the error of what would be refused.

    One step of all after the other: a processor remembers the code that it has just run, and to
    change between nh3 and Python for each value takes a tenth more of the time.
    """
    ready = [_ready(value) for value, _ in given]
    cleaner = _cleaner()
    written = ["" if isinstance(one, ItemError) else cleaner.clean(one[0]) for one in ready]
    return [
        one if isinstance(one, ItemError) else _settled(one[0], one[1], html, base)
        for one, html, (_, base) in zip(ready, written, given, strict=True)
    ]


def _ready(value: str) -> tuple[str, int] | ItemError:
    """A value that may be cleaned, and the number of characters dropped."""
    value, dropped = _characters.fit(value)
    try:
        _markup.guard(value)
    except ItemError as refused:
        return refused
    return value, dropped


def _settled(value: str, total: int, written: str, base: str) -> tuple[str, int] | ItemError:
    """What comes of a value of which nh3 has ``written`` this, after all passes."""
    for number in range(PASSES_MAX):
        written = (_cleaner().clean(value) if number else written).strip()
        cleaned = _with_origin(written, base)
        # References such as &#8; have become characters by now. One character is found at once.
        has_numbers = "#" in value and "&#" in value
        is_fit = not has_numbers or _characters.fit(cleaned)[0] == cleaned
        rests = is_fit and _at_rest.is_at_rest(cleaned)
        if not rests:
            cleaned, dropped = _vetted(written, base, is_fit=is_fit)
            total += dropped
            rests = cleaned != written and _at_rest.is_at_rest(cleaned)
        # White space around it that is gone now stood outside of all elements.
        if cleaned == value.strip():
            return cleaned, total
        try:
            _markup.guard(cleaned, well_formed=True)
        except ItemError as refused:
            return refused
        if rests:
            return cleaned, total
        value = cleaned
    return ItemError("the content is HTML so entangled that every parser reads it differently")


@cache
def _cleaner() -> nh3.Cleaner:
    """What cleans HTML: one for all, making one takes twice as long as cleaning an article."""
    return nh3.Cleaner(
        tags=set(_markup.TAGS),
        clean_content_tags=set(_markup.TAGS_WITH_CONTENT),
        attributes={tag: set(names) for tag, names in _markup.ATTRIBUTES.items()},
        url_schemes=set(_markup.SCHEMES),
        link_rel=_markup.LINK_REL,
    )


# Of addresses on the base's own host, all but those with dots, which joining resolves.
_OWN_HOST = re.compile(r'(<(?:a href|img src)=")(?=/[^/])(?![^"]*/\.)')


def _with_origin(html: str, base: str) -> str:
    """What nh3 has written, with the usual addresses on the base's own host made absolute.

    Where all of it rests then, that is what vetting makes of them; anything else has to be vetted.
    """
    pieces = _OWN_HOST.split(html)
    if len(pieces) > 1 and (origin := _addresses.origin(base)):
        pieces[1::2] = [start + origin for start in pieces[1::2]]
        return "".join(pieces)
    return html


def _vetted(html: str, base: str, *, is_fit: bool) -> tuple[str, int]:
    """What nh3 has written with the values that may stay, and the number of characters dropped."""
    html, dropped = _TAG.sub(partial(_vetted_tag, base), html), 0
    if not is_fit:
        html, dropped = _characters.fit(html)
    # A parser eats the first line break in a <pre>, and the writer has put none back.
    return _LEADING_BREAK.sub(r"\1\n\n", html).strip(), dropped


# As nh3 writes them (HTML 13.3): no "<" stands anywhere else, no quote within a value.
_TAG = re.compile('<([a-z0-9]+)((?: [a-z]+="[^"]*")+)>')
_ATTRIBUTE = re.compile(' ([a-z]+)="([^"]*)"')


def _vetted_tag(base: str, found: re.Match[str]) -> str:
    tag = found[1]
    kept: list[str] = []
    dropped: list[int] = []
    for at, (name, given) in enumerate(_ATTRIBUTE.findall(found[2])):
        value = _kept(tag, name, _read(given), base)
        kept.append(f' {name}="{_written(value or "")}"')
        if value is None:
            dropped.append(at)
    for at in reversed(dropped):  # in nh3's own way, so that what was taken in before stays equal
        kept[at] = kept[-1]
        del kept[-1]
    return f"<{tag}{''.join(kept)}>"


_WORDS = frozenset({"alt", "height", "rel", "sizes", "title", "width"})


def _kept(tag: str, name: str, given: str, base: str) -> str | None:
    if name in _WORDS and given.isascii() and given.isprintable():
        return given  # at once
    return _markup.attribute(tag, name, given, base=base)


_REFERENCES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\xa0": "&nbsp;"}


def _read(value: str) -> str:
    """The value that stands in a tag."""
    if "&" in value:
        for character, reference in reversed(_REFERENCES.items()):
            value = value.replace(reference, character)
    return value


def _written(value: str) -> str:
    """A value as it stands in a tag."""
    for character, reference in _REFERENCES.items():
        value = value.replace(character, reference)
    return value
