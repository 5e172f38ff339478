"""Threshold and gate along the song: tuned passages and those of micro mode have their own."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from chart_hero_core.decode.settings import MICRO_PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chart_hero_app.document.state import Passage, Span
    from chart_hero_core.decode.settings import DecodePlan

GATE = "activity_gate"
_EVER_S = 1e9


@dataclass(frozen=True, slots=True)
class Levels:
    """The levels that hold from when to when, by the path of their knob.

    ``movable``: the knobs act here, so the lines may be dragged; ``own`` is a passage's. In micro
    mode the paths are those of its knobs.
    """

    start_s: float
    end_s: float
    values: dict[str, float]
    movable: bool = True
    own: bool = False


def levels_along(
    settings: DecodePlan,
    passages: Iterable[Passage],
    acts_on: Span | None,
    threshold: str,
    micro: Iterable[Span] = (),
) -> tuple[Levels, ...]:
    """The stretches of the song in order.

    Args:
        acts_on: where the knobs act, None for the song.
        threshold: the path of the threshold shown.
        micro: what was analysed in micro mode, in order.
    """
    fine = tuple(micro)
    found: list[Levels] = []
    at_s = -_EVER_S
    for passage in passages:
        start_s, end_s = passage.span_s
        found += _stretch((at_s, start_s), settings, threshold, fine)
        tuned = _stretch((start_s, end_s), passage.plan, threshold, fine)
        found += [replace(one, own=True) for one in tuned]
        at_s = end_s
    found += _stretch((at_s, _EVER_S), settings, threshold, fine)
    if acts_on is None:
        # The song's knobs leave the passages alone.
        return tuple(replace(one, movable=not one.own) for one in found)
    return tuple(part for one in found for part in _cut(one, acts_on))


def _stretch(span: Span, plan: DecodePlan, threshold: str, micro: tuple[Span, ...]) -> list[Levels]:
    """The levels of one plan from when to when, in micro mode and out of it."""
    coarse, fine = (
        {path: float(plan.value(path)) for path in (prefix + threshold, prefix + GATE)}  # type: ignore[arg-type]
        for prefix in ("", MICRO_PREFIX)
    )
    found: list[Levels] = []
    at_s, last_s = span
    for start_s, end_s in micro:
        if at_s < end_s and start_s < last_s:
            found.append(Levels(at_s, max(start_s, at_s), coarse))
            found.append(Levels(max(start_s, at_s), min(end_s, last_s), fine))
            at_s = min(end_s, last_s)
    found.append(Levels(at_s, last_s, coarse))
    return [one for one in found if one.end_s > one.start_s]


def is_gate(path: str) -> bool:
    """Whether a path is that of the gate, in micro mode or out of it."""
    return path.removeprefix(MICRO_PREFIX) == GATE


def _cut(one: Levels, acts_on: Span) -> Iterable[Levels]:
    """A stretch before, within and after the one that the knobs act on."""
    ends = (one.start_s, *(min(max(t, one.start_s), one.end_s) for t in acts_on), one.end_s)
    for index, (start_s, end_s) in enumerate(itertools.pairwise(ends)):
        if end_s > start_s:
            yield replace(one, start_s=start_s, end_s=end_s, movable=index == 1)
