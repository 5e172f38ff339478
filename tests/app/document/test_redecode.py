"""Turning knobs: live, one step, a person's notes safe."""

from dataclasses import replace
from functools import partial

import pytest
from pytestqt.qtbot import QtBot

from chart_hero_app.document.analysis import with_tempo_map
from chart_hero_app.document.document import Document
from chart_hero_app.document.passages import knob_title
from chart_hero_app.document.redecode import Difference, Redecoder, difference
from chart_hero_app.document.state import Passage, Selection, State
from chart_hero_app.document.suggesting import suggest, suggest_near_misses
from chart_hero_core.base.drums import DrumClass, Lane
from chart_hero_core.chart.columns import NoteColumns
from chart_hero_core.chart.edits import AddNotes, ChangeNotes, ChangeTempoMap, Keep
from chart_hero_core.chart.song import Difficulty, Dynamic, Note
from chart_hero_core.timing.tempo_map import TempoMap
from tests.app.songs import detection, rock_beat, song

EXPERT = Difficulty.EXPERT
SNARE = "thresholds.snare"


@pytest.fixture
def document(qapp: object) -> Document:
    made = Document()
    strokes = [(t, d, 0.6 if d is DrumClass.SNARE and t < 4 else h) for t, d, h in rock_beat()]
    made.open(State(song()), None)
    made.set_detection(detection(strokes))
    heard = made.detection
    assert heard is not None
    notes = suggest(made.song, heard, made.settings)
    made.open(State(song(notes)), None)
    made.set_detection(heard)
    return made


@pytest.fixture
def redecoder(document: Document) -> Redecoder:
    return Redecoder(document, suggest)


def count(document: Document, drum: DrumClass) -> int:
    """Notes of a drum on Expert."""
    return sum(note.drum is drum for note in document.song.expert.notes)


def turn(redecoder: Redecoder, qtbot: QtBot, path: str, *values: float) -> list[Difference]:
    """Move a knob through some values and let go."""
    told: list[Difference] = []
    redecoder.differenceChanged.connect(told.append)
    for value in values:
        redecoder.move(path, value)
        qtbot.wait(1)
    redecoder.end(path)
    redecoder.differenceChanged.disconnect(told.append)
    return told


def test_the_beat_is_heard(document: Document) -> None:
    assert count(document, DrumClass.SNARE) == 8
    assert count(document, DrumClass.KICK) == 8
    assert count(document, DrumClass.HIHAT) == 32


def test_a_slide_is_one_undo_step(document: Document, redecoder: Redecoder, qtbot: QtBot) -> None:
    told = turn(redecoder, qtbot, SNARE, 0.5, 0.65, 0.8)
    assert count(document, DrumClass.SNARE) == 4
    assert told[-1].removed[DrumClass.SNARE] == 4
    assert told[-1].counts[DrumClass.SNARE] == 4
    assert document.undo_stack.count() == 1
    assert document.undo_stack.undoText() == "Threshold of Snare"
    document.undo_stack.undo()
    assert count(document, DrumClass.SNARE) == 8
    assert document.settings.value(SNARE) == 0.45


def test_sliding_back_and_forth_ends_where_it_began(
    document: Document, redecoder: Redecoder, qtbot: QtBot
) -> None:
    before = document.song.expert.notes
    turn(redecoder, qtbot, SNARE, 0.8, 0.9, 0.45)
    assert document.song.expert.notes == before


def test_raising_a_threshold_never_adds(
    document: Document, redecoder: Redecoder, qtbot: QtBot
) -> None:
    counts = []
    for value in (0.1, 0.3, 0.5, 0.62, 0.7, 0.95):
        turn(redecoder, qtbot, SNARE, value)
        counts.append(len(document.song.expert.notes))
    assert counts == sorted(counts, reverse=True)


def test_touched_notes_stay(document: Document, redecoder: Redecoder, qtbot: QtBot) -> None:
    snare = next(n for n in document.song.expert.notes if n.drum is DrumClass.SNARE)
    key = ((snare.tick, snare.lane),)
    document.push(ChangeNotes(EXPERT, key, dynamic=Dynamic.ACCENT))
    own = Note(7, Lane.BLUE)
    document.push(AddNotes(EXPERT, (own,)))
    turn(redecoder, qtbot, SNARE, 1.0)
    left = document.song.expert.notes
    assert count(document, DrumClass.SNARE) == 1
    assert own in left
    assert replace(snare, dynamic=Dynamic.ACCENT) in left


def test_the_selection_alone_follows(
    document: Document, redecoder: Redecoder, qtbot: QtBot
) -> None:
    redecoder.set_selection_only(True)
    document.select(Selection(span_s=(0.0, 2.0)))
    turn(redecoder, qtbot, SNARE, 0.8)
    assert count(document, DrumClass.SNARE) == 6
    assert document.settings.value(SNARE) == 0.45
    assert redecoder.plan.value(SNARE) == 0.8
    document.undo_stack.undo()
    assert count(document, DrumClass.SNARE) == 8
    redecoder.set_selection_only(False)
    assert redecoder.plan.value(SNARE) == 0.45


