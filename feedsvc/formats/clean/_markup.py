"""The HTML that content may hold, and what is too twisted to be looked at.

The allow-list is nh3's own without image maps, with what articles need besides: audio, video,
pictures in several sizes, sections, language and direction. Not in it: scripts, styles, frames,
forms, svg and math (both have carried attacks through every cleaner that allowed them), ``style``
and ``class`` (they mean nothing in a reader) and ``id`` but for footnotes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Set

from feedsvc.errors import ItemError
from feedsvc.formats.clean import _addresses, _characters

CONTENT_MAX = 256 * 1024  #: bytes of content in UTF-8, before and after cleaning
_FEW_TAGS = 500  #: so few can't be nested too deep, nor leave too much open
_FEW_CHARACTERS = CONTENT_MAX // 4  #: so few are not too many bytes, nor too many ampersands
_TAGS_MAX = 8_000  #: tags up to which nesting can't be slow, however bad
_DEPTH_MAX = 256  #: elements inside one another; Blink stops at 512
_AMPERSANDS_MAX = 65_536
_REOPENINGS_MAX = 1_000_000
_ROOTS_MAX = 10
CANDIDATES_MAX = 50  #: pictures in one srcset


def _words(text: str) -> Set[str]:
    return frozenset(text.split())


TAGS: Set[str] = _words("""
    a abbr acronym article aside audio b bdi bdo blockquote br caption center cite code col colgroup
    data dd del details dfn div dl dt em figcaption figure footer h1 h2 h3 h4 h5 h6 header hgroup hr
    i img ins kbd li main mark nav ol p picture pre q rp rt rtc ruby s samp section small source
    span strike strong sub summary sup table tbody td tfoot th thead time tr track tt u ul var
    video wbr
""")
#: Elements that go with everything in them; of the others only the tag goes and the text stays.
TAGS_WITH_CONTENT: Set[str] = _words("""
    applet embed frameset head iframe math noembed noframes noscript object script select style svg
    template textarea title xmp
