"""Rules about what the document is, and those that several formats share."""

from feedsvc.formats.check.rules.rule import error, warning

RULES = (
    error(
        "feed.empty",
        "RFC 9110 15.3.1",
        "There is nothing in the document.",
        "Look at what makes the feed: it stopped before writing anything.",
    ),
    error(
        "feed.html-page",
        "WHATWG HTML 4.6.7.2",
        "This is a web page, not a feed; it advertises {feeds}.",
        "Check, and give to readers, the address of the feed itself.",
    ),
    error(
        "feed.unknown",
        "RFC 4287 2; RSS 2.0; JSON Feed 1.1",
        "The document begins with <{name}>, which is no feed format.",
        "Publish RSS 2.0 (rss), Atom (feed), RSS 1.0 (rdf:RDF), OPML (opml) or JSON Feed.",
    ),
    error(
        "feed.unknown-text",
        "RFC 4287 2; RSS 2.0; JSON Feed 1.1",
        "The document is neither XML nor JSON.",
        "Look at it in a browser: it is often an error message in place of the feed.",
    ),
    warning(
        "feed.self-missing",
        "RFC 4287 4.1.1; RSS Best Practices, atom:link",
        "The feed does not say its own address.",
        'Add a link with rel="self" (in RSS: atom:link) that holds the address it is served at.',
    ),
    warning(
        "feed.self-elsewhere",
        "RFC 4287 4.2.7.2; JSON Feed 1.1, feed_url",
        "The feed says that its address is {value}, but it was fetched from {url}.",
        "Make both the same, or redirect the one to the other; else readers subscribe twice.",
    ),
    warning(
        "feed.scheme-unknown",
        "RFC 3986 3.1; RFC 7595",
        "Nothing opens the address {value}: the scheme {scheme} is not registered.",
        "Correct the scheme; it is often a slip in https.",
    ),
    warning(
        "feed.date-implausible",
        "RFC 3339 1",
        "{name} is {value}, before there were feeds or long after our time.",
        "Write the true date, or none.",
    ),
    warning(
        "feed.rhythms-differ",
        "RSS 2.0, ttl; RSS 1.0 Syndication Module",
        "The ttl says {ttl} minutes between two polls and sy:updatePeriod {told}.",
        "Let both say the same, or leave one of them out.",
    ),
    warning(
        "feed.name-mailbox",
        "RFC 4287 3.2.1; JSON Feed 1.1, authors",
        "The name {value} holds an e-mail address, for all harvesters to see.",
        "Write the name alone.",
    ),
)
