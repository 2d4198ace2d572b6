"""Reading foreign documents in child processes that can be killed (parsing_child.py).

Parsers written in C and Rust meet bytes that anybody can send: some of them take minutes, or all
memory, and some day one of them is taken over. So none of that happens in the service itself.
"""

from __future__ import annotations

from feedsvc.intake.parsing_values import Kind, ParserKilled, ReadEntry, ReadFeed

__all__ = ["Kind", "ParserKilled", "ReadEntry", "ReadFeed"]
