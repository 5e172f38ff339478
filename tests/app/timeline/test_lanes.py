"""The lanes under real mouse and keys."""

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QFontMetrics

from chart_hero_app.timeline.axis import MARGIN_PX
from chart_hero_app.timeline.tools import Mode
from chart_hero_core.base.drums import DrumClass, Lane
from chart_hero_core.chart.song import Note
from tests.app.timeline.conftest import RIGHT, Bench

SHIFT, CTRL, ALT = (
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.AltModifier,
)


def seconds(bench: Bench, note: Note) -> float:
    return bench.document.song.tempo_map.seconds(note.tick)


def lonely(bench: Bench, lane: Lane = Lane.RED) -> Note:
    """A note in view with no neighbour on its lane within an eighth."""
    notes = [n for n in bench.document.track.notes if n.lane is lane]
    for before, note, after in zip(notes, notes[1:], notes[2:], strict=False):
        if min(note.tick - before.tick, after.tick - note.tick) >= 240 and (
            3.5 < seconds(bench, note) < 9.0
        ):
            return note
    raise AssertionError(f"no {lane.name} note stands alone")


def empty_spot(bench: Bench) -> QPoint:
    """A place on the green lane with no note near."""
    times = [seconds(bench, n) for n in bench.document.track.notes if n.lane is Lane.GREEN]
    place_s = next(t for t in (4.63, 5.63, 6.63, 3.63) if all(abs(t - x) > 0.3 for x in times))
    return bench.spot(place_s, Lane.GREEN)


def test_right_click_adds_and_removes(bench: Bench) -> None:
    count = len(bench.document.track.notes)
    spot = empty_spot(bench)
    bench.click(bench.view.lanes, spot, RIGHT)
    assert len(bench.document.track.notes) == count + 1
    (placed,) = bench.document.selected_notes()
    assert placed.lane is Lane.GREEN
    assert placed.cymbal
    assert placed.tick == bench.view.editing.snapped(bench.view.axis.time_of(spot.x()))
    bench.click(bench.view.lanes, bench.note_spot(placed), RIGHT)
    assert len(bench.document.track.notes) == count


def test_shift_places_the_other_kind_and_alt_off_the_grid(bench: Bench) -> None:
    spot = empty_spot(bench)
    bench.click(bench.view.lanes, spot, RIGHT, SHIFT | ALT)
    (placed,) = bench.document.selected_notes()
    assert not placed.cymbal
    time_s = bench.view.axis.time_of(spot.x())
    assert placed.tick == round(bench.document.song.tempo_map.tick_at(time_s))


def test_clicks_select(bench: Bench) -> None:
    one, other = lonely(bench, Lane.RED), lonely(bench, Lane.YELLOW)
    bench.click(bench.view.lanes, bench.note_spot(one))
    assert bench.document.selected_notes() == (one,)
    bench.click(bench.view.lanes, bench.note_spot(other), keys=SHIFT)
    assert set(bench.document.selected_notes()) == {one, other}
    bench.click(bench.view.lanes, bench.note_spot(one), keys=CTRL)
    assert bench.document.selected_notes() == (other,)


def test_a_click_beside_notes_puts_the_playhead_on_the_grid(bench: Bench) -> None:
    bench.click(bench.view.lanes, bench.note_spot(lonely(bench)))
    spot = empty_spot(bench)
    bench.click(bench.view.lanes, spot)
    assert not bench.document.selection
    tick = bench.view.editing.snapped(bench.view.axis.time_of(spot.x()))
    assert bench.transport.position_s == pytest.approx(bench.document.song.tempo_map.seconds(tick))


def test_dragging_moves_in_one_step(bench: Bench) -> None:
    note = lonely(bench)
    start = bench.note_spot(note)
    end = bench.spot(seconds(bench, note) + 0.13, Lane.YELLOW)
    bench.drag(bench.view.lanes, start, end)
    (moved,) = bench.document.selected_notes()
    assert (moved.tick, moved.lane) == (note.tick + 120, Lane.YELLOW)
    assert moved.origin.touched
    assert bench.document.undo_stack.count() == 1
    bench.document.undo_stack.undo()
    assert note in bench.document.track.notes


