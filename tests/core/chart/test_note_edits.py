"""Edits of notes: cases computed by hand."""

import pytest

from chart_hero_core.base.drums import Lane
from chart_hero_core.base.errors import ChartError
from chart_hero_core.chart import edits as e
from chart_hero_core.chart.song import (
    Difficulty,
    Dynamic,
    Note,
    Origin,
    Song,
)
from chart_hero_core.timing.tempo_map import TempoMap
from tests.core.chart.songs import (
    SUGGESTED,
    deep,
    hat,
    snare,
    song_of,
)

EXPERT = Difficulty.EXPERT


def test_added_notes_are_a_persons_and_push_out_what_was_there() -> None:
    song = song_of(hat(480, origin=SUGGESTED))
    changed, undo = e.AddNotes(EXPERT, (Note(480, Lane.YELLOW, origin=SUGGESTED),)).apply(song)
    (note,) = changed.expert.notes
    assert not note.cymbal
    assert note.origin == Origin(0.6, touched=True)
    assert deep(undo.apply(changed)[0]) == deep(song)


def test_adding_to_a_missing_difficulty_makes_it_and_undo_unmakes_it() -> None:
    song = Song()
    changed, undo = e.AddNotes(Difficulty.HARD, (snare(0),)).apply(song)
    assert changed.tracks[Difficulty.HARD].notes == (snare(0),)
    back, redo = undo.apply(changed)
    assert Difficulty.HARD not in back.tracks
    assert deep(redo.apply(back)[0]) == deep(changed)


def test_flags_that_a_lane_cannot_carry_are_dropped() -> None:
    odd = Note(0, Lane.RED, cymbal=True, double_kick=True)
    kick = Note(0, Lane.KICK, flam=True, double_kick=True)
    changed, _ = e.AddNotes(EXPERT, (odd, kick)).apply(Song())
    assert changed.expert.notes == (Note(0, Lane.KICK, double_kick=True), snare(0))


def test_notes_before_the_song_are_refused() -> None:
    with pytest.raises(ChartError, match="start of the song"):
        e.AddNotes(EXPERT, (snare(-1),)).apply(Song())


def test_move_keeps_distances_at_the_edges() -> None:
    song = song_of(snare(100), hat(220))
    keys = ((100, Lane.RED), (220, Lane.YELLOW))
    changed, _ = e.MoveNotes(EXPERT, keys, ticks=-500, lanes=-7).apply(song)
    assert [note.sort_key for note in changed.expert.notes] == [(0, 0), (120, 1)]


def test_a_moved_note_replaces_the_one_it_lands_on() -> None:
    song = song_of(snare(0, dynamic=Dynamic.GHOST), snare(120, dynamic=Dynamic.ACCENT))
    changed, undo = e.MoveNotes(EXPERT, ((0, Lane.RED),), ticks=120).apply(song)
    assert changed.expert.notes == (snare(120, dynamic=Dynamic.GHOST),)
    assert deep(undo.apply(changed)[0]) == deep(song)


def test_stale_keys_are_passed_over() -> None:
    song = song_of(snare(0))
    changed, undo = e.DeleteNotes(EXPERT, ((7, Lane.RED),)).apply(song)
    assert changed is song
    assert undo.apply(song)[0] is song


def test_change_sets_only_what_is_named() -> None:
    song = song_of(hat(0, dynamic=Dynamic.ACCENT, origin=SUGGESTED))
    edit = e.ChangeNotes(EXPERT, ((0, Lane.YELLOW),), cymbal=False)
    changed, _ = edit.apply(song)
    assert changed.expert.notes == (Note(0, Lane.YELLOW, dynamic=Dynamic.ACCENT),)
    assert edit.title == "Change cymbal of note"
    assert changed.expert.rejected == ()


@pytest.mark.parametrize(
    ("strength", "expected"), [(1.0, [120, 240]), (0.5, [115, 245]), (0.0, [110, 250])]
)
def test_quantise(strength: float, expected: list[int]) -> None:
    song = song_of(snare(110), snare(250))
    keys = ((110, Lane.RED), (250, Lane.RED))
    changed, _ = e.QuantiseNotes(EXPERT, keys, division=16, strength=strength).apply(song)
    assert [note.tick for note in changed.expert.notes] == expected


