"""The first half of reading a .mid: which track is what, its tempo map, its notes paired."""

import bisect
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from chart_hero_core.chart.song import ForeignItem
from chart_hero_core.formats.limits import LARGEST_DENOMINATOR
from chart_hero_core.formats.midi.codes import DRUMS, EVENTS, GEMS, OWNED, TEMPO_PLACE
from chart_hero_core.formats.midi.smf import (
    SET_TEMPO,
    TIME_SIGNATURE,
    TRACK_NAME,
    Message,
    MidiFile,
    MidiTrack,
)
from chart_hero_core.formats.result import Repairs
from chart_hero_core.formats.text import decode_short, one_line
from chart_hero_core.timing.tempo_map import (
    DEFAULT_US_PER_QUARTER,
    TempoChange,
    TempoMap,
    TimeSignature,
)

_KNOWN = (DRUMS, EVENTS)
_OTHER_NAMES = {"PART DRUM": DRUMS}


class PairedNote(NamedTuple):
    """A note with its end."""

    tick: int
    pitch: int
    velocity: int
    length: int


@dataclass(slots=True)
class SortedTracks:
    """The tracks of a file by what they are for."""

    tempo_map: TempoMap
    drums: list[MidiTrack] = field(default_factory=list)
    events: list[MidiTrack] = field(default_factory=list)
    foreign: list[ForeignItem] = field(default_factory=list)
    mixed: bool = False  # one track holds everything


def sort_tracks(file: MidiFile, repairs: Repairs) -> SortedTracks:
    """Take the tempo map out of ``file`` and tell drums, events and foreign tracks apart."""
    tempo_map, tracks = _take_tempo_map(file, repairs)
    found = SortedTracks(tempo_map, mixed=file.kind == 0)
    places = {TEMPO_PLACE, *_KNOWN}
    for index, track in enumerate(tracks):
        name = _name(track)
        role = _role(name, repairs)
        if role is None and len(tracks) == 1 and _may_be_drums(name, track):
            repairs.add("The only track of the MIDI file was read as its drum track.")
            role = DRUMS
        if role is not None:
            known = found.drums if role == DRUMS else found.events
            known.append(_without_name(track))
            continue
        if not track.messages:
            continue
        place = TEMPO_PLACE if index == 0 else _free_place(name or "track", places)
        found.foreign += foreign_items(place, track.messages)
    for role, known in ((DRUMS, found.drums), (EVENTS, found.events)):
        if len(known) > 1:
            repairs.add(f"Several tracks are called {role}; they were joined.")
    if file.kind == 0:
        repairs.add("The file was in MIDI format 0; it will be saved in format 1.")
    return found


def foreign_items(place: str, messages: Iterable[Message]) -> list[ForeignItem]:
    """Messages kept for the next save, as hexadecimal text.

    The name at the start of a track has no tick: it stays there when the music moves.
    """
    return [
        ForeignItem(
            place,
            None if not message.tick and message.is_meta(TRACK_NAME) else message.tick,
            message.data.hex(),
        )
        for message in messages
    ]


def _name(track: MidiTrack) -> str:
    """The track's name; of several at its start the one that is known."""
    names = [_name_in(message) for message in track.messages if message.is_meta(TRACK_NAME)]
    for name in names:
        if name in _KNOWN:
            return name
    return names[0] if names else ""


def _name_in(message: Message) -> str:
    """The text of a name; some programs end it with a NUL."""
    return one_line(decode_short(message.data[2:]))


def _role(name: str, repairs: Repairs) -> str | None:
    plain = name.upper()
    role = _OTHER_NAMES.get(plain, plain)
    if role not in _KNOWN:
        return None
    if name != role:
        repairs.add(f"A track called {name!r} was read as {role}.")
    return role


def _free_place(name: str, places: set[str]) -> str:
    """``name``, numbered when a track of that name came before."""
    place, number = name, 2
    while place in places:
        place = f"{name} #{number}"
        number += 1
    places.add(place)
    return place


def _may_be_drums(name: str, track: MidiTrack) -> bool:
    """Whether a track has the notes of drums, and not the name of another instrument."""
    instrument = name.upper().startswith("PART ")
    return not instrument and any(
        m.data[0] & 0xF0 == 0x90 and m.data[1] in GEMS for m in track.messages
    )


