"""The time axis: pixels and seconds, zoom, limits."""

from hypothesis import given
from hypothesis import strategies as st

from chart_hero_app.timeline.axis import LEAD_S, MARGIN_PX, MAX_PIXELS_PER_S, TimeAxis


def axis_of(duration_s: float = 100.0, width_px: int = 1000) -> TimeAxis:
    axis = TimeAxis()
    axis.set_duration(duration_s)
    axis.set_width(width_px)
    return axis


def test_the_left_end_of_the_content() -> None:
    axis = axis_of()
    axis.show_range(20.0, 30.0)
    assert axis.pixels_per_s == 100.0
    assert axis.x_of(20.0) == MARGIN_PX
    assert axis.time_of(MARGIN_PX + 50) == 20.5


@given(st.floats(0, 90), st.floats(0.02, 50), st.floats(-500, 3000))
def test_pixels_and_seconds_are_inverses(start_s: float, span_s: float, x: float) -> None:
    axis = axis_of()
    axis.show_range(start_s, start_s + span_s)
    assert abs(axis.x_of(axis.time_of(x)) - x) < 1e-4


@given(st.floats(0.1, 10), st.integers(MARGIN_PX, MARGIN_PX + 1000))
def test_zoom_keeps_what_is_under_the_pointer(factor: float, x: int) -> None:
    axis = axis_of()
    axis.show_range(40.0, 44.0)
    before_s = axis.time_of(x)
    axis.zoom_at(factor, x)
    # The start lies on whole pixels, so half a pixel may be lost.
    assert abs(axis.time_of(x) - before_s) <= 0.51 / axis.pixels_per_s


def test_limits() -> None:
    axis = axis_of()
    axis.zoom_at(1e-9, 500)
    assert abs(axis.span_s - (100.0 + 2 * LEAD_S)) < 1e-6
    axis.zoom_at(1e12, 500)
    assert axis.pixels_per_s == MAX_PIXELS_PER_S
    axis.show_range(0.0, 10.0)
    axis.scroll_to(-50.0)
    assert abs(axis.start_s + LEAD_S) < 0.01
    axis.scroll_to(500.0)
    assert abs(axis.end_s - (100.0 + LEAD_S)) < 0.02


@given(st.lists(st.floats(-300, 300), max_size=20), st.sampled_from([1.0, 1.25, 1.5, 2.0]))
def test_the_start_is_on_whole_device_pixels(moves: list[float], ratio: float) -> None:
    axis = axis_of()
    axis.set_width(1000, ratio)
    axis.show_range(40.0, 47.0)
    for pixels in moves:
        axis.scroll_by(pixels)
        device = axis.start_s * axis.pixels_per_s * ratio
        assert abs(device - round(device)) < 1e-3


def test_reveal_scrolls_only_if_needed() -> None:
    axis = axis_of()
    axis.show_range(10.0, 20.0)
    axis.reveal(15.0)
    assert axis.start_s == 10.0
    axis.reveal(40.0)
    assert axis.start_s < 40.0 < axis.end_s


def test_changes_are_announced_once() -> None:
    axis = axis_of()
    told: list[None] = []
    axis.viewChanged.connect(lambda: told.append(None))
    axis.show_range(10.0, 20.0)
    axis.show_range(10.0, 20.0)
    assert len(told) == 1
