"""Rules about the HTML of items, whatever the format that carries it."""

from feedsvc.formats.check.rules.rule import error, warning

RULES = (
    warning(
        "body.link-relative",
        "RSS Best Practices, Relative URLs; JSON Feed 1.1",
        "A {element} of the body has the relative address {value}, which leads nowhere.",
        "Write full addresses in bodies.",
    ),
    warning(
        "body.link-script",
        "WHATWG HTML 7.4.2.3.2",
        "A {element} of the body runs a script by its address {value}; readers block it.",
        "Link to a page that does it.",
    ),
    warning(
        "body.element-unsafe",
        "RFC 4287 8.1",
        "The body holds <{element}>, which readers strip for their users' safety.",
        "Leave it out and link to the page that has it.",
    ),
    warning(
        "body.element-unknown",
        "WHATWG HTML 4",
        "The body holds <{element}>, which is no element of HTML.",
        "If it is text write &lt; and &gt;, else take an element of HTML.",
    ),
    error(
        "body.element-foreign",
        "RFC 4287 3.1.1.3",
        "In the XHTML body is {name} of the namespace {namespace}, which readers drop.",
        'Declare xmlns="http://www.w3.org/1999/xhtml" on the div and use XHTML only.',
    ),
    warning(
        "body.attribute-event",
        "RFC 4287 8.1",
        "The body has the script attribute {attribute}, which readers strip.",
        "Take it out.",
    ),
    warning(
        "body.style-dangerous",
        "RFC 4287 8.1",
        "A style attribute in the body says {style}, which readers strip or block.",
        "Leave out styles that move things or load things.",
    ),
    warning(
        "body.markup-broken",
        "WHATWG HTML 13.2.2",
        "The body's HTML is broken: {fault}.",
        "Close every element in the reverse order of opening; readers guess differently.",
    ),
)
