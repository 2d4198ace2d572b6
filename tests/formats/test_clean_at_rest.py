"""What is said to be at rest without a second pass is so, and ordinary articles are."""

from __future__ import annotations

import re
from functools import cache, partial
from html import entities, escape

import nh3
import pytest
from hostile import payloads
from hypothesis import example, given, settings
from hypothesis import strategies as st

from feedsvc.errors import ItemError
from feedsvc.formats import clean
from feedsvc.formats.clean import _at_rest, _characters, _html, _markup

BASE = "https://example.org/items/post"
REL = 'rel="noopener noreferrer"'
LINK = f'<a href="https://example.org/a?b=1&amp;c=%20" {REL}>'

#: As blog programs write them, cleaned.
ARTICLES = {
    "empty": "",
    "text": "Fish &amp; chips &lt; caviar&nbsp;— “so” it’s",
    "paragraphs": f"<p>One <strong>two</strong> {LINK}three</a><br>\nfour.</p>\n<h2>Five</h2>",
    "wrapped": f"<div><div><p><span>a</span></p><hr><section>{LINK}x</a></section></div></div>",
    "list": '<ul>\n<li>a</li><li><p>b</p><ol start="2"><li>c</li></ol></li></ul>',
    "terms": "<dl>\n<dt>a</dt>\n<dd><p>b</p></dd><dd>c</dd></dl>",
    "quoted": "<blockquote><p>One <em>two <b>three</b></em></p></blockquote>",
    "code": "<pre><code>a\n  b &lt; c</code></pre><p><code>d</code></p>",
    "picture": f'<figure>{LINK}<img src="https://example.org/a.jpg" alt="It &amp; they" width="6"'
    ' height="4" srcset="https://example.org/a.jpg 600w, https://example.org/b.jpg 1.5x"'
    ' sizes="(max-width: 600px) 100vw, 600px"></a><figcaption>A</figcaption></figure>',
    "pictures": '<picture><source type="image/webp" srcset="https://example.org/w_4,c_5/a%2Fb 4w,'
    ' https://example.org/w_8/a 8w"><img src="https://example.org/a" alt="&quot;A">'
    "</picture>",
    "mail": f'<a href="mailto:a.b@example.org?subject=c%20d&amp;body=e" {REL}>f</a>',
    "footnote": f'<sup id="fnref:1"><a href="https://example.org/a#fn:1" {REL}>1</a></sup>',
    "languages": '<div dir="rtl" lang="ar"><p title="س">س</p></div>',
    "linked": f"{LINK}<h2>A</h2><p>b</p></a><details><summary>c</summary><p>d</p></details>",
}

NOT_WRITTEN_BY_NH3 = (
    "<p>a", "a</p>", "<P>a</P>", "<p>a</P>", "<p >a</p>", "<p\n>a</p>", "<br/>", "<br></br>", "<>",
    "a > b", "> <p", "> <br", "a < b", "<p", "&amp", "&copy;", "&#65;", "&", "&quot;", "a\xa0b",
    "&quot;<br>", "<br>&quot;", "<p>&quot;</p>",
    "<!-- a -->", "<![CDATA[a]]>", "<?a?>", "<!doctype html>", "<p dir=ltr>a</p>",
    "<p dir='ltr'>a</p>", '<p  dir="ltr">a</p>', '<p dir="ltr" >a</p>',
    '<p dir="ltr"title="a">a</p>', '<p title="&lt;">a</p>', '<p title="&#65;">a</p>',
    '<p title="<">a</p>', '<p title="a">b">a</p>',
)  # fmt: skip
MOVED_BY_A_PARSER = (
    "<p><p>a</p></p>", "<p><div>a</div></p>", "<p><b><ul></ul></b></p>", "<h1><h2>a</h2></h1>",
    "<p><hr></p>", "<b><b>a</b></b>", f"{LINK}<div>{LINK}a</a></div></a>", "<b><i>a</b></i>",
    "<div><li>a</li></div>", "<ul><li><li>a</li></li></ul>", "<ul><b><li>a</li></b></ul>",
    "<dt>a</dt>", "<table></table>", "<table><tr><td>a</td></tr></table>", "<td>a</td>",
    "<ruby>a<rt>b</rt></ruby>", "<pre>\na</pre>", '<pre lang="en">a</pre>',
)  # fmt: skip
NOT_ALLOWED = (
    "<script>a</script>", "<style>a</style>", "<svg></svg>", "<font>a</font>", "<x-y>a</x-y>",
    '<p class="a">b</p>', '<p href="https://example.org/">b</p>', '<img onerror="a">',
    f'<a {REL} href="https://example.org/">b</a>', "<a>b</a>",
    '<a href="https://example.org/">b</a>', '<p id="a">a</p>',
)  # fmt: skip
ADDRESSES_TO_THINK_ABOUT = (
    "/b", "", "javascript:a", "https://a@example.org/", "https://xn--a.example/", "https://a..b/",
    f"https://{'a' * 64}.example/", "https://example.org/%zz", "https://1.2/", "https://example.org?",
    f"https://example.org/{'a' * 2048}", "https://example.org/a b", "https://example.org/a;",
    "HTTPS://example.org/", "https://example.org:80/", "https://example.org/ä", "mailto:a",
    "mailto:a@b#c", "mailto:a@b c", "mailto:@b", "mailto:a@b@%", "MAILTO:a@b", "mailto://a@b",
)  # fmt: skip
VALUES_TO_THINK_ABOUT = (
    '<p lang="">a</p>', '<p lang="a b">a</p>', '<p dir="LTR">a</p>',
    '<img srcset="">', '<img srcset="https://example.org/a,">',
    '<img srcset="https://example.org/a 1y">', '<img srcset="https://example.org/a, 1x">',
)  # fmt: skip


