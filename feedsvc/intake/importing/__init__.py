"""Imports: items of other feeds, taken in once or as long as the feed is polled.

schedule   when a source is polled next, and what an answer makes of its health     (pure)
identity   whether two entries are the same one, or the same story                  (pure)
deciding   what the entries of one poll change                                      (pure)
polling    fetch, parse, decide, store: for the sources that are due
once       the same for a feed, a list or an export that somebody names
"""
