"""Sharing the height among the rows."""

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from chart_hero_app.timeline.row import FOLDED_PX
from chart_hero_app.timeline.stacking import stack_heights, without_room


@dataclass
class Fixed:
    least_height: int = 20
    most_height: int = 2000
    elastic: bool = False
    folded: bool = False
    squeezed: bool = False

    @property
    def shut(self) -> bool:
        return self.folded or self.squeezed


def test_what_is_left_goes_to_the_elastic_rows() -> None:
    rows = [Fixed(), Fixed(elastic=True), Fixed(elastic=True)]
    assert stack_heights(rows, [40, 100, 50], 340) == [40, 200, 100]


def test_what_is_missing_is_taken_from_them() -> None:
    rows = [Fixed(), Fixed(elastic=True), Fixed(elastic=True, least_height=45)]
    assert stack_heights(rows, [40, 100, 50], 160) == [40, 75, 45]


def test_the_most_a_row_can_take() -> None:
    rows = [Fixed(elastic=True, most_height=120), Fixed(elastic=True)]
    assert stack_heights(rows, [100, 100], 400) == [120, 280]


def test_folded_rows_show_their_title() -> None:
    rows = [Fixed(elastic=True, folded=True), Fixed(elastic=True)]
    assert stack_heights(rows, [100, 100], 300) == [FOLDED_PX, 300 - FOLDED_PX]


@given(
    st.lists(st.tuples(st.integers(20, 300), st.booleans(), st.booleans()), min_size=1, max_size=8),
    st.integers(0, 1900),
)
def test_nothing_is_lost(shape: list[tuple[int, bool, bool]], total: int) -> None:
    rows = [Fixed(elastic=elastic, folded=folded) for _, elastic, folded in shape]
    wanted = [height for height, _, _ in shape]
    heights = stack_heights(rows, wanted, total)
    assert all(h >= (FOLDED_PX if r.folded else 20) for h, r in zip(heights, rows, strict=True))
    open_elastic = [r for r in rows if r.elastic and not r.folded]
    least = sum(
        FOLDED_PX if r.folded else (20 if r.elastic else w)
        for r, w in zip(rows, wanted, strict=True)
    )
    if open_elastic and total >= least:
        assert sum(heights) == total


def test_rows_are_shut_one_after_the_other() -> None:
    rows = [Fixed(least_height=40), Fixed(least_height=58), Fixed(least_height=48)]
    assert without_room(rows, [2, 1], 146) == set()
    assert without_room(rows, [2, 1], 145) == {2}  # 48 - 18 = 30 px won
    assert without_room(rows, [2, 1], 116) == {2}
    assert without_room(rows, [2, 1], 115) == {2, 1}
    assert without_room(rows, [2, 1], 1) == {2, 1}


def test_a_folded_row_gives_no_room_by_being_shut() -> None:
    rows = [Fixed(least_height=40), Fixed(least_height=58, folded=True), Fixed(least_height=48)]
    assert without_room(rows, [1, 2], 105) == {2}
