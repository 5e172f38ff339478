"""Stretches of time: merging and cutting lists of them."""

from __future__ import annotations

from collections.abc import Iterable

from chart_hero_app.document.state import Span

# Passages closer than this are one: analysing them apart would only cost more.
_GAP_S = 0.1


def merged(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The spans in order, those that overlap or nearly touch as one."""
    found: list[Span] = []
    for start_s, end_s in sorted((min(span), max(span)) for span in spans):
        if end_s <= start_s:
            continue
        if found and start_s <= found[-1][1] + _GAP_S:
            found[-1] = (found[-1][0], max(found[-1][1], end_s))
        else:
            found.append((start_s, end_s))
    return tuple(found)


def without(spans: Iterable[Span], gone: Span) -> tuple[Span, ...]:
    """The spans with ``gone`` cut out of them."""
    found: list[Span] = []
    for start_s, end_s in spans:
        if end_s <= gone[0] or start_s >= gone[1]:
            found.append((start_s, end_s))
            continue
        if start_s < gone[0] - _GAP_S:
            found.append((start_s, gone[0]))
        if end_s > gone[1] + _GAP_S:
            found.append((gone[1], end_s))
    return tuple(found)


def covers(spans: Iterable[Span], time_s: float) -> bool:
    """Whether a time lies in one of the spans."""
    return any(start_s <= time_s < end_s for start_s, end_s in spans)


def between(spans: Iterable[Span], end_s: float) -> tuple[Span, ...]:
    """What of ``0..end_s`` the spans (in order, apart) leave free."""
    free: list[Span] = []
    at_s = 0.0
    for start_s, stop_s in spans:
        if start_s > at_s:
            free.append((at_s, start_s))
        at_s = max(at_s, stop_s)
    if at_s < end_s:
        free.append((at_s, end_s))
    return tuple(free)
