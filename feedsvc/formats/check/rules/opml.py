"""Rules of OPML 2.0."""

from feedsvc.formats.check.rules.rule import error, warning

RULES = (
    error(
        "opml.namespace",
        "OPML 2.0, opml",
        "<opml> is in the namespace {namespace}, so programs don't find its elements.",
        "Take the default namespace away: the elements of OPML have none.",
    ),
    error(
        "opml.version-missing",
        "OPML 2.0, opml",
        "The document does not say which OPML it is.",
        'Write <opml version="2.0">.',
    ),
    error(
        "opml.version-unknown",
        "OPML 2.0, opml",
        "There is no OPML {value}.",
        'Write <opml version="2.0">.',
    ),
    error("opml.part-missing", "OPML 2.0, opml", "There is no {part}.", "Add it."),
    error(
        "opml.outline-missing",
        "OPML 2.0, body",
        "There is no outline in the body.",
        "Add at least one.",
    ),
    error(
        "opml.text-missing",
        "OPML 2.0, outline",
        "The outline has no text.",
        "Add the attribute text; it is what people see.",
    ),
    error(
        "opml.feed-url-missing",
        "OPML 2.0, Subscription lists",
        "The outline is a subscription without the address of its feed.",
        "Add xmlUrl.",
    ),
    warning(
        "opml.title-missing",
        "OPML 2.0, Subscription lists",
        "The subscription has neither a title nor a text.",
        "Add the feed's title.",
    ),
    warning(
        "opml.type-missing",
        "OPML 2.0, outline",
        "The outline has an xmlUrl but no type, and programs pass over it.",
        'Add type="rss", whatever the format of the feed.',
    ),
    error(
        "opml.url-missing",
        "OPML 2.0, Inclusion",
        "The outline is a link without a url.",
        "Add url.",
    ),
    error(
        "opml.url-invalid",
        "OPML 2.0; RFC 3986",
        "The {attribute} {value} is no address: {fault}.",
        "Write the full address.",
    ),
    error(
        "opml.date-invalid",
        "OPML 2.0; RFC 822 5",
        "The date {value} is none: {fault}.",
        "Write dates as Sun, 22 Nov 2026 12:00:00 GMT.",
    ),
    error(
        "opml.language-invalid",
        "OPML 2.0, Subscription lists",
        "The language {value} is none: {fault}.",
        "Write a language tag such as en-GB.",
    ),
    error(
        "opml.value-invalid",
        "OPML 2.0",
        "{name} says {value}, not {wanted}.",
        "Correct it or leave it out.",
    ),
    error(
        "opml.element-undefined",
        "OPML 2.0",
        "{name} can't stand in {parent}{hint}.",
        "Correct its name or its place.",
    ),
    error(
        "opml.element-repeated",
        "OPML 2.0",
        "There is a second {name} in {parent}.",
        "Keep one of them.",
    ),
    warning(
        "opml.attribute-undefined",
        "OPML 2.0, Extending OPML",
        "{name} has no attribute {attribute}.",
        "Correct its name; attributes of your own need a namespace.",
    ),
    error(
        "opml.text-stray",
        "OPML 2.0",
        "In {name} is loose text between the elements: {value}.",
        "Put it in the attribute text of an outline.",
    ),
)
