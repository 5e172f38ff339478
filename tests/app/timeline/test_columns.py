"""Shapes composed per column."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter
from pytestqt.qtbot import QtBot

from chart_hero_app.timeline.columns import (
    FULL,
    MARKED,
    Filled,
    colour_ramp,
    coverage,
    curve_extents,
    draw_levels,
)


def test_coverage_by_hand() -> None:
    tops, bottoms = np.array([0.5, 1.0], np.float32), np.array([2.0, 1.25], np.float32)
    found = coverage(3, Filled(tops, bottoms, 200))
    assert found.tolist() == [[100, 0], [200, 50], [0, 0]]


def test_shapes_add_up_where_they_overlap() -> None:
    one = Filled(np.array([-5.0], np.float32), np.array([2.0], np.float32), 100)
    other = Filled(np.array([1.0], np.float32), np.array([9.0], np.float32), FULL - 100)
    assert coverage(4, one, other).ravel().tolist() == [100, FULL, FULL - 100, FULL - 100]


def test_a_shape_outside_or_upside_down_covers_nothing() -> None:
    tops = np.array([-3.0, 7.0, 2.5], np.float32)
    bottoms = np.array([-1.0, 8.0, 1.5], np.float32)
    assert not coverage(3, Filled(tops, bottoms)).any()


@given(st.lists(st.tuples(st.floats(-4, 14), st.floats(-4, 14)), min_size=1, max_size=9))
def test_every_column_is_covered_as_far_as_its_borders_lie_apart(
    borders: list[tuple[float, float]],
) -> None:
    tops, bottoms = (np.array(side, np.float32) for side in zip(*borders, strict=True))
    within = np.clip(np.maximum(bottoms, tops), 0, 10) - np.clip(tops, 0, 10)
    covered = coverage(10, Filled(tops, bottoms)).sum(axis=0) / FULL
    np.testing.assert_allclose(covered, within, atol=1.5 / FULL)


def test_a_ramp_grows_to_its_colour_and_ends_in_the_one_of_marks(qtbot: QtBot) -> None:
    ramp = colour_ramp(QColor(255, 128, 0, 127), QColor(1, 2, 3))
    assert len(ramp) == 256
    assert (ramp[0], ramp[FULL], ramp[MARKED]) == (0x00FF8000, 0x7FFF8000, 0xFF010203)
    image = QImage(2, 1, QImage.Format.Format_RGB32)
    image.fill(QColor(0, 0, 0))
    painter = QPainter(image)
    draw_levels(painter, QRectF(0, 0, 2, 1), np.array([[0, MARKED]], np.uint8), ramp)
    painter.end()
    assert image.pixel(0, 0) == 0xFF000000
    assert image.pixel(1, 0) == 0xFF010203


def test_curves_between_their_points() -> None:
    times = np.array([0.0, 1.0, 2.0])
    levels = np.array([[0.0, 1.0, 0.0], [0.5, 0.5, 0.5]], np.float32)
    lowest, highest = curve_extents(times, levels, np.array([0.0, 0.5, 1.5, 2.0]))
    np.testing.assert_allclose(lowest, [[0.0, 0.5, 0.0], [0.5, 0.5, 0.5]])
    np.testing.assert_allclose(highest, [[0.5, 1.0, 0.5], [0.5, 0.5, 0.5]])


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
    found = curve_extents(times, np.array([levels], np.float32), edges)
    lowest, highest = found[0][0], found[1][0]
    assert (lowest <= highest).all()
    for time_s, level in zip(times, levels, strict=True):
        column = int(np.searchsorted(edges, time_s, side="right")) - 1
        if 0 <= column < columns:
            assert lowest[column] <= np.float32(level) <= highest[column]
