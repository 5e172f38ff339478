"""Shares the height of the timeline out among its rows."""

from collections.abc import Sequence
from typing import Protocol

from chart_hero_app.timeline.row import FOLDED_PX


class Stackable(Protocol):
    """What sharing needs to know of a row."""

    least_height: int
    most_height: int
    elastic: bool

    @property
    def folded(self) -> bool:
        """Whether the person wants the title only."""

    @property
    def shut(self) -> bool:
        """Whether only the title is shown."""


def without_room(rows: Sequence[Stackable], giving_way: Sequence[int], total: int) -> set[int]:
    """The rows that have to be shut so that the others have their least heights.

    ``giving_way`` are those that can be, the one to be shut first at first.
    """
    needed = sum(FOLDED_PX if row.folded else row.least_height for row in rows)
    shut: set[int] = set()
    for i in giving_way:
        if needed <= total:
            break
        if not rows[i].folded:
            needed -= rows[i].least_height - FOLDED_PX
            shut.add(i)
    return shut


def stack_heights(rows: Sequence[Stackable], wanted: Sequence[int], total: int) -> list[int]:
    """The height of each row, in order, for ``total`` pixels.

    What is left over or missing is shared by the elastic rows in proportion to their wanted
    heights; no row gets less than its least or more than its most height, so too small a view cuts
    the last rows off and too large a one stays empty below.
    """
    heights = [FOLDED_PX if row.shut else want for row, want in zip(rows, wanted, strict=True)]
    elastic = [i for i, row in enumerate(rows) if row.elastic and not row.shut]
    spare = total - sum(heights)
    while elastic and spare:
        weight = sum(wanted[i] for i in elastic)
        shares = {i: round(spare * wanted[i] / weight) for i in elastic}
        shares[elastic[-1]] += spare - sum(shares.values())
        goals = {i: heights[i] + shares[i] for i in elastic}
        limits = {i: min(max(goals[i], rows[i].least_height), rows[i].most_height) for i in elastic}
        held = [i for i in elastic if limits[i] != goals[i]]
        if not held:
            for i in elastic:
                heights[i] = goals[i]
            break
        # These cannot take their whole share; the others have to.
        for i in held:
            spare -= limits[i] - heights[i]
            heights[i] = limits[i]
            elastic.remove(i)
    return heights
