"""Edits as keys and menus ask for them: one undo step each, and back again."""

from collections.abc import Callable
from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from chart_hero_app.document.detection import Detection
from chart_hero_app.document.document import Document
from chart_hero_app.document.state import NoteKey, Selection, State
from chart_hero_app.document.transport import Transport
from chart_hero_app.timeline.editing import NoteEditing
from chart_hero_core.base.drums import Activations, DrumClass, Lane
from chart_hero_core.chart.edits import ChangeNotes, Edit
from chart_hero_core.chart.song import (
    Difficulty,
    Dynamic,
    Note,
    Origin,
    PhraseKind,
    Section,
    Song,
    Track,
)
from chart_hero_core.formats.phrases import phrases_of_spans, spans_of_phrases
from chart_hero_core.formats.result import Repairs
from chart_hero_core.timing.tempo_map import TempoMap

EXPERT = Difficulty.EXPERT
HAT = Note(480, Lane.YELLOW, cymbal=True, origin=Origin(0.9))
SNARE = Note(480, Lane.RED, origin=Origin(0.4))
TOM = Note(960, Lane.GREEN, origin=Origin(0.3))
KICK = Note(1013, Lane.KICK, origin=Origin(0.8))


class Desk:
    """A document with four notes at 120 BPM (960 ticks a second)."""

    def __init__(self) -> None:
        self.document, self.transport = Document(), Transport()
        notes = tuple(sorted((HAT, SNARE, TOM, KICK), key=lambda note: note.sort_key))
        song = Song(
            tempo_map=TempoMap.constant(120.0),
            tracks=MappingProxyType({EXPERT: Track(notes)}),
            sections=(Section(0, "One"), Section(960, "Two")),
        )
        self.document.open(State(song=song), None)
        self.transport.set_duration(60.0)
        self.editing = NoteEditing(self.document, self.transport)
        self.failures: list[str] = []
        self.told: list[str] = []
        self.editing.failed.connect(self.failures.append)
        self.editing.told.connect(self.told.append)

    @property
    def notes(self) -> tuple[Note, ...]:
        return self.document.track.notes

    def select(self, *notes: Note) -> None:
        self.document.select_notes(notes)

    def places(self) -> list[tuple[int, Lane]]:
        return [(note.tick, note.lane) for note in self.notes]

    def at(self, tick: int, lane: Lane) -> Note:
        return next(n for n in self.notes if (n.tick, n.lane) == (tick, lane))


@pytest.fixture
def desk(qtbot: QtBot) -> Desk:
    return Desk()


def copy_and_paste(editing: NoteEditing) -> None:
    editing.copy()
    editing.paste()


EVERYTHING: list[Callable[[NoteEditing], None]] = [
    lambda e: e.place_at_cursor(Lane.BLUE),
    lambda e: e.delete_selection(),
    lambda e: e.cut(),
    copy_and_paste,
    lambda e: e.move(120, 0),
    lambda e: e.move(120, 1),
    lambda e: e.nudge_snap(-1),
    lambda e: e.nudge_ms(1.0),
    lambda e: e.quantise(16),
    lambda e: e.toggle_cymbal(),
    lambda e: e.toggle_accent(),
    lambda e: e.toggle_ghost(),
    lambda e: e.toggle_flam(),
    lambda e: e.toggle_double_kick(),
    lambda e: e.toggle_phrase(PhraseKind.STAR_POWER),
]


@pytest.mark.parametrize("edit", EVERYTHING)
def test_each_is_one_step_that_can_be_undone(
    desk: Desk, edit: Callable[[NoteEditing], None]
) -> None:
    desk.editing.select_all()
    before = desk.document.song
    edit(desk.editing)
    after = desk.document.song
    assert after is not before
    assert desk.document.undo_stack.count() == 1
    desk.document.undo_stack.undo()
    assert desk.document.song == before
    desk.document.undo_stack.redo()
    assert desk.document.song == after
    assert not desk.failures


@pytest.mark.parametrize("edit", EVERYTHING[1:])
def test_with_nothing_selected_nothing_happens(
    desk: Desk, edit: Callable[[NoteEditing], None]
) -> None:
    edit(desk.editing)
    assert desk.document.undo_stack.count() == 0


