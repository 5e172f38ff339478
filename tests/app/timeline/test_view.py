"""The whole view: drawing, moving through time, following, folding, remembering."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from chart_hero_app.document.state import Passage, Selection
from chart_hero_app.document.transport import Follow
from chart_hero_app.settings.theme import DARK, LIGHT
from chart_hero_app.timeline.axis import MARGIN_PX
from chart_hero_app.timeline.row import FOLDED_PX, Row
from chart_hero_core.chart.song import Difficulty
from tests.app.timeline.conftest import Bench, bench_of
from tests.app.timeline.fakes import Fake, fake_document

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
ALT = Qt.KeyboardModifier.AltModifier


def picture(row: Row) -> np.ndarray:
    image = row.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    data = np.frombuffer(image.constBits(), np.uint8)
    return data.reshape(image.height(), image.width(), 4)[..., :3].astype(int).copy()


@pytest.fixture(scope="module")
def sounding() -> Fake:
    return fake_document(300, duration_s=45.0)


@pytest.fixture
def full(qtbot: QtBot, sounding: Fake) -> Bench:
    """A song with sound, its spectrogram computed."""
    made = bench_of(qtbot, sounding)
    qtbot.waitUntil(lambda: not made.view.spectrogram.busy, timeout=20_000)
    QApplication.processEvents()
    return made


# Drawing


@pytest.mark.parametrize("pixels", [1, -3, 37, 400, -5000])
def test_what_is_reused_while_scrolling_equals_what_is_drawn_anew(full: Bench, pixels: int) -> None:
    view = full.view
    view.axis.show_range(12.0, 19.0)
    view.grab()
    for _ in range(3):
        view.axis.scroll_by(pixels)
        view.grab()
    for name, row in view.rows.items():
        reused = picture(row)
        row.invalidate()
        fresh = picture(row)
        # The spectrogram is scaled smoothly: at the seam of two strips a level may be rounded off.
        allowed = 40 if name == "spectrogram" else 2
        difference = np.abs(reused - fresh).max(axis=2)
        assert difference.max() <= allowed, name
        assert (difference > 2).mean() < 0.01, name


def test_every_row_shows_something(full: Bench) -> None:
    for row in full.view.rows.values():
        content = picture(row)[:, MARGIN_PX:]
        assert len(np.unique(content.reshape(-1, 3), axis=0)) > 3


def test_all_rows_share_one_axis(full: Bench) -> None:
    """The playhead is at the same x in every row but the overview."""
    full.transport.seek(5.0)
    x = round(full.view.axis.x_of(5.0))
    accent = full.view.lanes.theme.colour("accent")
    wanted = np.array([accent.blue(), accent.green(), accent.red()])
    for name, row in full.view.rows.items():
        if name != "overview":
            # In the ruler its head alone, below the numbers.
            y = row.height() - 3 if name == "ruler" else row.height() // 2
            column = picture(row)[y, x - 3 : x + 4]
            assert (np.abs(column - wanted).max(axis=1) < 3).any(), name


def test_light_and_dark(full: Bench) -> None:
    dark = full.view.grab().toImage().pixelColor(300, 300)
    full.view.set_theme(LIGHT)
    light = full.view.grab().toImage()
    assert light.pixelColor(MARGIN_PX // 2, 690).lightness() > 200
    full.view.set_theme(DARK)
    assert full.view.grab().toImage().pixelColor(300, 300) == dark


def test_an_empty_document(qtbot: QtBot) -> None:
    from chart_hero_app.document.document import Document
    from chart_hero_app.document.transport import Transport

    bench = bench_of(qtbot, Fake(Document(), Transport()))
    bench.view.grab()
    bench.wheel(QPoint(400, 300), 1, CTRL)
    bench.view.zoom_all()
    bench.view.grab()
    axis = bench.view.axis
    assert axis.start_s <= 0 < axis.start_s + axis.span_s


def test_closing_the_song_empties_the_rows(full: Bench, sounding: Fake) -> None:
    document = fake_document(50).document
    other = bench_of(full.qtbot, Fake(document, full.transport))
    document.close()
    other.view.grab()
    assert len(other.view.lanes.tool._table) == 0


# Moving through time


def test_the_wheel_scrolls_and_zooms_at_the_pointer(bench: Bench) -> None:
    axis = bench.view.axis
    start_s = axis.start_s
    bench.wheel(QPoint(600, 300), -1)
    assert axis.start_s > start_s
    under_s = axis.time_of(600)
    bench.wheel(QPoint(600, 300), 2, CTRL)
    assert axis.time_of(600) == pytest.approx(under_s, abs=0.01)
    assert axis.span_s < 8.0
    before_s = axis.start_s
    bench.wheel(QPoint(600, 300), -1, SHIFT)
    assert axis.start_s == pytest.approx(before_s + axis.span_s / 2, abs=0.02)


def test_the_middle_button_pans_over_every_row(bench: Bench) -> None:
    for row in bench.view.rows.values():
        bench.view.axis.show_range(4.0, 12.0)
        middle = Qt.MouseButton.MiddleButton
        at = QPoint(600, row.height() // 2)
        bench.qtbot.mousePress(row, middle, pos=at)
        for step in range(1, 5):
            bench.move(row, at - QPoint(25 * step, 0), middle)
        bench.qtbot.mouseRelease(row, middle, pos=at - QPoint(100, 0))
        moved = 100 / bench.view.axis.pixels_per_s
        assert bench.view.axis.start_s == pytest.approx(4.0 + moved, abs=0.02)


def test_zooming_by_command(bench: Bench) -> None:
    axis = bench.view.axis
    bench.transport.seek(5.0)
    x = axis.x_of(5.0)
    bench.view.zoom_in()
    assert axis.x_of(5.0) == pytest.approx(x, abs=1.0)
    assert axis.span_s < 8.0
    bench.view.zoom_out()
    assert axis.span_s == pytest.approx(8.0)
    bench.view.zoom_all()
    assert axis.start_s <= 0.0
    assert axis.end_s >= bench.transport.duration_s
    bench.document.select(Selection(span_s=(5.0, 6.0)))
    bench.view.zoom_selection()
    assert axis.span_s == pytest.approx(1.2)
    bench.document.select_notes(bench.document.track.notes[:3])
    bench.view.zoom_selection()
    assert axis.start_s < 0.1


@pytest.mark.parametrize("follow", list(Follow))
def test_following_the_playhead(bench: Bench, follow: Follow) -> None:
    axis, transport = bench.view.axis, bench.transport
    transport.set_follow(follow)
    transport.seek(9.0)
    transport.set_playing(True)
    axis.show_range(2.0, 10.0)
    transport.advance_to(9.8)
    if follow is Follow.OFF:
        assert axis.start_s == pytest.approx(2.0, abs=0.01)
    elif follow is Follow.PAGE:
        assert 9.0 < axis.start_s < 9.8
    else:
        assert axis.x_of(9.8) == pytest.approx((MARGIN_PX + bench.view.width()) / 2, abs=2)


def test_a_stretch_reaches_from_grid_line_to_grid_line(bench: Bench) -> None:
    row, axis, document = bench.view.waveform, bench.view.axis, bench.document

    def spot(time_s: float) -> QPoint:
        return QPointF(axis.x_of(time_s), 40).toPoint()

    def span() -> tuple[float, float]:
        assert document.selection.span_s is not None
        return document.selection.span_s

    def on_grid(time_s: float) -> bool:
        return document.song.tempo_map.seconds(bench.view.editing.snapped(time_s)) == time_s

    document.set_snap(4)
    axis.show_range(3.0, 11.0)
    bench.drag(row, spot(4.1), spot(5.9))
    assert span() == pytest.approx((4.0, 6.0), abs=0.1)
    assert all(on_grid(time_s) for time_s in span())
    bench.drag(row, spot(span()[1]), spot(7.1), keys=ALT)  # Alt: an edge anywhere
    assert on_grid(span()[0])
    assert span()[1] == pytest.approx(7.1, abs=0.02)
    bench.click(row, spot(8.1), keys=SHIFT)
    assert on_grid(span()[1])
    bench.drag(row, spot(9.0), spot(9.9), keys=ALT)
    assert span() == pytest.approx((9.0, 9.9), abs=0.02)
    bench.drag(row, spot(4.1), spot(4.2))  # within one step
    assert document.selection.span_s is None


def test_selecting_time(bench: Bench) -> None:
    row, axis = bench.view.waveform, bench.view.axis
    bench.document.set_snap(192)

    def spot(time_s: float) -> QPoint:
        return QPointF(axis.x_of(time_s), 40).toPoint()

    bench.drag(row, spot(4.0), spot(6.0))
    assert bench.document.selection.span_s == pytest.approx((4.0, 6.0), abs=0.02)
    bench.drag(row, spot(6.0), spot(7.0))  # by its edge
    assert bench.document.selection.span_s == pytest.approx((4.0, 7.0), abs=0.02)
    bench.click(row, spot(8.0), keys=SHIFT)
    assert bench.document.selection.span_s == pytest.approx((4.0, 8.0), abs=0.02)
    bench.click(row, spot(5.0))
    assert bench.document.selection.span_s is None
    assert bench.transport.position_s == pytest.approx(5.0, abs=0.02)
    bench.hold(row, spot(4.0), spot(6.0))
    bench.qtbot.keyClick(bench.view, Qt.Key.Key_Escape)
    assert bench.document.selection.span_s is None
    bench.qtbot.mouseRelease(row, Qt.MouseButton.LeftButton, pos=spot(6.0))


# Rows


def test_the_overview_can_be_folded(bench: Bench) -> None:
    view = bench.view
    spectrogram_px = view.spectrogram.height()
    view.overview.set_folded(True)
    assert view.overview.height() == FOLDED_PX
    assert view.spectrogram.height() >= spectrogram_px
    view.overview.set_folded(False)
    assert view.overview.height() == 40
    view.restore_layout({"overview": {"height": 40, "folded": True}})
    assert view.overview.folded


def test_a_low_timeline_shuts_rows_and_a_click_chooses_which(bench: Bench) -> None:
    view = bench.view
    view.resize(view.width(), 340)
    assert view.spectrogram.shut
    assert view.activation.shut
    assert not view.waveform.shut
    assert not view.spectrogram.folded  # nobody wanted it: with more room it is back
    assert view.tempo.geometry().bottom() < view.height()
    assert "No room" in view.spectrogram.tip_at(QPointF(40, 5))
    bench.click(view.spectrogram, QPoint(40, FOLDED_PX // 2))
    assert not view.spectrogram.shut
    assert view.overview.shut
    assert view.tempo.geometry().bottom() < view.height()
    state = view.layout_state()
    view.resize(view.width(), 700)
    assert not any(row.shut for row in view.rows.values())
    assert not any(row["folded"] for row in state.values())


def test_folding_and_heights_are_remembered(bench: Bench, qtbot: QtBot) -> None:
    view = bench.view
    told: list[None] = []
    view.layoutChanged.connect(lambda: told.append(None))
    bench.click(view.spectrogram, QPoint(10, FOLDED_PX // 2))
    assert view.spectrogram.height() == FOLDED_PX
    grip = QPoint(40, view.waveform.height() - 2)
    height = view.waveform.height()
    bench.drag(view.waveform, grip, grip + QPoint(0, 60))
    assert view.waveform.height() > height
    assert told
    state = view.layout_state()
    other = bench_of(qtbot, fake_document(20, sound=False))
    other.view.restore_layout(state)
    assert other.view.spectrogram.folded
    assert other.view.waveform.height() == view.waveform.height()
    other.view.restore_layout({"waveform": {"height": -5, "folded": "yes"}, "no": 1})
    other.view.restore_layout(None)
    assert other.view.waveform.height() == view.waveform.height()
    bench.click(view.spectrogram, QPoint(40, FOLDED_PX // 2))
    assert not view.spectrogram.folded


def test_the_rows_fill_the_view(bench: Bench) -> None:
    rows = list(bench.view.rows.values())
    assert rows[0].y() == 0
    for above, below in itertools.pairwise(rows):
        assert below.y() == above.y() + above.height()
    assert rows[-1].geometry().bottom() == bench.view.height() - 1


def test_what_lies_under_the_mouse(bench: Bench) -> None:
    told: list[str] = []
    bench.view.pointed.connect(told.append)
    note = bench.document.track.notes[40]
    bench.view.axis.centre_on(bench.document.song.tempo_map.seconds(note.tick))
    bench.move(bench.view.lanes, bench.note_spot(note))
    assert note.drum.title in told[-1]
    assert "bar" in told[-1]
    bench.move(bench.view.activation, QPoint(600, 40))
    assert "·" in told[-1]


def test_tips(bench: Bench) -> None:
    view = bench.view
    assert "Fold" in view.waveform.tip_at(QPointF(10, 8))
    assert "dB" in view.spectrogram.tip_at(QPointF(10, 8))
    assert "Drag a beat" in view.tempo.tip_at(QPointF(500, 8))
    level = bench.document.settings.value(view.activation.threshold_path)
    assert isinstance(level, float)
    spot = QPointF(500, view.activation.y_of(level))
    assert "Threshold" in view.activation.tip_at(spot)


# Hints


def test_near_misses_show_while_a_knob_is_turned(bench: Bench, qtbot: QtBot) -> None:
    document, lanes = bench.document, bench.view.lanes
    bench.view.hints._afterglow.setInterval(100)
    bench.view.zoom_all()  # only what is in view is looked at
    document.begin_gesture()
    plan = document.settings.with_value("thresholds", 0.9).with_value("activity_gate", 0.1)
    document.show_state(settings=plan)
    qtbot.waitUntil(lambda: bool(lanes._extras.near_misses), timeout=20_000)
    document.end_gesture("Turn")
    qtbot.waitUntil(lambda: not lanes._extras.near_misses, timeout=20_000)


def test_near_misses_show_while_a_stretch_is_tuned(bench: Bench, qtbot: QtBot) -> None:
    document, lanes = bench.document, bench.view.lanes
    bench.view.zoom_all()
    document.begin_gesture()
    plan = document.settings.with_value("thresholds", 0.9).with_value("activity_gate", 0.1)
    passages = (Passage((0.0, 60.0), plan),)
    document.restore_state(replace(document.state, passages=passages))
    qtbot.waitUntil(lambda: bool(lanes._extras.near_misses), timeout=20_000)
    document.end_gesture("Turn")


def test_other_difficulties_have_no_near_misses(bench: Bench, qtbot: QtBot) -> None:
    document, lanes = bench.document, bench.view.lanes
    bench.view.hints.set_review(True)
    assert lanes._extras.near_misses
    document.set_difficulty(Difficulty.HARD)
    qtbot.waitUntil(lambda: not lanes._extras.near_misses, timeout=20_000)
    document.set_difficulty(Difficulty.EXPERT)
    qtbot.waitUntil(lambda: bool(lanes._extras.near_misses), timeout=20_000)
    bench.view.hints.set_review(False)


def test_review_keeps_the_marks_and_shows_what_was_refused(bench: Bench, qtbot: QtBot) -> None:
    document, lanes = bench.document, bench.view.lanes
    refused = next(n for n in document.track.notes if not n.origin.touched)
    document.select_notes((refused,))
    bench.view.editing.delete_selection()
    assert not lanes._extras.rejected
    bench.view.hints.set_review(True)
    assert [note.lane for _, note in lanes._extras.rejected] == [refused.lane]
    document.undo_stack.undo()
    qtbot.waitUntil(lambda: not lanes._extras.rejected, timeout=20_000)
    bench.view.hints.set_review(False)
    assert not lanes._extras.near_misses
