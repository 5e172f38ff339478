"""From activations and knobs to the notes a track is offered."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from operator import is_

from chart_hero_app.document.detection import Detection
from chart_hero_app.document.spans import covers
from chart_hero_app.document.state import Passage, Span, State
from chart_hero_core.chart.columns import NoteColumns
from chart_hero_core.chart.edits import ReplaceSuggestions
from chart_hero_core.chart.from_hits import notes_from_hits
from chart_hero_core.chart.song import Difficulty, Note, Song
from chart_hero_core.decode.decoder import decode, near_misses
from chart_hero_core.decode.settings import DecodePlan

# Near-misses are what a threshold lower by this would add.
NEAR_MISS_BELOW = 0.15
# No stroke is put on a grid line further away than this.
_MARGIN_S = 0.15

# (song, detection, plan, stretch, passages) -> notes of the Expert track
Suggest = Callable[
    [Song, Detection, DecodePlan, "Span | None", tuple[Passage, ...]], tuple[Note, ...]
]
# Finds notes by one plan: song, detection, plan, stretch.
_Find = Callable[[Song, Detection, DecodePlan, "Span | None"], tuple[Note, ...]]


def suggest(
    song: Song,
    detection: Detection,
    plan: DecodePlan,
    stretch: Span | None = None,
    passages: tuple[Passage, ...] = (),
) -> tuple[Note, ...]:
    """The notes that ``plan`` makes of what the model heard, on the song's tempo map.

    In ``passages`` their own plans take its place.

    ``stretch`` (seconds) limits it, with some notes on both sides: a stroke heard just outside
    may belong to a grid line inside. Everything it needs is at hand, so it runs while a slider
    moves.
    """
    return _each_by_its_plan(_suggest, song, detection, plan, stretch, passages)


def _suggest(
    song: Song, detection: Detection, plan: DecodePlan, stretch: Span | None
) -> tuple[Note, ...]:
    start_s, end_s = _widened(stretch)
    hits = decode(detection.candidates, plan, detection.calibration, start_s=start_s, end_s=end_s)
    return notes_from_hits(hits, song.tempo_map)


def outside(notes: tuple[Note, ...], song: Song, spans: tuple[Span, ...]) -> tuple[Note, ...]:
    """The notes that lie in none of the spans (seconds): there a person has said all there is."""
    if not spans:
        return notes
    seconds = song.tempo_map.seconds
    return tuple(note for note in notes if not covers(spans, seconds(note.tick)))


def with_suggestions(
    song: Song,
    notes: tuple[Note, ...],
    stretch: Span | None = None,
    reviewed: tuple[Span, ...] = (),
) -> Song:
    """The song with ``notes`` for the suggestions of a stretch (seconds), or of all of it.

    Nothing changes in what was ``reviewed``, and a person's own notes stay.
    """
    edit = ReplaceSuggestions(Difficulty.EXPERT, outside(notes, song, reviewed))
    if stretch is not None:
        start, end = (max(round(song.tempo_map.tick_at(time_s)), 0) for time_s in stretch)
        edit = replace(edit, start_tick=start, end_tick=max(end, start + 1))
    return edit.apply(song)[0]


def suggest_near_misses(
    song: Song,
    detection: Detection,
    plan: DecodePlan,
    stretch: Span | None = None,
    passages: tuple[Passage, ...] = (),
) -> tuple[Note, ...]:
    """The notes (of a stretch in seconds, or all) that only just were not suggested."""
    return _each_by_its_plan(_near_misses, song, detection, plan, stretch, passages)


class Kept:
    """What is suggested (or nearly) for the whole song, until what it follows from is another.

    Edits of notes leave that as it is, and finding it in an album takes a while.
    """

    def __init__(self, find: Suggest) -> None:
        self._find = find
        self._last: tuple[tuple[object, ...], NoteColumns] = ((), NoteColumns.of())

    def of(self, state: State, detection: Detection) -> NoteColumns:
        """The notes on the song's tempo map. In one piece, so that threads may ask."""
        song = state.song
        origin = (song.tempo_map, detection, state.settings, state.passages)
        known, found = self._last
        if len(known) != len(origin) or not all(map(is_, known, origin)):
            notes = self._find(song, detection, state.settings, None, state.passages)
            found = NoteColumns.of(notes)
            self._last = (origin, found)
        return found


def _each_by_its_plan(
    find: _Find,
    song: Song,
    detection: Detection,
    plan: DecodePlan,
    stretch: Span | None,
    passages: tuple[Passage, ...],
) -> tuple[Note, ...]:
    """What ``find`` finds by ``plan``, but in each passage by the plan of the passage."""
    start_s, end_s = stretch or (-math.inf, math.inf)
    own = [one for one in passages if one.span_s[0] < end_s and one.span_s[1] > start_s]
    notes = outside(find(song, detection, plan, stretch), song, tuple(one.span_s for one in own))
    seconds = song.tempo_map.seconds
    for one in own:
        found = find(song, detection, one.plan, one.span_s)
        notes += tuple(note for note in found if covers((one.span_s,), seconds(note.tick)))
    return tuple(sorted(notes, key=lambda note: note.sort_key)) if own else notes


def _near_misses(
    song: Song, detection: Detection, plan: DecodePlan, stretch: Span | None
) -> tuple[Note, ...]:
    start_s, end_s = _widened(stretch)
    hits = near_misses(
        detection.candidates,
        plan,
        detection.calibration,
        below=NEAR_MISS_BELOW,
        start_s=start_s,
        end_s=end_s,
    )
    return notes_from_hits(hits, song.tempo_map)


def _widened(stretch: Span | None) -> tuple[float | None, float | None]:
    if stretch is None:
        return (None, None)
    return (stretch[0] - _MARGIN_S, stretch[1] + _MARGIN_S)