def test_placing_at_the_playhead(desk: Desk) -> None:
    desk.transport.seek(0.26)  # tick 249.6; sixteenths are 120 apart
    desk.editing.place_at_cursor(Lane.BLUE)
    placed = desk.at(240, Lane.BLUE)
    assert placed.cymbal
    assert placed.origin.touched
    assert desk.document.selected_notes() == (placed,)
    desk.editing.place_at_cursor(Lane.BLUE)
    assert (240, Lane.BLUE) not in desk.places()


def test_the_kind_last_chosen_on_a_lane_is_placed_next(desk: Desk) -> None:
    desk.select(HAT)
    desk.editing.toggle_cymbal()
    assert not desk.at(480, Lane.YELLOW).cymbal
    assert not desk.editing.new_note(Lane.YELLOW, 0).cymbal
    assert desk.editing.new_note(Lane.YELLOW, 0, other_kind=True).cymbal
    assert desk.editing.new_note(Lane.GREEN, 0).cymbal
    assert not desk.editing.new_note(Lane.RED, 0, other_kind=True).cymbal


def test_pasting_keeps_the_place_in_the_beat(desk: Desk) -> None:
    desk.select(TOM, KICK)  # on the beat, and 53 ticks after it
    desk.editing.copy()
    desk.transport.seek(2.3)  # in the beat that starts at 2.0 s
    desk.editing.paste()
    assert (1920, Lane.GREEN) in desk.places()
    assert (1973, Lane.KICK) in desk.places()
    assert {(n.tick, n.lane) for n in desk.document.selected_notes()} == {
        (1920, Lane.GREEN),
        (1973, Lane.KICK),
    }


def test_a_copied_bar_keeps_the_rest_it_begins_with(desk: Desk) -> None:
    desk.document.select(Selection(span_s=(0.02, 1.99)))  # bar 1, drawn by hand; notes from beat 2
    desk.editing.copy()
    desk.transport.seek(4.0)  # bar 3
    desk.editing.paste()
    assert [(n.tick, n.lane) for n in desk.document.selected_notes()] == [
        (note.tick + 3840, note.lane) for note in (SNARE, HAT, TOM, KICK)
    ]


def test_what_is_impossible_is_told(desk: Desk) -> None:
    desk.editing.paste()
    desk.select(SNARE)
    desk.editing.toggle_cymbal()
    desk.editing.toggle_double_kick()
    desk.select(KICK)
    desk.editing.toggle_flam()
    assert [text.split()[0] for text in desk.told] == ["Nothing", "Only", "Only", "A"]
    assert desk.document.undo_stack.count() == 0
    for _ in range(2):
        desk.editing.quantise(8)
    assert desk.told[4:] == ["Every selected note is already on the 1/8 grid"]
    assert desk.document.undo_stack.count() == 1


def test_double_kicks_stay_on_expert(desk: Desk) -> None:
    desk.select(KICK)
    desk.editing.toggle_double_kick()
    desk.editing.copy()
    desk.document.set_difficulty(Difficulty.HARD)
    desk.editing.paste()
    pasted = desk.document.selected_notes()
    assert [(note.lane, note.double_kick) for note in pasted] == [(Lane.KICK, False)]
    desk.editing.toggle_double_kick()
    assert desk.document.selected_notes() == pasted
    assert desk.told[-1] == "Double kicks exist on Expert only"


def test_moving_stops_at_the_outer_lanes_and_the_start(desk: Desk) -> None:
    desk.select(HAT, SNARE)
    desk.editing.move(-10_000, 9)
    assert (0, Lane.GREEN) in desk.places()
    assert (0, Lane.BLUE) in desk.places()
    assert len(desk.document.selected_notes()) == 2


def test_the_selection_follows_what_moved(desk: Desk) -> None:
    desk.select(KICK, TOM)
    desk.editing.quantise(8)
    assert desk.places()[-2:] == [(960, Lane.KICK), (960, Lane.GREEN)]
    assert {n.lane for n in desk.document.selected_notes()} == {Lane.KICK, Lane.GREEN}
    desk.editing.nudge_ms(10)
    assert desk.at(970, Lane.KICK) in desk.document.selected_notes()
    assert len(desk.document.selected_notes()) == 2


def test_toggles_turn_off_only_when_all_have_it(desk: Desk) -> None:
    desk.select(HAT, TOM)
    desk.editing.toggle_cymbal()
    assert desk.at(480, Lane.YELLOW).cymbal
    assert desk.at(960, Lane.GREEN).cymbal
    desk.editing.toggle_cymbal()
    assert not desk.at(480, Lane.YELLOW).cymbal
    desk.editing.toggle_accent()
    assert desk.at(480, Lane.YELLOW).dynamic is Dynamic.ACCENT
    desk.editing.toggle_accent()
    assert desk.at(480, Lane.YELLOW).dynamic is Dynamic.NORMAL


