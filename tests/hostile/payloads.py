"""Attacks that every way out is tried with: one JSON string a line in ``xss.jsonl``."""

from __future__ import annotations

import json
from pathlib import Path

#: Markup that runs a script, or loads or sends something, where it is taken for HTML.
XSS: tuple[str, ...] = tuple(
    json.loads(line)
    for line in (Path(__file__).parent / "xss.jsonl").read_text(encoding="utf-8").splitlines()
)

#: Addresses that no link, picture, enclosure or author may have.
ADDRESSES: tuple[str, ...] = (
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    " javascript:alert(1)",
    "java\nscript:alert(1)",
    "java\x00script:alert(1)",
    "\x01javascript:alert(1)",
    "\ufeffjavascript:alert(1)",
    "javascript://example.org/%0aalert(1)",
    "vbscript:msgbox(1)",
    "data:text/html,<script>alert(1)</script>",
    "data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9YWxlcnQoMSk+",
    "blob:https://example.org/1",
    "file:///etc/passwd",
    "view-source:https://example.org/",
    "jar:https://example.org/a.jar!/x",
    "feed:javascript:alert(1)",
    "ftp://example.org/x",
    "gopher://example.org/",
    "mailto:a@example.org",
    "http://",
    "http:///path",
    "http://[::1",
    "http://[not-an-address]/",
    "http://example.org:99999/",
    "http://example.org:port/",
    "http://exa mple.org/",
    "http://a..b/",
    "http://" + "a" * 64 + ".example/",
    "http://example.org/" + "a" * 2048,
    "https://exa<mple.org/",
    "",
    " \t\r\n",
)

#: Characters that must come out of no field: dropped, whatever stands around them.
CHARACTERS: tuple[str, ...] = (
    *map(chr, range(0x09)),
    *map(chr, range(0x0E, 0x20)),
    *map(chr, range(0x7F, 0x85)),
    *map(chr, range(0x86, 0xA0)),
    "\ud800",
    "\udbff",
    "\udc00",
    "\udfff",
    "\ufdd0",
    "\ufdef",
    "\ufeff",
    "\ufffd",
    "\ufffe",
    "\uffff",
    "\U0001fffe",
    "\U0010ffff",
)
