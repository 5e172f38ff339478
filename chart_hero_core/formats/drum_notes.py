"""Drum notes between file and song: kit types, doubled notes, disco flip.

Readers collect :class:`Gem` as the file says them and turn them into notes with
:func:`notes_of_gems`; writers ask :func:`charted` for the notes as they must stand in a file.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from chart_hero_core.base.drums import Lane
from chart_hero_core.chart.song import Difficulty, Dynamic, Note, Song, TextEvent, Track
from chart_hero_core.formats.result import Repairs

FIFTH_PAD = 5
_MIX = re.compile(r"\[?mix[ _]([0-3])[ _]drums([0-5])(dnoflip|d|easynokick|easy|)\]?")
_LOUDNESS = {Dynamic.NORMAL: 0, Dynamic.GHOST: 1, Dynamic.ACCENT: 2}
# Pads of a 5-lane kit on a 4-lane pro kit: (lane, cymbal).
_FIVE_LANE = {
    0: (Lane.KICK, False),
    1: (Lane.RED, False),
    2: (Lane.YELLOW, True),
    3: (Lane.BLUE, False),
    4: (Lane.GREEN, True),
    5: (Lane.GREEN, False),
}


class Kit(Enum):
    """What kind of drum kit a file charts."""

    PRO = "4-lane pro"
    FOUR_LANE = "4-lane"
    FIVE_LANE = "5-lane"


@dataclass(frozen=True, slots=True)
class Gem:
    """A note as charted: ``pad`` 0 to 5; ``cymbal`` as marked, whatever the kit."""

    tick: int
    pad: int
    cymbal: bool = False
    dynamic: Dynamic = Dynamic.NORMAL
    flam: bool = False
    double_kick: bool = False
    length: int = 0


def kit_of(pro_drums: bool | None, five_lane: bool | None, marked: bool, fifth_pad: bool) -> Kit:
    """The kit: what song.ini says, else what tom or cymbal marks and a fifth pad tell."""
    if pro_drums:
        return Kit.PRO
    if five_lane:
        return Kit.FIVE_LANE
    if marked and pro_drums is None:
        return Kit.PRO
    if fifth_pad and five_lane is None:
        return Kit.FIVE_LANE
    return Kit.FOUR_LANE


def tell_of_kit(kit: Kit, marked: bool, repairs: Repairs) -> None:
    """Note what a reader of a chart for ``kit`` changes or passes over."""
    if kit is Kit.FIVE_LANE:
        repairs.add("The 5-lane chart was brought onto a 4-lane pro kit.")
    elif kit is Kit.FOUR_LANE and marked:  # else the marks would have made it a pro chart
        repairs.add(
            "song.ini says pro_drums = False, so all pads were read as toms; the chart itself "
            "tells toms from cymbals, which pro_drums = True brings back."
        )


def is_pro(song: Song) -> bool:
    """Whether files of ``song`` must tell toms from cymbals."""
    tracks = song.tracks.values()
    return song.metadata.pro_drums or any(note.cymbal for track in tracks for note in track.notes)


def music_end(song: Song) -> int:
    """The tick of the last thing in the song."""
    ends = [song.end_tick or 0]
    ends += [section.tick for section in song.sections]
    ends += [event.tick for event in song.events]
    for track in song.tracks.values():
        ends += [note.tick for note in track.notes]
        ends += [phrase.end_tick for phrase in track.phrases]
    return max(ends)


def normal_mix(text: str) -> str | None:
    """``text`` spelt ``mix 3 drums0d`` when it is a mix event, else None."""
    match = _MIX.fullmatch(text.strip())
    return match and f"mix {match[1]} drums{match[2]}{match[3]}"


def mix_difficulty(text: str) -> Difficulty | None:
    """The difficulty that a mix event is for; None when ``text`` is something else."""
    match = _MIX.fullmatch(text)
    return Difficulty(int(match[1])) if match else None


def ordered_events(events: Iterable[TextEvent]) -> tuple[TextEvent, ...]:
    """Events by tick; at one tick mix events last, else in the order given."""
    return tuple(sorted(events, key=lambda e: (e.tick, mix_difficulty(e.text) is not None)))


def notes_of_gems(
    gems: Iterable[Gem],
    kit: Kit,
    events: Sequence[TextEvent],
    difficulty: Difficulty,
    repairs: Repairs,
    longest_short: int = 0,
) -> tuple[Note, ...]:
    """The notes of one track: one per tick and lane, sorted, disco flip undone on a pro kit.

    A sustain that the next note cuts to ``longest_short`` ticks or less is none.
    """
    chords: dict[int, list[Gem]] = {}
    for gem in gems:
        chords.setdefault(gem.tick, []).append(gem)
    flips = _Flips(events, difficulty) if kit is Kit.PRO else None
    notes: list[Note] = []
    for tick in sorted(chords):
        chord = _one_per_lane(_placed(chords[tick], kit, repairs), repairs)
        if flips is not None and flips.active(tick):
            chord = [_swapped(note) for note in chord]
        notes.extend(sorted(chord, key=lambda note: note.sort_key))
    return _without_overlaps(notes, longest_short)


def _placed(chord: list[Gem], kit: Kit, repairs: Repairs) -> list[Note]:
    """Notes on the five lanes; a fifth pad is green, or blue where green is taken by pad 4."""
    taken = any(gem.pad == 4 for gem in chord)
    notes = []
    for gem in chord:
        if gem.pad == FIFTH_PAD and kit is not Kit.FIVE_LANE:
            repairs.add("A note of a fifth pad was put on the green lane of the 4-lane kit.")
        if kit is Kit.FIVE_LANE or gem.pad == FIFTH_PAD:
            lane, cymbal = _FIVE_LANE[gem.pad]
            if gem.pad == FIFTH_PAD and taken:
                lane = Lane.BLUE
        else:
            lane = Lane(gem.pad)
            cymbal = gem.cymbal and kit is Kit.PRO and lane >= Lane.YELLOW
        kick2 = gem.double_kick and lane is Lane.KICK
        notes.append(Note(gem.tick, lane, cymbal, gem.dynamic, gem.flam, kick2, gem.length))
    return notes


def _one_per_lane(chord: list[Note], repairs: Repairs) -> list[Note]:
    """Of doubled notes the longest, cymbal one, as loud as the loudest, as scan-chart reads them.

    A dynamic is said of a lane, so it holds for whichever of its notes is kept.
    """
    if len({note.lane for note in chord}) == len(chord):
        return chord
    found: dict[Lane, Note] = {}
    loudest: dict[Lane, Dynamic] = {}
    for note in sorted(chord, key=lambda n: -_LOUDNESS[n.dynamic]):
        loudest.setdefault(note.lane, note.dynamic)
    order = sorted(chord, key=lambda n: (-n.length, -_LOUDNESS[n.dynamic], not n.cymbal))
    for note in order:
        first = found.setdefault(note.lane, note)
        if first is note:
            continue
        if note.lane is Lane.KICK:
            both = first.double_kick or note.double_kick
            found[note.lane] = replace(first, double_kick=both)
        else:
            repairs.add("Of several notes on one lane at one tick only one was kept.")
    return [replace(note, dynamic=loudest[note.lane]) for note in found.values()]


def _without_overlaps(notes: list[Note], longest_short: int) -> tuple[Note, ...]:
    """Sustains cut where the next note of their lane begins."""
    following: dict[Lane, int] = {}
    for index in range(len(notes) - 1, -1, -1):
        note = notes[index]
        room = following.get(note.lane, note.tick + note.length) - note.tick
        if note.length > room:
            notes[index] = replace(note, length=room if room > longest_short else 0)
        following[note.lane] = note.tick
    return tuple(notes)


class _Flips:
    """Where a track's mix events switch the disco flip on; asked with ascending ticks."""

    def __init__(self, events: Sequence[TextEvent], difficulty: Difficulty) -> None:
        # At one tick "off" beats "on" beats "dnoflip", whatever their order in the file.
        rank = {"": 0, "d": 1, "dnoflip": 2}
        changes: dict[int, tuple[int, str]] = {}
        for event in events:
            match = _MIX.fullmatch(event.text)
            if match and int(match[1]) == difficulty and match[3] in rank:
                change = (rank[match[3]], match[2])
                changes[event.tick] = min(changes.get(event.tick, change), change)
        self.ticks = frozenset(changes)
        self._changes = sorted((tick, rank_ == 1, stem) for tick, (rank_, stem) in changes.items())
        self._next = 0
        self._active = False
        self.stem = "0"

    def active(self, tick: int) -> bool:
        while self._next < len(self._changes) and self._changes[self._next][0] <= tick:
            _, self._active, self.stem = self._changes[self._next]
            self._next += 1
        return self._active


