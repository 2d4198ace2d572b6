"""Item files that somebody could have in the folder, and what must become of them.

REFUSED: the file's name, its bytes, the line that the refusal names (None where there is none) and
a word of its reason. MENDED: files that look as bad and are taken, without what is bad in them.
"""

from __future__ import annotations


def _yaml(line: str) -> bytes:
    return f"---\nlayout: post\n{line}\n---\nText.\n".encode()


def _toml(line: str) -> bytes:
    return f'+++\ntype = "post"\n{line}\n+++\nText.\n'.encode()


_BOMB = "a: &a [x]\n" + "\n".join(
    f"{b}: &{b} [*{a},*{a}]" for a, b in zip("abcd", "bcde", strict=True)
)

REFUSED: dict[str, tuple[bytes, int | None, str]] = {
    # No text, or none that can be read.
    "empty.md": (b"", None, "empty"),
    "white-space.txt": (b" \n\t\r\n", None, "empty"),
    "only-front-matter.md": (b"---\nlayout: post\n---\n", None, "neither a title nor text"),
    "only-scripts.html": (b"---\ntitle:\n---\n<!-- -->", None, "neither a title nor text"),
    "latin-1.md": ("Erste Zeile\n\nÜberzählig".encode("latin-1"), 3, "not UTF-8 at byte 14"),
    "cut-off.md": ("Erste Zeile ü".encode()[:-1], 1, "not UTF-8 at byte 13"),
    "shift-jis.txt": ("題名\n\n本文".encode("shift-jis"), 1, "not UTF-8"),
    "overlong.md": (b"a\nb\xc0\xafc", 2, "not UTF-8"),
    "surrogates.md": (b"a\n\n\xed\xa0\x80", 3, "not UTF-8"),
    "utf-16-without-mark.md": ("Text".encode("utf-16-be"), 1, "U+0000"),
    "utf-16-cut-off.md": (b"\xff\xfea\x00\n\x00b", 2, "not UTF-16"),
    "nul.md": (b"# Title\n\nText\x00", 3, "U+0000"),
    "program.txt": (b"\x7fELF\x02\x01\x01\x00\x00", 1, "U+0000"),
    "picture.md": (b"\x89PNG\r\n\x1a\n\x00\x00", 1, "not UTF-8"),
    "huge.txt": (b"word " * 300_000, None, "1 MiB"),
    "long.md": (b"word " * 60_000, None, "256 KiB"),
    "unknown.rst": (b"Title\n=====\n", None, ".md"),
    "no-suffix": (b"Title\n", None, ".md"),
    # Front matter that ends nowhere or is too much.
    "open-yaml.md": (b"---\ntitle: x\n\nText.\n", 1, "closing ---"),
    "open-toml.md": (b'\n+++\ntitle = "x"\n', 2, "closing +++"),
    "long-yaml.md": (_yaml("a: " + "x" * 17_000), 1, "16 KiB"),
    "long-toml.md": (_toml(f'a = "{"x" * 17_000}"'), 1, "16 KiB"),
    "long-header.md": (b"Title: x\n" + b"Tags: y\n" * 3_000 + b"\nText", 1, "16 KiB"),
    # YAML.
    "colon.md": (_yaml("title: Mali: what we know"), 3, "quotes"),
    "tab.md": (_yaml("author:\n\tname: Ada"), 4, "spaces, not tabs"),
    "at.md": (_yaml("author: @ada"), 3, "quotes"),
    "open-quote.md": (_yaml('title: "Never closed'), 3, "quote"),
    "inner-quote.md": (_yaml('title: "A "great" day"'), 3, "quote"),
    "open-list.md": (_yaml("tags: [a, b"), 3, "]"),
    "open-table.md": (_yaml("author: {name: x"), 3, "}"),
    "no-pair.md": (_yaml("title"), 3, "key: value"),
    "uneven.md": (_yaml("title: a\n  date: 2026-01-01"), 4, "quotes"),
    "a-list.md": (b"---\n- a\n- b\n---\nText", 2, "key: value"),
    "a-text.md": (b"---\nJust words.\n---\nText", 2, "key: value"),
    "anchor.md": (_yaml("title: &x y"), 3, "&"),
    "alias.md": (_yaml("title: *x"), 3, "&"),
    "alias-bomb.md": (_yaml(_BOMB), 3, "&"),
    "merge.md": (_yaml("<<: {title: x}"), 3, "<<"),
    "python-tag.md": (_yaml("title: !!python/object/apply:os.system [ls]"), 3, "!"),
    "str-tag.md": (_yaml("title: !!str 5"), 3, "!"),
    "template.md": (_yaml("title: {{ page.title }}"), 3, "quotes"),
    "list-as-key.md": (_yaml("? [a]\n: b"), 3, "key"),
    "nul-in-yaml.md": (_yaml('title: "\\0"'), 3, "U+0000"),
    "control-in-yaml.md": (_yaml("title: a\x01b"), 3, "control character"),
    "deep-list.md": (_yaml("tags: " + "[" * 1_000), 3, "8 deep"),
    "deep-table.md": (_yaml("a: " + "{a: " * 9 + "1" + "}" * 9), 3, "8 deep"),
    "two-documents.md": (_yaml("--- {}"), 3, "key: value"),
    # TOML.
    "no-quotes.md": (_toml("title = Hello"), 3, "quotes"),
    "no-value.md": (_toml("title ="), 3, "quotes"),
    "toml-twice.md": (_toml('title = "a"\ntitle = "b"'), 4, "twice"),
    "toml-date.md": (_toml("date = 2024-13-45"), 3, "2026-11-22"),
    "toml-yaml.md": (_toml("title: Hello"), 3, "TOML"),
    "toml-table.md": (_toml("[author"), 3, "]"),
    "toml-deep.md": (_toml("tags = " + "[" * 500), 3, "8 deep"),
    "toml-deep-table.md": (_toml("a = " + "{a = " * 9 + "1" + "}" * 9), 3, "8 deep"),
    "toml-nul.md": (_toml('title = "\\u0000"'), 3, "U+0000"),
    # Values.
    "month-13.md": (_yaml("date: 2024-13-45"), 3, "2026-11-22"),
    "day-30.md": (_yaml("date: 2023-02-30"), 3, "2026-11-22"),
    "hour-25.md": (_yaml("date: 2024-01-01 25:00"), 3, "2026-11-22"),
    "zone-99.md": (_yaml("date: 2024-01-01T00:00:00+99:99"), 3, "2026-11-22"),
    "no-date.md": (_yaml("date: someday"), 3, "2026-11-22"),
    "only-a-time.md": (_yaml("date: 10:00"), 3, "2026-11-22"),
    "long-digits.md": (_yaml("date: " + "9" * 400), 3, "2026-11-22"),
    "a-number.md": (_yaml("date: 1700000000"), 3, "2026-11-22"),
    "year-1.md": (_yaml("date: 0001-01-01"), 3, "years"),
    "year-9999.md": (_yaml("updated: 9999-12-31T23:59:59-12:00"), 3, "2026-11-22"),
    "year-99999.md": (_yaml("expires: 99999-01-01"), 3, "2026-11-22"),
    "date-list.md": (_yaml("date: [2024-01-01]"), 3, "text"),
    "title-list.md": (_yaml("title: [a, b]"), 3, "text"),
    "title-table.md": (_yaml("title: {a: b}"), 3, "text"),
    "draft-perhaps.md": (_yaml("draft: perhaps"), 3, "true or false"),
    "no-url.md": (_yaml("enclosures:\n  - type: audio/mpeg"), 3, "url"),
    "no-length.md": (_yaml("enclosures: [{url: a.mp3, length: long}]"), 3, "whole number"),
    "no-duration.md": (_yaml("duration: an hour"), 3, "1:01:30"),
    "no-episode.md": (_yaml("episode: one"), 3, "whole number"),
    "no-direction.md": (_yaml("dir: down"), 3, "ltr or rtl"),
    "tag-table.md": (_yaml("tags: {big: cats}"), 3, "words"),
}

