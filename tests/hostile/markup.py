"""Which pages are the same markup: those that differ in words alone, which no parser minds.

Of a page that is written as our templates write (each value quoted, no ``<`` in a text or a value)
:func:`alike` makes the page with other words for its texts and values. What is no such page, and so
each one where somebody's value has become markup of another kind, is told apart and read for
itself; and what is made here is markup as well, so that a tag too many stays one. Kept are the
values that mean something to the judge: those of names, kinds and addresses that are not plain.
"""

from __future__ import annotations

import re
from functools import lru_cache

#: A character that stands for itself, as escaped text has it.
_ESCAPED = r"&(?:lt|gt|amp|quot|#34|#39);"
#: A text that is more than white space. What begins with another reference is left as it is.
_TEXT = re.compile(rf">(\s*+)(?:[^<\s&\0]|{_ESCAPED})[^<\0]*")
_CHARACTER = rf"(?:[^\\\x00-\x20\"<>&]|{_ESCAPED})"
_VALUE = re.compile(
    # An address here that is no script's or frame's, one elsewhere, of a link, picture or feed.
    rf'( (?:href|action|formaction|cite)=")(?!//)[/?#]{_CHARACTER}*(?=")'
    rf'|( (?:href|src|cite|poster)="(?:feed:)?https?://)(?:[a-z0-9-]+\.)*[a-z0-9-]+(?::\d+)?'
    rf'(?:[/?#]{_CHARACTER}*)?(?=")'
    rf'|( src="/(?:media|items|admin)/){_CHARACTER}*(?=")'
    # Words, times, numbers: nothing that the judge asks for.
    r"|( (?:title|alt|content|value|placeholder|lang|datetime|aria-label|width"
    r"|data-(?!preview)[a-z-]+"
    r'|height)=")[^"<>\0]*(?=")'
)
_TAG = r"</?[^\s\"'<>/=\0]+(?:\s+[^\s\"'<>/=\0]+(?:=\"[^\"<>\0]*\")?)*+\s*/?>"
_STRICT = re.compile(rf"(?:<!doctype html>|{_TAG}|[^<>\0]+)*+", re.IGNORECASE)


def alike(html: str) -> str | None:
    """The same markup with other words; None for what only the parser can read.

    >>> alike('<p title="a">one &lt; two</p>') == alike('<p title="b &#34;">three</p>')
    True
    >>> alike('<p title="a">one</p>') == alike('<p title="a" id="b">one</p>')
    False
    >>> alike("<p title='a'>one</p>") is None
    True
    """
    made = _VALUE.sub(_same, _TEXT.sub(r">\1x", html))
    return made if _is_strict(made) else None


def _same(found: re.Match[str]) -> str:
    here, elsewhere, ours, word = found.groups()
    return f"{here}/" if here else f"{elsewhere}x" if elsewhere else f"{ours or word}x"


@lru_cache(8192)
def _is_strict(made: str) -> bool:
    """Whether all of it is tags with quoted values, and texts."""
    return _STRICT.fullmatch(made) is not None
