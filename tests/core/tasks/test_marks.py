"""Marks for the notes of a chart, by hand."""

from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pytest

from chart_hero_core.base.drums import DRUM_COUNT, Activations, DrumClass, Lane
from chart_hero_core.chart.song import (
    Difficulty,
    Dynamic,
    Note,
    Origin,
    Phrase,
    PhraseKind,
    Song,
    Track,
)
from chart_hero_core.decode.marks import Mark
from chart_hero_core.tasks.marks import marks_edit, suggested_marks, with_likely_marks
from chart_hero_core.timing.tempo_map import TempoMap

HOP_S = 0.005


def charted(*notes: Note, bpm: float = 200.0, difficulty: Difficulty = Difficulty.EXPERT) -> Song:
    track = Track(tuple(sorted(notes, key=lambda note: note.sort_key)))
    return Song(tempo_map=TempoMap.constant(bpm), tracks=MappingProxyType({difficulty: track}))


def kicks(count: int, **flags: object) -> list[Note]:
    """Sixteenths at 480 ticks a quarter."""
    return [replace(Note(120 * i, Lane.KICK), **flags) for i in range(count)]  # type: ignore[arg-type]


def loud(song: Song, drum: DrumClass, levels: list[float]) -> Activations:
    """What is heard of the notes of ``song``, all of one drum, as loud as ``levels``."""
    classes = np.zeros((DRUM_COUNT, 4000), np.float32)
    velocity = np.zeros_like(classes)
    for note, level in zip(song.expert.notes, levels, strict=True):
        frame = round(song.tempo_map.seconds(note.tick) / HOP_S)
        classes[drum, frame], velocity[drum, frame] = 0.9, level
    return Activations(classes, classes.max(axis=0), HOP_S, velocity=velocity)


def test_fast_kicks_get_a_second_foot_on_expert_alone() -> None:
    song = charted(*kicks(8))
    found = suggested_marks(song, Difficulty.EXPERT, None)
    assert [(one.mark, one.notes[0].tick) for one in found] == [
        (Mark.DOUBLE_KICK, tick) for tick in (120, 360, 600, 840)
    ]
    changed = marks_edit(Difficulty.EXPERT, found).apply(song)[0]
    assert [note.double_kick for note in changed.expert.notes] == [False, True] * 4
    assert all(n.origin.touched for n in changed.expert.notes if n.double_kick)
    assert suggested_marks(changed, Difficulty.EXPERT, None) == ()
    hard = charted(*kicks(8), difficulty=Difficulty.HARD)
    assert suggested_marks(hard, Difficulty.HARD, None) == ()


def test_a_mark_is_no_surer_than_its_note() -> None:
    sure = suggested_marks(charted(*kicks(8)), Difficulty.EXPERT, None)
    song = charted(*kicks(8, origin=Origin(confidence=0.5)))
    confidences = [one.confidence for one in suggested_marks(song, Difficulty.EXPERT, None)]
    assert confidences == [pytest.approx(0.5 * one.confidence) for one in sure]


def test_soft_strokes_are_ghosts_where_they_were_heard() -> None:
    song = charted(*(Note(480 * i, Lane.RED) for i in range(24)), bpm=240)
    heard = loud(song, DrumClass.SNARE, [0.8, 0.2, 0.8] * 8)
    found = suggested_marks(song, Difficulty.EXPERT, heard)
    assert [one.notes[0].tick for one in found] == [480 * i for i in range(24) if i % 3 == 1]
    assert {one.mark for one in found} == {Mark.GHOST}
    marked = with_likely_marks(song, heard, (Mark.GHOST,))
    assert [n.dynamic for n in marked.expert.notes[:3]] == [
        Dynamic.NORMAL,
        Dynamic.GHOST,
        Dynamic.NORMAL,
    ]
    assert suggested_marks(marked, Difficulty.EXPERT, heard) == ()
    assert suggested_marks(song, Difficulty.EXPERT, None) == ()


def test_rolls_get_one_lane_and_no_second() -> None:
    swell = charted(*(Note(120 * i, Lane.GREEN, cymbal=True) for i in range(12)))
    (roll,) = suggested_marks(swell, Difficulty.EXPERT, None)
    changed = marks_edit(Difficulty.EXPERT, (roll,)).apply(swell)[0]
    assert changed.expert.phrases == (Phrase(PhraseKind.ROLL, 0, 11 * 120 + 1),)
    assert suggested_marks(changed, Difficulty.EXPERT, None) == ()
    turns = [Note(120 * i, Lane.GREEN if i % 2 else Lane.BLUE, cymbal=True) for i in range(24)]
    song = charted(*turns)
    found = suggested_marks(song, Difficulty.EXPERT, None, (Mark.ROLL,))
    (phrase,) = marks_edit(Difficulty.EXPERT, found).apply(song)[0].expert.phrases
    assert phrase.kind is PhraseKind.DOUBLE_ROLL