""")
_CELL = {"align", "colspan", "rowspan", "headers"}
_MEDIA = {"src", "controls", "loop", "muted", "preload"}
ATTRIBUTES: Mapping[str, Set[str]] = {
    "*": {"dir", "id", "lang", "title"},
    "a": {"href", "hreflang"},
    "audio": _MEDIA,
    "blockquote": {"cite"},
    "col": {"align", "span"},
    "colgroup": {"align", "span"},
    "data": {"value"},
    "del": {"cite", "datetime"},
    "details": {"open"},
    "hr": {"align", "size", "width"},
    "img": {"align", "alt", "height", "sizes", "src", "srcset", "width"},
    "ins": {"cite", "datetime"},
    "li": {"value"},
    "ol": {"reversed", "start", "type"},
    "q": {"cite"},
    "source": {"height", "media", "sizes", "src", "srcset", "type", "width"},
    "table": {"align", "summary"},
    "tbody": {"align"},
    "td": _CELL,
    "tfoot": {"align"},
    "th": _CELL | {"abbr", "scope"},
    "thead": {"align"},
    "time": {"datetime"},
    "tr": {"align"},
    "track": {"default", "kind", "label", "src", "srclang"},
    "video": _MEDIA | {"height", "playsinline", "poster", "width"},
}
SCHEMES: Set[str] = frozenset({"http", "https", "mailto"})
LINK_REL = "noopener noreferrer"

ADDRESSES = frozenset({"cite", "href", "poster", "src"})
LANGUAGES = frozenset({"hreflang", "lang", "srclang"})
LANGUAGE = re.compile(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*")
# What the Markdown renderers and blog programs of the field call their footnotes. No other id: a
# reader shows many items on one page, and an id names a global of its scripts.
FOOTNOTE = re.compile(r"(?:fn|fnref|footnote)[-_:]?[A-Za-z0-9_:-]{0,40}")


def attribute(tag: str, name: str, value: str, *, base: str) -> str | None:
    """The value that an allowed attribute may keep, None to drop it."""
    if name in ADDRESSES:
        found = _addresses.url(value, base=base)
        return found or (_addresses.mailto(value) if (tag, name) == ("a", "href") else None)
    if name == "srcset":
        return ", ".join(_candidates(value, base)) or None
    if name in LANGUAGES:
        return value if LANGUAGE.fullmatch(value) else None
    if name == "dir":
        return value.lower() if value.lower() in {"auto", "ltr", "rtl"} else None
    if name == "id":
        return value if FOOTNOTE.fullmatch(value) else None
    return _characters.fit(value)[0]


_DESCRIPTOR = re.compile(r"\d{1,6}(\.\d{1,6})?[wxh]")


def _candidates(value: str, base: str) -> Iterator[str]:
    """The usable candidates of a srcset, addresses made absolute (HTML 4.8.4.2.1)."""
    rest = value.strip(" \t\n\f\r,")
    for _ in range(CANDIDATES_MAX):
        if not rest.strip():  # nothing, or white space that HTML does not know, such as U+00A0
            return
        address, descriptor = [*rest.split(maxsplit=1), ""][:2]
        if address.endswith(","):
            address, descriptor, rest = address.rstrip(","), "", descriptor
        else:
            descriptor, _, rest = descriptor.partition(",")
        rest = rest.lstrip(" \t\n\f\r,")
        url = _addresses.url(address, base=base)
        if url and not descriptor.strip():
            yield url.rstrip(",")
        elif url and _DESCRIPTOR.fullmatch(descriptor.strip()):
            yield f"{url} {descriptor.strip()}"


_TAG_START = re.compile("</?[A-Za-z]")
_ROOT = re.compile("<[hH][tT][mM][lL]")
# Elements that a parser opens anew in every block that follows, when they are left open
# (HTML 13.2.4.3). ``a`` and ``nobr`` are not here: a second one closes the first.
_FORMATTING = re.compile(
    r"<(?:b|big|code|em|font|i|s|small|strike|strong|tt|u)(?=[\s/>])[^>]*", re.IGNORECASE
)
_CLOSED_AT_ONCE = re.compile(
    r"<(b|big|code|em|font|i|s|small|strike|strong|tt|u)(?=[\s/>])[^<>]*>[^<]*</\1>", re.IGNORECASE
)


def guard(content: str, *, well_formed: bool = False) -> None:
    """Raise ItemError for content that would keep the HTML parser busy for seconds.

    ``well_formed`` says that the content comes from nh3, so that its nesting is counted exactly.

    The parser takes time with the square of what is left open, so the bounds are on the number of
    ampersands, on nesting, and on elements to be opened anew (docs/decisions/nh3.md has the
    measurements). An article comes nowhere near them.
    """
    is_small = len(content) <= _FEW_CHARACTERS and content.count("<") <= _FEW_TAGS
    if not is_small:
        _check_size(content)
    if not well_formed and len(_ROOT.findall(content)) > _ROOTS_MAX:
        raise ItemError("the content holds more than one HTML document")
    if is_small:
        return
    tags = len(_TAG_START.findall(content))
    if tags * _left_open(content, tags) > _REOPENINGS_MAX:
        raise ItemError("the content leaves too many <b>, <font> and the like open")
    if tags > (2 * _DEPTH_MAX if well_formed else _TAGS_MAX):
        _check_nesting(content)


def _check_size(content: str) -> None:
    size = len(content if content.isascii() else content.encode("utf-8"))
    if size > CONTENT_MAX:
        raise ItemError(f"the content is {size:,} bytes of HTML; at most {CONTENT_MAX:,} (256 KiB)")
    if content.count("&") > _AMPERSANDS_MAX:
        raise ItemError(f"the content has more than {_AMPERSANDS_MAX} ampersands")


def _left_open(content: str, tags: int) -> int:
    """At most how many formatting elements can be open at once: three of a kind are the same."""
    if tags > _TAGS_MAX // 4:
        content = _CLOSED_AT_ONCE.sub("", content)
    counts: dict[str, int] = {}
    for found in _FORMATTING.finditer(content):
        counts[found[0]] = counts.get(found[0], 0) + 1
    return sum(min(3, count) for count in counts.values())


_SPACE = r"[\t\n\f\r ]"
# Atomic groups keep this linear on text that is no tag after all.
#: A comment or a tag as HTML's tokenizer reads it (13.2.5.6 on): a quote only counts after "=".
TOKEN = re.compile(
    rf"""
    <!--(?:-?>|(?>.*?(?:--!?>|\Z)))
    | <(?:[!?]|/(?=[^A-Za-z>]))[^>]*>?
    | <(?P<end>/?)(?P<name>[A-Za-z][^\t\n\f\r />]*)
      (?>(?:[\t\n\f\r /]+
        | [^\t\n\f\r />][^\t\n\f\r />=]*
          (?:{_SPACE}*={_SPACE}*(?:"[^"]*"|'[^']*'|[^\t\n\f\r >"'][^\t\n\f\r >]*|(?=>)))?
      )*)(?:>|\Z)
    """,
    re.VERBOSE | re.DOTALL,
)
_VOID = _words("""
    area base basefont bgsound body br col embed frame head hr html image img input keygen link meta
    param source track wbr
""")
#: Elements whose end tag may be left out, with the start tags that close them.
_CLOSED_BY = {
    "dd": frozenset({"dd", "dt"}),
    "dt": frozenset({"dd", "dt"}),
    "li": frozenset({"li"}),
    "option": frozenset({"option", "optgroup"}),
    "p": _words("""
    address article aside blockquote center details dir div dl fieldset figcaption figure footer
    form h1 h2 h3 h4 h5 h6 header hgroup hr main menu nav ol p pre section summary table ul
"""),
    "rp": frozenset({"rp", "rt"}),
    "rt": frozenset({"rp", "rt"}),
    "td": frozenset({"td", "th", "tr", "tbody", "thead", "tfoot"}),
    "th": frozenset({"td", "th", "tr", "tbody", "thead", "tfoot"}),
    "tr": frozenset({"tr", "tbody", "thead", "tfoot"}),
    "tbody": frozenset({"tbody", "tfoot"}),
    "thead": frozenset({"tbody", "tfoot"}),
}
#: Elements in which tags mean something else than in the rest; content of thousands of tags that
#: uses one of them is refused.
_OTHER_RULES = _words("""
    iframe math noembed noframes noscript plaintext script select style svg template textarea title
    xmp
""")


def _check_nesting(content: str) -> None:
    """Raise ItemError when elements stand too deep in one another.

    Counts never less than an HTML parser would find: an end tag counts only where it closes the
    innermost open element, or one whose inner elements have an optional end tag; whatever is left
    open stays counted to the end.
    """
    opened: list[str] = []
    for token in TOKEN.finditer(content):
        name = (token["name"] or "").lower()
        if name in _OTHER_RULES:
            raise ItemError(f"the content has more than {_TAGS_MAX} tags, <{name}> among them")
        if not name or name in _VOID:
            continue
        if token["end"]:
            _close(opened, name)
            continue
        while opened and name in _CLOSED_BY.get(opened[-1], ()):
            opened.pop()
        opened.append(name)
        if len(opened) > _DEPTH_MAX:
            raise ItemError(
                f"the content has more than {_DEPTH_MAX} elements in one another or left open"
            )


def _close(opened: list[str], name: str) -> None:
    at = len(opened) - 1
    while at >= 0 and opened[at] != name and opened[at] in _CLOSED_BY:
        at -= 1
    if at >= 0 and opened[at] == name:
        del opened[at:]
