"""Writing a notes.mid: format 1, tempo track first, everything in a fixed order."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from chart_hero_core.base.drums import Lane
from chart_hero_core.base.errors import ChartError
from chart_hero_core.chart.song import (
    Difficulty,
    Dynamic,
    ForeignItem,
    Note,
    Phrase,
    Song,
    Track,
)
from chart_hero_core.formats.drum_notes import (
    Charted,
    charted,
    is_pro,
    mix_difficulty,
    music_end,
)
from chart_hero_core.formats.event_texts import DYNAMICS_TEXT, texts_to_write
from chart_hero_core.formats.midi.codes import (
    ACCENT,
    DOUBLE_KICK,
    DRUMS,
    EVENTS,
    FILL_PITCHES,
    FIRST_PITCH,
    FLAM,
    GHOST,
    LANE_KINDS,
    NORMAL,
    PHRASE_PITCHES,
    SOURCE,
    TEMPO_PLACE,
    TOM_MARKERS,
    lane_velocity,
    longest_short_note,
)
from chart_hero_core.formats.midi.smf import (
    META,
    SET_TEMPO,
    TEXT,
    TIME_SIGNATURE,
    TRACK_NAME,
    Message,
    write_smf,
)
from chart_hero_core.formats.phrases import spans_of_phrases
from chart_hero_core.formats.tempo_codes import denominator_power, steady_quarter_lengths
from chart_hero_core.formats.text import encode_text, one_line

_KIND_PITCHES = {kind: pitch for pitch, kind in PHRASE_PITCHES.items()}
_VELOCITIES = {Dynamic.ACCENT: ACCENT, Dynamic.NORMAL: NORMAL, Dynamic.GHOST: GHOST}
_SHORT_NOTES_PER_QUARTER = 8
# Of toms on one pad that charters hold under one marker (60,700 pairs in 303 charts), most follow
# within so many quarters; of those further apart, two in three have markers of their own.
_JOINED_QUARTERS = 2
# The usual rest of a time signature: MIDI clocks a click, 32nds a quarter.
_SIGNATURE_TAIL = bytes((24, 8))
# What comes first at one tick: offs before ons, or a reader loses the new note.
_NAME, _OFF, _FOREIGN, _TEXT, _ON = range(5)


def write_midi(song: Song) -> bytes:
    """The notes.mid of ``song``; the same song always gives the same bytes.

    What the format cannot tell apart by difficulty (phrases, tom markers, flams) is taken from
    the hardest track. Names, anchors of tempos and the like have no place in a .mid.

    Raises:
        ChartError: a tempo, signature, tick or kept event cannot be said in a .mid.
    """
    foreign = _foreign_messages(song)
    tracks = [
        _tempo_track(song, foreign.pop(TEMPO_PLACE, [])),
        _drum_track(song, foreign.pop(DRUMS, [])),
        _events_track(song, foreign.pop(EVENTS, [])),
        *foreign.values(),
    ]
    return write_smf(song.tempo_map.resolution, tracks)


def _foreign_messages(song: Song) -> dict[str, list[Message]]:
    """The messages kept from the loaded file, by place, each place in ascending ticks."""
    found: dict[str, list[Message]] = {}
    for foreign in song.foreign:
        if foreign.source == SOURCE:
            for item in foreign.items:
                found.setdefault(item.place, []).append(_message(item))
    for messages in found.values():
        messages.sort(key=lambda message: message.tick)
    return found


def _message(item: ForeignItem) -> Message:
    try:
        data = bytes.fromhex(item.data)
    except ValueError:
        data = b""
    kind = data[0] & 0xF0 if data else 0
    size = {0xC0: 2, 0xD0: 2}.get(kind, 3)
    if kind == 0xF0:
        sound = data[0] in (0xF0, 0xF7) or (data[0] == META and len(data) >= 2)
    else:
        sound = kind >= 0x80 and len(data) == size and max(data[1:]) <= 0x7F
    tick = item.tick or 0
    if not sound or tick < 0:
        raise ChartError(f"An event kept from the track {item.place!r} is damaged: {item.data!r}.")
    return Message(tick, data)


def _meta(tick: int, kind: int, payload: bytes) -> Message:
    return Message(tick, bytes((META, kind)) + payload)


def _text(tick: int, text: str) -> Message:
    return _meta(tick, TEXT, encode_text(f"[{one_line(text)}]"))


def _tempo_track(song: Song, foreign: list[Message]) -> list[Message]:
    lengths = steady_quarter_lengths(song.tempo_map, music_end(song))
    messages = list(foreign)
    for signature in song.tempo_map.signatures:
        values = bytes((signature.numerator, denominator_power(signature)))
        messages.append(_meta(signature.tick, TIME_SIGNATURE, values + _SIGNATURE_TAIL))
    for tick, length_us in lengths:
        messages.append(_meta(tick, SET_TEMPO, length_us.to_bytes(3, "big")))
    return sorted(messages, key=lambda message: message.tick)


def _events_track(song: Song, foreign: list[Message]) -> list[Message]:
    texts = texts_to_write(song.sections, song.events, song.end_tick)
    messages = [*foreign, *(_text(tick, text) for tick, text in texts)]
    messages.sort(key=lambda message: message.tick)
    return [_meta(0, TRACK_NAME, EVENTS.encode()), *messages]


@dataclass(slots=True)
class _Messages:
    """Messages of the drum track with their rank at a tick."""

    ranked: list[tuple[int, int, bytes]] = field(default_factory=list)

    def add(self, rank: int, message: Message) -> None:
        self.ranked.append((message.tick, rank, message.data))

    def add_notes(self, pitch: int, notes: Mapping[int, tuple[int, int]]) -> None:
        """Notes of one pitch, tick -> (length, velocity), each ended before the next begins."""
        ticks = sorted(notes)
        for index, tick in enumerate(ticks):
            length, velocity = notes[tick]
            end = tick + max(length, 1)
            if index + 1 < len(ticks):
                end = min(end, ticks[index + 1])
            self.add(_ON, Message(tick, bytes((0x90, pitch, velocity))))
            self.add(_OFF, Message(end, bytes((0x80, pitch, 0))))

    def sorted(self) -> list[Message]:
        self.ranked.sort(key=lambda item: item[:2])
        return [Message(tick, data) for tick, _, data in self.ranked]


def _drum_track(song: Song, foreign: list[Message]) -> list[Message]:
    pro = is_pro(song)
    order = sorted(song.tracks, reverse=True)
    tracks = {key: charted(song.tracks[key], key, pro) for key in order}
    messages = _Messages()
    messages.add(_NAME, _meta(0, TRACK_NAME, DRUMS.encode()))
    if any(n.dynamic is not Dynamic.NORMAL for each in tracks.values() for n in each.notes):
        messages.add(_NAME, _text(0, DYNAMICS_TEXT))
    for message in foreign:
        messages.add(_FOREIGN, message)
    for message in _track_texts(tracks.values()):
        messages.add(_TEXT, message)
    resolution = song.tempo_map.resolution
    for difficulty in order:
        _add_gems(messages, difficulty, tracks[difficulty].notes, resolution)
    _add_markers(messages, tracks.values(), resolution, pro)
    _add_phrases(messages, song.tracks)
    return messages.sorted()


def _track_texts(tracks: Iterable[Charted]) -> list[Message]:
    """All texts of the hardest track, and of the others those that name their difficulty."""
    return [
        _text(event.tick, event.text)
        for index, track in enumerate(tracks)
        for event in track.events
        if index == 0 or mix_difficulty(event.text) is not None
    ]


def _add_gems(
    messages: _Messages, difficulty: Difficulty, notes: Iterable[Note], resolution: int
) -> None:
    short = longest_short_note(resolution)
    usual = max(resolution // _SHORT_NOTES_PER_QUARTER, 1)
    pitches: dict[int, dict[int, tuple[int, int]]] = {}
    for note in notes:
        double = note.lane is Lane.KICK and note.double_kick
        pitch = FIRST_PITCH[difficulty] + (DOUBLE_KICK if double else int(note.lane))
        length = note.length if note.length > short else usual
        pitches.setdefault(pitch, {})[note.tick] = (length, _VELOCITIES[note.dynamic])
    for pitch in sorted(pitches):
        messages.add_notes(pitch, pitches[pitch])


def _add_markers(
    messages: _Messages, tracks: Iterable[Charted], resolution: int, pro: bool
) -> None:
    """Tom and flam markers; they hold for all difficulties.

    A flam marker lies over one tick of notes, a tom marker over neighbouring toms as well.
    """
    toms: dict[int, dict[Lane, bool]] = {}
    flams: dict[int, bool] = {}
    snares: set[int] = set()  # on a yellow pad, which no marker may reach
    for track in tracks:  # hardest first
        for note in track.notes:
            lanes = toms.setdefault(note.tick, {})
            snare = note.lane is Lane.YELLOW and note.tick in track.flipped_snares
            if snare:
                snares.add(note.tick)
            elif note.lane in TOM_MARKERS:
                lanes.setdefault(note.lane, not note.cymbal)
            flams[note.tick] = flams.get(note.tick, False) or note.flam
    usual = max(resolution // _SHORT_NOTES_PER_QUARTER, 1)
    messages.add_notes(FLAM, _held(flams, usual, 0))
    if not pro:
        return
    for lane, pitch in TOM_MARKERS.items():
        marks = {tick: lanes[lane] for tick, lanes in toms.items() if lane in lanes}
        if lane is Lane.YELLOW:
            marks = dict.fromkeys(snares, False) | marks
        apart = _JOINED_QUARTERS * resolution
        messages.add_notes(pitch, _held(marks, usual, apart))
    if not any(tom for lanes in toms.values() for tom in lanes.values()):
        _add_idle_marker(messages, toms)


def _held(marks: Mapping[int, bool], usual: int, apart: int) -> dict[int, tuple[int, int]]:
    """Markers over the marked ticks but over no other tick of ``marks``, as notes of one pitch.

    One marker lies over neighbouring marked ticks up to ``apart`` from each other: games ask
    whether one is held at a note, so it may be as long as it likes.
    """
    held: dict[int, tuple[int, int]] = {}
    start = before = None
    for tick in sorted(marks):
        if start is not None and before is not None:
            if marks[tick] and tick - before <= apart:
                before = tick
                continue
            held[start] = (min(before + usual, tick) - start, NORMAL)
        start = before = tick if marks[tick] else None
    if start is not None and before is not None:
        held[start] = (before + usual - start, NORMAL)
    return held


def _add_idle_marker(messages: _Messages, chords: Mapping[int, Mapping[Lane, bool]]) -> None:
    """One tom marker over a note it does not touch.

    Readers without a song.ini know a pro chart by its markers; a chart of cymbals alone would
    otherwise come back as one of toms.
    """
    for tick in sorted(chords):
        for lane, pitch in TOM_MARKERS.items():
            if lane not in chords[tick]:
                messages.add_notes(pitch, {tick: (1, NORMAL)})
                return


def _add_phrases(messages: _Messages, tracks: Mapping[Difficulty, Track]) -> None:
    played = [difficulty for difficulty in sorted(tracks) if tracks[difficulty].notes]
    if not played:
        played = [difficulty for difficulty in sorted(tracks) if tracks[difficulty].phrases]
    if not played:
        return
    pitches: dict[int, dict[int, tuple[int, int]]] = {}
    held = {difficulty: frozenset(tracks[difficulty].phrases) for difficulty in played}
    for phrase in tracks[played[-1]].phrases:
        velocity = NORMAL
        if phrase.kind in LANE_KINDS:
            velocity = lane_velocity(_easiest_with(phrase, held))
        (span,) = spans_of_phrases((phrase,))
        pitches.setdefault(_KIND_PITCHES[phrase.kind], {})[span.tick] = (span.length, velocity)
    if fills := pitches.get(FILL_PITCHES[0]):
        pitches |= dict.fromkeys(FILL_PITCHES, fills)
    for pitch in sorted(pitches):
        messages.add_notes(pitch, pitches[pitch])


def _easiest_with(phrase: Phrase, held: dict[Difficulty, frozenset[Phrase]]) -> Difficulty:
    """The easiest difficulty down to which every track has ``phrase``; ``held`` is ascending."""
    easiest = max(held)
    for difficulty in reversed(held):
        if phrase not in held[difficulty]:
            break
        easiest = difficulty
    return easiest
