"""Ways in: the folder of item files."""
