"""The judge of HTML that we give out: what a browser's parser makes of it, and what is wrong there.

Its list of what is allowed is its own, written by hand, so that a slip in ours is seen.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from justhtml import JustHTML

_ALLOWED = set(
    "a abbr acronym article aside audio b bdi bdo blockquote br caption center cite code col "
    "colgroup data dd del details dfn div dl dt em figcaption figure footer h1 h2 h3 h4 h5 h6 "
    "header hgroup hr i img ins kbd li main mark nav ol p picture pre q rp rt rtc ruby s samp "
    "section small source span strike strong sub summary sup table tbody td tfoot th thead time "
    "tr track tt u ul var video wbr".split()
)
_PLAIN = set(
    "abbr align alt colspan controls datetime default dir headers height hreflang kind label lang "
    "loop media muted open playsinline preload rel reversed rowspan scope size sizes span srclang "
    "start summary title type value width".split()
)
_ADDRESSES = {"cite", "href", "poster", "src"}


def faults(html: str, *, scripting: bool = True) -> list[str]:
    """Everything in ``html`` that must not be there, as a browser would see it."""
    return list(_found(html, scripting))


@lru_cache(4096)  # the same content stands in many documents
def _found(html: str, scripting: bool) -> tuple[str, ...]:
    tree = JustHTML(html, sanitize=False, fragment=True, scripting_enabled=scripting)
    return tuple(_walk(tree.root))


def text(html: str) -> str:
    """The text that a browser would show."""
    return "".join(_texts(JustHTML(html, sanitize=False, fragment=True).root))


def _texts(node: Any) -> Iterator[str]:
    if node.name == "#text":
        yield node.data
    for child in getattr(node, "children", None) or ():
        yield from _texts(child)


def _walk(node: Any) -> Iterator[str]:
    if not node.name.startswith("#"):
        if getattr(node, "namespace", "html") not in {"html", None}:
            yield f"<{node.name}> of {node.namespace}"
        if node.name not in _ALLOWED:
            yield f"<{node.name}>"
        for name, value in (node.attrs or {}).items():
            yield from _attribute(node.name, name, value or "")
    elif node.name not in {"#text", "#document-fragment"}:
        yield node.name
    for child in getattr(node, "children", None) or ():
        yield from _walk(child)


def _attribute(tag: str, name: str, value: str) -> Iterator[str]:
    where = f"<{tag} {name}={value!r}>"
    if name in _ADDRESSES:
        try:
            scheme, host = urlsplit(value).scheme, urlsplit(value).hostname
        except ValueError:
            scheme = host = ""
        mail = tag == "a" and name == "href" and scheme == "mailto"
        if not mail and not (scheme in {"http", "https"} and host):
            yield where
    elif name == "srcset":
        for candidate in value.split(", "):
            if urlsplit(candidate.split()[0]).scheme not in {"http", "https"}:
                yield where
    elif name == "id":
        if not value.startswith(("fn", "footnote")):
            yield where
    elif name not in _PLAIN:
        yield where
