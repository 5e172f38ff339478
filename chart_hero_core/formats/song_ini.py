"""song.ini, the metadata of a song folder: tolerant reading, strict writing."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from chart_hero_core.base.errors import FormatError
from chart_hero_core.base.files import is_reserved_name
from chart_hero_core.chart.song import Metadata
from chart_hero_core.formats.text import decode_text, encode_text, one_line

FILE_NAME = "song.ini"
MAX_BYTES = 4 * 1024 * 1024

_TEXT_FIELDS = ("name", "artist", "album", "genre", "year", "charter")
_OLD_NAMES = {"frets": "charter"}
_NUMBER_FIELDS = {
    "song_length": "length_ms",
    "preview_start_time": "preview_start_ms",
    "delay": "delay_ms",
    "diff_drums": "difficulty",
}
_FLAG_KEYS = ("pro_drums", "five_lane_drums")
_OWN_KEYS = frozenset((*_TEXT_FIELDS, *_OLD_NAMES, *_NUMBER_FIELDS, *_FLAG_KEYS))
_LONGEST_NAME = 200  # bytes
_UNSET = -1  # what programs write for "no value"
_LARGEST = 2**31 - 1  # games keep these numbers in 32 bits
_RICH_TEXT = re.compile(
    r"</?(?:color|b|i|u|s|size|font|mark|material|quad|sup|sub|alpha|cspace|gradient|align|"
    r"lowercase|uppercase|smallcaps|nobr|voffset|width|rotate|space|style|noparse)"
    r"(?:[= ][^<>]*)?>",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class IniResult:
    """What a song.ini says, and sentences about what had to be mended.

    ``keys`` are the keys (lower case) that it held with a value that can be used; fields of all
    others have their defaults.
    """

    metadata: Metadata
    mended: tuple[str, ...] = ()
    keys: frozenset[str] = frozenset()


def read_song_ini(data: bytes) -> IniResult:
    """Read a song.ini: any case, any usual encoding, with or without its ``[song]`` line.

    Raises:
        FormatError: it is far too large to be a song.ini.
    """
    if len(data) > MAX_BYTES:
        raise FormatError("This song.ini is larger than 4 MB; it does not look like a song.ini.")
    text, sentence = decode_text(data)
    mended = [sentence.replace("The file", "song.ini", 1)] if sentence else []
    pairs, dropped = _pairs(text)
    return ini_from_pairs(pairs, (*mended, *dropped))


def ini_from_pairs(pairs: Mapping[str, str], mended: Sequence[str] = ()) -> IniResult:
    """What the keys and values of a song.ini (or those inside a .sng) say."""
    told = list(mended)
    metadata = _metadata(pairs, told)
    said = (key.lower() for key, value in pairs.items() if _says_something(key.lower(), value))
    return IniResult(metadata, tuple(told), frozenset(said))


def _says_something(key: str, value: str) -> bool:
    """Whether there is more than the bare key, which some programs write for every key."""
    if key in _FLAG_KEYS:
        return _truth(value) is not None
    if key in _NUMBER_FIELDS:
        return _number(value) is not None
    return bool(value)


def _pairs(text: str) -> tuple[dict[str, str], list[str]]:
    """Keys (as first spelt) and values of [song]; lines before any section count as well."""
    blocks: dict[str, dict[str, tuple[str, str]]] = {"": {}}
    section = ""
    odd = 0
    for line in map(str.strip, re.split(r"\r\n|\n|\r", text.replace("\0", ""))):
        if not line or line[0] in ";#" or line.startswith("//"):
            continue
        key, equals, value = (part.strip() for part in line.partition("="))
        if line[0] == "[" and line[-1] == "]":
            section = line[1:-1].strip().lower()
            blocks.setdefault(section, {})
        elif equals and key and line[0] != "[":
            spelling = blocks[section].get(key.lower(), (key, ""))[0]
            blocks[section][key.lower()] = (spelling, value)
        else:
            odd += 1
    mended = [f"Lines of song.ini not of the form key = value, dropped: {odd}."] if odd else []
    if "song" not in blocks:
        mended.append("song.ini had no [song] line.")
    return dict({**blocks[""], **blocks.get("song", {})}.values()), mended


def _metadata(pairs: Mapping[str, str], mended: list[str]) -> Metadata:
    fields: dict[str, str] = {}
    other: dict[str, str] = {}
    for key, value in pairs.items():
        lower = key.lower()
        if lower in _OWN_KEYS:
            fields[lower] = value
        else:
            other[key] = value
    for old, new in _OLD_NAMES.items():
        if fields.get(old) and not fields.get(new):
            fields[new] = fields[old]
    metadata = Metadata(
        name=fields.get("name", ""),
        artist=fields.get("artist", ""),
        album=fields.get("album", ""),
        genre=fields.get("genre", ""),
        year=fields.get("year", ""),
        charter=fields.get("charter", ""),
        other=MappingProxyType(other),
    )
    metadata = _with_numbers(metadata, fields, mended)
    return _with_kit(metadata, fields, mended)


def _with_kit(metadata: Metadata, fields: Mapping[str, str], mended: list[str]) -> Metadata:
    pro, five = (_truth(fields.get(key, "")) for key in _FLAG_KEYS)
    mended += [
        f"song.ini says neither True nor False for {key} ({fields[key][:40]!r})."
        for key in _FLAG_KEYS
        if fields.get(key) and _truth(fields[key]) is None
    ]
    if pro and five:
        mended.append("song.ini set both pro_drums and five_lane_drums; pro_drums counts.")
    five_lane = bool(five) and not pro
    return replace(metadata, pro_drums=pro is not False and not five_lane, five_lane=five_lane)


def _with_numbers(metadata: Metadata, fields: Mapping[str, str], mended: list[str]) -> Metadata:
    values: dict[str, int] = {}
    for key, name in _NUMBER_FIELDS.items():
        text = fields.get(key, "")
        if not text:
            continue
        number = _number(text)
        if number is None:
            mended.append(f"song.ini has no usable number for {key} ({text[:40]!r}).")
        elif key == "delay" or number != _UNSET:
            values[name] = number
    if not -1 <= values.get("difficulty", -1) <= 6:
        mended.append(f"diff_drums {values['difficulty']} was brought into 0 to 6.")
        values["difficulty"] = min(max(values["difficulty"], 0), 6)
    for name in ("length_ms", "preview_start_ms"):
        if values.get(name, 0) < 0:
            del values[name]
    length = values.get("length_ms") or None  # 0 is how programs say that they do not know
    return replace(
        metadata,
        length_ms=length,
        preview_start_ms=values.get("preview_start_ms"),
        delay_ms=values.get("delay_ms", 0),
        difficulty=values.get("difficulty", -1),
    )


def _number(text: str) -> int | None:
    try:
        number = float(text.replace(",", "."))
    except ValueError:
        return None
    return round(number) if abs(number) <= _LARGEST else None


def _truth(value: str) -> bool | None:
    if value.lower() in ("true", "1", "yes"):
        return True
    return False if value.lower() in ("false", "0", "no") else None


def ini_pairs(metadata: Metadata) -> dict[str, str]:
    """The keys and values to write, own keys first. Never both pro_drums and five_lane_drums.

    What is unknown is left out, so that games use their own words for it; a ``diff_drums`` of -1
    would tell them that there are no drums.
    """
    texts = {name: one_line(getattr(metadata, name)) for name in _TEXT_FIELDS}
    pairs = {name: text for name, text in texts.items() if text.strip()}
    if metadata.length_ms is not None:
        pairs["song_length"] = str(metadata.length_ms)
    if metadata.preview_start_ms is not None:
        pairs["preview_start_time"] = str(metadata.preview_start_ms)
    if metadata.difficulty >= 0:
        pairs["diff_drums"] = str(metadata.difficulty)
    if metadata.five_lane and not metadata.pro_drums:
        pairs["five_lane_drums"] = "True"
    else:
        pairs["pro_drums"] = "True" if metadata.pro_drums else "False"
    if metadata.delay_ms:
        pairs["delay"] = str(metadata.delay_ms)
    for key, value in metadata.other.items():
        key = one_line(key).replace("=", "").strip().lstrip("[;#/").strip()
        if key and key.lower() not in _OWN_KEYS:
            pairs[key] = _boolean_spelling(one_line(value))
    return pairs


def write_song_ini(metadata: Metadata) -> bytes:
    """The song.ini of ``metadata``: UTF-8 without BOM, ``[song]`` first, one key a line."""
    lines = ["[song]", *(f"{key} = {value}".rstrip() for key, value in ini_pairs(metadata).items())]
    return encode_text("\r\n".join(lines) + "\r\n")


def _boolean_spelling(value: str) -> str:
    """Games that are strict know only ``True`` and ``False``."""
    return {"true": "True", "false": "False"}.get(value.lower(), value)


def display_text(text: str) -> str:
    """``text`` without the rich-text tags that some charters put into names."""
    return _RICH_TEXT.sub("", text).strip()


def default_folder_name(metadata: Metadata) -> str:
    """``Artist - Title (Charter)``, safe as a file name on every system.

    What is unknown is called as games call it; a dot at the start would hide the folder.
    """
    artist = display_text(metadata.artist).lstrip(" .") or "Unknown Artist"
    name = display_text(metadata.name) or "Unknown Title"
    charter = display_text(metadata.charter)
    return safe_file_name(f"{artist} - {name}" + (f" ({charter})" if charter else ""))


def safe_file_name(text: str) -> str:
    """``text`` without what file systems refuse, no longer than they allow; may be empty."""
    safe = re.sub(r'[<>:"/\\|?*\x00-\x1f\x7f]', "_", text)
    # File systems count bytes, and names under way get a suffix and a mark.
    short = encode_text(safe[:120])[:_LONGEST_NAME].decode("utf-8", "ignore")
    name = short.rstrip(" .")
    return f"_{name}" if is_reserved_name(name) else name
