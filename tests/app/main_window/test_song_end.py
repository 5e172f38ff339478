"""Notes stay within the song: moving, nudging, dragging and placing stop at its end, and say so."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from chart_hero_app.main_window.window import MainWindow
from chart_hero_core.base.drums import Lane
from chart_hero_core.chart.song import Note
from tests.app.main_window.driving import run
from tests.app.songs import song

# The song lasts 8 s: tick 7680 at 120 BPM. A sixteenth has 120 ticks.
LATE = [Note(7200, Lane.RED), Note(7500, Lane.KICK)]


@pytest.fixture
def late(opened: MainWindow) -> MainWindow:
    """A window whose chart ends shortly before the song, all of it selected."""
    opened.document.change("Chart", song=song(LATE))
    opened.document.select_notes(tuple(LATE))
    assert opened.document.duration_s == 8.0
    return opened


def ticks(window: MainWindow) -> list[int]:
    return [note.tick for note in window.document.track.notes]


def said(window: MainWindow) -> str:
    return window.statusBar().currentMessage()


def test_steps_that_fit_are_made_and_the_next_is_refused_with_a_sentence(late: MainWindow) -> None:
    run(late, "note.later")
    assert ticks(late) == [7320, 7620]
    steps = late.document.undo_stack.count()
    run(late, "note.later")
    assert ticks(late) == [7320, 7620]  # not 60 ticks on, off the grid
    assert late.document.undo_stack.count() == steps
    assert said(late) == "Not moved: that would be after the end of the song"
    run(late, "note.earlier")
    assert ticks(late) == [7200, 7500]


def test_milliseconds_stop_at_the_end_too(late: MainWindow) -> None:
    late.document.change("Chart", song=song([Note(7680, Lane.RED)]))
    late.timeline.editing.select_all()
    run(late, "note.later_ms")
    assert ticks(late) == [7680]
    assert said(late) == "Not moved: that would be after the end of the song"
    run(late, "note.earlier_ms")
    assert ticks(late) == [7679]


def test_what_lies_after_the_end_already_can_only_go_back(late: MainWindow) -> None:
    late.document.change("Chart", song=song([Note(9000, Lane.RED)]))
    late.timeline.editing.select_all()
    run(late, "note.later")
    assert ticks(late) == [9000]
    run(late, "note.earlier")
    assert ticks(late) == [8880]


def test_a_drag_past_the_end_stops_on_the_grid_before_it(late: MainWindow) -> None:
    timeline = late.timeline
    timeline.axis.show_range(6.0, 9.0)
    lanes = timeline.lanes

    def place(time_s: float) -> QPoint:
        return QPoint(round(lanes.x_of(time_s)), round(lanes.lane_y(Lane.RED)))

    left = Qt.MouseButton.LeftButton
    QTest.mousePress(lanes, left, pos=place(7.5))
    for time_s in (7.7, 8.2, 8.6):
        QTest.mouseMove(lanes, place(time_s))
    assert max(ghost.tick for _, ghost in lanes.tool.ghosts) == 7620
    QTest.mouseRelease(lanes, left, pos=place(8.6))
    assert ticks(late) == [7320, 7620]
    assert said(late) == "Moved up to the end of the song"


def test_no_note_is_placed_where_nobody_can_hear_it(late: MainWindow) -> None:
    late.timeline.editing.toggle_at(Lane.GREEN, 7800)
    assert ticks(late) == [7200, 7500]
    assert said(late) == "No note placed: that would be after the end of the song"
    late.timeline.editing.toggle_at(Lane.GREEN, 7680)
    assert ticks(late) == [7200, 7500, 7680]
