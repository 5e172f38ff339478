"""Overview, ruler, activation, tempo and spectrogram under the mouse."""

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, QPointF, QRect, Qt

from chart_hero_app.document.state import Passage, Span
from chart_hero_app.timeline.axis import MARGIN_PX
from chart_hero_app.timeline.levels import levels_along
from chart_hero_app.timeline.ruler import CHIP_PX, HEAD_PX, LINE_PX
from chart_hero_app.timeline.spectrogram import DEFAULT_RANGE_DB
from chart_hero_core.base.drums import DrumClass
from chart_hero_core.chart.edits import Keep
from chart_hero_core.timing.tempo_map import TempoChange, TempoMap
from tests.app.timeline.conftest import RIGHT, Bench

SHIFT = Qt.KeyboardModifier.ShiftModifier


def beat(bench: Bench, tick: int) -> QPoint:
    time_s = bench.document.song.tempo_map.seconds(tick)
    return QPoint(round(bench.view.axis.x_of(time_s)), 16)


# Overview


def test_the_frame_is_dragged(bench: Bench) -> None:
    row, axis = bench.view.overview, bench.view.axis
    centre = row.frame().center().toPoint()
    span_s = axis.span_s
    bench.drag(row, centre, centre + QPoint(200, 0))
    moved_s = 200 / (row.width() - MARGIN_PX) * axis.duration_s
    assert axis.start_s == pytest.approx(2.0 + moved_s, abs=0.3)
    assert axis.span_s == pytest.approx(span_s)


def test_its_edges_zoom(bench: Bench) -> None:
    row, axis = bench.view.overview, bench.view.axis
    end_s = axis.end_s
    edge = QPointF(row.frame().left(), 20).toPoint()
    bench.drag(row, edge, edge + QPoint(60, 0))
    assert axis.start_s > 3.0
    assert axis.end_s == pytest.approx(end_s, abs=0.05)


def test_a_press_elsewhere_brings_the_frame_and_a_double_click_the_playhead(bench: Bench) -> None:
    row, axis = bench.view.overview, bench.view.axis
    spot = QPoint(round(row.x_of(25.0)), 20)
    bench.click(row, spot)
    assert axis.start_s < 25.0 < axis.end_s
    bench.qtbot.mouseDClick(row, Qt.MouseButton.LeftButton, pos=spot)
    assert bench.transport.position_s == pytest.approx(25.0, abs=0.1)


# Ruler


def test_pressing_seeks_and_dragging_scrubs(bench: Bench) -> None:
    scrubbed: list[float] = []
    bench.transport.scrubbed.connect(scrubbed.append)
    start = QPoint(round(bench.view.axis.x_of(4.0)), 20)
    bench.drag(bench.view.ruler, start, QPoint(round(bench.view.axis.x_of(6.0)), 20))
    assert len(scrubbed) == 5
    assert bench.transport.position_s == pytest.approx(6.0, abs=0.01)


# Activation


def test_the_threshold_is_dragged(bench: Bench) -> None:
    row = bench.view.activation
    bench.document.set_drum(DrumClass.SNARE)
    told: list[tuple[str, object]] = []
    bench.view.knobDragStarted.connect(lambda path: told.append(("start", path)))
    bench.view.knobDragged.connect(lambda path, value: told.append((path, value)))
    bench.view.knobDragEnded.connect(lambda path: told.append(("end", path)))
    threshold = bench.document.settings.value("thresholds.snare")
    assert isinstance(threshold, float)
    start = QPoint(500, round(row.y_of(threshold)))
    bench.drag(row, start, QPoint(500, round(row.y_of(0.25))))
    assert told[0] == ("start", "thresholds.snare")
    assert told[-1] == ("end", "thresholds.snare")
    assert told[-2][0] == "thresholds.snare"
    assert told[-2][1] == pytest.approx(0.25, abs=0.02)


def test_the_gate_is_dragged_and_held_to_its_bounds(bench: Bench) -> None:
    row = bench.view.activation
    told: list[tuple[str, float]] = []
    bench.view.knobDragged.connect(lambda path, value: told.append((path, value)))
    gate = bench.document.settings.value("activity_gate")
    assert isinstance(gate, float)
    start = QPoint(500, round(row.y_of(gate)))
    bench.drag(row, start, QPoint(500, -400))
    assert told[-1] == ("activity_gate", 1.0)