@pytest.mark.parametrize("article", ARTICLES.values(), ids=ARTICLES)
def test_an_article_is_at_rest(article: str) -> None:
    assert _at_rest.is_at_rest(article)
    assert one_pass(article) == article


@pytest.mark.parametrize(
    "markup",
    (
        *NOT_WRITTEN_BY_NH3,
        *MOVED_BY_A_PARSER,
        *NOT_ALLOWED,
        *VALUES_TO_THINK_ABOUT,
        *(f'<a href="{address}" {REL}>a</a>' for address in ADDRESSES_TO_THINK_ABOUT),
        *(f'<img src="{address}">' for address in ADDRESSES_TO_THINK_ABOUT),
    ),
)
def test_what_is_not_certain_goes_through_another_pass(markup: str) -> None:
    assert not _at_rest.is_at_rest(markup)
    assert not _at_rest.is_at_rest(f"<div>{markup}</div>")


@pytest.mark.parametrize("payload", payloads.XSS, ids=ascii)
def test_what_comes_of_an_attack_is_the_result_of_all_passes(payload: str) -> None:
    for frame in ("{}", "<p>before {} after</p>", f"{LINK}{{}}</a>", "<ul><li>{}</li></ul>"):
        attack = frame.replace("{}", payload)
        assert cleaned(attack) == cleaned_in_passes(attack)


#: All elements that are allowed, those of articles the most often, and some that are not.
TAGS = st.sampled_from((
    *"p a b em i li ul ol div span h2 img br hr pre blockquote strong picture source".split() * 5,
    *sorted(_markup.TAGS),
    *"font script form".split(),
))  # fmt: skip
VOID = {"br", "hr", "img", "source", "wbr"}
ADDRESSES = st.sampled_from((
    "https://example.org/a", "http://a-b.example", "https://a.example/?b=1&c=%20#d",
    "https://a.example/b 2x, https://a.example/c 3x", "https://a.example/b,c 2x",
    "https://a--b.example/", "https://a.example/%20;", "https://a.example/..", "//a.example/b",
    "mailto:a@b.example", "mailto:a@b?c=%20", "https://a.example/b,c 2x, https://a.example/b 3w",
    "/", "/a/b?c=/d&e=%20#f", "/a/../b", "/a?b=/../c", "/a?", "/a#", "/a;b", "/%zz", "/\\a", "a/b",
    "#fn1", "?a=b", f"/{'a' * 1490}", f"/{'a' * 2040}", "/a 2x, /b 3x",
    *ADDRESSES_TO_THINK_ABOUT,
))  # fmt: skip
VALUES = st.sampled_from((
    "", "ltr", "RTL", "en-GB", "a b", "fn1", "fnref:2", "1", "a & b", '"', "\xa0", "a\nb",
))  # fmt: skip
TEXTS = st.text(max_size=4) | st.sampled_from((
    " ", "\n", "a", "b", "&", "<", ">", "\xa0", '"', "&lt;", "é", "\u3000", "&#8;", "&#160;",
))  # fmt: skip


def written(text: str) -> str:
    return escape(text, quote=False).replace("\xa0", "&nbsp;")