def test_a_shaky_click_moves_nothing(bench: Bench) -> None:
    start = bench.note_spot(lonely(bench))
    bench.drag(bench.view.lanes, start, start + QPoint(2, 1))
    assert bench.document.undo_stack.count() == 0


def test_changing_the_lane_alone_keeps_the_tick(bench: Bench) -> None:
    bench.document.set_snap(1)
    note = lonely(bench)
    start = bench.note_spot(note)
    bench.drag(bench.view.lanes, start, QPoint(start.x() + 2, bench.spot(0.0, Lane.BLUE).y()))
    (moved,) = bench.document.selected_notes()
    assert (moved.tick, moved.lane) == (note.tick, Lane.BLUE)


def test_escape_and_a_second_button_abandon_a_drag(bench: Bench) -> None:
    lanes = bench.view.lanes
    start = bench.note_spot(lonely(bench))
    bench.hold(lanes, start, start + QPoint(80, 0))
    assert bench.view.tool.ghosts
    bench.qtbot.keyClick(lanes, Qt.Key.Key_Escape)
    assert not bench.view.tool.ghosts
    bench.qtbot.mouseRelease(lanes, Qt.MouseButton.LeftButton, pos=start + QPoint(80, 0))
    assert bench.document.undo_stack.count() == 0
    bench.hold(lanes, start, start + QPoint(80, 0))
    bench.qtbot.mousePress(lanes, RIGHT, pos=start + QPoint(80, 0))
    assert not bench.view.tool.dragging
    assert bench.document.undo_stack.count() == 0


def test_of_a_dragged_song_only_what_is_on_screen_is_looked_at(bench: Bench) -> None:
    tool, document = bench.view.tool, bench.document
    note = lonely(bench)
    document.select_notes(document.track.notes)
    start = bench.note_spot(note)
    bench.hold(bench.view.lanes, start, start + QPoint(80, 0))
    assert len(tool.ghosts) == len(document.track.notes)
    ((first_s, first), *_), (last_s, last) = tool.ghosts, tool.ghosts[-1]
    assert first.tick - document.track.notes[0].tick == last.tick - document.track.notes[-1].tick
    middle_s = (first_s + last_s) / 2
    here = tool.ghosts_between(middle_s - 1, middle_s + 1)
    assert here == tuple(g for g in tool.ghosts if abs(g[0] - middle_s) <= 1)
    assert 0 < len(here) < len(tool.ghosts)
    bench.qtbot.keyClick(bench.view.lanes, Qt.Key.Key_Escape)
    assert tool.ghosts == ()


def test_the_rubber_band(bench: Bench) -> None:
    lanes = bench.view.lanes
    # From between the lanes of two notes: an empty start in the corner of the row.
    start = QPoint(int(bench.view.axis.x_of(4.63)), 1)
    end = bench.spot(6.03, Lane.RED)
    bench.drag(lanes, start, end)
    from_s, to_s = (bench.view.axis.time_of(spot.x()) for spot in (start, end))
    expected = [
        n
        for n in bench.document.track.notes
        if from_s <= seconds(bench, n) <= to_s and n.lane >= Lane.RED
    ]
    assert expected
    assert list(bench.document.selected_notes()) == expected
    first = bench.document.selection.notes
    bench.drag(
        lanes,
        QPoint(int(bench.view.axis.x_of(6.63)), 1),
        bench.spot(7.53, Lane.RED),
        SHIFT,
    )
    assert first < bench.document.selection.notes
    before = bench.document.selection
    bench.hold(lanes, start, end)
    bench.qtbot.keyClick(lanes, Qt.Key.Key_Escape)
    assert bench.document.selection == before
    bench.qtbot.mouseRelease(lanes, Qt.MouseButton.LeftButton, pos=end)


