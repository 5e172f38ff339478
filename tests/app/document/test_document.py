"""The open song: edits, gestures, undo, selection."""

from dataclasses import replace

import pytest
from pytestqt.qtbot import QtBot

from chart_hero_app.document.document import Document
from chart_hero_app.document.state import NoteKey, Selection, Sound, State
from chart_hero_core.base.drums import DrumClass, Lane
from chart_hero_core.base.errors import ChartError
from chart_hero_core.chart.edits import (
    AddNotes,
    AddSection,
    ChangeTempoMap,
    DeleteNotes,
    Keep,
    MoveNotes,
)
from chart_hero_core.chart.song import Difficulty, Note, Origin, Track
from chart_hero_core.timing.tempo_map import TempoMap
from tests.app.songs import detection, song

EXPERT = Difficulty.EXPERT
NOTES = (Note(0, Lane.KICK), Note(480, Lane.RED), Note(960, Lane.KICK))


@pytest.fixture
def document(qapp: object) -> Document:
    made = Document()
    made.open(State(song(NOTES)), None)
    return made


def test_an_edit_is_one_named_step_there_and_back(document: Document) -> None:
    before = document.song
    document.push(AddNotes(EXPERT, (Note(240, Lane.YELLOW, cymbal=True),)))
    assert len(document.track.notes) == 4
    assert document.undo_stack.undoText() == "Add note"
    assert document.dirty
    document.undo_stack.undo()
    assert document.song == before
    assert not document.dirty
    document.undo_stack.redo()
    assert len(document.track.notes) == 4


def test_an_edit_with_nothing_to_do_is_no_step(document: Document) -> None:
    document.push(DeleteNotes(EXPERT, ((7, Lane.KICK),)))
    assert document.undo_stack.count() == 0
    assert not document.dirty


def test_a_senseless_edit_changes_nothing(document: Document) -> None:
    before = document.song
    with pytest.raises(ChartError):
        document.push(AddSection(0, "  "))
    assert document.song is before
    assert document.undo_stack.count() == 0


def test_undo_after_many_edits_returns_the_same_song(document: Document) -> None:
    before = document.song
    document.push(AddNotes(EXPERT, (Note(100, Lane.BLUE),)))
    document.push(MoveNotes(EXPERT, ((0, Lane.KICK), (480, Lane.RED)), ticks=120))
    document.change("Flag", micro_flags=((0.0, 1.0),))
    document.push(DeleteNotes(EXPERT, ((960, Lane.KICK),)))
    document.push(AddSection(0, "Intro"))
    while document.undo_stack.canUndo():
        document.undo_stack.undo()
    assert document.song == before
    assert document.micro_flags == ()


def test_a_gesture_is_one_step(document: Document, qtbot: QtBot) -> None:
    document.begin_gesture()
    for value in (0.3, 0.4, 0.5):
        document.show_state(settings=document.settings.with_value("thresholds.kick", value))
    document.end_gesture("Threshold of Kick")
    assert document.undo_stack.count() == 1
    assert document.settings.value("thresholds.kick") == 0.5
    document.undo_stack.undo()
    assert document.settings.value("thresholds.kick") == 0.45


def test_a_gesture_that_ends_where_it_began_is_no_step(document: Document) -> None:
    document.begin_gesture()
    document.show_state(micro_flags=((0.0, 1.0),))
    document.show_state(micro_flags=())
    document.end_gesture("Flag")
    assert document.undo_stack.count() == 0


def test_an_abandoned_gesture_leaves_no_trace(document: Document) -> None:
    before = document.state
    document.begin_gesture()
    document.show_state(micro_flags=((0.0, 1.0),))
    document.abandon_gesture()
    assert document.state is before
    assert document.undo_stack.count() == 0


def test_an_edit_during_a_gesture_keeps_both(document: Document) -> None:
    document.begin_gesture()
    document.show_state(micro_flags=((0.0, 1.0),))
    document.push(AddNotes(EXPERT, (Note(100, Lane.BLUE),)))
    assert document.undo_stack.count() == 2
    document.undo_stack.undo()
    document.undo_stack.undo()
    assert document.micro_flags == ()


def test_selected_notes_that_go_leave_the_selection(document: Document) -> None:
    document.select_notes(NOTES)
    document.push(DeleteNotes(EXPERT, ((480, Lane.RED),)))
    assert document.selection.notes == {
        NoteKey(EXPERT, 0, Lane.KICK),
        NoteKey(EXPERT, 960, Lane.KICK),
    }
    assert document.selected_keys() == ((0, Lane.KICK), (960, Lane.KICK))


def test_undo_brings_the_selection_back(document: Document) -> None:
    document.select_notes(NOTES[:1])
    moved = Selection(frozenset({NoteKey(EXPERT, 120, Lane.KICK)}))
    document.push(MoveNotes(EXPERT, ((0, Lane.KICK),), ticks=120), moved)
    assert document.selected_keys() == ((120, Lane.KICK),)
    document.undo_stack.undo()
    assert document.selected_keys() == ((0, Lane.KICK),)
    document.undo_stack.redo()
    assert document.selected_keys() == ((120, Lane.KICK),)


