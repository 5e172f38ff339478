"""Passages with knobs of their own: remembering, finding and describing them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from chart_hero_app.document.spans import without
from chart_hero_app.document.state import Passage, Span
from chart_hero_core.base.clock import clock
from chart_hero_core.decode.presets import rebased
from chart_hero_core.decode.settings import KNOBS, MICRO_PREFIX, find_knob

if TYPE_CHECKING:
    from chart_hero_core.decode.settings import DecodePlan

_NAMED = 4  # knobs that are named; of more, their number is enough


def with_passage(
    passages: tuple[Passage, ...], span: Span, plan: DecodePlan, settings: DecodePlan | None
) -> tuple[Passage, ...]:
    """The passages after ``span`` was tuned to ``plan``; the song's own settings need none."""
    left = [
        Passage(rest, passage.plan)
        for passage in passages
        for rest in without((passage.span_s,), span)
    ]
    if plan != settings:
        left.append(Passage(span, plan))
    return tuple(sorted(left, key=lambda passage: passage.span_s))


def refitted_passages(
    passages: tuple[Passage, ...], base: DecodePlan, fitted: DecodePlan
) -> tuple[Passage, ...]:
    """The passages for another model or audio, whose preset went from ``base`` to ``fitted``."""
    return tuple(replace(one, plan=rebased(one.plan, base, fitted)) for one in passages)


def plan_at(passages: tuple[Passage, ...], settings: DecodePlan, time_s: float) -> DecodePlan:
    """The knobs that hold at a time: those of its passage, else the song's."""
    passage = passage_at(passages, time_s)
    return settings if passage is None else passage.plan


def passage_at(passages: tuple[Passage, ...], time_s: float) -> Passage | None:
    """The passage with knobs of its own that a time lies in."""
    for passage in passages:
        if passage.span_s[0] <= time_s < passage.span_s[1]:
            return passage
    return None


def describe(passage: Passage, settings: DecodePlan) -> str:
    """What is different in a passage: ``Threshold of Snare 0.31 (song 0.42)``, one per line."""
    paths = [prefix + p for prefix in ("", MICRO_PREFIX) for knob in KNOBS for p in knob.paths()]
    lines = [
        f"{knob_title(path)}: {_words(path, passage.plan)} (song {_words(path, settings)})"
        for path in paths
        if passage.plan.value(path) != settings.value(path)
    ]
    more = len(lines) - _NAMED
    if more > 0:
        lines[_NAMED:] = [f"and {more} more"]
    return "\n".join((f"{place(passage.span_s)} has its own knobs", *lines))


def _words(path: str, plan: DecodePlan) -> str:
    knob, _ = find_knob(path)
    value = plan.value(path)
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"{value:.4g} {knob.unit}".strip()


def place(span: Span) -> str:
    """From when to when a stretch lasts: ``0:05.0–0:06.5``."""
    return "–".join(clock(time_s, 1) for time_s in span)


def knob_title(path: str) -> str:
    """What undo calls the turning of a knob: ``Threshold of Kick``."""
    knob, drum = find_knob(path)
    micro = " in micro mode" if path.startswith(MICRO_PREFIX) else ""
    return f"{knob.title} of {drum.title}{micro}" if drum is not None else f"{knob.title}{micro}"