def test_the_note_tool_shows_and_places(bench: Bench) -> None:
    bench.view.tool.set_mode(Mode.NOTE)
    spot = empty_spot(bench)
    bench.move(bench.view.lanes, spot)
    ((time_s, ghost),) = bench.view.tool.ghosts
    assert ghost.lane is Lane.GREEN
    bench.click(bench.view.lanes, spot)
    assert ghost.tick in {n.tick for n in bench.document.track.notes if n.lane is Lane.GREEN}
    assert time_s == pytest.approx(bench.document.song.tempo_map.seconds(ghost.tick))


def test_the_eraser_takes_all_it_touches_in_one_step(bench: Bench) -> None:
    bench.view.tool.set_mode(Mode.ERASE)
    note = lonely(bench, Lane.KICK)
    count = len(bench.document.track.notes)
    at = bench.note_spot(note)
    bench.drag(bench.view.lanes, at - QPoint(30, 0), at + QPoint(30, 0))
    left = len(bench.document.track.notes)
    assert left < count
    assert note not in bench.document.track.notes
    assert bench.document.undo_stack.count() == 1


def test_the_names_choose_the_drum_shown(bench: Bench) -> None:
    lanes = bench.view.lanes
    middle = round(lanes.lane_y(Lane.BLUE))
    bench.click(lanes, QPoint(40, middle - 8))
    assert bench.document.drum is DrumClass.RIDE
    bench.click(lanes, QPoint(40, middle + 8))
    assert bench.document.drum is DrumClass.TOM_MID
    assert bench.view.activation.drum is DrumClass.TOM_MID


def test_gems_are_easy_to_hit_at_any_zoom(bench: Bench) -> None:
    note = lonely(bench)
    for span_s in (1.0, 8.0, 60.0):
        bench.view.axis.show_range(seconds(bench, note) - span_s / 2, seconds(bench, note) + span_s)
        at = bench.note_spot(note)
        bench.click(bench.view.lanes, at + QPoint(4, 0))
        (chosen,) = bench.document.selected_notes()
        assert abs(seconds(bench, chosen) - seconds(bench, note)) * bench.view.axis.pixels_per_s < 6


class Asked(frozenset[tuple[int, Lane]]):
    """A selection that counts how often it is asked."""

    count = 0

    def __contains__(self, key: object) -> bool:
        type(self).count += 1
        return super().__contains__(key)


@pytest.mark.parametrize("span_s", [1.0, 2.0, 4.0, 6.0, 8.0])
def test_neighbouring_kicks_do_not_run_together(bench: Bench, span_s: float) -> None:
    view = bench.view
    view.axis.show_range(2.0, 2.0 + span_s)
    gap_px = view.lanes._gap_s * view.axis.pixels_per_s
    if view.lanes.gem_px < 0.9 * gap_px:  # of the smallest size, gems overlap in any case
        assert view.lanes.gem_px <= view.lanes.kick_px < gap_px
    assert view.lanes.kick_px <= view.lanes.gem_px * 1.25 + 0.5


def test_a_whole_song_is_drawn_in_one_go_through_its_notes(bench: Bench) -> None:
    lanes, notes = bench.view.lanes, bench.document.track.notes
    bench.view.zoom_all()
    lanes.resize(MARGIN_PX + 120, lanes.height())  # so narrow that notes are strokes
    bench.view.axis.set_width(120, 1.0)
    bench.view.zoom_all()
    assert not lanes.gem_px
    lanes.set_selected(Asked({(notes[0].tick, notes[0].lane)}))
    Asked.count = 0
    lanes.grab()
    assert 0 < Asked.count <= len(notes)


def test_a_hint_that_is_too_long_for_one_line_takes_more(bench: Bench) -> None:
    lanes = bench.view.lanes
    lanes.set_hint("No notes: lower the thresholds, or place them with the keys 0 to 4")
    metrics, content = QFontMetrics(lanes.font()), QRect(MARGIN_PX, 0, 300, 170)
    box = lanes._hint_box(metrics, content)
    assert content.contains(box)
    assert box.height() > 2 * metrics.height()
    wide = lanes._hint_box(metrics, QRect(MARGIN_PX, 0, 1200, 170))
    assert wide.height() < 2 * metrics.height()
    assert wide.center().x() == pytest.approx(MARGIN_PX + 600, abs=2)
