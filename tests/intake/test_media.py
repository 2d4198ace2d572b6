"""Files beside an item: what a link means, what a file is, what is never served."""

from __future__ import annotations

import random
import struct
import wave
import zlib
from pathlib import Path

import pytest

from feedsvc.errors import ItemError
from feedsvc.intake import scan
from feedsvc.intake.kinds import MEDIA_KINDS, container_of
from feedsvc.intake.links import is_relative, local_path
from feedsvc.intake.media import Shelf, describe, served_name
from feedsvc.intake.reading import Ready, make_ready
from feedsvc.model import Enclosure, Item, Podcast, Reference
from feedsvc.store import Media

BASE = "https://example.org/items/hello/"
SHIPPED = Path(__file__).parents[2] / "items"


def png(color: int = 0) -> bytes:
    """A picture of one point."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)

    head = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    dots = zlib.compress(bytes([0, color]))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", dots) + chunk(b"IEND", b"")


def write_wav(path: Path, seconds: int) -> Path:
    """Silence of so many seconds."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(1)
        file.setframerate(100)
        file.writeframes(bytes(100 * seconds))
    return path


LINKS: list[tuple[str, str | None]] = [  # a link in posts/a.md, the file it means
    ("cat.png", "posts/cat.png"),
    ("./cat.png", "posts/cat.png"),
    ("img/cat.png", "posts/img/cat.png"),
    ("img/../cat.png", "posts/cat.png"),
    ("my%20cat.png", "posts/my cat.png"),
    ("%E4%B8%AD.png", "posts/中.png"),
    ("中.png", "posts/中.png"),
    ("cat.png?w=100#left", "posts/cat.png"),
    ("a%2Fb.png", "posts/a/b.png"),
    ("../cat.png", None),
    ("img/../../cat.png", None),
    ("%2e%2e/cat.png", None),
    ("..%2fcat.png", None),
    ("x/..%2f..%2f..%2fetc/passwd", None),
    (".hidden.png", None),
    (".git/cat.png", None),
    ("img/.hidden.png", None),
    ("..\\cat.png", None),
    ("cat%00.png", None),
    ("cat%0a.png", None),
    ("%ff.png", None),
    (".", None),
    ("", None),
]


@pytest.mark.parametrize(("link", "path"), LINKS)
def test_the_file_that_a_link_means(link: str, path: str | None) -> None:
    assert local_path(link, "posts/") == path


@pytest.mark.parametrize(
    "link",
    ["https://x.example/cat.png", "//x.example/cat.png", "/cat.png", "#top", "?a=1", "", "data:x",
     "mailto:a@example.org", "javascript:alert(1)", "http://[broken/cat.png"],
)  # fmt: skip
def test_other_links_mean_no_file(link: str) -> None:
    assert not is_relative(link)


def test_a_served_name_depends_on_the_path_alone() -> None:
    paths = ["cat.png", "a/cat.png", "b/cat.png", "a/b/cat.png", "a-b/cat.png", "中.png"]
    names = [served_name(path) for path in paths]
    assert names[0] == "cat.png"
    assert names[5] == "中.png"
    assert len({name.casefold() for name in names}) == len(paths)
    assert all("/" not in name and name.endswith(".png") for name in names)


HEADS: list[tuple[bytes, str | None]] = [
    (png(), "PNG"),
    (b"\xff\xd8\xff\xe0\0\x10JFIF", "JPEG"),
    (b"GIF89a....", "GIF"),
    (b"RIFF\0\0\0\0WEBPVP8 ", "WebP"),
    (b"RIFF\0\0\0\0WAVEfmt ", "WAVE"),
    (b"RIFF\0\0\0\0AVI LIST", None),
    (b"\0\0\0\x20ftypavif", "AVIF"),
    (b"\0\0\0\x20ftypM4A ", "MP4"),
    (b"ID3\x04\0\0", "MP3"),
    (b"\xff\xfb\x90\x64", "MP3"),
    (b"\xff\xf1\x50\x80", "AAC"),
    (b"OggS\0\x02", "Ogg"),
    (b"fLaC\0\0", "FLAC"),
    (b"<html><script>", None),
    (b"<svg xmlns=", None),
    (b"%PDF-1.7", None),
    (b"\x7fELF", None),
    (b"root:x:0:0:", None),
    (b"", None),
]


@pytest.mark.parametrize(("head", "container"), HEADS)
def test_the_first_bytes_tell_the_container(head: bytes, container: str | None) -> None:
    assert container_of(head[:16]) == container


def test_nothing_that_runs_in_the_sites_origin_can_be_served() -> None:
    types = {kind.type for kind in MEDIA_KINDS.values()}
    assert {one.partition("/")[0] for one in types} == {"image", "audio"}
    assert "image/svg+xml" not in types


