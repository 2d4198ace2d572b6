"""What an uploaded file is: by its bytes, whatever it is called."""

from __future__ import annotations

import io
import struct
import zlib
from contextlib import suppress

import pytest

from feedsvc.errors import UnsupportedType
from feedsvc.intake.recognising import recognise, safe_name


def box(kind: bytes, *parts: bytes) -> bytes:
    """A box of an ISO media file."""
    data = b"".join(parts)
    return struct.pack(">I4s", len(data) + 8, kind) + data


def track(handler: bytes) -> bytes:
    return box(b"trak", box(b"mdia", box(b"hdlr", bytes(8), handler, bytes(13))))


def film(*handlers: bytes, brand: bytes = b"isom") -> bytes:
    return box(b"ftyp", brand, bytes(8)) + box(b"moov", *map(track, handlers))


def avif(width: int, height: int, brand: bytes = b"avif") -> bytes:
    sizes = [box(b"ispe", bytes(4), struct.pack(">II", *one)) for one in ((8, 8), (width, height))]
    meta = box(b"meta", bytes(4), box(b"iprp", box(b"ipco", *sizes)))
    return box(b"ftyp", brand, bytes(4), b"mif1") + meta


def png(width: int, height: int) -> bytes:
    head = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + head + struct.pack(">I", zlib.crc32(head))


def jpeg(width: int, height: int) -> bytes:
    picture = b"\xff\xd8\xff\xe0\0\x10JFIF\0" + bytes(9)
    picture += b"\xff\xe1" + struct.pack(">H", 4002) + bytes(4000) + b"\xff"
    return picture + b"\xff\xc2\0\x11\x08" + struct.pack(">HH", height, width) + bytes(10)


def webp(kind: bytes, data: bytes) -> bytes:
    return b"RIFF\0\0\0\0WEBP" + kind + struct.pack("<I", len(data)) + data + bytes(9)


SIZES = {
    "png": (png(640, 480), "image/png"),
    "gif": (b"GIF89a" + struct.pack("<HH", 640, 480) + bytes(9), "image/gif"),
    "jpeg": (jpeg(640, 480), "image/jpeg"),
    "webp": (webp(b"VP8 ", bytes(3) + b"\x9d\x01\x2a" + struct.pack("<HH", 640, 480)),
             "image/webp"),
    "webp lossless": (webp(b"VP8L", b"\x2f" + struct.pack("<I", 639 | 479 << 14)), "image/webp"),
    "webp extended": (webp(b"VP8X", bytes(4) + b"\x7f\x02\0" + b"\xdf\x01\0"), "image/webp"),
    "avif": (avif(640, 480), "image/avif"),
}  # fmt: skip


@pytest.mark.parametrize("kind", SIZES)
def test_a_picture_says_how_large_it_is(kind: str) -> None:
    data, media_type = SIZES[kind]
    found = recognise(io.BytesIO(data))
    assert (found.type, found.width, found.height) == (media_type, 640, 480)


@pytest.mark.parametrize("kind", SIZES)
def test_a_picture_that_is_cut_off_is_told_or_refused(kind: str) -> None:
    data, media_type = SIZES[kind]
    for length in range(len(data)):
        with suppress(UnsupportedType):
            assert recognise(io.BytesIO(data[:length])).type == media_type


@pytest.mark.parametrize(
    ("data", "media_type", "suffix"),
    [
        (b"ID3\x04\0\0\0\0\0\0", "audio/mpeg", "mp3"),
        (b"\xff\xfb\x90\x64" + bytes(400), "audio/mpeg", "mp3"),
        (b"\xff\xf1\x50\x80" + bytes(400), "audio/aac", "aac"),
        (b"OggS\0\x02" + bytes(50), "audio/ogg", "ogg"),
        (b"fLaC\0\0", "audio/flac", "flac"),
        (film(b"soun", brand=b"M4A "), "audio/mp4", "m4a"),
        (film(b"soun"), "audio/mp4", "m4a"),
        (film(b"soun", b"vide"), "video/mp4", "mp4"),
        (b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84webm" + bytes(30), "video/webm", "webm"),
        (b"%PDF-1.7\n", "application/pdf", "pdf"),
    ],
)
def test_sound_films_and_papers(data: bytes, media_type: str, suffix: str) -> None:
    found = recognise(io.BytesIO(data))
    assert (found.type, found.suffixes[0]) == (media_type, suffix)
    assert (found.width, found.height) == (None, None)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<html><script>alert(1)</script>",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"<?xml version='1.0'?><x/>",
        "<script>alert(1)</script>".encode("utf-16"),
        b"\xff\xfe \0<\0s\0",
        b"GIF89a",
        b"GIF89a" + bytes(9),  # of no width
        b"\x89PNG\r\n\x1a\n<script>alert(1)</script>",
        avif(640, 480, brand=b"heic"),
        film(b"soun", b"vide", brand=b"qt  "),
        film(b"text"),
        box(b"ftyp", b"isom") + box(b"moov", bytes(4), box(b"trak")) * 2000,
        b"\x1a\x45\xdf\xa3\x93\x42\x82\x88matroska",
        b"\x7fELF\x02\x01\x01",
        b"PK\x03\x04",
        b"MZ\x90\0",
    ],
)
def test_everything_else_is_refused_and_told_what_is_taken(data: bytes) -> None:
    with pytest.raises(UnsupportedType, match="taken are pictures .JPEG, PNG"):
        recognise(io.BytesIO(data))


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("cat.png", "cat.png"),
        ("CAT.PNG", "CAT.png"),
        ("cat.jpg", "cat.png"),
        ("cat", "cat.png"),
        ("cat.png.html", "cat-png.png"),
        (".htaccess", "htaccess.png"),
        ("..", "file.png"),
        ("../../etc/passwd", "passwd.png"),
        ("C:\\photos\\cat.png", "cat.png"),
        ("", "file.png"),
        ("cat\r\nSet-Cookie: a=b.png", "cat-Set-Cookie-a-b.png"),
        ("\0\x1b\u202ecat.png", "cat.png"),
        ("\u0301cat.png", "cat.png"),
        ("海 猫.png", "海-猫.png"),
        ('"><img src=x>.png', "img-src-x.png"),
        ("\udc80.png", "file.png"),
        ("a" * 500 + ".png", "a" * 96 + ".png"),
    ],
)
def test_names_are_safe_and_end_as_they_should(given: str, name: str) -> None:
    assert safe_name(given, ("png",)) == name
