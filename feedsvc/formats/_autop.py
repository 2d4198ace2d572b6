"""Paragraphs as WordPress makes them of what an author typed (its ``wpautop``)."""

from __future__ import annotations

import re

#: Elements that hold paragraphs, and ``hr``.
_AROUND = (
    "address|article|aside|blockquote|center|details|div|fieldset|figure|footer|form|header|hgroup"
    "|hr|main|menu|nav|noscript|section"
)
#: Elements that stand between paragraphs and hold none of their own.
_BETWEEN = (
    "audio|caption|col|colgroup|dd|dl|dt|figcaption|h[1-6]|iframe|legend|li|object|ol|option"
    "|select|summary|table|tbody|td|tfoot|th|thead|tr|ul|video"
)
_ALONE = re.compile(rf"</?(?:{_AROUND})(?=[\s/>])[^<>]*>", re.IGNORECASE)
_OPENS = re.compile(rf"<(?:{_BETWEEN})(?=[\s/>])[^<>]*>", re.IGNORECASE)
_CLOSES = re.compile(rf"</(?:{_BETWEEN})\s*>", re.IGNORECASE)
#: What is kept as it is, empty lines and all.
_WHOLE = re.compile(r"<(p|pre|script|style|textarea)(?=[\s>]).*?</\1\s*>", re.DOTALL | re.I)
_MARK = "\ufdd2"  # a noncharacter, which the border would drop
_MARKED = re.compile(f"{_MARK}([0-9]+){_MARK}")
_LINE_END = re.compile(r"(?<!<br>)(?<!<br/>)(?<!<br />)\n")
#: Characters up to which paragraphs are made; the border refuses a quarter of it.
_MOST = 1024 * 1024


def autop(content: str) -> str:
    """The content with ``<p>`` around texts that an empty line parts, ``<br>`` at line ends."""
    content = content.replace("\r\n", "\n").replace("\r", "\n").replace(_MARK, "").strip()
    if len(content) > _MOST:
        return content
    kept: list[str] = []

    def keep(found: re.Match[str]) -> str:
        kept.append(found[0])
        return f"\n\n{_MARK}{len(kept) - 1}{_MARK}\n\n"

    content = _ALONE.sub(r"\n\n\g<0>\n\n", _WHOLE.sub(keep, content))
    content = _CLOSES.sub(r"\g<0>\n\n", _OPENS.sub(r"\n\n\g<0>", content))
    parts = (part.strip() for part in re.split(r"\n\s*\n", content))
    whole = "\n".join(_paragraph(part) for part in parts if part)
    return _MARKED.sub(lambda found: kept[int(found[1])], whole)


def _paragraph(part: str) -> str:
    if part.startswith(_MARK) or _ALONE.fullmatch(part) or _OPENS.match(part):
        return part
    if _CLOSES.fullmatch(part):
        return part
    return "<p>{}</p>".format(_LINE_END.sub("<br>\n", part))