def test_an_episode_is_described_by_itself() -> None:
    path = SHIPPED / "episodes" / "the-feed-under-every-podcast.mp3"
    with path.open("rb") as file:
        media = describe(file, name=path.name, path=path.name)
    assert media == Media(path.name, path.name, "audio/mpeg", path.stat().st_size, 52)


def test_a_sound_of_unknown_length_is_still_a_sound(tmp_path: Path) -> None:
    (tmp_path / "a.mp3").write_bytes(b"ID3\x04\0\0\0\0\0\0 and then nothing that makes sense")
    with (tmp_path / "a.mp3").open("rb") as file:
        media = describe(file, name="a.mp3", path="a.mp3")
    assert (media.type, media.duration) == ("audio/mpeg", None)


@pytest.mark.parametrize("suffix", ["mp3", "m4a", "ogg", "flac", "wav", "aac"])
def test_a_damaged_sound_never_raises_anything_else(suffix: str, tmp_path: Path) -> None:
    starts = {"mp3": b"ID3", "m4a": b"\0\0\0\x20ftypM4A ", "ogg": b"OggS", "flac": b"fLaC",
              "wav": b"RIFF\0\0\0\0WAVEfmt ", "aac": b"\xff\xf1\x50\x80"}  # fmt: skip
    dice = random.Random(suffix)
    path = tmp_path / f"a.{suffix}"
    for size in (0, 1, 20, 100, 5000):
        path.write_bytes(starts[suffix] + dice.randbytes(size))
        with path.open("rb") as file:
            assert describe(file, name=path.name, path=path.name).length == path.stat().st_size


@pytest.mark.parametrize("content", [b"<html><script>alert(1)</script>", b"", b"GIF89a"])
def test_a_file_that_is_not_what_its_name_says_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "cat.png").write_bytes(content)
    with (tmp_path / "cat.png").open("rb") as file, pytest.raises(ItemError, match="not a PNG"):
        describe(file, name="cat.png", path="cat.png")


