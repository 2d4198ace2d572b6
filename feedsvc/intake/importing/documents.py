"""A document of an import: where it is from, what it leads to, and what there is to tell of it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from feedsvc.errors import ImportFailed, NotFound
from feedsvc.formats import paging
from feedsvc.intake.asking import MIB, Answer, masked
from feedsvc.intake.importing.advising import advice
from feedsvc.intake.parsing_values import ReadFeed
from feedsvc.model import Item, shown_title

#: Bytes of a file.
FILE = 256 * MIB
#: Documents and entries of one history, and how many documents in a row may bring nothing that
#: came not before: pages that are made up for ever end so.
MOST_DOCUMENTS, _MOST_ENTRIES, _MOST_EMPTY = 5_000, 100_000, 3


@dataclass(frozen=True, slots=True)
class Document:
    """What was read, and from where. ``answer`` is None of a file."""

    url: str
    read: ReadFeed
    answer: Answer | None = None


class Answered(ImportFailed):
    """Another answer than a document; whether it may only say that there is no further page."""

    def __init__(self, reason: str, *, is_behind_the_last: bool = False) -> None:
        self.is_behind_the_last = is_behind_the_last
        super().__init__(reason)


def answered(url: str, answer: Answer, now: datetime) -> Answered:
    """What an answer without a document is told as, with what to do next."""
    status = answer.status
    reason = f"{masked(url)} answers {status}: {advice(status, answer.headers, now)}"
    return Answered(reason, is_behind_the_last=status in {400, 404, 410})


def is_address(text: str) -> bool:
    return text.lower().startswith(("http://", "https://"))


def too_long(documents: int, entries: int, empty: int) -> str:
    """Why a history is read no further, empty while it is."""
    if empty >= _MOST_EMPTY:
        return f"{empty} documents in a row brought no entry that was not there before"
    if entries >= _MOST_ENTRIES:
        return f"it has {entries} entries by now, and {_MOST_ENTRIES} are read at once"
    if documents >= MOST_DOCUMENTS:
        return f"{documents} documents are read at once"
    return ""


def notes_of(document: Document, *, room: int) -> list[str]:
    """What of a document was mended or lost, in sentences."""
    told = list(document.read.faults)
    if document.read.left_out:
        told.append(f"{document.read.left_out} entries were left out: they are too large together")
    return told[: max(room, 0)]


def untitled(document: Document) -> Document:
    """The document with no title where it has one that only says the first words.

    Our own feeds, and those of others, make one so for readers that drop what has none: it is shown
    as before, and an item that had none has none again.
    """
    entries = tuple(
        replace(entry, item=_untitled(entry.item)) if entry.item else entry
        for entry in document.read.entries
    )
    return replace(document, read=replace(document.read, entries=entries))


def _untitled(item: Item) -> Item:
    without = replace(item, title="")
    says_something = item.summary or item.content_html or item.enclosures
    return without if says_something and shown_title(without) == item.title else item


def is_guessed(document: Document) -> bool:
    """Whether the document names no older one: blogs of WordPress are asked for one page after
    another until there is none."""
    answer = document.answer
    return answer is None or paging.told(document.read.feed, answer.url, answer.headers) is None


def older_of(document: Document, seen: Collection[str]) -> str | None:
    """Where the entries before those of a document are; of a file that is nobody's question."""
    answer, read = document.answer, document.read
    if answer is None or read.kind != "feed":
        return None
    return paging.following(
        read.feed,
        read.advice,
        answer.url,
        entries=len(read.entries) + read.left_out,
        visited=seen,
        headers=answer.headers,
    )


def read_file(what: str) -> bytes:
    """Raises NotFound for a file that can't be read, ImportFailed for one that is too large."""
    try:
        with Path(what).open("rb") as file:
            body = file.read(FILE + 1)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise NotFound(
            f"{masked(what)} can't be read: {reason}; give a file, or the whole address, such as "
            "https://example.org/feed"
        ) from None
    if len(body) > FILE:
        raise ImportFailed(f"{what} has more than {FILE // MIB} MiB: export it in parts")
    return body
