"""What the mouse does on the lanes: place, remove, move, select."""

from __future__ import annotations

import bisect
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from operator import attrgetter
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from chart_hero_app.document.state import Selection
from chart_hero_app.timeline.notes import NoteTable
from chart_hero_core.base.drums import Lane
from chart_hero_core.chart.song import Note

if TYPE_CHECKING:
    from chart_hero_app.document.document import Document
    from chart_hero_app.document.transport import Transport
    from chart_hero_app.timeline.editing import NoteEditing

_tick = attrgetter("tick")
DRAG_FROM_PX = 4.0  # a smaller movement is a shaky click


class Mode(Enum):
    """What the left button does."""

    CURSOR = "cursor"
    NOTE = "note"
    ERASE = "erase"


class _Drag(Enum):
    NOTHING = 0
    WAITING = 1  # pressed, not yet moved far enough
    MOVING = 2
    BAND = 3
    ERASING = 4


@dataclass(frozen=True, slots=True)
class Pointer:
    """Where the mouse is: time, height, lane, the note under it, and the keys held."""

    time_s: float
    y: float
    lane: Lane
    note: Note | None
    pixels_per_s: float
    shift: bool = False
    ctrl: bool = False
    alt: bool = False


Ghost = tuple[float, Note]
Band = tuple[tuple[float, float], tuple[float, float]]  # two corners: seconds, y