def test_elsewhere_a_drag_selects_time(bench: Bench) -> None:
    row = bench.view.activation
    start = QPoint(round(bench.view.axis.x_of(4.0)), round(row.y_of(0.05)))
    bench.drag(row, start, QPoint(round(bench.view.axis.x_of(6.0)), start.y()))
    span = bench.document.selection.span_s
    assert span is not None
    assert span == pytest.approx((4.0, 6.0), abs=0.02)


def test_without_an_analysis_there_are_no_lines(bench: Bench) -> None:
    bench.document.set_detection(None)
    assert bench.view.activation.line_at(QPointF(500, 40)) is None


def tune(bench: Bench, span_s: Span, threshold: float) -> None:
    """Give a stretch its own threshold of the kick."""
    bench.document.set_drum(DrumClass.KICK)
    state = bench.document.state
    own = Passage(span_s, state.settings.with_value("thresholds.kick", threshold))
    bench.document.restore_state(replace(state, passages=(own,)))


def test_a_stretch_with_knobs_of_its_own_has_its_own_line(bench: Bench) -> None:
    row, axis = bench.view.activation, bench.view.axis
    tune(bench, (4.0, 6.0), 0.9)
    song = bench.document.settings.value("thresholds.kick")
    assert isinstance(song, float)

    def at(time_s: float, level: float) -> QPointF:
        return QPointF(axis.x_of(time_s), row.y_of(level))

    assert row.line_at(at(3.0, song)) == "thresholds.kick"
    assert row.line_at(at(5.0, song)) is None
    assert row.line_at(at(5.0, 0.9)) is None  # the song's knobs leave it alone
    assert "keeps its own" in row.tip_at(at(5.0, 0.9))
    bench.view.set_acts_on((4.0, 6.0))  # the knobs act on the selection
    assert row.line_at(at(5.0, 0.9)) == "thresholds.kick"
    assert row.line_at(at(3.0, song)) is None
    assert "selection only" in row.tip_at(at(3.0, song))
    told: list[float] = []
    bench.view.knobDragged.connect(lambda _path, value: told.append(value))
    bench.drag(row, at(5.0, 0.9).toPoint(), at(5.0, 0.2).toPoint())
    assert told[-1] == pytest.approx(0.2, abs=0.02)


def test_in_micro_mode_its_own_threshold_counts_and_is_dragged(bench: Bench) -> None:
    row, axis, document = bench.view.activation, bench.view.axis, bench.document
    axis.show_range(7.0, 15.0)
    document.set_drum(DrumClass.KICK)
    plan = document.settings.with_value("thresholds.kick", 0.8)
    document.change("Turn", settings=plan.with_value("micro.thresholds.kick", 0.4))
    (fine,) = document.activations.spans

    def at(time_s: float, level: float) -> QPointF:
        return QPointF(axis.x_of(time_s), row.y_of(level))

    assert row.line_at(at(fine.start_s - 0.1, 0.8)) == "thresholds.kick"
    assert row.line_at(at(fine.end_s + 0.1, 0.8)) == "thresholds.kick"
    inside = fine.start_s + 0.1
    assert row.line_at(at(inside, 0.8)) is None
    assert row.line_at(at(inside, 0.4)) == "micro.thresholds.kick"
    assert "in micro mode" in row.tip_at(at(inside, 0.4))
    told: list[tuple[str, float]] = []
    bench.view.knobDragged.connect(lambda *knob: told.append(knob))
    bench.hold(row, at(inside, 0.4).toPoint(), at(inside, 0.6).toPoint())
    path, level = told[-1]
    assert path == "micro.thresholds.kick"
    assert level == pytest.approx(0.6, abs=0.02)
    assert row.line_at(at(inside, 0.6)) == "micro.thresholds.kick"
    assert row.line_at(at(fine.start_s - 0.1, 0.8)) == "thresholds.kick"  # the song's stays
    bench.qtbot.mouseRelease(row, Qt.MouseButton.LeftButton, pos=at(inside, 0.6).toPoint())


def test_a_tuned_stretch_may_begin_in_micro_mode(bench: Bench) -> None:
    plan = bench.document.settings
    own = Passage((5.0, 9.0), plan.with_value("micro.activity_gate", 0.9))
    parts = levels_along(plan, (own,), None, "thresholds.kick", [(4.0, 6.0), (8.5, 9.5)])
    assert [(p.start_s, p.end_s, p.own, "activity_gate" in p.values) for p in parts[1:-1]] == [
        (4.0, 5.0, False, False),
        (5.0, 6.0, True, False),
        (6.0, 8.5, True, True),
        (8.5, 9.0, True, False),
        (9.0, 9.5, False, False),
    ]
    assert parts[2].values["micro.activity_gate"] == 0.9


