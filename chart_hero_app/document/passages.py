"""Passages with knobs of their own: remembering them, and fitting them to another model."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from chart_hero_app.document.spans import without
from chart_hero_app.document.state import Passage, Span
from chart_hero_core.decode.presets import rebased

if TYPE_CHECKING:
    from chart_hero_core.decode.settings import DecodePlan


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
