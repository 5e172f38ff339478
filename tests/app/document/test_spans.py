"""Stretches of time."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from chart_hero_app.document.spans import merged, without

times = st.floats(0, 100, allow_nan=False)
spans = st.lists(st.tuples(times, times), max_size=12)


def test_touching_and_overlapping_become_one() -> None:
    assert merged([(3, 4), (0, 1), (0.5, 2), (2.05, 2.5)]) == ((0, 2.5), (3, 4))


def test_reversed_is_put_right_and_empty_is_dropped() -> None:
    assert merged([(2, 1), (5, 5)]) == ((1, 2),)


def test_cutting() -> None:
    assert without([(0, 10)], (4, 6)) == ((0, 4), (6, 10))
    assert without([(0, 10)], (0, 10)) == ()
    assert without([(0, 1), (2, 3)], (5, 6)) == ((0, 1), (2, 3))


@given(spans)
def test_merged_is_ordered_apart_and_stable(given_spans: list[tuple[float, float]]) -> None:
    found = merged(given_spans)
    assert all(a < b for a, b in found)
    assert all(one[1] < other[0] for one, other in itertools.pairwise(found))
    assert merged(found) == found


@given(spans, times, times)
def test_nothing_of_the_cut_stretch_is_left(
    given_spans: list[tuple[float, float]], a: float, b: float
) -> None:
    gone = (min(a, b), max(a, b))
    for start, end in without(merged(given_spans), gone):
        assert end <= gone[0] or start >= gone[1]