class LaneTool(QObject):
    """Right button: add or remove. Left: select, move, rubber band; or place, or erase.

    Shift extends the selection; Ctrl takes single notes in and out of it; Alt moves and places
    off the grid.
    """

    changed = Signal()  # what is drawn of the running gesture
    modeChanged = Signal(object)  # Mode

    def __init__(self, document: Document, transport: Transport, editing: NoteEditing) -> None:
        super().__init__()
        self._document = document
        self._transport = transport
        self._editing = editing
        self._table = NoteTable()
        self._mode = Mode.CURSOR
        self._drag = _Drag.NOTHING
        self._origin: Pointer | None = None
        self._before = Selection()
        self._erased: dict[tuple[int, Lane], Note] = {}
        self._move = self._wanted = (0, 0)  # as far as it goes; as far as the hand went
        self._ghosts: tuple[Ghost, ...] = ()
        self._carried: tuple[Note, ...] = ()  # while they move, in order
        self.band: Band | None = None

    @property
    def mode(self) -> Mode:
        """What the left button does."""
        return self._mode

    @property
    def ghosts(self) -> tuple[Ghost, ...]:
        """All that a gesture would place, move or take away."""
        return self.ghosts_between(-math.inf, math.inf)

    def ghosts_between(self, start_s: float, end_s: float) -> tuple[Ghost, ...]:
        """Those in a stretch: of a whole song that is dragged hardly any are on screen."""
        if not self._carried:
            return tuple(ghost for ghost in self._ghosts if start_s <= ghost[0] <= end_s)
        tempo_map, (ticks, lanes) = self._document.song.tempo_map, self._move
        first, last = (tempo_map.tick_at(time_s) - ticks for time_s in (start_s, end_s))
        here = self._carried[
            bisect.bisect_left(self._carried, first, key=_tick) : bisect.bisect_right(
                self._carried, last, key=_tick
            )
        ]
        return tuple(
            (
                tempo_map.seconds(note.tick + ticks),
                replace(note, tick=note.tick + ticks, lane=Lane(note.lane + lanes)),
            )
            for note in here
        )

    @property
    def dragging(self) -> bool:
        """Whether a gesture is under way."""
        return self._drag is not _Drag.NOTHING

    @property
    def moved(self) -> bool:
        """Whether a gesture has come further than the press that began it."""
        return self._drag not in (_Drag.NOTHING, _Drag.WAITING)

    def set_mode(self, mode: Mode) -> None:
        """Choose what the left button does."""
        if mode is not self._mode:
            self.abandon()
            self._mode = mode
            self.modeChanged.emit(mode)

    def set_table(self, table: NoteTable) -> None:
        """The notes on screen changed."""
        self._table = table

    # Gestures -------------------------------------------------------------------------------

    def press(self, at: Pointer, *, right: bool = False) -> None:
        """A button went down."""
        if self.dragging:
            self.abandon()
            return
        if right or self._mode is Mode.NOTE:
            self._toggle(at)
        elif self._mode is Mode.ERASE:
            self._drag = _Drag.ERASING
            self._erased = {}
            self._erase(at)
        else:
            self._origin, self._before = at, self._document.selection
            self._drag = _Drag.WAITING
            if at.note is not None:
                self._press_note(at, at.note)

    def move(self, at: Pointer, lanes_of: Callable[[float, float], range]) -> None:
        """The mouse moved; ``lanes_of`` tells which lanes lie between two heights."""
        if self._drag is _Drag.WAITING and self._origin is not None and self._moved_far(at):
            self._drag = _Drag.BAND if self._origin.note is None else _Drag.MOVING
        if self._drag is _Drag.MOVING:
            self._preview_move(at)
        elif self._drag is _Drag.BAND:
            self._select_band(at, lanes_of)
        elif self._drag is _Drag.ERASING:
            self._erase(at)
        elif self._drag is _Drag.NOTHING:
            self._hover(at)

    def release(self, at: Pointer) -> None:
        """The button came up: the gesture becomes one undo step."""
        drag, self._drag = self._drag, _Drag.NOTHING
        if drag is _Drag.MOVING:
            self._editing.move(*self._wanted)  # what stops it is told
        elif drag is _Drag.ERASING:
            self._editing.delete(self._erased.values())
        elif drag is _Drag.WAITING:
            self._click(at)
        self._clear()

    def abandon(self) -> None:
        """End the gesture as if it had not begun."""
        if self._drag is _Drag.BAND:
            self._document.select(self._before)
        self._drag = _Drag.NOTHING
        self._clear()

    def leave(self) -> None:
        """The mouse left the lanes."""
        if not self.dragging and self._ghosts:
            self._clear()

    def _clear(self) -> None:
        self._ghosts, self._carried, self.band, self._origin = (), (), None, None
        self._move = self._wanted = (0, 0)
        self.changed.emit()

    def _moved_far(self, at: Pointer) -> bool:
        assert self._origin is not None
        sideways = abs(at.time_s - self._origin.time_s) * at.pixels_per_s
        return sideways >= DRAG_FROM_PX or abs(at.y - self._origin.y) >= DRAG_FROM_PX

    # Placing and erasing --------------------------------------------------------------------

    def _target_tick(self, at: Pointer) -> int:
        if at.alt:
            return max(round(self._document.song.tempo_map.tick_at(at.time_s)), 0)
        return self._editing.snapped(at.time_s)

    def _toggle(self, at: Pointer) -> None:
        if at.note is not None:
            self._editing.delete([at.note])
        else:
            self._editing.toggle_at(at.lane, self._target_tick(at), other_kind=at.shift)
        self._ghosts = ()
        self.changed.emit()

    def _erase(self, at: Pointer) -> None:
        if at.note is not None:
            self._erased[(at.note.tick, at.note.lane)] = at.note
            seconds = self._document.song.tempo_map.seconds
            self._ghosts = tuple((seconds(n.tick), n) for n in self._erased.values())
            self.changed.emit()

    def _hover(self, at: Pointer) -> None:
        """In note mode: show what a click would place."""
        ghosts: tuple[Ghost, ...] = ()
        if self._mode is Mode.NOTE and at.note is None:
            tick = self._target_tick(at)
            note = self._editing.new_note(at.lane, tick, other_kind=at.shift)
            if tick <= self._editing.last_tick:
                ghosts = ((self._document.song.tempo_map.seconds(tick), note),)
        if ghosts != self._ghosts:
            self._ghosts = ghosts
            self.changed.emit()

    # Selecting and moving -------------------------------------------------------------------

    def _press_note(self, at: Pointer, note: Note) -> None:
        key = self._document.key(note)
        chosen = self._before.notes
        if at.ctrl:
            self._document.select(replace(self._before, notes=chosen ^ {key}))
        elif at.shift:
            self._document.select(replace(self._before, notes=chosen | {key}))
        elif key not in chosen:
            self._document.select_notes((note,))

    def _click(self, at: Pointer) -> None:
        """Released without moving."""
        assert self._origin is not None
        if self._origin.note is not None:
            if not (at.shift or at.ctrl):
                self._document.select_notes((self._origin.note,))
            return
        if not (at.shift or at.ctrl):
            self._document.select(Selection())
            if not self._transport.playing:
                tick = self._target_tick(at)
                self._transport.seek(self._document.song.tempo_map.seconds(tick))

    def _preview_move(self, at: Pointer) -> None:
        assert self._origin is not None
        assert self._origin.note is not None
        tempo_map = self._document.song.tempo_map
        grabbed = self._origin.note
        shift_s = at.time_s - self._origin.time_s
        wanted_s = tempo_map.seconds(grabbed.tick) + shift_s
        tick = self._target_tick(replace(at, time_s=wanted_s))
        # Up and down without leaving the place: a small sideways drift moves nothing.
        if abs(shift_s) * at.pixels_per_s < DRAG_FROM_PX:
            tick = grabbed.tick
        notes = self._document.selected_notes()
        if not notes:
            return
        self._wanted = (tick - grabbed.tick, at.lane - grabbed.lane)
        self._move = self._editing.held(notes, *self._wanted)
        self._carried = notes
        self.changed.emit()

    def _select_band(self, at: Pointer, lanes_of: Callable[[float, float], range]) -> None:
        assert self._origin is not None
        self.band = ((self._origin.time_s, self._origin.y), (at.time_s, at.y))
        start_s, end_s = sorted((self._origin.time_s, at.time_s))
        inside = self._table.inside(start_s, end_s, lanes_of(self._origin.y, at.y))
        keys = frozenset(self._document.key(note) for note in inside)
        if at.shift or at.ctrl:
            keys |= self._before.notes
        self._document.select(Selection(keys))
        self.changed.emit()
