"""The child that reads foreign documents: ``python -m feedsvc.intake.parsing_child``.

It knows nothing and opens nothing: documents come in on standard input, answers go out on standard
output, both in frames with their length in front, until the input ends, which it does with the
parent. It lowers its own limits; the parent watches the clock (parsing.py).
"""

from __future__ import annotations

import gc
import json
import math
import os
import resource
import signal
import struct
import sys
import time
from contextlib import suppress
from typing import BinaryIO

from feedsvc.errors import NotAFeed
from feedsvc.intake.parsing_reading import Asked, read
from feedsvc.intake.parsing_values import dumps

#: Bytes of address space, unless an argument says more; what is loaded takes about a fifth of it.
MEMORY = 512 * 1024 * 1024

#: To the child: bytes of the question (JSON), bytes of the document.
QUESTION = struct.Struct(">II")
#: From the child: bytes, and what they are.
ANSWER = struct.Struct(">IB")
READY, READ, REFUSED, NO_MEMORY = range(4)
#: Bytes of an answer besides its entries.
MARGIN = 4 * 1024 * 1024


def main(memory: int = MEMORY) -> None:
    """Answer documents until the input ends, within so many bytes of address space."""
    # Both go to all processes of a service that stops, and it still wants its answer.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    # Whatever prints must not print into the frames.
    source, sink = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    _limit(memory)
    gc.collect()
    gc.freeze()
    # What a document makes lasts until its end, where circles are looked for in any case.
    gc.disable()
    _send(sink, READY, b"")
    while (question := _receive(source)) is not None:
        kind, text = _answer(*question)
        _send(sink, kind, text)
        if kind == NO_MEMORY:
            return
        # It may have left circles. To look takes 20 µs, since what was loaded is frozen, and so is
        # what documents have left in caches: after hundreds of them that took 400 µs.
        del question, text
        gc.collect()
        gc.freeze()


def _limit(memory: int) -> None:
    nothing = (resource.RLIMIT_CORE, resource.RLIMIT_FSIZE, resource.RLIMIT_NPROC)
    for kind, most in (*((kind, 0) for kind in nothing), (resource.RLIMIT_AS, memory)):
        with suppress(ValueError, OSError):  # macOS knows no RLIMIT_AS
            resource.setrlimit(kind, (most, most))


def _answer(asked: Asked, body: bytes) -> tuple[int, bytes]:
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    until = math.ceil(time.process_time()) + asked.cpu
    if hard == resource.RLIM_INFINITY or until < hard:
        resource.setrlimit(resource.RLIMIT_CPU, (until, hard))
    texts: dict[str, bytes] = {}
    try:
        text = dumps(read(body, asked, texts), texts)
    except NotAFeed as error:
        return REFUSED, str(error).encode(errors="replace")
    except RecursionError:
        return REFUSED, b"This is nested deeper than any feed."
    except MemoryError:
        return NO_MEMORY, b""
    if len(text) > asked.size + MARGIN:
        return REFUSED, b"There is more in this document than in any feed."
    return READ, text


def _receive(source: BinaryIO) -> tuple[Asked, bytes] | None:
    """The next document, None when there is none any more."""
    head = source.read(QUESTION.size)
    if len(head) < QUESTION.size:
        return None
    question, size = QUESTION.unpack(head)
    asked = json.loads(source.read(question))
    body = source.read(size)
    return (Asked(**asked), body) if len(body) == size else None


def _send(sink: BinaryIO, kind: int, text: bytes) -> None:
    with suppress(BrokenPipeError):  # the parent has gone; the input will have ended too
        sink.write(ANSWER.pack(len(text), kind))
        sink.write(text)
        sink.flush()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
