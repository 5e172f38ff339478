"""The section names, codes and keys of a drum chart in a .chart."""

import re

from chart_hero_core.chart.song import Difficulty, PhraseKind

SOURCE = "chart"  # of foreign items
SONG, SYNC, EVENTS = "Song", "SyncTrack", "Events"
DRUMS = {f"{difficulty.title}Drums": difficulty for difficulty in reversed(Difficulty)}
KNOWN = (SONG, SYNC, EVENTS, *DRUMS)

DOUBLE_KICK = 32
ACCENT_OFFSET, GHOST_OFFSET, CYMBAL_OFFSET = 33, 39, 64  # from the pad, 0 to 5
DEFAULT_RESOLUTION = 192
LARGEST_RESOLUTION = 1_000_000

PHRASE_CODES = {
    0: PhraseKind.VERSUS_1,
    1: PhraseKind.VERSUS_2,
    2: PhraseKind.STAR_POWER,
    64: PhraseKind.ACTIVATION,
    65: PhraseKind.ROLL,
    66: PhraseKind.DOUBLE_ROLL,
    67: PhraseKind.KICK_LANE,
}
SOLO, SOLO_END = "solo", "soloend"

# Keys of [Song] -> fields of Metadata.
TEXT_KEYS = {
    "Name": "name",
    "Artist": "artist",
    "Album": "album",
    "Genre": "genre",
    "Year": "year",
    "Charter": "charter",
}
STREAM_KEY = re.compile(r"(?:Music|Guitar|Rhythm|Bass|Keys|Drum\d?|Vocal|Crowd)Stream", re.I)
_STRUCTURE = re.compile(r"[\[\]{}]")


def is_safe_line(line: str) -> bool:
    """Whether a line can stand in a section without being taken for the structure of the file."""
    key, equals, _ = line.partition("=")
    return bool(equals) and _STRUCTURE.search(key) is None


def is_safe_name(name: str) -> bool:
    """Whether ``name`` can name a section."""
    return bool(name) and not set(name) & set("[]{}=\r\n")
