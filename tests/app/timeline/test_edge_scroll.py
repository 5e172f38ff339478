"""Dragging past an edge of the view scrolls it."""

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt

from chart_hero_app.timeline.axis import MARGIN_PX
from chart_hero_core.base.drums import Lane
from tests.app.timeline.conftest import LEFT, Bench


def test_a_note_held_past_the_right_edge_travels_on(bench: Bench) -> None:
    view, tempo_map = bench.view, bench.document.song.tempo_map
    note = next(n for n in bench.document.track.notes if tempo_map.seconds(n.tick) > 8.0)
    out = QPoint(view.width() + 40, bench.note_spot(note).y())
    end_s = view.axis.end_s
    bench.hold(view.lanes, bench.note_spot(note), out)
    bench.qtbot.waitUntil(lambda: view.axis.end_s > end_s + 4.0)
    ghost_s = view.lanes.tool.ghosts[0][0]
    assert ghost_s == pytest.approx(view.axis.time_of(out.x()), abs=0.3)
    bench.qtbot.mouseRelease(view.lanes, LEFT, pos=out)
    assert bench.document.undo_stack.count() == 1
    moved = bench.document.selected_notes()
    assert [n.lane for n in moved] == [note.lane]
    assert tempo_map.seconds(moved[0].tick) > end_s + 3.0
    start_s = view.axis.start_s
    bench.held_on()
    assert view.axis.start_s == start_s  # let go, it stays


def test_a_frame_held_past_the_left_edge_takes_in_what_comes(bench: Bench) -> None:
    view, seconds = bench.view, bench.document.song.tempo_map.seconds
    bench.hold(view.lanes, QPoint(500, 2), QPoint(20, view.lanes.height() - 2))
    bench.qtbot.waitUntil(lambda: view.axis.start_s < 0.0)
    chosen = [seconds(n.tick) for n in bench.document.selected_notes()]
    assert min(chosen) == seconds(bench.document.track.notes[0].tick)
    bench.qtbot.mouseRelease(view.lanes, LEFT, pos=QPoint(20, 2))


def test_a_stretch_held_past_the_right_edge_grows(bench: Bench) -> None:
    view = bench.view
    end_s = view.axis.end_s
    bench.hold(view.waveform, QPoint(600, 40), QPoint(view.width() - 1, 40))
    bench.qtbot.waitUntil(lambda: view.axis.end_s > end_s + 0.5)
    span = bench.document.selection.span_s
    assert span is not None
    assert span[1] > end_s + 0.4
    bench.qtbot.keyClick(view, Qt.Key.Key_Escape)
    start_s = view.axis.start_s
    bench.held_on()
    assert view.axis.start_s == start_s
    bench.qtbot.mouseRelease(view.waveform, LEFT, pos=QPoint(view.width() - 1, 40))


def test_inside_and_without_a_drag_nothing_scrolls(bench: Bench) -> None:
    view = bench.view
    start_s = view.axis.start_s
    bench.hold(view.lanes, bench.spot(5.0, Lane.RED), bench.spot(8.0, Lane.KICK))
    bench.held_on()
    bench.qtbot.mouseRelease(view.lanes, LEFT, pos=bench.spot(8.0, Lane.KICK))
    bench.move(view.lanes, QPoint(view.width() - 1, 60))
    bench.qtbot.mousePress(view.waveform, LEFT, pos=QPoint(view.width() - 2, 40))
    bench.move(view.waveform, QPoint(view.width() - 1, 40), LEFT)  # a shaky click
    bench.held_on()
    assert view.axis.start_s == start_s


def test_following_the_playhead_waits_for_the_end_of_a_drag(bench: Bench) -> None:
    view = bench.view
    bench.transport.set_playing(True)
    start = QPointF(MARGIN_PX + 200, 2).toPoint()
    bench.hold(view.lanes, start, start + QPoint(300, 60))
    start_s = view.axis.start_s
    bench.transport.advance_to(9.9)
    assert view.axis.start_s == start_s
    bench.qtbot.mouseRelease(view.lanes, LEFT, pos=start + QPoint(300, 60))
    bench.transport.advance_to(9.95)
    assert view.axis.start_s > start_s