def _without_name(track: MidiTrack) -> MidiTrack:
    """Without the name that made it known; further ones (used as remarks) stay."""
    messages = list(track.messages)
    for index, message in enumerate(messages):
        if message.is_meta(TRACK_NAME):
            name = _name_in(message).upper()
            if _OTHER_NAMES.get(name, name) in _KNOWN:
                del messages[index]
                break
    return replace(track, messages=tuple(messages))


def _take_tempo_map(file: MidiFile, repairs: Repairs) -> tuple[TempoMap, list[MidiTrack]]:
    tempos: dict[int, TempoChange] = {}
    signatures: dict[int, TimeSignature] = {}
    tracks: list[MidiTrack] = []
    for index in reversed(range(len(file.tracks))):  # so that the first track has the last word
        track = file.tracks[index]
        rest = []
        for message in track.messages:
            if message.is_meta(SET_TEMPO):
                _take_tempo(message, tempos, repairs)
            elif message.is_meta(TIME_SIGNATURE):
                _take_signature(message, signatures, repairs)
            else:
                rest.append(message)
        if index and len(rest) != len(track.messages):
            repairs.add("Tempo events outside the first track were moved there.")
        tracks.append(replace(track, messages=tuple(rest)))
    tempos.setdefault(0, TempoChange(0, DEFAULT_US_PER_QUARTER))
    signatures.setdefault(0, TimeSignature(0))
    tempo_map = TempoMap(
        file.resolution,
        tuple(tempos[tick] for tick in sorted(tempos)),
        tuple(signatures[tick] for tick in sorted(signatures)),
    )
    return tempo_map, tracks[::-1]


def _take_tempo(message: Message, tempos: dict[int, TempoChange], repairs: Repairs) -> None:
    length_us = int.from_bytes(message.data[2:5], "big")
    if len(message.data) < 5 or length_us == 0:
        repairs.add("A tempo event without a usable tempo was left out.")
        return
    tempos[message.tick] = TempoChange(message.tick, float(length_us))


def _take_signature(
    message: Message, signatures: dict[int, TimeSignature], repairs: Repairs
) -> None:
    numerator, power = message.data[2:4] if len(message.data) >= 4 else (0, 0)
    if numerator == 0 or 1 << power > LARGEST_DENOMINATOR:
        repairs.add("A time signature that cannot be was left out.")
        return
    signatures[message.tick] = TimeSignature(message.tick, numerator, 1 << power)


def pair_notes(track: MidiTrack, repairs: Repairs) -> tuple[list[PairedNote], tuple[Message, ...]]:
    """The drum chart's notes with their ends, sorted, and all other messages.

    A note-off ends the latest open note of its pitch and channel. Notes that never end: gems are
    short, others last to the next of their kind or to the end of the track.
    """
    open_notes: dict[tuple[int, int], list[PairedNote]] = {}
    starts: dict[tuple[int, int], list[int]] = {}
    notes: list[PairedNote] = []
    rest: list[Message] = []
    for message in track.messages:
        kind = message.data[0] & 0xF0
        if kind not in (0x80, 0x90) or message.data[1] not in OWNED:
            rest.append(message)
            continue
        status, pitch, velocity = message.data
        key = (status & 0x0F, pitch)
        if kind == 0x90 and velocity:
            open_notes.setdefault(key, []).append(PairedNote(message.tick, pitch, velocity, 0))
            starts.setdefault(key, []).append(message.tick)
        elif held := open_notes.get(key):
            note = held.pop()
            notes.append(note._replace(length=message.tick - note.tick))
        else:
            repairs.add("A note-off without its note was left out.")
    for key, held in open_notes.items():
        repairs.add("A note that never ended was ended.", len(held))
        notes += [_ended(note, starts[key], track.end_tick) for note in held]
    return sorted(notes), tuple(rest)


def _ended(note: PairedNote, starts: Sequence[int], end_tick: int) -> PairedNote:
    if note.pitch in GEMS:
        return note
    following = bisect.bisect_right(starts, note.tick)
    end = starts[following] if following < len(starts) else end_tick
    return note._replace(length=end - note.tick)