def test_opening_another_song_forgets_the_old_one(document: Document, qtbot: QtBot) -> None:
    document.push(AddNotes(EXPERT, (Note(100, Lane.BLUE),)))
    document.select_notes(NOTES)
    document.set_detection(detection())
    with qtbot.waitSignals([document.opened, document.songChanged, document.activationsChanged]):
        document.open(State(song()), None)
    assert not document.undo_stack.canUndo()
    assert not document.selection
    assert document.activations is None
    assert document.sound.clips == Sound().clips


def test_another_difficulty_drops_the_note_selection(document: Document) -> None:
    document.select(Selection(frozenset({NoteKey(EXPERT, 0, Lane.KICK)}), (0.0, 1.0)))
    document.set_difficulty(Difficulty.HARD)
    assert document.selection == Selection(span_s=(0.0, 1.0))
    assert document.track.notes == ()


def test_snap_goes_through_the_known_grids_and_stops_at_the_ends(document: Document) -> None:
    assert document.snap == 16
    assert document.snap_ticks == 120
    document.step_snap(1)
    assert document.snap == 20
    document.step_snap(-100)
    assert document.snap == 1
    document.step_snap(3)
    assert (document.snap, document.snap_ticks) == (6, 320)  # triplets of quarters
    document.step_snap(100)
    assert document.snap == 192
    document.set_snap(17)
    assert document.snap == 192


def test_the_selection_is_of_the_difficulty_on_screen(document: Document) -> None:
    document.select(Selection(frozenset({NoteKey(Difficulty.HARD, 0, Lane.KICK)})))
    assert document.selected_notes() == ()


def test_the_same_notes_stay_selected_on_another_tempo_map(document: Document) -> None:
    notes = (Note(480, Lane.RED), Note(960, Lane.RED), Note(1920, Lane.RED, heard_s=2.004))
    suggested = replace(notes[2], origin=Origin(0.9))
    document.change("Chart", song=song((*notes[:2], suggested)))
    document.select(Selection(frozenset({NoteKey(EXPERT, 480, Lane.RED)}), (0.0, 1.0)))
    faster, _ = ChangeTempoMap(TempoMap.constant(240.0), Keep.TIME).apply(document.song)
    document.change("Double the tempo", song=faster)
    assert [note.tick for note in document.selected_notes()] == [960]  # not the second note's
    assert document.selection.span_s == (0.0, 1.0)
    document.undo()
    assert [note.tick for note in document.selected_notes()] == [480]
    document.select_notes((suggested,))
    document.change(
        "Shift", song=replace(faster, tracks={EXPERT: Track((replace(suggested, tick=3840),))})
    )
    assert [note.tick for note in document.selected_notes()] == [3840]  # by where it was heard


def test_notes_that_stay_on_their_beats_stay_selected(document: Document) -> None:
    document.select_notes((NOTES[1],))
    slower, _ = ChangeTempoMap(TempoMap.constant(60.0), Keep.GRID).apply(document.song)
    document.change("Halve the tempo", song=slower)
    assert document.selected_notes() == (NOTES[1],)


def test_the_selection_follows_the_notes(document: Document) -> None:
    document.select_notes(document.track.notes)
    assert document.selected_notes() == NOTES
    document.push(DeleteNotes(EXPERT, ((480, Lane.RED),)))
    assert document.selected_notes() == (NOTES[0], NOTES[2])
    document.set_difficulty(Difficulty.HARD)
    assert document.selected_notes() == ()


def test_columns_follow_the_notes(document: Document) -> None:
    document.push(AddNotes(EXPERT, (Note(240, Lane.YELLOW),)))
    assert document.columns.ticks.tolist() == [0, 240, 480, 960]
    document.undo()
    assert document.columns.notes is document.track.notes
    document.set_difficulty(Difficulty.HARD)
    assert len(document.columns) == 0
    assert len(document.columns_of(EXPERT)) == 3


def test_near_misses_are_kept_while_notes_are_edited(document: Document) -> None:
    assert len(document.near_misses()) == 0
    document.set_detection(detection([(1.0, DrumClass.SNARE, 0.45)]))
    strict = document.settings.with_value("thresholds.snare", 0.5)
    document.change("Stricter", settings=strict)
    missed = document.near_misses()
    assert missed.ticks.tolist() == [960]
    document.push(AddNotes(EXPERT, (Note(240, Lane.YELLOW),)))
    assert document.near_misses() is missed
    document.change("Laxer", settings=strict.with_value("thresholds.snare", 0.3))
    assert len(document.near_misses()) == 0


def test_undoing_selects_what_was_selected_in_one_go(document: Document) -> None:
    document.push(AddNotes(Difficulty.EXPERT, (Note(7, Lane.RED),)))
    there = Selection(frozenset({NoteKey(Difficulty.EXPERT, 7, Lane.RED)}))
    document.select(there)
    after = Selection(frozenset({NoteKey(Difficulty.EXPERT, 480, Lane.RED)}))
    document.push(MoveNotes(Difficulty.EXPERT, ((7, Lane.RED),), 473, 0), after)
    heard: list[Selection] = []
    document.selectionChanged.connect(lambda: heard.append(document.selection))
    document.undo()
    assert heard == [there]
    document.redo()
    assert heard == [there, after]
