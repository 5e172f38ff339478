"""Turning knobs: activations are decoded again while a value moves, one undo step at its end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QTimer, Signal

from chart_hero_app.document.detection import Detection
from chart_hero_app.document.passages import knob_title, plan_at, with_passage
from chart_hero_app.document.suggesting import Suggest, with_suggestions
from chart_hero_core.base.drums import DRUM_COUNT
from chart_hero_core.base.errors import SettingsError
from chart_hero_core.chart.columns import NoteColumns
from chart_hero_core.chart.song import Difficulty, Song
from chart_hero_core.decode.decoder import decode_counts
from chart_hero_core.decode.settings import DecodePlan, find_knob

if TYPE_CHECKING:
    from chart_hero_app.document.document import Document
    from chart_hero_app.document.presets import Preset
    from chart_hero_app.document.state import Passage, Span, State

# A view longer than this changes as a whole: at that zoom single notes cannot be told apart.
LIVE_S = 60.0
# A knob that has not moved for so long rests.
REST_MS = 120


@dataclass(frozen=True, slots=True, eq=False)
class Difference:
    """Notes per drum, and what came and went since a state; arrays of shape ``[8]``."""

    counts: NDArray[np.int64]
    added: NDArray[np.int64]
    removed: NDArray[np.int64]


def difference(before: NoteColumns, after: NoteColumns) -> Difference:
    """What differs between two tracks, by drum."""
    old, new = (one.ticks * DRUM_COUNT + one.drums for one in (before, after))
    return Difference(
        after.counts,
        _count(after.drums[~np.isin(new, old, assume_unique=True)]),
        _count(before.drums[~np.isin(old, new, assume_unique=True)]),
    )


def no_difference(track: NoteColumns) -> Difference:
    """A track that has just been settled: its notes per drum, of which none came or went."""
    nothing = np.zeros(DRUM_COUNT, dtype=np.int64)
    return Difference(track.counts, nothing, nothing)


def _count(drums: NDArray[np.int8]) -> NDArray[np.int64]:
    return np.bincount(drums, minlength=DRUM_COUNT).astype(np.int64)


class Redecoder(QObject):
    """Applies decode settings to the document, live.

    ``begin``, any number of ``move`` and ``end`` make one gesture. With a ``stretch`` only the
    notes in it follow, and the song's own settings stay as they are: the stretch is remembered
    as a passage with knobs of its own, which later turns of the song's knobs leave alone.
    """

    differenceChanged = Signal(object)  # Difference against the start of the gesture
    planChanged = Signal()  # what the knobs should show, or where they act
    failed = Signal(str)

    def __init__(
        self,
        document: Document,
        suggest: Suggest,
        visible: Callable[[], Span | None] = lambda: None,
    ) -> None:
        """``visible`` tells the stretch on screen (None: all): it follows a moving knob at once,
        the rest of the song when the knob rests.
        """
        super().__init__()
        self._document = document
        self._suggest = suggest
        self._visible = visible
        self._base: Song | None = None
        self._base_columns = NoteColumns.of()
        self._began: State | None = None
        self._pending: DecodePlan | None = None
        self._local: DecodePlan | None = None
        self._selection_only = False
        self._acts_on: Span | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._preview)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST_MS)
        self._rest.timeout.connect(self._apply)
        document.settingsChanged.connect(self._follow)
        document.passagesChanged.connect(self._follow)
        document.selectionChanged.connect(self._on_selected)
        document.songChanged.connect(self._on_selected)  # selected notes sound elsewhere
        document.opened.connect(self._on_opened)

    @property
    def plan(self) -> DecodePlan:
        """What the knobs show: the song's settings, or those of the selection."""
        return self._document.settings if self._local is None else self._local

    @property
    def selection_only(self) -> bool:
        """Whether knobs act on the selected stretch alone."""
        return self._selection_only

    def set_selection_only(self, on: bool) -> None:
        """Have the knobs act on the selected stretch alone, starting from those that hold there."""
        if on != self._selection_only:
            self._selection_only = on
            self._follow()

    @property
    def stretch(self) -> Span | None:
        """The stretch that the knobs act on; None when it is the song, or nothing is selected.

        Notes that it was chosen by may go while a knob is held, which goes on with the same one.
        """
        return self._acts_on if self._holding else self._selected()

    def _selected(self) -> Span | None:
        if not self._selection_only:
            return None
        selection = self._document.selection
        if selection.span_s is not None:
            return selection.span_s
        notes = self._document.selected_notes()
        if not notes:
            return None
        tempo_map = self._document.song.tempo_map
        return (tempo_map.seconds(notes[0].tick), tempo_map.seconds(notes[-1].tick + 1))

    def _follow(self) -> None:
        """Show the knobs that hold where they act; one that is held knows better."""
        if not self._holding:
            stretch, state = self.stretch, self._document.state
            if not self._selection_only:
                self._local = None
            elif stretch is None:
                self._local = state.settings
            else:
                self._local = plan_at(state.passages, state.settings, stretch[0])
        self.planChanged.emit()

    def begin(self) -> None:
        """A knob is being turned."""
        self._document.begin_gesture()
        self._acts_on = self._selected()
        self._began = self._document.gesture_base
        self._base = self._document.song
        self._base_columns = self._document.columns_of(Difficulty.EXPERT)
        self._pending = None

    def move(self, path: str, value: float) -> None:
        """The knob ``path`` (``thresholds.kick``) stands at ``value`` now."""
        if not self._holding:
            self.begin()
        knob, _ = find_knob(path)
        try:
            self._pending = (self._pending or self.plan).with_value(
                path, bool(value) if knob.kind == "bool" else value
            )
        except SettingsError as error:
            self.failed.emit(str(error))
            return
        if not self._timer.isActive():
            self._timer.start()

    def end(self, path: str) -> None:
        """The knob was let go: one step in the history."""
        self.end_with(knob_title(path))

    def use_plan(self, plan: DecodePlan, title: str, preset: Preset | None = None) -> None:
        """Take all knobs at once, as one step; ``preset`` is what they started from."""
        self.begin()
        if preset is not None and not self._selection_only:
            self._document.restore_state(replace(self._document.state, preset=preset))
        self._pending = plan
        self.end_with(title)

    def end_with(self, title: str) -> None:
        """End the gesture under another name."""
        self._stop()
        self._apply()
        if self._holding:
            self._document.end_gesture(title)
        self._base = self._pending = self._began = None
        if self._selection_only:
            self._follow()  # it could not act, or what was selected has gone

    def detect_again(self, stretch: Span) -> None:
        """Decode a stretch with the present settings: from here on it goes by them."""
        document = self._document
        song = self._redecoded(document.song, self.plan, stretch, ())
        if song is not None:
            document.begin_gesture()
            self._tune(document.state, stretch, self.plan)
            document.show_state(song=song)
            document.end_gesture("Re-detect selection")

    def give_back(self) -> None:
        """Have all stretches with knobs of their own go by the song's again, as one step."""
        document = self._document
        song = self._redecoded(document.song, document.settings, None, ())
        if song is not None:
            document.begin_gesture()
            document.restore_state(replace(document.state, passages=()))
            document.show_state(song=song)
            document.end_gesture("Use the song's knobs everywhere")

    def _tune(self, before: State, stretch: Span, plan: DecodePlan) -> None:
        """Remember that a stretch has these knobs from here on."""
        passages = with_passage(before.passages, stretch, plan, before.settings)
        self._document.restore_state(replace(self._document.state, passages=passages))

    @property
    def _holding(self) -> bool:
        """Whether the gesture goes on: an edit, an undo or a transcription may have ended it."""
        return self._began is not None and self._document.gesture_base is self._began

    def _stop(self) -> None:
        self._timer.stop()
        self._rest.stop()

    def _preview(self) -> None:
        """Show what the knob does on screen; the whole song follows when the knob rests."""
        plan, base, span = self._pending, self._base, self._visible()
        if not self._holding:
            return
        long = span is None or span[1] - span[0] > LIVE_S
        if plan is None or base is None or self._selection_only or long:
            self._apply()
            return
        # On top of what is shown, so that what was changed off screen stays until the rest.
        song = self._redecoded(self._document.song, plan, span, self._document.state.passages)
        self._document.show_state(song=song, settings=plan)
        self._rest.start()
        heard = self._document.detection
        if heard is not None:
            self.differenceChanged.emit(self._quick_difference(heard, plan))

    def _apply(self) -> None:
        """Decode all that the knob acts on, from the state at the start of the gesture."""
        self._rest.stop()
        plan, base = self._pending, self._base
        if plan is None or base is None or not self._holding:
            return
        stretch = self._acts_on
        if self._selection_only and stretch is None:
            self._pending = None
            self.failed.emit("Select a stretch of the song first.")
            return
        passages = self._document.state.passages if stretch is None else ()
        song = self._redecoded(base, plan, stretch, passages)
        if stretch is not None:
            self._local = plan
            if self._began is not None:
                self._tune(self._began, stretch, plan)
            self._document.show_state(song=song)
            self.planChanged.emit()
        else:
            self._document.show_state(song=song, settings=plan)
        if song is not None:
            now = self._document.columns_of(Difficulty.EXPERT)
            self.differenceChanged.emit(difference(self._base_columns, now))

    def _quick_difference(self, heard: Detection, plan: DecodePlan) -> Difference:
        """Counts of hits before and now: near enough while the knob moves."""
        first = self._document.gesture_base
        before = self._document.settings if first is None else first.settings
        old, new = (
            np.array(decode_counts(heard.candidates, one, heard.calibration))
            for one in (before, plan)
        )
        return Difference(new, np.maximum(new - old, 0), np.maximum(old - new, 0))

    def _redecoded(
        self,
        base: Song,
        plan: DecodePlan,
        stretch: Span | None,
        passages: tuple[Passage, ...],
    ) -> Song | None:
        """``base`` with new suggestions; None before the analysis."""
        detection = self._document.detection
        if detection is None:
            return None
        notes = self._suggest(base, detection, plan, stretch, passages)
        return with_suggestions(base, notes, stretch, self._document.reviewed)

    def _on_selected(self) -> None:
        if self._selection_only and not self._holding:
            self._follow()

    def _on_opened(self) -> None:
        self._stop()
        self._pending = self._base = self._began = None
        self._follow()