def test_the_knobs_show_what_holds_in_the_selection(
    document: Document, redecoder: Redecoder, qtbot: QtBot
) -> None:
    redecoder.set_selection_only(True)
    document.select(Selection(span_s=(0.0, 2.0)))
    turn(redecoder, qtbot, SNARE, 0.8)
    document.select(Selection(span_s=(4.0, 6.0)))
    assert redecoder.plan.value(SNARE) == 0.45
    document.select(Selection(span_s=(1.0, 2.0)))
    assert redecoder.plan.value(SNARE) == 0.8
    assert redecoder.stretch == (1.0, 2.0)
    document.undo()
    assert redecoder.plan.value(SNARE) == 0.45
    redecoder.set_selection_only(False)
    assert redecoder.stretch is None


def has_snares(document: Document, number: int) -> bool:
    return count(document, DrumClass.SNARE) == number


def test_notes_that_a_knob_takes_away_come_back_while_it_is_held(
    document: Document, redecoder: Redecoder, qtbot: QtBot
) -> None:
    redecoder.set_selection_only(True)
    document.select_notes(tuple(n for n in document.track.notes if n.drum is DrumClass.SNARE))
    redecoder.begin()
    for threshold, snares in ((1.0, 0), (0.3, 8)):
        redecoder.move(SNARE, threshold)
        qtbot.waitUntil(partial(has_snares, document, snares))
    redecoder.end(SNARE)
    assert document.undo_stack.count() == 1


def test_a_held_knob_stays_with_its_stretch_when_the_notes_that_chose_it_go(
    document: Document, redecoder: Redecoder, qtbot: QtBot
) -> None:
    redecoder.set_selection_only(True)
    document.select_notes(tuple(n for n in document.track.notes if n.drum is DrumClass.SNARE))
    stretch = redecoder.stretch
    assert stretch is not None
    redecoder.begin()
    redecoder.move(SNARE, 1.0)
    qtbot.waitUntil(lambda: count(document, DrumClass.SNARE) == 0)
    assert redecoder.stretch == stretch
    redecoder.end(SNARE)
    assert document.state.passages[0].span_s == stretch
    assert redecoder.stretch is None
    assert redecoder.plan == document.settings


def test_the_knobs_follow_selected_notes_to_another_time(
    document: Document, redecoder: Redecoder, qtbot: QtBot
) -> None:
    redecoder.set_selection_only(True)
    document.select(Selection(span_s=(1.0, 1.8)))
    turn(redecoder, qtbot, "activity_gate", 0.3)
    document.select_notes(document.song.expert.notes[12:20])
    assert redecoder.plan == document.settings
    faster, _ = ChangeTempoMap(TempoMap.constant(240.0), Keep.GRID).apply(document.song)
    document.change("Double the tempo", song=faster)
    assert redecoder.stretch is not None
    assert 1.0 <= redecoder.stretch[0] < 1.8
    assert redecoder.plan.value("activity_gate") == 0.3


@pytest.fixture
def tuned(document: Document, redecoder: Redecoder, qtbot: QtBot) -> Document:
    """Bar 1 was tuned on its own, to lose both of its snares."""
    redecoder.set_selection_only(True)
    document.select(Selection(span_s=(0.0, 2.0)))
    turn(redecoder, qtbot, SNARE, 0.55, 0.8)
    redecoder.set_selection_only(False)
    assert document.undo_stack.count() == 1
    return document


