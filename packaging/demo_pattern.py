"""The demo song's composition: drum parts as step strings, chords, tempo. Ours, and CC0.

A step string divides its bar evenly: 16 characters are sixteenths, 24 sixteenth triplets, 32
thirty-seconds. ``x`` is a stroke, ``X`` an accent, ``g`` a ghost note, ``.`` nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from chart_hero_core.base.drums import DrumClass
from chart_hero_core.chart.song import (
    Difficulty,
    Dynamic,
    Metadata,
    Note,
    Phrase,
    PhraseKind,
    Section,
    Song,
    Track,
)
from chart_hero_core.synthesis.articulations import Articulation
from chart_hero_core.timing.tempo_map import TempoChange, TempoMap

RESOLUTION = 480
BAR = 4 * RESOLUTION
VERSE_BPM, FINALE_BPM = 132, 140
FINALE_BAR = 17

_PARTS = {
    "K": Articulation.KICK,
    "S": Articulation.SNARE,
    "1": Articulation.TOM_HIGH,
    "2": Articulation.TOM_MID,
    "3": Articulation.TOM_LOW,
    "H": Articulation.HIHAT_CLOSED,
    "O": Articulation.HIHAT_OPEN,
    "C": Articulation.CRASH_1,
    "R": Articulation.RIDE,
    "B": Articulation.RIDE_BELL,
}
_VELOCITIES = {"x": 0.72, "X": 0.96, "g": 0.2}
_DYNAMICS = {"x": Dynamic.NORMAL, "X": Dynamic.ACCENT, "g": Dynamic.GHOST}

_REST: dict[str, str] = {}
_VERSE = {
    "H": "X.x.x.x.X.x.x.x.",
    "S": "....X..g.g..X...",
    "K": "X.....x.x.x.....",
}
_VERSE_CRASH = {**_VERSE, "C": "X...............", "H": "....X.x.X.x.x.x."}
_VERSE_FILL = {
    "H": "X.x.x.x.X.......",
    "S": "....X..gXXx.....",
    "1": "...........Xx...",
    "2": ".............xx.",
    "3": "...............X",
    "K": "X.....x.........",
}
_CHORUS = {
    "H": "x.x.x.x.x.x.x...",
    "O": "..............x.",
    "S": "....X..g....X..g",
    "K": "X..x..x.x.x..x..",
}
_CHORUS_CRASH = {**_CHORUS, "C": "X...............", "H": "..x.x.x.x.x.x..."}
_TOM_RUN = {
    "S": "XxxX............",
    "1": "....XxxX........",
    "2": "........XxxX....",
    "3": "............XxxX",
    "K": "x...x...x...x...",
}
_RIDE = {
    "R": "..x...x...x...x.",
    "B": "X...X...X...X...",
    "S": "....X..g.g.gX...",
    "K": "X.x....x..x....x",
}
_RIDE_CRASH = {**_RIDE, "C": "X...............", "B": "....X...X...X..."}
_TRIPLET_FILL = {
    "R": "x.....x.................",
    "S": "......X.....XxxXxx......",
    "1": "..................Xxx...",
    "2": ".....................Xxx",
    "K": "x........x..............",
}
_HALF_TIME = {
    "3": "x.x.x.x...x.x.x.",
    "S": "........X.......",
    "K": "X.....x.......x.",
}
_HALF_TIME_CRASH = {**_HALF_TIME, "C": "X...............", "3": "..x.x.x...x.x.x."}
_ROLL = {
    "S": "................" + "gggggggg" + "xxxxXXXX",
    "3": "x...x...x...x..." + "................",
    "K": "X...........x..." + "x.......x.......",
}
_FINALE = {
    "C": "X...x...X...x...",
    "S": "....X.......X...",
    "K": "XxxxX.x.XxxxX.x.",
}
_FINALE_HATS = {
    "O": "x...x...x...x...",
    "H": "..x...x...x...x.",
    "S": "....X..g....X.gg",
    "K": "X.xx..x.x.xx..x.",
}
_HANDS_AND_FEET = {
    "S": "Xx......Xx......",
    "1": "....Xx..........",
    "3": "............Xx..",
    "K": "..xx..xx..xx..xx",
}
_LAST_FILL = {
    "S": "XxXx....X...X...",
    "1": "....XxXx........",
    "2": "........xx......",
    "3": "..........xx..x.",
    "K": "X...X...X...X.x.",
}
_END = {"C": "X...............", "K": "X..............."}

BARS: tuple[Mapping[str, str], ...] = (
    _REST,
    *(_VERSE_CRASH, _VERSE, _VERSE, _VERSE_FILL),
    *(_CHORUS_CRASH, _CHORUS, _CHORUS, _TOM_RUN),
    *(_RIDE_CRASH, _RIDE, _RIDE, _TRIPLET_FILL),
    *(_HALF_TIME_CRASH, _HALF_TIME, _HALF_TIME, _ROLL),
    *(_FINALE, _FINALE_HATS, _FINALE, _HANDS_AND_FEET, _FINALE, _LAST_FILL),
    _END,
)
SECTIONS = ((0, "Intro"), (1, "Verse"), (5, "Chorus"), (9, "Ride"), (13, "Half time"),
            (FINALE_BAR, "Finale"), (len(BARS) - 1, "End"))  # fmt: skip
STAR_POWER_BARS = ((3, 5), (10, 12), (18, 20))
SOLO_BARS = (8, 9)

# One chord a bar, as MIDI notes, root first: A minor, F, C, G.
CHORDS = ((45, 57, 60, 64), (41, 57, 60, 65), (48, 55, 60, 64), (43, 55, 59, 62))


@dataclass(frozen=True)
class Stroke:
    """One stroke: where it stands on the grid and how it is played."""

    tick: int
    articulation: Articulation
    velocity: float
    dynamic: Dynamic


def strokes() -> list[Stroke]:
    """All strokes of the song in order of time."""
    found = []
    for bar, parts in enumerate(BARS):
        for letter, steps in parts.items():
            step_ticks = BAR // len(steps)
            for index, mark in enumerate(steps):
                if mark == ".":
                    continue
                tick = bar * BAR + index * step_ticks
                articulation, velocity = _PARTS[letter], _VELOCITIES[mark]
                found.append(Stroke(tick, articulation, velocity, _DYNAMICS[mark]))
    return sorted(found, key=lambda stroke: (stroke.tick, stroke.articulation))


def tempo_map() -> TempoMap:
    """The two tempos of the song."""
    finale = TempoChange(FINALE_BAR * BAR, 60e6 / FINALE_BPM)
    return TempoMap(RESOLUTION, (TempoChange(0, 60e6 / VERSE_BPM), finale))


def chart(length_s: float) -> Song:
    """The true chart: what is played, on the grid."""
    notes = [_note(stroke) for stroke in strokes()]
    for before, after in pairwise(sorted(notes)):
        if (before.tick, before.lane) == (after.tick, after.lane):
            raise ValueError(f"two notes on lane {before.lane} at bar {before.tick / BAR + 1:.2f}")
    phrases = [_phrase(PhraseKind.STAR_POWER, *bars) for bars in STAR_POWER_BARS]
    phrases.append(_phrase(PhraseKind.SOLO, *SOLO_BARS))
    return Song(
        metadata=Metadata(
            name="Count Me In",
            artist="Chart Hero",
            album="Demo",
            genre="Rock",
            year="2025",
            charter="Chart Hero",
            length_ms=round(length_s * 1000),
            preview_start_ms=round(tempo_map().seconds(5 * BAR) * 1000),
        ),
        tempo_map=tempo_map(),
        tracks={
            Difficulty.EXPERT: Track(
                notes=tuple(sorted(notes, key=lambda note: note.sort_key)),
                phrases=tuple(sorted(phrases, key=lambda phrase: phrase.tick)),
            )
        },
        sections=tuple(Section(bar * BAR, name) for bar, name in SECTIONS),
        end_tick=len(BARS) * BAR,
    )


def _note(stroke: Stroke) -> Note:
    drum = stroke.articulation.drum
    dynamic = Dynamic.NORMAL if drum is DrumClass.KICK else stroke.dynamic
    return Note(stroke.tick, drum.lane, drum.cymbal, dynamic)


def _phrase(kind: PhraseKind, first_bar: int, end_bar: int) -> Phrase:
    return Phrase(kind, first_bar * BAR, (end_bar - first_bar) * BAR)
