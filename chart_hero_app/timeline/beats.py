"""Beats moved with the mouse: dragging a beat bends the tempo, a double click anchors it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from chart_hero_core.base.errors import ChartError
from chart_hero_core.chart.edits import ChangeTempoMap, Keep
from chart_hero_core.timing import edits as timing

if TYPE_CHECKING:
    from chart_hero_app.document.document import Document
    from chart_hero_core.chart.song import Song
    from chart_hero_core.timing.tempo_map import TempoMap


class BeatEditing(QObject):
    """One drag is one undo step; the song follows while the mouse moves."""

    failed = Signal(str)
    dragged = Signal(float)  # BPM before the beat, while it is dragged

    def __init__(self, document: Document) -> None:
        super().__init__()
        self._document = document
        self.keep = Keep.TIME  # whether notes stay where they sound or on their beats
        self._base: Song | None = None
        self._tick = 0
        self._grabbed_s = 0.0

    @property
    def dragging(self) -> bool:
        """Whether a beat is being dragged."""
        return self._base is not None

    def beat_near(self, time_s: float, reach_s: float) -> int | None:
        """The tick of the beat within ``reach_s``; None without one (the first cannot move)."""
        tempo_map = self._document.song.tempo_map
        tick = tempo_map.nearest_beat(tempo_map.tick_at(time_s))
        if tick <= 0 or abs(tempo_map.seconds(tick) - time_s) > reach_s:
            return None
        return tick

    def press(self, time_s: float, reach_s: float) -> bool:
        """Grab the beat that is near; False without one."""
        tick = self.beat_near(time_s, reach_s)
        if tick is None:
            return False
        self._document.begin_gesture()
        self._base = self._document.song
        self._tick = tick
        self._grabbed_s = time_s - self._base.tempo_map.seconds(tick)
        return True

    def move(self, time_s: float, *, ripple: bool = False) -> None:
        """Bring the beat here; with ``ripple`` what follows keeps its tempo and moves along.

        A place where the tempo would leave all bounds is passed over.
        """
        if self._base is None:
            return
        if not self._holding:  # an edit or a transcription has ended the drag
            self._base = None
            return
        goal_s = time_s - self._grabbed_s
        try:
            tempo_map = timing.drag_beat(self._base.tempo_map, self._tick, goal_s, ripple=ripple)
            song, _ = ChangeTempoMap(tempo_map, self.keep).apply(self._base)
        except ChartError:
            return
        self._document.show_state(song=song)
        self.dragged.emit(tempo_map.tempo_at(self._tick - 0.5).bpm)

    def release(self) -> None:
        """Let go."""
        if self._holding:
            self._document.end_gesture("Drag beat")
        self._base = None

    def abandon(self) -> None:
        """Put it back."""
        if self._holding:
            self._document.abandon_gesture()
        self._base = None

    @property
    def _holding(self) -> bool:
        began = self._document.gesture_base
        return self._base is not None and began is not None and began.song is self._base

    def toggle_anchor(self, tick: int) -> None:
        """Lock a beat to its time, or unlock it."""
        change = self._document.song.tempo_map.tempo_at(tick)
        if change.tick == tick and change.anchor_us is not None:
            self._change("Release the beat", lambda m: timing.release(m, tick))
        else:
            self._change("Anchor the beat", lambda m: timing.anchor(m, tick))

    def remove_change(self, tick: int) -> None:
        """Take a tempo change away."""
        self._change("Remove tempo marker", lambda m: timing.remove_tempo(m, tick), self.keep)

    def _change(
        self, title: str, edit: Callable[[TempoMap], TempoMap], keep: Keep = Keep.GRID
    ) -> None:
        try:
            tempo_map = edit(self._document.song.tempo_map)
            self._document.push(ChangeTempoMap(tempo_map, keep, title))
        except ChartError as error:
            self.failed.emit(str(error))
