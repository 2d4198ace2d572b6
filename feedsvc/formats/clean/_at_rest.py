"""Of which HTML it is certain, without parsing it, that cleaning it again changes nothing.

What has been cleaned is cleaned again until it comes to rest, since HTML that is parsed, written
and parsed again is not always the same. An ordinary article is: tags well inside one another and
text between them. To see that here takes less than half of what a second pass does. Whatever is not
certain goes through that pass: tables, ruby, anything that a parser moves, closes or opens anew,
and attributes whose value would have to be thought about.

Why it is certain:

- The parser reads the tags and characters that stand here: there is no other ``<`` or ``>``, no
  quote in a value, and no reference but those that the writer makes.
- It makes the tree that the tags draw: each end tag closes the innermost element, no start tag
  closes another element, and no formatting element is left open (HTML 13.2.6.4.7, "in body").
- Each attribute is allowed, with a value that the filter gives back as it is.
- The writer writes that tree with the same tags and the same references (HTML 13.3).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Set

from feedsvc.formats.clean import _addresses, _markup

_PHRASES = (
    "a abbr acronym b bdi bdo br cite code data del dfn em i img ins kbd mark picture q s samp"
    " small source span strike strong sub sup time tt u var wbr".split()
)
_FORMATTING = "a b code em i s small strike strong tt u".split()
_BLOCKS = (
    "article aside blockquote center dd details div dl dt figcaption figure footer h1 h2 h3 h4 h5"
    " h6 header hgroup hr li main nav ol p pre section summary ul".split()
)
_LINES = {"/h1", "/h2", "/h3", "/h4", "/h5", "/h6", "/p"}
_EMPTY = {"br", "hr", "img", "source", "wbr"}
#: The elements that may stand here, each with those that must not be open around it, by their end
#: tags: the start tag of a block closes a paragraph and a heading, and of formatting elements one
#: of a kind is enough, or they may be closed or forgotten (13.2.4.3).
_NOT_WITHIN: Mapping[str, Set[str]] = (
    {name: frozenset() for name in _PHRASES}
    | {name: frozenset({f"/{name}"}) for name in _FORMATTING}
    | {name: frozenset(_LINES) for name in _BLOCKS}
)
#: What closes others of its kind besides, but for those around the list that it stands in.
_LISTS = {"dd": {"/dl"}, "dt": {"/dl"}, "li": {"/ol", "/ul"}}

_TAG = re.compile("<([^<>]++)>")
# A quote is only written so within a tag, which the next angle bracket ends; not to look for it
# through endless text again and again, it must be near.
_OTHER_REFERENCE = re.compile("&(?!(?:amp|lt|gt|nbsp);|quot;[^<>]{0,500}+>)")


def is_at_rest(html: str) -> bool:
    """Whether cleaning gives back ``html``, for certain.

    Only for what has come from nh3, so that no tag has an attribute twice, and is fit and stripped.
    """
    end = _ORDINARY.match(html).end()  # type: ignore[union-attr] # it always matches
    if end == len(html):
        return True
    html = html[end:]
    tags = _TAG.findall(html)
    return (
        len(tags) == html.count("<") == html.count(">")
        and "\xa0" not in html
        and _OTHER_REFERENCE.search(html) is None
        and "<pre>\n" not in html  # a parser eats the first line break
        and _is_tree(tags)
    )


def _is_tree(tags: list[str]) -> bool:
    """Whether a parser makes of these tags the tree that they draw."""
    open_tags = [""]  # the end tags that are to come, the innermost last
    for tag in tags:
        if tag == open_tags[-1]:
            open_tags.pop()
            continue
        name = tag
        if " " in tag:
            if not _WITH_ATTRIBUTES.fullmatch(tag):
                return False
            name = tag.partition(" ")[0]
        elif tag == "a":  # without its rel
            return False
        unwanted = _NOT_WITHIN.get(name)
        if unwanted is None or not unwanted.isdisjoint(open_tags):
            return False
        if name in _LISTS and open_tags[-1] not in _LISTS[name]:
            return False
        if name not in _EMPTY:
            open_tags.append(f"/{name}")
    return len(open_tags) == 1


# Usual addresses. Without ";", which joining drops at the end of a path, and without "--" in the
# host, since nh3 may find punycode wrong. With what is percent-encoded.
_PATH, _QUERY = (
    rf"[{some}]*+(?:(?:&amp;|%[0-9A-Fa-f]{{2}})[{some}]*+)*"
    for some in ("A-Za-z0-9._~!$'()*+,=:@/-", "?A-Za-z0-9._~!$'()*+,=:@/-")
)
_SHORT = rf'(?=[^"]{{1,{_addresses.URL_MAX}}}")'
_ADDRESS = (
    rf'{_SHORT}https?://(?![^/?#"]{{64}})(?:[a-z0-9]++(?:-[a-z0-9]++)*\.)+[a-z]{{2,30}}'
    rf'(?:/{_PATH})?(?:\?(?![#"]){_QUERY})?(?:#(?!"){_QUERY})?'
)
_MAIL = rf"{_SHORT}mailto:[A-Za-z0-9._+-]++@{_QUERY}"
_CANDIDATE = rf"{_ADDRESS}(?<!,)(?: [0-9]{{1,6}}(?:\.[0-9]{{1,6}})?[wxh])?"
_WORDS = '[^"&]*+(?:&(?:amp|quot|nbsp);[^"&]*+)*'


def _value(name: str) -> str:
    """The expression of values that :func:`_markup.attribute` gives back."""
    if name in _markup.ADDRESSES:
        return f"(?:{_ADDRESS}|{_MAIL})" if name == "href" else _ADDRESS
    if name == "srcset":
        return f"{_CANDIDATE}(?:, {_CANDIDATE}){{0,{_markup.CANDIDATES_MAX - 1}}}"
    if name in _markup.LANGUAGES:
        return _markup.LANGUAGE.pattern
    if name == "dir":
        return "(?:auto|ltr|rtl)"
    if name == "id":
        return _markup.FOOTNOTE.pattern
    return _WORDS


def _attributes(tag: str) -> str:
    names = sorted(_markup.ATTRIBUTES["*"] | _markup.ATTRIBUTES.get(tag, set()))
    return "(?: (?:" + "|".join(f'{name}="{_value(name)}"' for name in names) + "))*"


#: Tags with attributes of their own that articles are full of, and any other with those of all.
#: No group is repeated possessively: up to Python 3.11.4 that may match what it should not
#: (https://github.com/python/cpython/issues/106052).
_WITH_ATTRIBUTES = re.compile(
    rf"a{_attributes('a')} rel=\"{_markup.LINK_REL}\""
    + "".join(f"|{tag}{_attributes(tag)}" for tag in ("img", "li", "ol", "source", "time"))
    + rf"|(?!(?:a|pre) )[a-z0-9]++{_attributes('*')}"
)


def _ordinary() -> str:
    """What articles begin with, if not all of them: paragraphs, headings, and phrases in them.

    The same as :func:`_is_tree` sees, in half the time, as far as it goes.
    """
    text = r"[^<>&\xa0]*+(?:&(?:amp|lt|gt|nbsp);[^<>&\xa0]*+)*"
    link = f'a{_attributes("a")} rel="{_markup.LINK_REL}">{text}</a'
    phrases = (f"{name}>{text}</{name}" for name in _PLAIN)
    phrase = "|".join((*phrases, link, f"img{_attributes('img')}", "br"))
    return rf"{text}(?:<(p|h[1-6])>{text}(?:<(?:{phrase})>{text})*</\1>{text})*"


_PLAIN = "b code del em i ins kbd s small strong sub sup u".split()
_ORDINARY = re.compile(_ordinary())
