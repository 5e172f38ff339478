"""Reading chart-hero's drum exports (``*.midi.json``, ``*.chart.json``) with their quirks.

The exporter loses and bends things (the cymbal state of MIDI files, 2x kicks, notes without an
end), so the file that an export was made from is read instead whenever it is still there.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import TypeGuard

from chart_hero_core.base.drums import Lane
from chart_hero_core.base.errors import ChartHeroError, FormatError
from chart_hero_core.chart.song import Difficulty, Dynamic, Metadata, Note, Song, Track
from chart_hero_core.formats.limits import MAX_BYTES, MAX_EVENTS
from chart_hero_core.formats.result import ReadResult
from chart_hero_core.timing.tempo_map import (
    DEFAULT_US_PER_QUARTER,
    TempoChange,
    TempoMap,
    TimeSignature,
)

_MAX_TICK = 2**40
_TIME_TOLERANCE_S = 0.002
_LATEST_S = 1e9  # no time of a song; whole numbers of JSON can be too large for a float
# hit code -> lane and cymbal; the names chart-hero gives them come from its audio model and
# do not fit real charts
_HITS: dict[str, tuple[Lane, bool]] = {
    "0": (Lane.KICK, False),
    "1": (Lane.RED, False),
    "2": (Lane.YELLOW, False),
    "3": (Lane.BLUE, False),
    "4": (Lane.GREEN, False),
    "66": (Lane.YELLOW, True),
    "67": (Lane.BLUE, True),
    "68": (Lane.GREEN, True),
}

Fields = Mapping[str, object]


ReadOriginal = Callable[[Path], ReadResult]


def read_midi_json(data: bytes, read_original: ReadOriginal | None = None) -> ReadResult:
    """Read an export.

    Args:
        data: the file.
        read_original: reads the chart that the export was made from; called with its path when
            that file is still there. None reads the export alone.

    Raises:
        FormatError: it is not such an export.
    """
    document = _parse(data)
    mended: list[str] = []
    if document.get("version") != 1:
        mended.append("The export is of another version than 1; what is known of it was read.")
    found = _original(document, read_original, mended)
    if found is not None:
        return found
    song = Song(
        metadata=_metadata(document),
        tempo_map=_tempo_map(_mapping(document.get("timing")), mended),
    )
    song = replace(song, tracks=_tracks(document, song.tempo_map, mended))
    return ReadResult(song, tuple(mended))


def export_facts(data: bytes) -> tuple[str, frozenset[str]]:
    """The path of the chart an export was made from, and its difficulties in lower case.

    Raises:
        FormatError: it is no such export.
    """
    document = _parse(data)
    path = _text(document.get("path")).replace("\0", "")
    return path, frozenset(str(name).lower() for name in _mapping(document["difficulties"]))


def _parse(data: bytes) -> Fields:
    if len(data) > MAX_BYTES:
        raise FormatError("This export is larger than 64 MB; it does not look like a drum chart.")
    try:
        document = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise FormatError("This file is not valid JSON.") from error
    if not isinstance(document, dict) or not isinstance(document.get("difficulties"), dict):
        raise FormatError("This JSON file is not a chart-hero drum export.")
    return document


def _original(
    document: Fields,
    read_original: ReadOriginal | None,
    mended: list[str],
) -> ReadResult | None:
    """The chart that the export was made from, if it is there and sound."""
    path = Path(_text(document.get("path")).replace("\0", ""))
    if read_original is None or path.suffix.lower() not in (".mid", ".midi", ".chart"):
        return None
    try:
        if not path.is_file():
            return None
        original = read_original(path)
    except (ChartHeroError, OSError) as error:
        mended.append(f"The original chart {path} could not be read ({error}).")
        return None
    known, told = original.song.metadata, _metadata(document)
    metadata = replace(
        known,
        name=known.name or told.name,
        artist=known.artist or told.artist,
        album=known.album or told.album,
        charter=known.charter or told.charter,
    )
    sentence = f"The original chart {path} was read, since exports lose some of it."
    song = replace(original.song, metadata=metadata)
    return ReadResult(song, (*mended, sentence, *original.mended))


def _metadata(document: Fields) -> Metadata:
    song = _mapping(document.get("song"))
    return Metadata(
        name=_text(song.get("title")),
        artist=_text(song.get("artist")),
        album=_text(song.get("album")),
        charter=_text(song.get("charter")),
    )


def _tempo_map(timing: Fields, mended: list[str]) -> TempoMap:
    resolution = timing.get("tpq")
    if not _is_int(resolution, 1, 1_000_000):
        raise FormatError("This export has no usable tpq (ticks per quarter note).")
    tempos: dict[int, float] = {}
    for entry in _list(timing.get("tempos")):
        tick, us = entry.get("tick"), entry.get("us_per_beat")
        if _is_int(tick, 0, _MAX_TICK) and _is_int(us, 1, 2**32):
            tempos[tick] = float(us)
    if 0 not in tempos:
        mended.append("The export has no tempo at its start; 120 BPM was assumed.")
        tempos[0] = DEFAULT_US_PER_QUARTER
    beats: dict[int, int] = {0: 4}
    for entry in _list(timing.get("time_signatures")):
        tick, numerator = entry.get("tick"), entry.get("ts")
        if _is_int(tick, 0, _MAX_TICK) and _is_int(numerator, 1, 255):
            beats[tick] = numerator
    return TempoMap(
        resolution,
        tuple(TempoChange(tick, tempos[tick]) for tick in sorted(tempos)),
        tuple(TimeSignature(tick, beats[tick]) for tick in sorted(beats)),
    )


def _tracks(document: Fields, tempo_map: TempoMap, mended: list[str]) -> Mapping[Difficulty, Track]:
    tracks: dict[Difficulty, Track] = {}
    for name, content in _mapping(document["difficulties"]).items():
        difficulty = _difficulty(name)
        if difficulty is None:
            mended.append(f"The export names an unknown difficulty ({name[:40]}), left out.")
            continue
        tracks[difficulty] = _track(_mapping(content), tempo_map, difficulty, mended)
    if not tracks:
        raise FormatError("This export holds no difficulty.")
    return MappingProxyType(tracks)


def _track(
    content: Fields, tempo_map: TempoMap, difficulty: Difficulty, mended: list[str]
) -> Track:
    notes: dict[tuple[int, int], Note] = {}
    unknown = doubled = late = 0
    worst_s = 0.0
    for entry in _list(content.get("events")):
        note = _note(entry)
        if note is None:
            unknown += 1
            continue
        doubled += note.sort_key in notes
        notes.setdefault(note.sort_key, note)
        time_s = entry.get("time_sec")
        if isinstance(time_s, int | float) and abs(time_s) < _LATEST_S:
            error_s = abs(time_s - tempo_map.seconds(note.tick))
            late += not error_s <= _TIME_TOLERANCE_S
            worst_s = max(worst_s, error_s)
    for count, what in (
        (unknown, "events without a usable tick or hit code were left out"),
        (doubled, "notes lay on another one of their lane and were left out"),
        (late, f"times disagreed with ticks and tempos (by up to {worst_s:.3f} s); ticks count"),
    ):
        if count:
            mended.append(f"{difficulty.title}: {count} {what}.")
    return Track(tuple(notes[key] for key in sorted(notes)))


def _note(entry: Fields) -> Note | None:
    """One event as a note, None without a usable tick or hit code."""
    tick = entry.get("tick")
    place = _HITS.get(str(entry.get("hit")))
    if place is None or not _is_int(tick, 0, _MAX_TICK):
        return None
    lane, cymbal = place
    flags = _mapping(entry.get("flags"))
    dynamic = Dynamic.NORMAL
    if flags.get("accent") is True:
        dynamic = Dynamic.ACCENT
    elif flags.get("ghost") is True:
        dynamic = Dynamic.GHOST
    return Note(
        tick,
        lane,
        cymbal=cymbal,
        dynamic=dynamic,
        double_kick=lane is Lane.KICK and flags.get("double_kick") is True,
    )


def _difficulty(name: str) -> Difficulty | None:
    return {difficulty.title.lower(): difficulty for difficulty in Difficulty}.get(name.lower())


def _is_int(value: object, low: int, high: int) -> TypeGuard[int]:
    return type(value) is int and low <= value <= high


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _mapping(value: object) -> Fields:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> Iterator[Fields]:
    """The JSON objects of a list, at most a million of them."""
    entries = value if isinstance(value, list) else []
    return (entry for entry in entries[:MAX_EVENTS] if isinstance(entry, dict))