@cache
def starts(tag: str) -> st.SearchStrategy[str]:
    """Start tags as nh3 writes them, whether they may stand so or not."""
    names = {"class", "onclick"} | _markup.ATTRIBUTES["*"] | _markup.ATTRIBUTES.get(tag, set())
    fixed = {"rel": _markup.LINK_REL} if tag == "a" else {}

    def start(given: dict[str, str]) -> str:
        attributes = (f' {name}="{written(value)}"' for name, value in (given | fixed).items())
        return f"<{tag}{''.join(attributes)}>"

    return st.dictionaries(st.sampled_from(sorted(names)), ADDRESSES | VALUES, max_size=4).map(
        start
    )


@st.composite
def elements(draw: st.DrawFn, inside: st.SearchStrategy[str]) -> str:
    tag = draw(TAGS)
    start = draw(starts(tag))
    return start if tag in VOID else f"{start}{draw(inside)}</{tag}>"


def lists(of: st.SearchStrategy[str], most: int) -> st.SearchStrategy[str]:
    return st.lists(of, max_size=most).map("".join)


trees = st.recursive(TEXTS.map(written), lambda inside: lists(elements(inside) | inside, 4))


@given(trees)
@settings(max_examples=300, deadline=None)
def test_what_is_said_to_be_at_rest_is(markup: str) -> None:
    markup = _characters.fit(markup)[0].strip()
    if _at_rest.is_at_rest(markup):
        assert one_pass(markup) == markup


PIECES = st.sampled_from((
    *payloads.XSS,
    *"<p> </p> <a\nhref=/x> <a\nhref=https://a.example/b> </a> <b> </b> <i\nid=fn1> </i> <li> </li>"
    " <ul> </ul> <div\ntitle='a&quot;b'> </div> <pre>\n </pre> <br> <hr> <table> <td> </td>"
    " </table> <h1> </h1> <img\nsrc=/a\nalt=b> <script> </script> <svg> <title> <math> <style>"
    " <form> </form> <select> <ruby> <rt> <dt> <dd> <font> </font> &#8; &#13; &#xfffe; &lt; &amp;"
    " & <!-- -->"
    .split(" "),
))  # fmt: skip


@given(lists(PIECES | TEXTS | trees, 12))
@settings(max_examples=300, deadline=None)
def test_whatever_comes_the_result_is_that_of_all_passes(markup: str) -> None:
    assert cleaned(markup) == cleaned_in_passes(markup)


@example('<p id="a" lang="en" title="b" dir="ltr">c</p><a id="a" href="/b" title="c">d</a>', BASE)
@given(lists(PIECES | TEXTS | trees, 12), st.sampled_from((BASE, "", "https://ü.example/a/")))
@settings(max_examples=300, deadline=None)
def test_whatever_comes_the_values_are_those_that_nh3_would_have_asked_about(
    markup: str, base: str
) -> None:
    try:
        found: tuple[str, int] | None = _html.safe(markup, base)
    except ItemError:
        found = None
    assert found == asked_about(markup, base)


def test_no_reference_by_name_is_to_an_unfit_character() -> None:
    """So what nh3 makes of content without "&#" need not be looked through for them."""
    characters = "".join(entities.html5.values())
    assert _characters.fit(characters) == (characters, 0)


def cleaned(markup: str) -> str:
    try:
        return clean.html(markup, base=BASE)
    except ItemError as refused:
        return f"refused: {refused}"


def cleaned_in_passes(markup: str) -> str:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_at_rest, "is_at_rest", lambda html: False)
        return cleaned(markup)


def asked_about(markup: str, base: str) -> tuple[str, int] | None:
    """The safe HTML and the number of characters dropped, if nh3 itself asks for each value and all
    passes are made; None for what is refused."""
    cleaner = nh3.Cleaner(
        tags=set(_markup.TAGS),
        clean_content_tags=set(_markup.TAGS_WITH_CONTENT),
        attributes={tag: set(names) for tag, names in _markup.ATTRIBUTES.items()},
        attribute_filter=partial(_markup.attribute, base=base),
        url_schemes=set(_markup.SCHEMES),
        link_rel=_markup.LINK_REL,
    )
    value, total = _characters.fit(markup)
    for _ in range(_html.PASSES_MAX):
        kept, dropped = _characters.fit(cleaner.clean(value))
        kept = re.sub(r"(<pre(?: [^>]*)?>)\n", r"\1\n\n", kept).strip()
        total += dropped
        if kept == value.strip():
            return kept, total
        value = kept
    return None


def one_pass(markup: str) -> str:
    """The same if one pass gives it back, else that it was refused."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_html, "PASSES_MAX", 1)
        return cleaned(markup)
