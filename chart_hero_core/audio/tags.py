"""The tags of a sound file: title, artist, album, year, genre, cover picture."""

import base64
import binascii
import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import mutagen
from mutagen.flac import Picture

_MAX_COVER_BYTES = 20_000_000
_MAX_TEXT = 500  # characters; a title is no novel
_FRONT_COVER = 3  # the picture type of ID3 and FLAC

# Field -> its names in ID3, MP4, and the rest (Vorbis, APE, ASF: in lower case).
_NAMES: dict[str, tuple[str, ...]] = {
    "title": ("TIT2", "©nam", "title"),
    "artist": ("TPE1", "©ART", "artist", "author", "TPE2", "aART", "albumartist"),
    "album": ("TALB", "©alb", "album", "wm/albumtitle"),
    "year": ("TDRC", "TYER", "TDOR", "©day", "date", "year", "originaldate", "wm/year"),
    "genre": ("TCON", "©gen", "genre", "wm/genre"),
}
# mutagen means to raise only its own error; broken files show otherwise.
_UNREADABLE = (
    mutagen.MutagenError,
    OSError,
    ValueError,
    ArithmeticError,
    LookupError,
    struct.error,
)


@dataclass(frozen=True, slots=True)
class Tags:
    """Texts are empty where the file says nothing. ``cover`` holds an image file's bytes."""

    title: str = ""
    artist: str = ""
    album: str = ""
    year: str = ""
    genre: str = ""
    cover: bytes | None = None


def read_tags(path: Path) -> Tags:
    """The tags of any sound file. A file without tags, or none at all, gives empty ones."""
    try:
        file = mutagen.File(path)
    except _UNREADABLE:
        return Tags()
    if file is None or file.tags is None:
        return Tags()
    tags = _by_lower_case(file.tags)
    texts = {field: _first_text(tags, names) for field, names in _NAMES.items()}
    year = re.search(r"\d{4}", texts["year"])
    return Tags(
        title=texts["title"],
        artist=texts["artist"],
        album=texts["album"],
        year=year.group() if year else "",
        genre=texts["genre"],
        cover=_cover(file, tags),
    )


# "03. " or "03 " before the artist; "3 " may be a part of its name.
_TRACK_NUMBER = re.compile(r"^(?:\d{1,3}\.|0\d{1,2}) +(?=\w)")
# What is said of a sound, not of its song: "Title (Drums)", "title_drums", "title.mix".
_STEM = re.compile(r"(?<=\w)(?: *[(\[]drums?[)\]]|[._]drums?|\.mix)$", re.IGNORECASE)


def tags_or_name(path: Path, name: str) -> Tags:
    """The tags of a sound file; artist and title from ``name`` where they say nothing.

    Names like "Artist - Title", "03 - Artist - Title" and "03. Title (Drums)" are taken apart.
    """
    tags = read_tags(path)
    artist, title = _named(name)
    return replace(tags, title=tags.title or title, artist=tags.artist or artist)


def _named(name: str) -> tuple[str, str]:
    """Artist (empty where ``name`` tells none) and title."""
    bare = _STEM.sub("", _TRACK_NUMBER.sub("", name)) or name
    parts = [part.strip() for part in re.split(r" [-\N{EN DASH}] ", bare) if part.strip()]
    # The number of a track; but a band may be called 311.
    if len(parts) > 1 and re.fullmatch(r"\d{1,3}\.?" if len(parts) > 2 else r"\d\d?\.?", parts[0]):
        del parts[0]
    if len(parts) < 2:
        return "", parts[0] if parts else name
    return parts[0], " - ".join(parts[1:])


def _by_lower_case(tags: Any) -> dict[str, Any]:
    """Every kind of tags as one dict; names whose case means nothing in lower case."""
    known = {name for names in _NAMES.values() for name in names}
    return {key if key in known else str(key).lower(): value for key, value in tags.items()}


def _first_text(tags: Mapping[str, Any], names: tuple[str, ...]) -> str:
    for name in names:
        value = tags.get(name)
        if isinstance(value, list):
            value = value[0] if value else None
        if value is not None:
            # Several values in one ID3 frame are separated by NUL.
            text = " ".join(str(value).split("\0")[0].split())
            if text:
                return text[:_MAX_TEXT]
    return ""


def _cover(file: Any, tags: Mapping[str, Any]) -> bytes | None:
    """The front cover, else any picture."""
    pictures = [*getattr(file, "pictures", ()), *_vorbis_pictures(tags)]
    pictures += [value for key, value in tags.items() if key.startswith("apic")]
    found = [(picture.type == _FRONT_COVER, bytes(picture.data)) for picture in pictures]
    found += [(True, bytes(data)) for data in tags.get("covr") or ()]
    fitting = [item for item in found if 0 < len(item[1]) <= _MAX_COVER_BYTES]
    return max(fitting, key=lambda item: item[0])[1] if fitting else None


def _vorbis_pictures(tags: Mapping[str, Any]) -> list[Picture]:
    found = []
    for text in tags.get("metadata_block_picture") or ():
        try:
            found.append(Picture(base64.b64decode(text)))
        except (binascii.Error, *_UNREADABLE):
            continue
    return found
