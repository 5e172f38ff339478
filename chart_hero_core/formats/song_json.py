"""A song as JSON, complete: what project files hold. Notes are rows of numbers to stay compact."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from types import MappingProxyType
from typing import Any

from chart_hero_core.base.drums import Lane
from chart_hero_core.chart.song import (
    Difficulty,
    Dynamic,
    Foreign,
    ForeignItem,
    Metadata,
    Note,
    Origin,
    Phrase,
    PhraseKind,
    Section,
    Song,
    TextEvent,
    Track,
)
from chart_hero_core.timing.tempo_map import TempoChange, TempoMap, TimeSignature

JsonObject = dict[str, Any]
_CYMBAL, _FLAM, _DOUBLE_KICK, _TOUCHED = 1, 2, 4, 8
_DYNAMICS = (Dynamic.NORMAL, Dynamic.GHOST, Dynamic.ACCENT)
_ROW_DEFAULTS: tuple[int | None, ...] = (0, 0, None, None)  # dynamic, length, confidence, heard_s
_PRACTICE = "prc"
_LARGEST = 2**53  # what JSON readers everywhere keep exact
_PLAIN_FIELDS = tuple(item.name for item in fields(Metadata) if item.name != "other")


def song_to_json(song: Song) -> JsonObject:
    """Everything in a song, as values that JSON can hold."""
    metadata: JsonObject = {name: getattr(song.metadata, name) for name in _PLAIN_FIELDS}
    return {
        "metadata": metadata | {"other": dict(song.metadata.other)},
        "resolution": song.tempo_map.resolution,
        "tempos": [[t.tick, t.us_per_quarter, t.anchor_us] for t in song.tempo_map.tempos],
        "signatures": [[s.tick, s.numerator, s.denominator] for s in song.tempo_map.signatures],
        "sections": [_section_to_json(section) for section in song.sections],
        "end_tick": song.end_tick,
        "events": _events_to_json(song.events),
        "tracks": {key.name.lower(): _track_to_json(track) for key, track in song.tracks.items()},
        "foreign": [
            {
                "source": foreign.source,
                "items": [[item.place, item.tick, item.data] for item in foreign.items],
            }
            for foreign in song.foreign
        ],
    }


def _section_to_json(section: Section) -> list[int | str]:
    """``[tick, name]``, with the word ``prc`` after it where a .mid spelt it so."""
    return [section.tick, section.name, *((_PRACTICE,) if section.practice else ())]


def _events_to_json(events: Sequence[TextEvent]) -> list[list[int | str]]:
    return [[event.tick, event.text] for event in events]


def _track_to_json(track: Track) -> JsonObject:
    return {
        "notes": [_note_to_json(note) for note in track.notes],
        "phrases": [[phrase.kind.value, phrase.tick, phrase.length] for phrase in track.phrases],
        "rejected": [_note_to_json(note) for note in track.rejected],
        "events": _events_to_json(track.events),
    }


def _note_to_json(note: Note) -> list[int | float | None]:
    """``[tick, lane, flags, dynamic, length, confidence, heard_s]``, zeros and Nones cut off."""
    flags = _CYMBAL * note.cymbal | _FLAM * note.flam | _DOUBLE_KICK * note.double_kick
    row: list[int | float | None] = [
        note.tick,
        int(note.lane),
        flags | _TOUCHED * note.origin.touched,
        _DYNAMICS.index(note.dynamic),
        note.length,
        note.origin.confidence,
        note.heard_s,
    ]
    for default in reversed(_ROW_DEFAULTS):
        if row[-1] != default:
            break
        row.pop()
    return row


def song_from_json(document: Mapping[str, Any]) -> Song:
    """The song of :func:`song_to_json`.

    Raises:
        KeyError, TypeError, ValueError, AttributeError, OverflowError: the document is damaged.
    """
    tracks = {
        Difficulty[name.upper()]: _track_from_json(track)
        for name, track in document["tracks"].items()
    }
    end_tick = document["end_tick"]
    return Song(
        metadata=_metadata_from_json(document["metadata"]),
        tempo_map=_tempo_map_from_json(document),
        tracks=MappingProxyType(tracks),
        sections=tuple(map(_section_from_json, document["sections"])),
        end_tick=None if end_tick is None else _int(end_tick),
        foreign=tuple(
            Foreign(
                _str(foreign["source"]),
                tuple(
                    ForeignItem(_str(place), None if tick is None else _int(tick), _str(data))
                    for place, tick, data in foreign["items"]
                ),
            )
            for foreign in document["foreign"]
        ),
        events=_events_from_json(document["events"]),
    )


def _metadata_from_json(document: Mapping[str, Any]) -> Metadata:
    default = Metadata()
    values: JsonObject = {}
    for name in _PLAIN_FIELDS:
        value, usual = document[name], getattr(default, name)
        optional = usual is None and (value is None or type(value) is int)
        if not optional and type(value) is not type(usual):
            raise TypeError(f"{name} is {value!r}")
        values[name] = value
    other = {_str(key): _str(value) for key, value in document["other"].items()}
    return Metadata(**values, other=MappingProxyType(other))


def _tempo_map_from_json(document: Mapping[str, Any]) -> TempoMap:
    return TempoMap(
        _int(document["resolution"]),
        tuple(
            TempoChange(_int(tick), float(us), None if anchor is None else _int(anchor))
            for tick, us, anchor in document["tempos"]
        ),
        tuple(
            TimeSignature(_int(tick), _int(numerator), _int(denominator))
            for tick, numerator, denominator in document["signatures"]
        ),
    )


def _section_from_json(row: Sequence[Any]) -> Section:
    tick, name, *more = row
    if more not in ([], [_PRACTICE]):
        raise ValueError(f"{row!r} is no section")
    return Section(_int(tick), _str(name), bool(more))


def _events_from_json(rows: Sequence[Any]) -> tuple[TextEvent, ...]:
    return tuple(TextEvent(_int(tick), _str(text)) for tick, text in rows)


def _track_from_json(document: Mapping[str, Any]) -> Track:
    notes = sorted(map(_note_from_json, document["notes"]), key=lambda note: note.sort_key)
    if len({note.sort_key for note in notes}) < len(notes):
        raise ValueError("two notes share a place")
    return Track(
        notes=tuple(notes),
        phrases=tuple(
            Phrase(PhraseKind(kind), _int(tick), _int(length))
            for kind, tick, length in document["phrases"]
        ),
        rejected=tuple(map(_note_from_json, document["rejected"])),
        events=_events_from_json(document["events"]),
    )


def _note_from_json(row: Sequence[Any]) -> Note:
    full: list[Any] = list(row) + list(_ROW_DEFAULTS[len(row) - 3 :])
    tick, lane, flags, dynamic, length, confidence, heard_s = full
    flags = _int(flags)
    return Note(
        _int(tick),
        Lane(lane),
        cymbal=bool(flags & _CYMBAL),
        dynamic=_dynamic(dynamic),
        flam=bool(flags & _FLAM),
        double_kick=bool(flags & _DOUBLE_KICK),
        length=_int(length),
        origin=Origin(_optional(confidence), bool(flags & _TOUCHED)),
        heard_s=_optional(heard_s),
    )


def _dynamic(value: Any) -> Dynamic:
    place = _int(value)
    if not 0 <= place < len(_DYNAMICS):
        raise ValueError(f"{place} is no dynamic")
    return _DYNAMICS[place]


def _optional(value: Any) -> float | None:
    return None if value is None else float(value)


def _int(value: Any) -> int:
    if type(value) is not int or abs(value) > _LARGEST:
        raise TypeError("not a whole number of a usable size")
    return value


def _str(value: Any) -> str:
    if type(value) is not str:
        raise TypeError(f"{value!r} is not a text")
    return value
