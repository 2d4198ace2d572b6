"""Media types by file name extension: a table of our own, because the system's differs by machine.

Only what an article or an episode comes with; the first media type that IANA registered.
"""

from __future__ import annotations

import posixpath
import re
from urllib.parse import unquote, urlsplit

UNKNOWN = "application/octet-stream"

_TYPES = {
    # sound
    "aac": "audio/aac",
    "aif": "audio/aiff",
    "aiff": "audio/aiff",
    "flac": "audio/flac",
    "m4a": "audio/mp4",
    "m4b": "audio/mp4",
    "mid": "audio/midi",
    "mp3": "audio/mpeg",
    "oga": "audio/ogg",
    "ogg": "audio/ogg",
    "opus": "audio/ogg",
    "wav": "audio/wav",
    "weba": "audio/webm",
    # moving pictures
    "avi": "video/vnd.avi",
    "m4v": "video/mp4",
    "mkv": "video/matroska",
    "mov": "video/quicktime",
    "mp4": "video/mp4",
    "mpeg": "video/mpeg",
    "mpg": "video/mpeg",
    "ogv": "video/ogg",
    "webm": "video/webm",
    # pictures
    "apng": "image/apng",
    "avif": "image/avif",
    "bmp": "image/bmp",
    "gif": "image/gif",
    "heic": "image/heic",
    "ico": "image/vnd.microsoft.icon",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "jxl": "image/jxl",
    "png": "image/png",
    "svg": "image/svg+xml",
    "tif": "image/tiff",
    "tiff": "image/tiff",
    "webp": "image/webp",
    # papers, subtitles, data
    "csv": "text/csv",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "epub": "application/epub+zip",
    "gpx": "application/gpx+xml",
    "gz": "application/gzip",
    "htm": "text/html",
    "html": "text/html",
    "ics": "text/calendar",
    "json": "application/json",
    "md": "text/markdown",
    "odt": "application/vnd.oasis.opendocument.text",
    "pdf": "application/pdf",
    "srt": "application/x-subrip",
    "tar": "application/x-tar",
    "torrent": "application/x-bittorrent",
    "txt": "text/plain",
    "vtt": "text/vtt",
    "xml": "application/xml",
    "zip": "application/zip",
}
# RFC 6838 4.2, without parameters: they are of no use to a feed reader and break some.
_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,126}/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}")


def media_type(given: str, address: str) -> str:
    """``given`` when it is a media type, else what the address's extension says.

    >>> media_type("Audio/MPEG; bitrate=128", ""), media_type("mp3", "https://x.example/a.mp3?v=2")
    ('audio/mpeg', 'audio/mpeg')
    """
    bare = given.partition(";")[0].strip().lower()
    if _TYPE.fullmatch(bare):
        return bare
    _, _, extension = posixpath.basename(unquote(urlsplit(address).path)).rpartition(".")
    return _TYPES.get(extension.lower(), UNKNOWN)
