"""Bars like one bar."""

from dataclasses import replace

from chart_hero_app.document.similar import bar_at, pattern, similar_bars, spread
from chart_hero_core.base.drums import Lane
from chart_hero_core.chart.edits import notes_between
from chart_hero_core.chart.song import Difficulty, Note, Origin, Song
from tests.app.songs import song

BAR = 1920
SUGGESTED = Origin(0.9)


def four_bars(touched_bar: int | None = None) -> Song:
    """Three bars alike, one of another kind (bar 3)."""
    notes: list[Note] = []
    for bar in range(4):
        origin = Origin(0.9, touched=bar == touched_bar)
        beats = (0, 480, 960, 1440) if bar != 3 else (240, 720)
        notes += [Note(bar * BAR + tick, Lane.RED, origin=origin) for tick in beats]
        notes.append(Note(bar * BAR, Lane.KICK, origin=origin))
    return song(notes)


def mended(made: Song) -> tuple[Song, tuple[Note, ...]]:
    """Bar 0 with its second snare gone; and what it was before."""
    before = notes_between(made.expert, 0, BAR)
    notes = tuple(n for n in made.expert.notes if n.tick != 480)
    return song(notes), before


def test_bars_like_it_are_found() -> None:
    made, before = mended(four_bars())
    found = similar_bars(made, made.expert, bar_at(made.tempo_map, 100), before)
    assert [(s.bar.number, s.likeness) for s in found] == [(1, 1.0), (2, 1.0)]


def test_bars_a_person_touched_are_left_alone() -> None:
    made, before = mended(four_bars(touched_bar=2))
    found = similar_bars(made, made.expert, bar_at(made.tempo_map, 0), before)
    assert [s.bar.number for s in found] == [1]


def test_bars_that_are_right_already_are_left_out() -> None:
    made, _ = mended(four_bars())
    before = notes_between(made.expert, 0, BAR)
    found = similar_bars(made, made.expert, bar_at(made.tempo_map, 0), before)
    assert [(s.bar.number, round(s.likeness, 2)) for s in found] == [(1, 0.8), (2, 0.8)]
    assert similar_bars(made, replace(made.expert, notes=()), bar_at(made.tempo_map, 0), ()) == []


def test_spreading_is_one_edit_with_an_inverse() -> None:
    made, before = mended(four_bars())
    bar = bar_at(made.tempo_map, 0)
    goals = [s.bar for s in similar_bars(made, made.expert, bar, before)]
    edit = spread(made.expert, Difficulty.EXPERT, bar, goals)
    changed, inverse = edit.apply(made)
    model = pattern(notes_between(made.expert, 0, BAR), bar, made.tempo_map)
    for goal in goals:
        notes = notes_between(changed.expert, goal.start, goal.end)
        assert pattern(notes, goal, made.tempo_map) == model
        assert all(note.origin.touched for note in notes)
    assert len(notes_between(changed.expert, 3 * BAR, 4 * BAR)) == 3
    assert inverse.apply(changed)[0] == made
    assert edit.title == "Apply bar 1 to 2 similar bars"
