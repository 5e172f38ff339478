"""Shapes composed per column."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QColor

from chart_hero_app.timeline.columns import coverage, curve_extent, tinted


def test_coverage_by_hand() -> None:
    tops, bottoms = np.array([0.5, 1.0], np.float32), np.array([2.0, 1.25], np.float32)
    found = coverage(3, tops, bottoms)
    np.testing.assert_allclose(found, [[0.5, 0.0], [1.0, 0.25], [0.0, 0.0]])


def test_tint_is_premultiplied() -> None:
    pixels = tinted(np.array([[0.0, 1.0]], np.float32), QColor(255, 128, 0))
    assert pixels.tolist() == [[0, 0xFFFF8000]]


def test_a_curve_between_its_points() -> None:
    times, levels = np.array([0.0, 1.0, 2.0]), np.array([0.0, 1.0, 0.0])
    lowest, highest = curve_extent(times, levels, np.array([0.0, 0.5, 1.5, 2.0]))
    np.testing.assert_allclose(lowest, [0.0, 0.5, 0.0])
    np.testing.assert_allclose(highest, [0.5, 1.0, 0.5])


@given(
    st.lists(st.floats(0, 1), min_size=2, max_size=40),
    st.integers(1, 60),
    st.floats(-3, 40),
    st.floats(0.1, 50),
)
def test_every_point_lies_in_its_column(
    levels: list[float], columns: int, start: float, span: float
) -> None:
    times = np.arange(len(levels), dtype=np.float64)
    edges = np.linspace(start, start + span, columns + 1)
    lowest, highest = curve_extent(times, np.array(levels), edges)
    assert (lowest <= highest).all()
    for time_s, level in zip(times, levels, strict=True):
        column = int(np.searchsorted(edges, time_s, side="right")) - 1
        if 0 <= column < columns:
            assert lowest[column] <= level <= highest[column]