def ready(root: Path, item: Item) -> Ready:
    with scan.opened(root) as descriptor:
        return make_ready(item, Shelf(descriptor, "posts/", BASE))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with things beside, below and above ``posts/a.md``."""
    (tmp_path / "posts" / "img").mkdir(parents=True)
    for path in ("posts/cat.png", "posts/img/cat.png", "posts/my cat.png", "above.png"):
        (tmp_path / path).write_bytes(png())
    (tmp_path / "posts" / "fake.png").write_bytes(b"<script>")
    (tmp_path / "posts" / "secret.key").write_bytes(b"SECRET")
    (tmp_path / "posts" / "link.png").symlink_to("cat.png")
    write_wav(tmp_path / "posts" / "talk.wav", 90)
    return tmp_path


BELOW = served_name("img/cat.png")
CONTENT = [  # HTML as it was read, as it is kept, what is served, what is noted
    ('<img src="cat.png">', f'<img src="{BASE}cat.png">', ["cat.png"], []),
    ('<img src="img/cat.png">', f'<img src="{BASE}{BELOW}">', [BELOW], []),
    ('<img src="./my%20cat.png">', f'<img src="{BASE}my%20cat.png">', ["my cat.png"], []),
    ('<img src="my cat.png">', f'<img src="{BASE}my%20cat.png">', ["my cat.png"], []),
    ('<audio src="talk.wav"></audio>', f'<audio src="{BASE}talk.wav"></audio>', ["talk.wav"], []),
    (
        '<img src="cat.png" srcset="img/cat.png 2x, nocat.png 3x">',
        f'<img src="{BASE}cat.png" srcset="{BASE}{BELOW} 2x, {BASE}nocat.png 3x">',
        ["cat.png", BELOW],
        ["nocat.png is not there"],
    ),
    ('<img src="cat.png?v=2#x">', f'<img src="{BASE}cat.png">', ["cat.png"], []),
    ('<img src="gone.png">', f'<img src="{BASE}gone.png">', [], ["gone.png is not there"]),
    (
        '<img src="fake.png">',
        f'<img src="{BASE}fake.png">',
        [],
        ["fake.png is not a PNG file, whatever its name says"],
    ),
    (
        '<img src="../above.png">',
        "<img>",
        [],
        ["../above.png leads out of the item's own folder, so it is not served"],
    ),
    ('<img src="https://x.example/cat.png">', '<img src="https://x.example/cat.png">', [], []),
    ('<img src="/cat.png">', '<img src="https://example.org/cat.png">', [], []),
]  # fmt: skip


@pytest.mark.parametrize(("html", "kept", "served", "notes"), CONTENT)
def test_links_in_content(
    root: Path, html: str, kept: str, served: list[str], notes: list[str]
) -> None:
    made = ready(root, Item(content_html=html))
    assert made.item.content_html == kept
    assert sorted(media.name for media in made.media) == sorted(served)
    assert list(made.notes) == notes


def test_links_to_other_things_stay_links(root: Path) -> None:
    html = '<a href="../other">a</a> <a href="#fn1">b</a> <a href="secret.key">c</a>'
    made = ready(root, Item(content_html=html))
    assert made.media == ()
    assert made.beside == {}
    assert f'href="{BASE.rstrip("/")}#fn1"' in made.item.content_html
    assert 'href="https://example.org/items/other"' in made.item.content_html
    assert made.item.content_html.endswith('<a rel="noopener noreferrer">c</a>')
    (note,) = made.notes
    assert note == (
        "secret.key is not served: of what lies beside an item only pictures and sound are; "
        "put it elsewhere and give its full address"
    )


@pytest.mark.parametrize("name", ["film.mp4", "clip.webm", "paper.pdf", "data.csv", "README"])
def test_what_is_never_served_is_said_by_name(root: Path, name: str) -> None:
    html = f'<a href="{name}">a</a><video src="{name}"></video><img srcset="{name} 2x">'
    made = ready(root, Item(content_html=html, enclosures=(Enclosure(name, ""),)))
    assert made.item.enclosures == ()
    assert made.item.content_html == ('<a rel="noopener noreferrer">a</a><video></video><img>')
    assert [note.partition(":")[0] for note in made.notes] == [f"{name} is not served"]


ABOVE = [  # a link in posts/a.md, what becomes of it
    ("../other", "https://example.org/items/other"),
    ("../other#x", "https://example.org/items/other#x"),
    ("../other/?a=1&b", "https://example.org/items/other/?a=1&b"),
    ("../../feeds/main.rss", "https://example.org/feeds/main.rss"),
    ("/x/../y", "https://example.org/y"),
    ("../a/../../../../x", "https://example.org/x"),
    ("https://x.example/a/../b.pdf", "https://x.example/a/../b.pdf"),
    ("#../x", "https://example.org/items/hello#../x"),
    ("img/../cat.png", f"{BASE}cat.png"),
    ("../posts/cat.png", None),
    ("../above.pdf", None),
]


@pytest.mark.parametrize(("link", "address"), ABOVE)
def test_links_that_lead_up(root: Path, link: str, address: str | None) -> None:
    made = ready(root, Item(content_html=f'<p title="../x">href="../b.md"<a href="{link}">a</a>'))
    href = f'href="{address.replace("&", "&amp;")}" ' if address else ""
    assert made.item.content_html == (
        f'<p title="../x">href="../b.md"<a {href}rel="noopener noreferrer">a</a></p>'
    )
    assert len(made.notes) == (address is None)


TEXTS = [  # a file's name, its field, its bytes, its type or a part of the note
    ("tr.vtt", "transcript", b"WEBVTT\n\n00:00.000 --> 00:02.000\nHi", "text/vtt"),
    ("tr.vtt", "transcript", b"\xef\xbb\xbfWEBVTT - of a talk\n", "text/vtt"),
    ("tr.SRT", "transcript", b"1\r\n00:00:00,000 --> 00:00:02,000\r\nHi", "application/x-subrip"),
    ("ch.json", "chapters", b'{"version": "1.2.0", "chapters": []}', "application/json+chapters"),
    ("tr.vtt", "transcript", b"WEBVTTX", "tr.vtt is not a WebVTT file"),
    ("tr.vtt", "transcript", b"WEBVTT\n\xff", "tr.vtt is not a WebVTT file"),
    ("tr.vtt", "transcript", b"WEBVTT\n\0", "tr.vtt is not a WebVTT file"),
    ("tr.vtt", "transcript", b"WEBVTT\n" + b"x" * 1024 * 1024, "a text beside an item has at most"),
    ("tr.srt", "transcript", b"Hello", "tr.srt is not a SubRip file"),
    ("ch.json", "chapters", b"[" * 100_000, "ch.json is not a JSON file"),
    ("ch.json", "chapters", b"", "ch.json is not a JSON file"),
    ("tr.json", "transcript", b"{}", "only .vtt and .srt files here are"),
    ("tr.txt", "transcript", b"Hi", "only .vtt and .srt files here are"),
    ("tr.html", "transcript", b"Hi", "only .vtt and .srt files here are"),
    ("ch.vtt", "chapters", b"WEBVTT", "only .json files here are"),
    ("gone.vtt", "transcript", None, "gone.vtt is not there"),
    ("../tr.vtt", "transcript", b"WEBVTT", "leads out of the item's own folder"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "field", "data", "said"), TEXTS)
def test_a_transcript_and_chapters_beside_an_episode(
    root: Path, name: str, field: str, data: bytes | None, said: str
) -> None:
    if data is not None:
        (root / "posts" / name).write_bytes(data)
    podcast = Podcast(episode=1, **{field: Reference(name, "text/plain")})  # type: ignore[arg-type]
    html = f'<a href="{name}">a</a>'
    made = ready(root, Item(title="x", podcast=podcast, content_html=html))
    assert made.item.podcast is not None
    kept = getattr(made.item.podcast, field)
    if "/" in said and " " not in said:
        assert kept == Reference(BASE + name, said)
        assert [(one.name, one.type) for one in made.media] == [(name, said)]
        assert f'href="{BASE}{name}"' in made.item.content_html
        assert made.notes == ()
    else:
        assert kept is None
        assert made.media == ()
        assert said in made.notes[0]


@pytest.mark.parametrize("name", ["tr.vtt", "tr.srt", "ch.json"])
def test_such_a_text_is_served_for_its_field_alone(root: Path, name: str) -> None:
    (root / "posts" / name).write_bytes(b"WEBVTT")
    made = ready(root, Item(image=name, content_html=f'<a href="{name}">a</a>'))
    assert made.media == ()
    assert "only pictures and sound" in made.notes[0]


def test_a_link_is_not_followed(root: Path) -> None:
    made = ready(root, Item(content_html='<img src="link.png">'))
    assert made.media == ()
    assert made.beside == {"posts/link.png": None}
    assert "symbolic link" in made.notes[0]


def test_enclosures_describe_themselves(root: Path) -> None:
    given = (
        Enclosure("talk.wav", "application/octet-stream", 1, "The talk"),
        Enclosure("https://x.example/far.mp3", "audio/mpeg", 5),
        Enclosure("gone.mp3", "audio/mpeg"),
        Enclosure("../above.png", "image/png"),
    )
    made = ready(root, Item(enclosures=given, image="img/cat.png"))
    size = (root / "posts" / "talk.wav").stat().st_size
    assert made.item.enclosures == (
        Enclosure(f"{BASE}talk.wav", "audio/wav", size, "The talk", 90),
        given[1],
    )
    assert made.item.image == f"{BASE}{BELOW}"
    assert len(made.notes) == 2
    assert set(made.beside) == {"posts/talk.wav", "posts/gone.mp3", "posts/img/cat.png"}


DURATIONS = [  # enclosures, what the item says, what it has in the end
    ((Enclosure("talk.wav", ""),), None, Podcast(duration=90)),
    ((Enclosure("talk.wav", ""),), Podcast(episode=3), Podcast(duration=90, episode=3)),
    ((Enclosure("talk.wav", ""),), Podcast(duration=7), Podcast(duration=7)),
    ((Enclosure("talk.wav", "", duration=8),), None, Podcast(duration=8)),
    ((Enclosure("cat.png", ""),), None, None),
    ((Enclosure("talk.wav", ""), Enclosure("https://x.example/a.mp3", "")), None, None),
    ((), None, None),
]


@pytest.mark.parametrize(("enclosures", "given", "kept"), DURATIONS)
def test_an_episode_has_its_sounds_duration(
    root: Path, enclosures: tuple[Enclosure, ...], given: Podcast | None, kept: Podcast | None
) -> None:
    made = ready(root, Item(title="x", enclosures=enclosures, podcast=given))
    assert made.item.podcast == kept


def test_a_missing_lead_picture_is_left_out(root: Path) -> None:
    made = ready(root, Item(image="gone.jpg"))
    assert made.item.image is None
    assert made.notes == ("gone.jpg is not there",)


def test_a_name_that_another_file_of_the_item_has(root: Path) -> None:
    (root / "posts" / BELOW.upper().replace("PNG", "png")).write_bytes(png())
    html = f'<img src="{BELOW.upper().replace("PNG", "png")}"><img src="img/cat.png">'
    made = ready(root, Item(content_html=html))
    assert [media.path for media in made.media] == ["posts/" + BELOW.upper().replace("PNG", "png")]
    assert "rename it" in made.notes[0]


def test_an_enclosure_too_many_is_not_served(root: Path) -> None:
    for number in range(60):
        (root / "posts" / f"{number}.png").write_bytes(png())
    files = tuple(Enclosure(f"{number}.png", "") for number in range(60))
    made = ready(root, Item(title="x", enclosures=files))
    assert len(made.media) == len(made.item.enclosures) < 60


def test_what_the_cleaner_drops_is_not_served(root: Path) -> None:
    html = '<script src="cat.png"></script><iframe src="talk.wav"></iframe>'
    assert ready(root, Item(content_html=html)).media == ()


def test_a_clean_item_stays_as_it_is(root: Path) -> None:
    html = '<p>It\'s "so" &amp; <code>src="cat.png"</code></p>'
    assert ready(root, Item(content_html=html)).item.content_html == html
