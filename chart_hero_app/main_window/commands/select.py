"""Commands that select: all, some, note by note, or a stretch of time; without a mouse."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from chart_hero_app.document.state import Selection, Span
from chart_hero_app.main_window.desk import OPEN_FIRST, Desk
from chart_hero_app.widgets.prompts import ask_number

_NEED_SONG = (
    "edit.select_all",
    "edit.select_next",
    "edit.select_previous",
    "edit.stretch_later",
    "edit.stretch_earlier",
    "edit.stretch_bar_later",
    "edit.stretch_bar_earlier",
    "edit.select_section",
    "edit.select_lane",
    "edit.select_doubtful",
)
_SAME_S = 1e-6  # the playhead is where it was put, but for rounding


class SelectCommands:
    """Binds what selects. ``step`` and ``bar`` move the playhead by grid steps and bars."""

    def __init__(
        self, desk: Desk, step: Callable[[int], object], bar: Callable[[int], object]
    ) -> None:
        self._desk = desk
        book, editing = desk.book, desk.timeline.editing
        book.bind("edit.select_all", editing.select_all)
        book.bind("edit.select_next", lambda: self.step_note(1))
        book.bind("edit.select_previous", lambda: self.step_note(-1))
        for name, move in (
            ("edit.stretch_later", partial(step, 1)),
            ("edit.stretch_earlier", partial(step, -1)),
            ("edit.stretch_bar_later", partial(bar, 1)),
            ("edit.stretch_bar_earlier", partial(bar, -1)),
        ):
            book.bind(name, partial(self.stretch, move))
        book.bind("edit.select_section", editing.select_section)
        book.bind("edit.select_lane", editing.select_lane)
        book.bind("edit.select_doubtful", self.ask_confidence)
        book.bind("edit.select_none", self.select_none)
        desk.document.opened.connect(self._update)
        self._update()

    def step_note(self, steps: int) -> None:
        """Select the next or previous note: after the selected ones, else from the playhead on."""
        document, transport = self._desk.document, self._desk.transport
        tempo_map, chosen = document.song.tempo_map, document.selected_notes()
        notes = sorted(document.track.notes, key=lambda note: (note.tick, note.lane))
        keys = [(float(note.tick), int(note.lane)) for note in notes]
        if chosen:
            ends = sorted((float(note.tick), int(note.lane)) for note in chosen)
            here = ends[-1] if steps > 0 else ends[0]
        else:
            # Every lane of the playhead's own place lies ahead, whichever way.
            here = (tempo_map.tick_at(transport.position_s) - steps * 0.5, -steps * 100)
        ahead = [n for n, key in zip(notes, keys, strict=True) if (key > here) == (steps > 0)]
        ahead = [note for note in ahead if note not in chosen]
        if not ahead:
            self._desk.told("There is no later note" if steps > 0 else "There is no earlier note")
            return
        note = ahead[0] if steps > 0 else ahead[-1]
        document.select_notes((note,))
        document.set_drum(note.drum)
        transport.seek(tempo_map.seconds(note.tick))
        self._desk.timeline.reveal(transport.position_s)

    def stretch(self, move: Callable[[], object]) -> None:
        """Move the playhead and select what it passes; an edge that it stands on goes with it."""
        document, transport = self._desk.document, self._desk.transport
        tempo_map, before = document.song.tempo_map, document.selection
        here_s = transport.position_s
        fixed_s = tempo_map.seconds(self._desk.timeline.editing.cursor_tick())
        far_s = None if before.span_s is None else _far_edge(before.span_s, here_s)
        move()
        if far_s is None and abs(transport.position_s - fixed_s) < _SAME_S:
            move()  # the first step only led onto the grid
        ends = sorted((fixed_s if far_s is None else far_s, transport.position_s))
        span = (ends[0], ends[1]) if ends[1] - ends[0] > _SAME_S else None
        document.select(Selection(frozenset() if far_s is None else before.notes, span))

    def ask_confidence(self) -> None:
        """Ask for a confidence and select what is less sure."""
        percent = ask_number(
            self._desk.window,
            "Select by confidence",
            "Suggestions with confidence below",
            "Select",
            60,
            (1, 100),
            unit="%",
        )
        if percent is not None:
            self._desk.timeline.editing.select_by_confidence(percent / 100)

    def select_none(self) -> None:
        """Escape: put back what the mouse holds; else back to the timeline, nothing selected."""
        if self._desk.timeline.abandon_drag():
            return
        self._desk.timeline.editing.select_none()
        self._desk.timeline.lanes.setFocus()

    def _update(self) -> None:
        there = self._desk.document.source is not None
        self._desk.book.enable(_NEED_SONG, there, OPEN_FIRST)


def _far_edge(span_s: Span, here_s: float) -> float | None:
    """The other edge of a stretch when the playhead stands on one."""
    if abs(span_s[1] - here_s) < _SAME_S:
        return span_s[0]
    return span_s[1] if abs(span_s[0] - here_s) < _SAME_S else None
