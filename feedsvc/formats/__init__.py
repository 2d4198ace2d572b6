"""Bytes to model and back, pure: RSS, Atom, JSON Feed, OPML, item files, the border, the checker."""