def test_phrases(desk: Desk) -> None:
    desk.editing.toggle_phrase(PhraseKind.SOLO)
    assert len(desk.failures) == 1
    desk.document.select(Selection(span_s=(0.5, 1.5)))
    desk.editing.toggle_phrase(PhraseKind.SOLO)
    (phrase,) = desk.document.track.phrases
    assert (phrase.tick, phrase.end_tick) == (480, 1440)
    desk.editing.toggle_phrase(PhraseKind.SOLO)
    assert not desk.document.track.phrases


def test_a_fill_over_one_note_comes_back_from_a_file_as_it_was(desk: Desk) -> None:
    desk.select(HAT)
    desk.editing.toggle_phrase(PhraseKind.ACTIVATION)
    phrases = desk.document.track.phrases
    assert phrases_of_spans(spans_of_phrases(phrases), Repairs()) == phrases


def test_the_section_that_was_gone_to_is_selected(desk: Desk) -> None:
    song = desk.document.song
    at_97_bpm = TempoMap.constant(97.0)  # tick 1920 sounds a hair before it
    notes = Track((Note(0, Lane.RED), Note(1920, Lane.RED)))
    desk.document.show_state(
        song=replace(
            song,
            tempo_map=at_97_bpm,
            sections=(Section(0, "Verse"), Section(1920, "Chorus")),
            tracks=MappingProxyType({EXPERT: notes}),
        )
    )
    desk.transport.seek(at_97_bpm.seconds(1920))
    desk.editing.select_section()
    assert [note.tick for note in desk.document.selected_notes()] == [1920]


def test_an_edit_is_worked_out_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    apply = ChangeNotes.apply

    def counted(edit: ChangeNotes, song: Song) -> tuple[Song, Edit]:
        asked.append(edit)
        return apply(edit, song)

    monkeypatch.setattr(ChangeNotes, "apply", counted)
    desk.select(SNARE)
    desk.editing.toggle_accent()
    assert len(asked) == 1


def test_selecting(desk: Desk) -> None:
    desk.transport.seek(1.02)
    desk.editing.select_section()
    assert [n.tick for n in desk.document.selected_notes()] == [960, 1013]
    desk.select(SNARE)
    desk.editing.select_lane()
    assert desk.document.selected_notes() == (SNARE,)
    desk.editing.select_by_confidence(0.5)
    assert {n.lane for n in desk.document.selected_notes()} == {Lane.RED, Lane.GREEN}
    assert desk.told[-1] == "2 notes selected"
    desk.document.select(Selection(span_s=(0.9, 1.2)))
    desk.editing.select_by_confidence(0.5)
    assert desk.document.selected_notes() == (TOM,)
    desk.editing.select_none()
    assert not desk.document.selection


def test_snapping_to_what_the_model_heard(desk: Desk) -> None:
    desk.select(TOM)
    desk.editing.snap_to_transients()
    assert desk.failures == ["There is no audio to find attacks in."]
    classes = np.zeros((8, 400), dtype=np.float32)
    classes[DrumClass.TOM_LOW, 101] = 0.9
    desk.document.set_detection(Detection(Activations(classes, classes.max(axis=0), 0.01)))
    desk.editing.snap_to_transients()
    assert (round(1.01 * 960), Lane.GREEN) in desk.places()
    desk.editing.snap_to_transients()
    assert desk.told[-1].startswith("Every selected note")


def test_another_difficulty_is_edited_when_it_is_shown(desk: Desk) -> None:
    desk.document.set_difficulty(Difficulty.HARD)
    desk.editing.place_at_cursor(Lane.KICK)
    assert [n.lane for n in desk.document.song.tracks[Difficulty.HARD].notes] == [Lane.KICK]
    assert NoteKey(Difficulty.HARD, 0, Lane.KICK) in desk.document.selection.notes


def test_a_copy_keeps_its_rhythm_in_a_song_of_another_resolution(desk: Desk) -> None:
    desk.select(HAT, TOM)  # a beat apart
    desk.editing.copy()
    other = Song(tempo_map=TempoMap.constant(120.0, resolution=192))
    desk.document.open(State(song=other), None)
    desk.editing.paste()
    assert desk.places() == [(0, Lane.YELLOW), (192, Lane.GREEN)]
