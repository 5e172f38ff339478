"""The open song: opening it, and changing its content with a history that can be undone.

Views read properties and listen to signals; they change the song only through
:meth:`Document.push`, :meth:`Document.change` or a gesture.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoStack

from chart_hero_app.document.commands import EditCommand, HeardCommand, SnapshotCommand
from chart_hero_app.document.content import Content
from chart_hero_app.document.state import Selection, Sound, Span, State, differ
from chart_hero_app.document.suggesting import Kept, suggest_near_misses
from chart_hero_core.chart.song import Difficulty

if TYPE_CHECKING:
    from pathlib import Path

    from chart_hero_app.document.analysis import Hearing
    from chart_hero_app.document.detection import Detection
    from chart_hero_core.chart.edits import Edit
    from chart_hero_core.chart.song import Song
    from chart_hero_core.decode.settings import DecodePlan


class Document(Content):
    """One open song. A new one replaces its content (:meth:`open`), never the object."""

    opened = Signal()  # another song; everything else has changed too
    hearingChanged = Signal()
    dirtyChanged = Signal(bool)
    pathChanged = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.undo_stack = QUndoStack(self)
        self.undo_stack.cleanChanged.connect(self._on_clean_changed)
        self._gesture: State | None = None
        self._hearing: Hearing | None = None
        self._project_path: Path | None = None
        self._source: Path | None = None

    # What is open ---------------------------------------------------------------------------

    @property
    def hearing(self) -> Hearing | None:
        """What a running analysis has heard so far, None while none runs."""
        return self._hearing

    @property
    def project_path(self) -> Path | None:
        """The .chproj this is saved in."""
        return self._project_path

    @property
    def source(self) -> Path | None:
        """The file or folder that was opened; None with nothing open."""
        return self._source

    @property
    def dirty(self) -> bool:
        """Whether there are unsaved changes."""
        return not self.undo_stack.isClean()

    # Opening --------------------------------------------------------------------------------

    def open(self, state: State, source: Path | None, project_path: Path | None = None) -> None:
        """Show another song; sound and activations follow by their own calls."""
        self._source = None  # what the history says from here on is of no song
        self.undo_stack.clear()
        self._gesture = None
        self._state = state
        self._columns = {}
        self._near_misses = Kept(suggest_near_misses)
        self._source = source
        self._project_path = project_path
        self._sound = Sound()
        self._domain = "mix"
        self._detection = None
        self._hearing = None
        self._selection = Selection()
        self._difficulty = Difficulty.EXPERT
        self.opened.emit()
        for signal in (
            self.songChanged,
            self.settingsChanged,
            self.flagsChanged,
            self.reviewedChanged,
            self.passagesChanged,
            self.audioChanged,
            self.activationsChanged,
            self.hearingChanged,
            self.selectionChanged,
            self.pathChanged,
        ):
            signal.emit()
        self.domainChanged.emit(self._domain)
        self.difficultyChanged.emit(self._difficulty)

    def close(self) -> None:
        """Back to nothing open."""
        self.open(State(settings=self.settings), None)

    def shut_down(self) -> None:
        """The window goes away: the history must not speak while it is taken down."""
        self.undo_stack.blockSignals(True)

    def set_hearing(self, hearing: Hearing | None) -> None:
        """A running analysis has heard more; None when it ended."""
        if hearing is not self._hearing:
            self._hearing = hearing
            self.hearingChanged.emit()

    def set_source(self, path: Path) -> None:
        """The song was found at another place."""
        self._source = path
        self.pathChanged.emit()

    def set_project_path(self, path: Path | None) -> None:
        """The song was saved under another name."""
        self._project_path = path
        self.pathChanged.emit()

    def mark_saved(self) -> None:
        """The project file is up to date."""
        self.undo_stack.setClean()

    def mark_unsaved(self) -> None:
        """The content never was in a file (a recovered song)."""
        self.undo_stack.resetClean()

    # Changing -------------------------------------------------------------------------------

    def push(
        self, edit: Edit, select_after: Selection | Callable[[Edit], Selection] | None = None
    ) -> bool:
        """Apply an edit of the song as one undo step; none when it had nothing to do.

        ``select_after`` may depend on the inverse of the edit, which knows what came of it.

        Returns:
            whether it had something to do.

        Raises:
            ChartError: the edit makes no sense here; nothing has changed.
        """
        self._end_open_gesture()
        song, inverse = edit.apply(self.song)
        if song is self.song:
            return False
        if callable(select_after):
            select_after = select_after(inverse)
        self.undo_stack.push(EditCommand(self, edit, song, inverse, select_after))
        return True

    def change(
        self,
        title: str,
        *,
        song: Song | None = None,
        settings: DecodePlan | None = None,
        micro_flags: tuple[Span, ...] | None = None,
        reviewed: tuple[Span, ...] | None = None,
    ) -> None:
        """Set parts of the state as one undo step; nothing happens when nothing differs."""
        self.begin_gesture()
        self.show_state(song=song, settings=settings, micro_flags=micro_flags, reviewed=reviewed)
        self.end_gesture(title)

    def change_heard(self, title: str, after: State, detection: Detection) -> None:
        """The song as heard anew; undoing brings back what was heard before as well."""
        self._end_open_gesture()
        before = (self._state, self._detection)
        self.undo_stack.push(HeardCommand(self, title, before, (after, detection)))

    def undo(self) -> None:
        """Take back the last step; of a running gesture that is what it did so far."""
        self._end_open_gesture()
        self.undo_stack.undo()

    def redo(self) -> None:
        """Do the step again that was taken back last."""
        self._end_open_gesture()
        self.undo_stack.redo()

    def begin_gesture(self) -> None:
        """From here to :meth:`end_gesture` all of :meth:`show_state` is one undo step."""
        self._end_open_gesture()
        self._gesture = self._state

    @property
    def settled(self) -> State:
        """The state without what a running gesture only shows."""
        return self._state if self._gesture is None else self._gesture

    @property
    def gesture_base(self) -> State | None:
        """The state at the start of the running gesture, None outside of one."""
        return self._gesture

    def end_gesture(self, title: str) -> None:
        """Put what the gesture did into the history; nothing when it did nothing."""
        before, self._gesture = self._gesture, None
        if before is None:
            return
        if not differ(before, self._state):
            self._state = before
            return
        self.undo_stack.push(SnapshotCommand(self, title, before, self._state))

    def abandon_gesture(self) -> None:
        """Go back to where the gesture began."""
        before, self._gesture = self._gesture, None
        if before is not None:
            self.restore_state(before)

    def _on_clean_changed(self, clean: bool) -> None:
        self.dirtyChanged.emit(not clean)

    def _end_open_gesture(self) -> None:
        if self._gesture is not None:
            self.end_gesture("Change")
