"""Rules about extension elements: their vocabularies, podcasts, media, archives, tombstones."""

from feedsvc.formats.check.rules.rule import error, warning

_OWN = "the vocabulary's own"

RULES = (
    warning(
        "extension.namespace-missing",
        "RFC 4287 6.4",
        "{name} has no namespace, so nobody knows what it means.",
        "Give it its namespace, or take it out.",
    ),
    error(
        "extension.element-undefined",
        _OWN,
        "There is no element {name} in its vocabulary{hint}.",
        "Correct its name or take it out.",
    ),
    error(
        "extension.element-misplaced",
        _OWN,
        "{name} can't stand in {place}.",
        "Move it to where it belongs, or take it out.",
    ),
    error(
        "extension.element-repeated",
        _OWN,
        "There is a second {name}.",
        "Keep one of them.",
    ),
    error(
        "extension.attribute-missing",
        _OWN,
        "{name} lacks its {attribute}.",
        "Add the attribute.",
    ),
    error(
        "extension.attribute-undefined",
        _OWN,
        "{name} has no attribute {attribute}.",
        "Correct its name or take it out.",
    ),
    error(
        "extension.value-invalid",
        _OWN,
        "{name} says {value}, where it takes {wanted}.",
        "Correct it or leave it out.",
    ),
    warning(
        "extension.text-html",
        _OWN,
        "{name} is plain text but holds {found}, which readers show as it is.",
        "Take the markup out.",
    ),
    warning(
        "extension.xhtml-misplaced",
        "RFC 4287 3.1.1.3",
        "{name} of XHTML stands outside a body, where readers pass over it.",
        "Put it in content, or in description as escaped HTML.",
    ),
    warning(
        "itunes.show-incomplete",
        "Apple Podcasts, Podcast RSS feed requirements",
        "The feed has a show's itunes elements but lacks {missing}, so directories refuse it.",
        "Add what is missing, or leave them out of the feed if this is no podcast.",
    ),
    warning(
        "itunes.category-unknown",
        "Apple Podcasts, Categories",
        "Apple has no category {value}.",
        "Take one of Apple's list.",
    ),
    error(
        "itunes.owner-email-missing",
        "Apple Podcasts, itunes:owner",
        "itunes:owner has no itunes:email.",
        "Add the address at which directories reach you.",
    ),
    warning(
        "itunes.format-unplayable",
        "Apple Podcasts, Media requirements",
        "The episode's file ends in {value}, which Apple does not play.",
        "Offer MP3 or M4A.",
    ),
    warning(
        "itunes.keywords-commas",
        "Apple Podcasts, itunes:keywords",
        "The keywords {value} are one keyword.",
        "Put commas between them.",
    ),
    warning(
        "media.content-alone",
        "Media RSS 1.5.1, media:content; RSS 2.0, enclosure",
        "The sound or film is in media:content alone, which three readers in four don't see.",
        "Add an enclosure.",
    ),
    error(
        "media.group-single",
        "Media RSS 1.5.1, media:group",
        "A media:group is for several forms of one thing and holds fewer than two.",
        "Put the media:content straight into the item.",
    ),
    warning(
        "media.adult-deprecated",
        "Media RSS 1.5.1, media:adult",
        "media:adult is out of use.",
        "Use media:rating.",
    ),
    error(
        "history.complete-paged",
        "RFC 5005 2",
        "The feed says that it is complete and links to more of it (rel={rel}).",
        "Take away fh:complete, or the link.",
    ),
    error(
        "history.complete-current",
        "RFC 5005 2",
        "The feed says that it is complete, but that the current feed is another one.",
        "Take away fh:complete, or the link.",
    ),
    warning(
        "history.archive-unlinked",
        "RFC 5005 4",
        "The archive links to no other document of its feed, so nobody can walk on from it.",
        "Add links with rel=prev-archive and rel=current.",
    ),
    warning(
        "history.archive-complete",
        "RFC 5005 2, 4",
        "The feed says that it is complete and also one archive of several.",
        "Take away fh:archive if everything is in the document, else fh:complete.",
    ),
    error(
        "history.archive-loop",
        "RFC 5005 4",
        "The feed is its own {rel}, so whoever follows it never ends.",
        "Link to the archive before it, or to none if this is the first.",
    ),
    warning(
        "history.archive-current-missing",
        "RFC 5005 4",
        "The archive does not link to the current feed.",
        "Add a link with rel=current.",
    ),
    error(
        "history.past-end",
        "RFC 5005 3",
        "The feed is its own {rel} page and yet has a {beyond} one.",
        "Take one of the two links away.",
    ),
    warning(
        "history.link-in-entry",
        "RFC 5005 3",
        "A paging link (rel={rel}) stands in an entry, where it means nothing.",
        "Move it to the feed.",
    ),
    warning(
        "tombstone.entry-alive",
        "RFC 6721 3",
        "The entry {value} is in the feed and declared deleted, so careful readers drop it.",
        "Take the tombstone away, or the entry, or say when the entry was updated since.",
    ),
)