def bars_with_snares(document: Document) -> set[int]:
    return {n.tick // 1920 for n in document.song.expert.notes if n.drum is DrumClass.SNARE}


def test_a_tuned_stretch_keeps_its_knobs(
    tuned: Document, redecoder: Redecoder, qtbot: QtBot
) -> None:
    turn(redecoder, qtbot, "thresholds.kick", 0.5)
    assert bars_with_snares(tuned) == {1, 2, 3}
    assert tuned.state.passages == (Passage((0.0, 2.0), tuned.state.passages[0].plan),)
    slower = with_tempo_map(tuned.state, TempoMap.constant(60.0), Keep.TIME, tuned.detection)
    assert sum(n.drum is DrumClass.SNARE for n in slower.expert.notes) == 6
    turn(redecoder, qtbot, SNARE, 1.0)
    assert bars_with_snares(tuned) == set()
    while tuned.undo_stack.canUndo():
        tuned.undo()
    assert tuned.state.passages == ()
    assert bars_with_snares(tuned) == {0, 1, 2, 3}


def test_a_view_of_a_part_follows_the_knob_but_for_the_tuned_stretch(
    tuned: Document, qtbot: QtBot
) -> None:
    near = Redecoder(tuned, suggest, lambda: (0.0, 4.0))
    near.begin()
    near.move(SNARE, 0.1)
    qtbot.waitUntil(lambda: tuned.settings.value(SNARE) == 0.1)
    assert bars_with_snares(tuned) == {1, 2, 3}
    near.end(SNARE)
    assert bars_with_snares(tuned) == {1, 2, 3}


def tuned_spans(document: Document) -> list[tuple[float, float]]:
    return [passage.span_s for passage in document.state.passages]


def test_detecting_again_gives_a_tuned_stretch_back(tuned: Document, redecoder: Redecoder) -> None:
    redecoder.detect_again((0.0, 1.0))
    assert count(tuned, DrumClass.SNARE) == 7
    assert tuned_spans(tuned) == [(1.0, 2.0)]
    redecoder.detect_again((0.0, 2.0))
    assert count(tuned, DrumClass.SNARE) == 8
    assert tuned.state.passages == ()
    tuned.undo()
    assert tuned_spans(tuned) == [(1.0, 2.0)]


def test_near_misses_of_a_tuned_stretch_go_by_its_knobs(tuned: Document) -> None:
    heard, state = tuned.detection, tuned.state
    assert heard is not None
    tight = (Passage((0.0, 2.0), state.settings.with_value(SNARE, 0.7)),)
    found = suggest_near_misses(state.song, heard, state.settings, None, tight)
    assert [note.tick for note in found] == [480, 1440]


def test_selection_only_without_a_selection_says_so(
    document: Document, redecoder: Redecoder, qtbot: QtBot
) -> None:
    redecoder.set_selection_only(True)
    with qtbot.waitSignal(redecoder.failed):
        turn(redecoder, qtbot, SNARE, 0.8)
    assert document.undo_stack.count() == 0


def test_detecting_a_stretch_again_brings_its_suggestions_back(
    document: Document, redecoder: Redecoder
) -> None:
    document.change("Empty", song=song())
    redecoder.detect_again((2.0, 4.0))
    assert {note.tick // 1920 for note in document.song.expert.notes} == {1}
    assert len(document.song.expert.notes) == 12


def test_a_value_out_of_bounds_is_told(
    document: Document, redecoder: Redecoder, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(redecoder.failed):
        redecoder.move(SNARE, 7.0)
    redecoder.end(SNARE)
    assert document.undo_stack.count() == 0


def test_near_misses_are_what_just_failed(document: Document) -> None:
    heard = document.detection
    assert heard is not None
    plan = document.settings.with_value(SNARE, 0.7)
    found = suggest_near_misses(document.song, heard, plan)
    assert {note.drum for note in found} == {DrumClass.SNARE}
    assert len(found) == 4


def test_difference_counts_by_drum() -> None:
    before = NoteColumns.of((Note(0, Lane.KICK), Note(0, Lane.YELLOW, cymbal=True)))
    after = NoteColumns.of((Note(0, Lane.KICK), Note(0, Lane.YELLOW), Note(5, Lane.KICK)))
    found = difference(before, after)
    assert found.counts[DrumClass.KICK] == 2
    assert found.added[DrumClass.TOM_HIGH] == 1
    assert found.removed[DrumClass.HIHAT] == 1
    assert found.added.sum() == 2


def test_knobs_have_names_for_the_undo_menu() -> None:
    assert knob_title("thresholds.kick") == "Threshold of Kick"
    assert knob_title("micro.thresholds.kick") == "Threshold of Kick in micro mode"
    assert knob_title("activity_gate") == "Activity gate"


def test_a_note_placed_while_a_knob_is_held_stays(
    document: Document, redecoder: Redecoder, qtbot: QtBot
) -> None:
    before, own = document.song, Note(77, Lane.BLUE)
    redecoder.begin()
    redecoder.move(SNARE, 0.7)
    qtbot.wait(5)
    document.push(AddNotes(EXPERT, (own,)))
    redecoder.move(SNARE, 0.75)
    qtbot.wait(5)
    redecoder.end(SNARE)
    assert own in {replace(note, origin=own.origin) for note in document.song.expert.notes}
    assert document.settings.value(SNARE) == 0.75
    while document.undo_stack.canUndo():
        document.undo()
    assert document.song == before


def test_undo_while_a_knob_is_held_takes_back_the_knob(
    document: Document, redecoder: Redecoder, qtbot: QtBot
) -> None:
    before, was = document.song, document.settings.value(SNARE)
    document.push(AddNotes(EXPERT, (Note(77, Lane.BLUE),)))
    edited = document.song
    redecoder.begin()
    redecoder.move(SNARE, 0.7)
    qtbot.wait(5)
    document.undo()
    assert document.song == edited
    assert document.settings.value(SNARE) == was
    redecoder.move(SNARE, 0.75)
    qtbot.wait(5)
    redecoder.end(SNARE)
    document.undo()
    assert document.song == edited
    document.undo()
    assert document.song == before


def test_a_transcription_that_comes_while_a_knob_is_held_stays(
    document: Document, redecoder: Redecoder, qtbot: QtBot
) -> None:
    redecoder.begin()
    redecoder.move(SNARE, 0.7)
    qtbot.wait(5)
    heard = detection(rock_beat(bars=2))
    document.set_detection(heard)
    document.change("Transcribe", song=song(suggest(song(), heard, document.settings)))
    redecoder.move(SNARE, 0.6)
    qtbot.wait(5)
    redecoder.end(SNARE)
    assert count(document, DrumClass.SNARE) == 4
    assert document.undo_stack.undoText() == "Threshold of Snare"
    document.undo()
    assert document.undo_stack.undoText() == "Transcribe"
