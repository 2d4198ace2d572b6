"""feedsvc takes article items in, keeps them, and gives them out as RSS, Atom and JSON Feed."""

__version__ = "0.1.0"
