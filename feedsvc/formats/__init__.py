"""Bytes to model and back, pure: feeds, lists, item files; the border; the checker."""
