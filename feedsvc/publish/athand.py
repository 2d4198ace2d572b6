"""Documents that are at hand: for whoever must not wait until something is read or made."""

from __future__ import annotations

from typing import NoReturn

from feedsvc.publish.document import Coding, Document, Head, Target
from feedsvc.publish.documents import Documents
from feedsvc.publish.news import News


class Unready(Exception):
    """It takes a while: something has to be read, rendered or coded first."""


class Ready:
    """A document in the codings that it has already."""

    __slots__ = ("_document", "head")

    def __init__(self, document: Document) -> None:
        self.head = document.head
        self._document = document

    def body(self, coding: Coding = "identity") -> bytes:
        """The bytes in a coding. Raises Unready."""
        body = self._document.ready(coding)
        if body is None:
            raise Unready
        return body


class AtHand:
    """As :class:`~feedsvc.publish.documents.Documents`, but whatever takes a while is Unready.

    For one thread. ``token`` is the store's ``data_version`` as of now, which it leaves to others
    to ask. What another process has made ready since then is at hand too, where there is ``news``.
    """

    def __init__(self, documents: Documents, news: News | None = None) -> None:
        self._documents = documents
        self._news = news
        self._token: object = None

    @property
    def token(self) -> object:
        return self._token

    @token.setter
    def token(self, token: object) -> None:
        if token != self._token:
            self._token = token
            if self._news is not None:
                self._news.look(token)

    def head(self, target: Target) -> Head:
        """What is known of a document while nobody has written since it was asked."""
        head = self._documents.head_at_hand(target, self.token)
        if head is None:
            raise Unready
        return head

    def document(self, target: Target) -> Ready:
        """A document that was made already."""
        document = self._documents.at_hand(target, self.token)
        if document is None:
            raise Unready
        return Ready(document)

    def delta(self, target: Target, base_etag: str) -> NoReturn:  # noqa: ARG002
        """Deltas are for few: they are made where one may wait."""
        raise Unready
