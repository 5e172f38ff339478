"""Threshold and gate along the song: passages with knobs of their own have levels of their own."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chart_hero_app.document.state import Passage, Span
    from chart_hero_core.decode.settings import DecodePlan

GATE = "activity_gate"
_EVER_S = 1e9


@dataclass(frozen=True, slots=True)
class Levels:
    """The levels that hold from when to when, by the path of their knob.

    ``movable``: the knobs act here, so the lines may be dragged; ``own`` is a passage's.
    """

    start_s: float
    end_s: float
    values: dict[str, float]
    movable: bool = True
    own: bool = False


def levels_along(
    settings: DecodePlan, passages: Iterable[Passage], acts_on: Span | None, threshold: str
) -> tuple[Levels, ...]:
    """The stretches of the song in order; ``acts_on`` is where the knobs act, None for the song."""
    found: list[Levels] = []
    at_s = -_EVER_S
    for passage in passages:
        start_s, end_s = passage.span_s
        found.append(Levels(at_s, start_s, _values(settings, threshold)))
        found.append(Levels(start_s, end_s, _values(passage.plan, threshold), own=True))
        at_s = end_s
    found.append(Levels(at_s, _EVER_S, _values(settings, threshold)))
    if acts_on is None:
        # The song's knobs leave the passages alone.
        return tuple(replace(one, movable=not one.own) for one in found)
    return tuple(part for one in found for part in _cut(one, acts_on))


def _values(plan: DecodePlan, threshold: str) -> dict[str, float]:
    return {path: float(plan.value(path)) for path in (threshold, GATE)}  # type: ignore[arg-type]


def _cut(one: Levels, acts_on: Span) -> Iterable[Levels]:
    """A stretch before, within and after the one that the knobs act on."""
    ends = (one.start_s, *(min(max(t, one.start_s), one.end_s) for t in acts_on), one.end_s)
    for index, (start_s, end_s) in enumerate(itertools.pairwise(ends)):
        if end_s > start_s:
            yield replace(one, start_s=start_s, end_s=end_s, movable=index == 1)