def _swapped(note: Note) -> Note:
    """Under a flip: red for the hi-hat, yellow for the snare; chart to music and back."""
    if note.lane is Lane.RED:
        return replace(note, lane=Lane.YELLOW, cymbal=True)
    if note.lane is Lane.YELLOW:
        return replace(note, lane=Lane.RED, cymbal=False)
    return note


@dataclass(frozen=True, slots=True)
class Charted:
    """A track as a file must say it; on ``flipped_snares`` a yellow pad is no tom or cymbal."""

    notes: tuple[Note, ...]
    events: tuple[TextEvent, ...]
    flipped_snares: frozenset[int] = frozenset()


def charted(track: Track, difficulty: Difficulty, pro: bool) -> Charted:
    """The notes and text events of ``track`` with its disco flips redone.

    A yellow tom cannot be said under a disco flip: there the flip is interrupted for one tick.
    """
    flips = _Flips(track.events, difficulty)
    if not pro or not flips.ticks:
        return Charted(track.notes, track.events)
    toms = {note.tick for note in track.notes if note.lane is Lane.YELLOW and not note.cymbal}
    notes: list[Note] = []
    snares: set[int] = set()
    extra: dict[int, list[TextEvent]] = {}
    for note in track.notes:
        if not flips.active(note.tick):
            notes.append(note)
        elif note.tick in toms:
            notes.append(note)
            extra[note.tick] = _interruption(note.tick, difficulty, flips)
        else:
            notes.append(_swapped(note))
            if note.lane is Lane.RED:
                snares.add(note.tick)
    notes.sort(key=lambda note: note.sort_key)
    events = [*track.events, *(event for pair in extra.values() for event in pair)]
    events.sort(key=lambda event: event.tick)
    return Charted(tuple(notes), tuple(events), frozenset(snares))


def _interruption(tick: int, difficulty: Difficulty, flips: _Flips) -> list[TextEvent]:
    mix = f"mix {int(difficulty)} drums{flips.stem}"
    again = [] if tick + 1 in flips.ticks else [TextEvent(tick + 1, f"{mix}d")]
    return [TextEvent(tick, mix), *again]