# Passages with knobs of their own


def test_tuned_stretches_are_marked_and_say_what_is_different(bench: Bench) -> None:
    view, axis = bench.view, bench.view.axis
    inside, outside = QPointF(axis.x_of(5.0), 20), QPointF(axis.x_of(7.0), 20)
    plain = {row: row.grab().toImage() for row in (view.ruler, view.overview)}
    tune(bench, (4.0, 6.0), 0.9)
    for row, before in plain.items():
        assert row.grab().toImage() != before
    song = bench.document.settings.value("thresholds.kick")
    tip = f"0:04.0–0:06.0 has its own knobs\nThreshold of Kick: 0.9 (song {song:.4g})"
    assert view.ruler.tip_at(inside) == tip
    assert view.ruler.tip_at(outside) == ""
    assert view.overview.tip_at(QPointF(view.overview.x_of(5.0), 20)) == tip
    told: list[str] = []
    view.pointed.connect(told.append)
    bench.move(view.ruler, inside.toPoint())
    bench.move(view.ruler, outside.toPoint())
    assert "its own knobs" in told[0]
    assert "its own knobs" not in told[1]
    tune(bench, (20.0, 21.0), 0.9)
    assert view.ruler.tip_at(inside) == ""


# Tempo


def test_drawing_a_map_of_many_tempos_looks_at_each_a_few_times(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    row, asked = bench.view.tempo, 0
    plain = TempoChange.__dict__["bpm"].fget

    def counted(change: TempoChange) -> float:
        nonlocal asked
        asked += 1
        return float(plain(change))

    tempos = tuple(TempoChange(60 * i, 500_000.0 + i) for i in range(400))
    row.set_map(TempoMap(480, tempos))
    monkeypatch.setattr(TempoChange, "bpm", property(counted))
    row.grab()
    assert 0 < asked < 5 * len(tempos)


def test_a_beat_is_dragged_and_notes_keep_their_time(bench: Bench) -> None:
    document = bench.document
    tick = 480 * 9
    before, times = document.song.tempo_map, list(document.song.expert.notes)
    heard = [before.seconds(n.tick) for n in times]
    at_s = before.seconds(tick)
    start = beat(bench, tick)
    bench.drag(bench.view.tempo, start, start + QPoint(12, 0))
    after = document.song.tempo_map
    goal_s = at_s + 12 / bench.view.axis.pixels_per_s
    assert after.seconds(tick) == pytest.approx(goal_s, abs=0.01)
    # The next tempo change stays where it was; beats up to the last one before bend along.
    assert before.seconds(480 * 16) == pytest.approx(after.seconds(480 * 16))
    now = [after.seconds(n.tick) for n in document.song.expert.notes]
    assert len(now) == len(heard)
    assert max(abs(a - b) for a, b in zip(now, heard, strict=True)) < 0.001
    assert document.undo_stack.count() == 1
    assert document.undo_stack.undoText() == "Drag beat"
    document.undo_stack.undo()
    assert document.song.tempo_map == before


def test_notes_may_keep_their_beat_instead(bench: Bench) -> None:
    bench.view.beats.keep = Keep.GRID
    ticks = [n.tick for n in bench.document.song.expert.notes]
    start = beat(bench, 480 * 9)
    bench.drag(bench.view.tempo, start, start + QPoint(12, 0))
    assert [n.tick for n in bench.document.song.expert.notes] == ticks


def test_with_shift_all_that_follows_moves_along(bench: Bench) -> None:
    before = bench.document.song.tempo_map
    start = beat(bench, 480 * 9)
    bench.drag(bench.view.tempo, start, start + QPoint(12, 0), SHIFT)
    after = bench.document.song.tempo_map
    moved = after.seconds(480 * 9) - before.seconds(480 * 9)
    assert moved == pytest.approx(12 / bench.view.axis.pixels_per_s, abs=0.01)


def test_escape_puts_the_beat_back(bench: Bench) -> None:
    before = bench.document.song
    start = beat(bench, 480 * 9)
    bench.hold(bench.view.tempo, start, start + QPoint(12, 0))
    assert bench.document.song != before
    bench.qtbot.keyClick(bench.view, Qt.Key.Key_Escape)
    assert bench.document.song == before
    bench.qtbot.mouseRelease(bench.view.tempo, Qt.MouseButton.LeftButton, pos=start)
    assert bench.document.undo_stack.count() == 0


def test_ctrl_drag_on_the_waveform_moves_the_nearest_beat(bench: Bench) -> None:
    before = bench.document.song.tempo_map
    start = beat(bench, 480 * 9) + QPoint(3, 20)
    ctrl = Qt.KeyboardModifier.ControlModifier
    bench.drag(bench.view.waveform, start, start + QPoint(10, 0), ctrl)
    after = bench.document.song.tempo_map
    assert after.seconds(480 * 9) > before.seconds(480 * 9) + 0.05


def test_anchors_and_removal(bench: Bench) -> None:
    row, document = bench.view.tempo, bench.document
    spot = beat(bench, 480 * 6)
    bench.qtbot.mouseDClick(row, Qt.MouseButton.LeftButton, pos=spot)
    change = document.song.tempo_map.tempo_at(480 * 6)
    assert change.tick == 480 * 6
    assert change.anchor_us is not None
    bench.qtbot.mouseDClick(row, Qt.MouseButton.LeftButton, pos=beat(bench, 480 * 6))
    assert document.song.tempo_map.tempo_at(480 * 6).anchor_us is None
    count = len(document.song.tempo_map.tempos)
    bench.click(row, beat(bench, 480 * 6), RIGHT)
    assert len(document.song.tempo_map.tempos) == count - 1


# Spectrogram


def test_the_range_of_levels(bench: Bench) -> None:
    row = bench.view.spectrogram
    told: list[tuple[float, float]] = []
    row.rangeChanged.connect(lambda low, high: told.append((low, high)))
    bench.wheel(row.mapTo(bench.view, QPoint(40, 60)), 1)
    row.set_range_db(-60.0, -20.0)
    assert row.range_db == (-60.0, -20.0)
    row.set_range_db(-500.0, -200.0)
    low, high = row.range_db
    assert high - low >= 10
    bench.qtbot.mouseDClick(row, Qt.MouseButton.LeftButton, pos=QPoint(40, 60))
    assert row.range_db == DEFAULT_RANGE_DB
    assert told[-1] == DEFAULT_RANGE_DB


def test_the_playhead_leaves_a_time_signature_readable(bench: Bench) -> None:
    row = bench.view.ruler
    bench.view.axis.show_range(0.0, 8.0)
    start = round(bench.view.axis.x_of(0.0))
    chip = QRect(start + HEAD_PX + 1, LINE_PX, CHIP_PX, LINE_PX)
    bench.transport.seek(6.0)
    apart = row.grab(chip).toImage()
    bench.transport.seek(0.0)
    assert row.grab(chip).toImage() == apart


def test_the_playhead_leaves_the_numbers_of_its_beat_readable(bench: Bench) -> None:
    row = bench.view.ruler
    bench.view.axis.show_range(0.0, 8.0)
    for tick in (480 * 4, 480 * 6):
        time_s = bench.document.song.tempo_map.seconds(tick)
        start = round(bench.view.axis.x_of(time_s))
        number = QRect(start + HEAD_PX + 1, LINE_PX, 24, LINE_PX)
        bench.transport.seek(6.7)
        apart = row.grab(number).toImage()
        bench.transport.seek(time_s)
        assert row.grab(number).toImage() == apart
        # All of it is there: nothing is drawn where the head lies.
        bench.transport.seek(6.7)
        head = row.grab(QRect(start + 2, LINE_PX + 1, HEAD_PX - 2, LINE_PX - 5)).toImage()
        colours = {head.pixel(x, y) for x in range(head.width()) for y in range(head.height())}
        assert len(colours) == 1


def test_the_playhead_between_beats_leaves_their_numbers_readable(bench: Bench) -> None:
    row, axis = bench.view.ruler, bench.view.axis
    axis.show_range(0.0, 8.0)
    start = round(axis.x_of(bench.document.song.tempo_map.seconds(480 * 4)))
    number = QRect(start + HEAD_PX + 1, LINE_PX, 24, LINE_PX - 3)
    bench.transport.seek(6.7)
    apart, all_apart = row.grab(number).toImage(), row.grab().toImage()
    bench.transport.seek(axis.time_of(start + HEAD_PX + 4))
    assert row.grab(number).toImage() == apart
    assert row.grab().toImage() != all_apart  # its head is there


def test_levels_leave_the_name_of_the_drum_readable(bench: Bench) -> None:
    row = bench.view.activation
    row.set_drum(DrumClass.TOM_MID)
    name = QRect(18, 22, 60, 18)
    row.resize(row.width(), 300)
    apart = row.grab(name).toImage()
    for height in range(60, 90, 4):
        row.resize(row.width(), height)
        assert row.grab(name).toImage() == apart, height