MENDED: dict[str, bytes] = {
    "controls.md": b"# Bell\x07 and \x1b[31mred\n\nText\x08 \x0b and \x0c.\n",
    "inner-mark.md": "# Title\n\nText\ufeff with \ufffd, \ufffe and \ufdd0.\n".encode(),
    "override.md": "# Invoice\u202e gpj.exe\n\nText.\n".encode(),
    "utf-7.html": b"<meta charset=utf-7><p>+ADw-script+AD4-alert(1)+ADw-/script+AD4-</p>",
    "script-title.md": _yaml('title: "<script>alert(1)</script>"'),
    "script-author.md": _yaml('author: "<img src=x onerror=alert(1)> <javascript:alert(1)>"'),
    "script-tags.md": _yaml('tags: ["<script>alert(1)</script>", "\\u202e", "../.."]'),
    "script-body.md": b"# Title\n\n<script>alert(1)</script> [x](javascript:x) ![y](data:x)\n",
    "script-page.html": b"<title>T</title><body onload=alert(1)><svg onload=alert(1)>x</svg><p>T",
    "script-urls.md": _yaml(
        "url: javascript://x/%0aalert(1)\nimage: data:image/svg+xml,x\nid: vbscript:x"
    ),
    "enclosures.md": _yaml("enclosures: ['javascript:alert(1)', 'file:///etc/passwd', 'a.mp3']"),
    "slug.md": _yaml('slug: "../../etc/passwd\\r\\nSet-Cookie: a=b"'),
    "language.md": _yaml("lang: 'en\" onmouseover=\"alert(1)'"),
    "language-rtl.md": _yaml("lang: 'ar\" onmouseover=\"alert(1)'\ndir: rtl"),
    "long-title.md": _yaml("title: " + "word " * 2_000),
    "many-tags.md": _yaml("tags: [" + ", ".join(f"t{n}" for n in range(500)) + "]"),
    "long-id.md": _yaml("id: " + "x" * 10_000),
    "end-of-cdata.md": b"# ]]> & ]]&gt;\n\n]]> ends nothing <![CDATA[ here ]]>\n",
    "entities.html": b"<p>&#8;&#0;&#xFDD0;&#xFFFE;&nosuch;&copy</p>",
    "unclosed.html": b"<h1>Title<p><b>bold<i>both</b>italic<table><td>cell<p>",
    "open-page.html": b"<html><head><title>Title",
    "old-mac.md": b"---\rtitle: Old\r---\rText.\r",
    "utf-16.txt": "Ünï\n\nText.".encode("utf-16"),
}
