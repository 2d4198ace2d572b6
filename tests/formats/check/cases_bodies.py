"""Bodies: what readers trip over in HTML, in every format that carries it."""

from __future__ import annotations

from html import escape

from formats.check.documents import ATOM, JSON, RSS, Case

_TABLE = [
    ("", "<p>One<p>Two<br>three<img src=https://e.org/i.png>"),
    ("", "<ul><li>a<li>b</ul><table><tr><td>c</table>"),
    ("", "<p>a</p><div><p>b</div>"),
    ("", '<p><a href="https://example.org/?a=1&amp;b=2#c">a</a> 1 &lt; 2 &amp; x</p>'),
    ("", '<a href="mailto:ada@example.org">m</a><img src="data:image/png;base64,AA">'),
    ("", '<p style="color: red; justify-content: center">a</p>'),
    ("", '<svg viewBox="0 0 1 1"><path d="M0 0"/><g/></svg>'),
    ("", "<!-- <b> --><p>x</p>"),
    ("body.link-relative", '<a href="/about">a</a>'),
    ("body.link-relative", '<a href="#fn1">a</a>'),
    ("body.link-relative", '<img src="//e.org/i.png">'),
    (
        "body.link-relative",
        '<img src="https://e.org/i.png" srcset="https://e.org/2.png 2x, 3.png">',
    ),
    ("body.link-script", '<a href="javascript:alert(1)">a</a>'),
    ("body.link-script", '<a href=" java\tscript:alert(1)">a</a>'),
    ("body.link-script", '<a href="&#106;avascript:alert(1)">a</a>'),
    ("body.element-unsafe", "<script>if (a < b) { document.write('<b>') }</script>"),
    ("body.element-unsafe", "<style>p { color: red }</style>"),
    ("body.element-unsafe", '<iframe src="https://e.org/v"></iframe>'),
    ("body.element-unsafe", '<object data="https://e.org/v"></object>'),
    ("body.element-unsafe", '<?import namespace="t" ><p>x</p>'),
    ("body.element-unknown", "<o:p>Word</o:p>"),
    ("body.element-unknown", "<my-widget>x</my-widget>"),
    ("body.attribute-event", '<img src="https://e.org/i.png" onerror="x()">'),
    ("body.attribute-event", "<p onclick=x()>a</p>"),
    ("body.style-dangerous", '<p style="position: fixed; top: 0">a</p>'),
    ("body.style-dangerous", '<p style="background: url(https://e.org/t.gif)">a</p>'),
    ("body.markup-broken", "<p><b>a</p></b>"),
    ("body.markup-broken", "<p>a</p></div>"),
    ("body.markup-broken", "<div><p>a"),
    ("body.markup-broken", "<p>a <b"),
    ("body.markup-broken", "<p>1 < 2</p>"),
    ("body.markup-broken", "<p>a<b/>b</p>"),
    ("body.markup-broken", "<p><div>a</div></p>"),
    ("body.markup-broken", "<p>a<!-- b"),
]


def _rss(body: str) -> bytes:
    old = "<description>&lt;p&gt;Hello&lt;/p&gt;</description>"
    new = f"<description>Hi</description><content:encoded>{escape(body)}</content:encoded>"
    return RSS.replace(old, new).encode()


def _atom(body: str, base: str = "") -> bytes:
    old = '<content type="html">&lt;p&gt;Hello&lt;/p&gt;</content>'
    return ATOM.replace(old, f'<content{base} type="html">{escape(body)}</content>').encode()


def _json(body: str) -> bytes:
    told = body.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t")
    return JSON.replace("<p>Hello</p>", told).encode()


def _xhtml(body: str) -> bytes:
    old = 'type="html">&lt;p&gt;Hello&lt;/p&gt;'
    new = f'type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">{body}</div>'
    return ATOM.replace(old, new).encode()


_XHTML = [
    ("", '<p>a</p><svg xmlns="http://www.w3.org/2000/svg"><path/></svg>'),
    ("body.element-foreign", '<p>a</p><b xmlns="">c</b>'),
    ("body.element-foreign xml.namespace-unknown", '<x xmlns="https://x.example/"/>'),
    ("body.element-unsafe", "<script>x</script>"),
    ("body.element-unknown", "<blob>x</blob>"),
    ("body.attribute-event", '<p onclick="x()">a</p>'),
    ("body.link-relative", '<a href="/x">a</a>'),
    ("body.style-dangerous", '<p style="z-index: 9">a</p>'),
]

CASES: list[Case] = (
    [
        Case(f"{name} {rules or 'nothing'} {body}"[:90], made(body), frozenset(rules.split()))
        for name, made in (("rss", _rss), ("atom", _atom), ("json", _json))
        for rules, body in _TABLE
    ]
    + [
        Case(f"xhtml {rules or 'nothing'} {body}"[:90], _xhtml(body), frozenset(rules.split()))
        for rules, body in _XHTML
    ]
    + [
        Case(
            "relative links stand on xml:base",
            _atom('<a href="/x">a</a>', ' xml:base="https://example.org/"'),
            frozenset(),
        )
    ]
)
