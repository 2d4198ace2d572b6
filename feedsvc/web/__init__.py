"""The doors: Flask views that hand out documents, pages and media, and answer errors."""
