"""Dragging beats: one step, and nothing else is lost by it."""

import pytest

from chart_hero_app.document.document import Document
from chart_hero_app.document.state import State
from chart_hero_app.timeline.beats import BeatEditing
from chart_hero_core.base.drums import Lane
from chart_hero_core.chart.edits import AddNotes
from chart_hero_core.chart.song import Difficulty, Note
from tests.app.songs import song

EXPERT = Difficulty.EXPERT
OWN = Note(77, Lane.BLUE)


@pytest.fixture
def document(qapp: object) -> Document:
    made = Document()
    made.open(State(song([Note(0, Lane.KICK)])), None)
    return made


def test_a_drag_is_one_step(document: Document) -> None:
    beats, before = BeatEditing(document), document.song
    assert beats.press(0.5, 0.1)
    for goal_s in (0.52, 0.55):
        beats.move(goal_s)
    beats.release()
    assert document.song.tempo_map.seconds(480) == pytest.approx(0.55)
    assert document.undo_stack.count() == 1
    document.undo()
    assert document.song is before


def test_an_edit_during_a_drag_ends_it_and_stays(document: Document) -> None:
    beats = BeatEditing(document)
    assert beats.press(0.5, 0.1)
    beats.move(0.52)
    document.push(AddNotes(EXPERT, (OWN,)))
    beats.move(0.55)
    beats.release()
    assert {note.tick for note in document.song.expert.notes} == {0, 77}
    assert document.song.tempo_map.seconds(480) == pytest.approx(0.52)
    assert not beats.dragging
    assert document.undo_stack.count() == 2


def test_undo_during_a_drag_takes_it_back(document: Document) -> None:
    beats, before = BeatEditing(document), document.song
    assert beats.press(0.5, 0.1)
    beats.move(0.52)
    document.undo()
    beats.move(0.55)
    beats.abandon()
    assert document.song is before
    assert not document.dirty
