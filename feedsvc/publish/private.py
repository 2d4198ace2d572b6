"""Private feeds' documents: made once for all subscribers, given to each with his own token."""

from __future__ import annotations

from dataclasses import replace

from feedsvc.publish import marking
from feedsvc.publish.document import Document, Head, Target
from feedsvc.publish.documents import Documents


class Opened:
    """The documents as a subscriber gets them: for one request, which may read its feed.

    As :class:`~feedsvc.publish.documents.Documents`, for private feeds too.
    """

    def __init__(self, documents: Documents, token: str | None) -> None:
        self._documents = documents
        self._token = token

    def head(self, target: Target) -> Head | None:
        """What is known of a document without its bytes; None when there is no such one."""
        head = self._documents.head(target, private=True)
        return head and self._head(head)

    def document(self, target: Target) -> Document | None:
        """A document; None when there is no such one."""
        return self._open(self._documents.document(target, private=True))

    def delta(self, target: Target, base_etag: str) -> Document | None:
        """What is new since the document of this ETag; None to send the whole."""
        return self._open(self._documents.delta(target, base_etag, private=True))

    def _open(self, made: Document | None) -> Document | None:
        if made is None:
            return None
        return Document(self._head(made.head), marking.opened(made.body(), self._token))

    def _head(self, head: Head) -> Head:
        links = (replace(one, href=marking.with_token(one.href, self._token)) for one in head.links)
        return replace(head, links=tuple(links))
