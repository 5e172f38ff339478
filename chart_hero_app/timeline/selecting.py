"""A drag over the waveform or the spectrogram selects a stretch of time; a click seeks.

Stretches reach from grid line to grid line, like notes; Alt lets their edges lie anywhere.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from chart_hero_app.document.state import NoteKey, Selection

if TYPE_CHECKING:
    from chart_hero_app.document.document import Document
    from chart_hero_app.document.transport import Transport
    from chart_hero_app.timeline.editing import NoteEditing

DRAG_FROM_PX = 4.0
EDGE_PX = 5.0


class TimeSelecting:
    """One gesture: press, drag, release. Edges of a selected stretch can be dragged again."""

    def __init__(self, document: Document, transport: Transport, editing: NoteEditing) -> None:
        self._document = document
        self._transport = transport
        self._editing = editing
        self._pressed_s: float | None = None
        self._far_s: float | None = None  # the edge that stays; None where the press made it
        self._before = Selection()
        self._kept: frozenset[NoteKey] = frozenset()
        self._moved = False

    @property
    def dragging(self) -> bool:
        """Whether a stretch is being selected."""
        return self._pressed_s is not None

    @property
    def moved(self) -> bool:
        """Whether the mouse has come further than the press that began the stretch."""
        return self.dragging and self._moved

    def _far_edge(self, time_s: float, pixels_per_s: float) -> float | None:
        """The other edge of the stretch when one edge is close to ``time_s``."""
        span = self._document.selection.span_s
        if span is None:
            return None
        reach_s = EDGE_PX / pixels_per_s
        if abs(time_s - span[0]) <= reach_s:
            return span[1]
        return span[0] if abs(time_s - span[1]) <= reach_s else None

    def press(self, time_s: float, pixels_per_s: float, *, shift: bool, free: bool = False) -> None:
        """Begin. Shift extends the stretch there is, else from the playhead to here.

        A new stretch takes the place of notes that were selected: it is what is edited next.
        Where it is not ``free``, the edges that are drawn come to lie on the grid.
        """
        self._before = self._document.selection
        self._moved = False
        fixed = self._far_edge(time_s, pixels_per_s)
        extends = self._before.span_s is not None and (shift or fixed is not None)
        self._kept = self._before.notes if extends else frozenset()
        if fixed is None and shift:
            fixed = self._shift_origin(time_s, free)
        self._pressed_s = time_s
        self._far_s = fixed
        if shift:
            self._moved = True
            self._show(time_s, free)

    def _shift_origin(self, time_s: float, free: bool) -> float:
        if self._before.span_s is None:
            return self._edge(self._transport.position_s, free)
        start_s, end_s = self._before.span_s
        return start_s if abs(time_s - start_s) > abs(time_s - end_s) else end_s

    def move(self, time_s: float, pixels_per_s: float, *, free: bool = False) -> None:
        """Go on."""
        if self._pressed_s is None:
            return
        if abs(time_s - self._pressed_s) * pixels_per_s >= DRAG_FROM_PX:
            self._moved = True
        if self._moved:
            self._show(time_s, free)

    def release(self, time_s: float) -> None:
        """End: without a drag the stretch is dropped and the playhead comes here."""
        if self._pressed_s is None:
            return
        self._pressed_s = None
        if not self._moved:
            self._document.select(replace(self._document.selection, span_s=None))
            self._transport.seek(time_s)

    def abandon(self) -> None:
        """As if nothing had happened."""
        if self._pressed_s is not None:
            self._pressed_s = None
            self._document.select(self._before)

    def _show(self, time_s: float, free: bool) -> None:
        assert self._pressed_s is not None
        last_s = self._document.duration_s or math.inf  # a chart without sound ends nowhere
        here_s = self._edge(time_s, free)
        far_s = self._edge(self._pressed_s, free) if self._far_s is None else self._far_s
        ends = sorted(min(max(t, 0.0), last_s) for t in (far_s, here_s))
        span = (ends[0], ends[1]) if ends[1] > ends[0] else None
        self._document.select(Selection(self._kept, span))

    def _edge(self, time_s: float, free: bool) -> float:
        if free:
            return time_s
        return self._document.song.tempo_map.seconds(self._editing.snapped(time_s))
