"""The ``diff_*`` keys of song.ini: how hard the instruments other than drums are.

Scanners want one for every instrument that is charted, and none for any other.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from chart_hero_core.chart.song import ForeignItem, Metadata, Song

# By what sections of a .chart are called after their difficulty (here in lower case).
_SECTIONS = {
    "single": "diff_guitar",
    "doubleguitar": "diff_guitar_coop",
    "doublerhythm": "diff_rhythm",
    "doublebass": "diff_bass",
    "keyboard": "diff_keys",
    "ghlguitar": "diff_guitarghl",
    "ghlcoop": "diff_guitar_coop_ghl",
    "ghlrhythm": "diff_rhythm_ghl",
    "ghlbass": "diff_bassghl",
}
# By the names of tracks of a .mid.
_TRACKS = {
    "T1 GEMS": "diff_guitar",
    "PART GUITAR": "diff_guitar",
    "PART GUITAR COOP": "diff_guitar_coop",
    "PART RHYTHM": "diff_rhythm",
    "PART BASS": "diff_bass",
    "PART KEYS": "diff_keys",
    "PART GUITAR GHL": "diff_guitarghl",
    "PART GUITAR COOP GHL": "diff_guitar_coop_ghl",
    "PART RHYTHM GHL": "diff_rhythm_ghl",
    "PART BASS GHL": "diff_bassghl",
    "PART VOCALS": "diff_vocals",
}
_KEYS = frozenset((*_SECTIONS.values(), *_TRACKS.values()))
_SECTION = re.compile(r"(?:Easy|Medium|Hard|Expert)(\w+)", re.IGNORECASE)
_UNSET = "-1"
# A note of a .chart, and one of a .mid as hexadecimal text.
_NOTE = re.compile(r"n\s|9", re.IGNORECASE)


def charted_parts(song: Song) -> frozenset[str]:
    """The ``diff_*`` keys of the instruments besides drums that have notes in ``song``."""
    notes = (item for kept in song.foreign for item in kept.items if _NOTE.match(item.data))
    return frozenset(filter(None, map(_key, notes)))


def _key(item: ForeignItem) -> str | None:
    section = _SECTION.fullmatch(item.place)
    if section is None:
        return _TRACKS.get(item.place.upper())
    return _SECTIONS.get(section[1].lower())


def rated_parts(metadata: Metadata) -> dict[str, str]:
    """What song.ini says of the instruments besides drums, by key in lower case."""
    entries = ((key.lower(), value) for key, value in metadata.other.items())
    return {key: value for key, value in entries if key in _KEYS and value not in ("", _UNSET)}


def with_parts_rated(song: Song, older: Mapping[str, str]) -> Song:
    """``song`` with the ratings of the instruments that are charted in it and of no others.

    Args:
        older: ratings for those that ``song`` has none for (:func:`rated_parts`).
    """
    charted = charted_parts(song)
    ratings = {**older, **rated_parts(song.metadata)}
    kept = {key: value for key, value in song.metadata.other.items() if key.lower() not in _KEYS}
    rated = {key: value for key, value in ratings.items() if key in charted}
    other = MappingProxyType({**kept, **rated})
    return replace(song, metadata=replace(song.metadata, other=other))
