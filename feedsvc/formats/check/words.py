"""Small values with a grammar of their own: language tags, media types, mailboxes, plain text."""

from __future__ import annotations

import re
from html.entities import html5

#: ISO 639-1, the primary subtags of two letters (RFC 5646 2.2.1).
_LANGUAGES = frozenset(
    "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy"
    " da de dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu"
    " hy hz ia id ie ig ii ik in io is it iu iw ja ji jv jw ka kg ki kj kk kl km kn ko kr ks ku kv"
    " kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mo mr ms mt my na nb nd ne ng nl nn no nr"
    " nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg sh si sk sl sm sn so sq"
    " sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi"
    " yo za zh zu".split()
)
_SUBTAG = re.compile(r"[A-Za-z0-9]{1,8}", re.ASCII)
_TOKEN = r"[A-Za-z0-9!#$%&'*+.^_`|~-]+"  # noqa: S105 - HTTP's word for it
_MEDIA_TYPE = re.compile(
    rf"{_TOKEN}/{_TOKEN}(?:\s*;\s*{_TOKEN}\s*=\s*(?:{_TOKEN}|\"[^\"]*\"))*", re.ASCII
)
_LOCAL_PART = re.compile(r"[^\s@()<>,;:\\\"\[\]\x00-\x1f\x7f]+")
_DOMAIN = re.compile(r"(?=[^.])[^\s@()<>,;:\\\"\[\]\x00-\x1f\x7f]+(?<!\.)")
_MAILBOX_WITHIN = re.compile(r"[\w.+-]@[\w-]+\.[\w-]")
_END_TAG = re.compile(r"</([A-Za-z][A-Za-z0-9]*)\s*>")
_VOID_TAG = re.compile(r"<br\s*/>|<img\s[^<>]*src=", re.IGNORECASE)
_REFERENCE = re.compile(r"&(#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")

#: The elements of HTML, also those of old.
HTML_ELEMENTS = frozenset(
    "a abbr acronym address applet area article aside audio b base basefont bdi bdo bgsound big"
    " blink blockquote body br button canvas caption center cite code col colgroup data datalist"
    " dd del details dfn dialog dir div dl dt em embed fieldset figcaption figure font footer form"
    " frame frameset h1 h2 h3 h4 h5 h6 head header hgroup hr html i iframe img input ins isindex"
    " kbd keygen label legend li link listing main map mark marquee menu menuitem meta meter nav"
    " nobr noembed noframes noscript object ol optgroup option output p param picture plaintext"
    " pre progress q rb rp rt rtc ruby s samp script search section select slot small source span"
    " strike strong style sub summary sup table tbody td template textarea tfoot th thead time"
    " title tr track tt u ul var video wbr xmp".split()
)


def language_fault(tag: str) -> str:
    """Why the tag is no language tag of BCP 47 (RFC 5646); "" if it is one."""
    if "_" in tag:
        return "its parts are joined by a hyphen, not by an underscore"
    first, *others = tag.split("-")
    if not all(_SUBTAG.fullmatch(part) for part in (first, *others)):
        return "it is not made of letters and hyphens like en-GB"
    if first.lower() in {"x", "i"}:
        return "" if others else f"there is nothing after {first}"
    known = first.lower() in _LANGUAGES if len(first) == 2 else len(first) == 3 and first.isalpha()
    return "" if known else f"{first} is no language code"


def is_media_type(value: str) -> bool:
    """Whether the value is a media type (RFC 6838 4.2), parameters allowed."""
    return len(value) <= 1000 and _MEDIA_TYPE.fullmatch(value) is not None


def is_mailbox(value: str) -> bool:
    """Whether the value is a bare e-mail address (RFC 5322 addr-spec, without quoting)."""
    name, at, domain = value.rpartition("@")
    return bool(at and _LOCAL_PART.fullmatch(name) and _DOMAIN.fullmatch(domain))


def holds_mailbox(value: str) -> bool:
    """Whether an e-mail address stands somewhere in the value."""
    return _MAILBOX_WITHIN.search(value) is not None


def markup_in(value: str) -> str:
    """The first piece of HTML in a text that should be plain, "" if there is none.

    An end tag, a line break, a picture or a character reference tell HTML from a text that only
    talks with < and &.
    """
    for match in _END_TAG.finditer(value):
        if match[1].lower() in HTML_ELEMENTS:
            return match[0]
    if void := _VOID_TAG.search(value):
        return void[0]
    return reference_in(value)


def reference_in(value: str) -> str:
    """The first character reference of HTML in the value (``&amp;``, ``&#39;``), "" if none."""
    for match in _REFERENCE.finditer(value):
        if match[1][0] == "#" or f"{match[1]};" in html5:
            return match[0]
    return ""