def test_quantise_merges_what_meets() -> None:
    song = song_of(snare(118), snare(121, dynamic=Dynamic.ACCENT))
    keys = ((118, Lane.RED), (121, Lane.RED))
    changed, undo = e.QuantiseNotes(EXPERT, keys, division=16).apply(song)
    assert changed.expert.notes == (snare(120),)
    assert deep(undo.apply(changed)[0]) == deep(song)


def test_quantise_leaves_suggestions_that_lie_right_to_the_decoder() -> None:
    origin = Origin(0.8)
    song = song_of(snare(120, origin=origin), snare(250, origin=origin))
    keys = ((120, Lane.RED), (250, Lane.RED))
    changed, _ = e.QuantiseNotes(EXPERT, keys, division=16).apply(song)
    assert [(n.tick, n.origin.touched) for n in changed.expert.notes] == [(120, False), (240, True)]


def test_quantise_to_quintuplets_rounds_to_the_nearest_tick() -> None:
    tempo_map = TempoMap(192)
    assert [e.grid_tick(tempo_map, tick, 20) for tick in (0, 38, 77, 115)] == [0, 38, 77, 115]


def test_copy_and_paste_keep_the_place_in_the_bar() -> None:
    song = song_of(snare(480 + 10, origin=SUGGESTED, heard_s=0.5), hat(960))
    clip = e.copy_notes(song.expert, ((490, Lane.RED), (960, Lane.YELLOW)), anchor_tick=480)
    changed, _ = e.PasteNotes(EXPERT, clip, tick=1920).apply(song)
    assert [n.tick for n in changed.expert.notes] == [490, 960, 1930, 2400]
    assert changed.expert.notes[2].heard_s is None
    assert changed.expert.notes[2].origin == Origin(None, touched=True)


def test_nudge_moves_by_time_and_by_one_tick_at_least() -> None:
    song = song_of(snare(480))  # 120 BPM: one tick lasts 1.04 ms
    assert e.nudge(song, EXPERT, ((480, Lane.RED),), 0.01).ticks == (((480, Lane.RED), 490),)
    assert e.nudge(song, EXPERT, ((480, Lane.RED),), -0.0001).ticks == (((480, Lane.RED), 479),)


def test_a_suggestion_that_is_moved_on_and_on_is_rejected_once() -> None:
    heard = Note(480, Lane.RED, origin=SUGGESTED, heard_s=0.503)
    song, _ = e.MoveNotes(EXPERT, ((480, Lane.RED),), ticks=10).apply(song_of(heard))
    assert song.expert.rejected == (heard,)
    song, _ = e.MoveNotes(EXPERT, ((490, Lane.RED),), ticks=10).apply(song)
    song, undo = e.DeleteNotes(EXPERT, ((500, Lane.RED),)).apply(song)
    assert song.expert.rejected == (heard,)
    assert undo.apply(song)[0].expert.notes[0].tick == 500


def test_many_notes_changed_in_their_places() -> None:
    """What few notes and most of a track go through by different ways comes out alike."""
    suggested = tuple(hat(60 * i, origin=SUGGESTED) for i in range(300))
    song = song_of(*suggested, snare(7))
    keys = tuple((note.tick, note.lane) for note in suggested)
    changed, undo = e.ChangeNotes(EXPERT, keys, dynamic=Dynamic.ACCENT).apply(song)
    one_by_one = song
    for key in keys:
        one_by_one, _ = e.ChangeNotes(EXPERT, (key,), dynamic=Dynamic.ACCENT).apply(one_by_one)
    assert deep(changed) == deep(one_by_one)
    assert changed.expert.rejected == ()
    assert deep(undo.apply(changed)[0]) == deep(song)
    assert e.ChangeNotes(EXPERT, keys, dynamic=Dynamic.ACCENT).apply(changed)[0] is changed
