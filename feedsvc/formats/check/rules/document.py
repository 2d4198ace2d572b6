"""Rules about how a document came, and whether it is XML."""

from feedsvc.formats.check.rules.rule import error, warning

RULES = (
    warning(
        "http.media-type",
        "RFC 9110 8.3; RFC 4287 7; JSON Feed 1.1",
        "The server calls {format} {media_type}, where {wanted} is expected.",
        "Let it send that Content-Type.",
    ),
    warning(
        "http.media-type-missing",
        "RFC 9110 8.3",
        "The Content-Type header {media_type} is no media type.",
        "Let the server send the media type of the format, such as application/atom+xml.",
    ),
    error(
        "xml.malformed",
        "XML 1.0 2.1",
        "The document stops being XML here: {reason}.",
        "Mend this place and check again: readers throw away a document that is not well-formed.",
    ),
    error(
        "xml.ampersand-bare",
        "XML 1.0 2.4",
        "An & or < stands here for itself, which breaks the document ({reason}).",
        "Write &amp; and &lt;, also in addresses.",
    ),
    error(
        "xml.tags-crossed",
        "XML 1.0 3",
        "An end tag does not belong to the element that is open: {reason}.",
        "Close elements in the reverse order of their opening; HTML in a text must be escaped.",
    ),
    error(
        "xml.cut-off",
        "XML 1.0 2.1",
        "The document ends before its elements do: {reason}.",
        "Something cut the feed off while it was made or sent; write it whole.",
    ),
    error(
        "xml.entity-undefined",
        "XML 1.0 4.1",
        "The entity &{entity}; is HTML's and unknown to XML.",
        "Write the character itself, or its number such as &#160;.",
    ),
    error(
        "xml.character-forbidden",
        "XML 1.0 2.2",
        "Here is a character that XML can't carry: {what}.",
        "Take it out where the text comes in; it is invisible and nobody misses it.",
    ),
    warning(
        "xml.character-discouraged",
        "XML 1.0 2.2",
        "In {name} is a broken character, {character}.",
        "The text was decoded with the wrong encoding on its way in: decode it rightly there.",
    ),
    warning(
        "xml.text-garbled",
        "XML 1.0 4.3.3",
        "{name} holds UTF-8 that was decoded as something else: {value}.",
        "Decode it as UTF-8 where it comes in; it was encoded twice.",
    ),
    error(
        "xml.prefix-undeclared",
        "Namespaces in XML 1.0 5",
        "A prefix is used that no xmlns declares: {reason}.",
        'Declare it on the root element, for example xmlns:media="http://search.yahoo.com/mrss/".',
    ),
    error(
        "xml.too-large",
        "XML 1.0 2.1",
        "The document goes beyond what readers take: {reason}.",
        "Make the texts shorter or the elements less deep.",
    ),
    error(
        "xml.declaration-late",
        "XML 1.0 2.8",
        "There is white space in front of <?xml, and strict readers refuse the feed for it.",
        "Take away blank lines before and after the code (templates, PHP files) that runs first.",
    ),
    error(
        "xml.version",
        "XML 1.0 2.8",
        "The document says that it is XML {version}.",
        'Say version="1.0"; nothing else is read.',
    ),
    error(
        "xml.doctype-declarations",
        "XML 1.0 2.8; CWE-776",
        "The document declares entities of its own, and readers refuse it for their safety.",
        "Take the DOCTYPE away and write characters instead of entities; then check again.",
    ),
    warning(
        "xml.doctype",
        "XML 1.0 2.8; CWE-611",
        "The document has a DOCTYPE, which no feed needs and careful readers refuse.",
        "Take it away.",
    ),
    error(
        "xml.encoding-unknown",
        "XML 1.0 4.3.3",
        "{speaker} names the encoding {encoding}, which readers don't know.",
        "Publish the feed in UTF-8 and say so.",
    ),
    warning(
        "xml.encoding-rare",
        "XML 1.0 4.3.3",
        "{speaker} names the encoding {encoding}, which few readers know.",
        "Publish the feed in UTF-8 and say so.",
    ),
    error(
        "xml.encoding-bytes",
        "XML 1.0 4.3.3",
        "Byte {byte} at position {position} is not {encoding}.",
        "Write the whole feed in the encoding that it declares, best UTF-8.",
    ),
    warning(
        "xml.encoding-contradiction",
        "RFC 7303 3",
        "About the encoding {one} and {other}.",
        "Say the same in both places, best UTF-8.",
    ),
    warning(
        "xml.namespace-unknown",
        "Namespaces in XML 1.0 2",
        "No reader is known to understand the namespace {namespace}.",
        "Leave it if your own programs need it; else take its elements away.",
    ),
    error(
        "xml.namespace-misspelt",
        "Namespaces in XML 1.0 2.3",
        "The namespace {namespace} is a misspelling of {right}, so readers pass over its elements.",
        "Write it letter by letter as its specification has it.",
    ),
    warning(
        "xml.prefix-reserved",
        "Namespaces in XML 1.0 3",
        "The prefix {prefix} stands for {namespace}, but simple readers take it for {usual}.",
        "Choose another prefix.",
    ),
    error(
        "xml.language-invalid",
        "XML 1.0 2.12; BCP 47",
        "xml:lang is {value}: {fault}.",
        "Write a language tag such as en, en-GB or zh-Hant.",
    ),
    error(
        "xml.base-invalid",
        "XML Base 3.1",
        "xml:base is {value}: {fault}.",
        "Write the full address against which links are meant.",
    ),
)
