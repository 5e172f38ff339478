"""Steps of the undo history: an edit with its inverse, or a pair of snapshots."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QUndoCommand

if TYPE_CHECKING:
    from chart_hero_app.document.content import Content
    from chart_hero_app.document.detection import Detection
    from chart_hero_app.document.state import Selection, State
    from chart_hero_core.chart.edits import Edit
    from chart_hero_core.chart.song import Difficulty, Song


class EditCommand(QUndoCommand):
    """Applies an edit of the song; undoing applies the inverse it returned."""

    def __init__(
        self,
        content: Content,
        edit: Edit,
        applied: Song,
        inverse: Edit,
        select_after: Selection | None,
    ) -> None:
        """``applied`` and ``inverse`` are what the edit made of the song that is open."""
        super().__init__(edit.title)
        self._content = content
        self._edit = edit
        self._applied: Song | None = applied
        self._inverse = inverse
        self._before = content.selection
        self._after = select_after
        # Of the notes that are edited; None where it is about all of them, or other things.
        self._difficulty: Difficulty | None = getattr(edit, "difficulty", None)

    def redo(self) -> None:
        """Apply the edit."""
        song, self._applied = self._applied, None
        if song is None:
            song, self._inverse = self._edit.apply(self._content.song)
            self._show(song, self._after)
        else:
            self._content.show_state(song=song, selection=self._after)

    def undo(self) -> None:
        """Apply the inverse and bring the selection back."""
        song, _ = self._inverse.apply(self._content.song)
        self._show(song, self._before)

    def _show(self, song: Song, selection: Selection | None) -> None:
        """Show the song, and the difficulty where the history changes it: nothing unseen."""
        self._content.show_state(song=song, selection=selection)
        if self._difficulty is not None:
            self._content.set_difficulty(self._difficulty)  # drops the selection if it is another
            if selection is not None:
                self._content.select(selection)


class SnapshotCommand(QUndoCommand):
    """Goes from one state to another; for gestures that touch more than the song."""

    def __init__(self, content: Content, title: str, before: State, after: State) -> None:
        super().__init__(title)
        self._content = content
        self._before = before
        self._after = after

    def redo(self) -> None:
        """Show the later state."""
        self._content.restore_state(self._after)

    def undo(self) -> None:
        """Show the earlier state."""
        self._content.restore_state(self._before)


class HeardCommand(QUndoCommand):
    """Another state and what it was heard from: sliders decode that, so they go together."""

    def __init__(
        self,
        content: Content,
        title: str,
        before: tuple[State, Detection | None],
        after: tuple[State, Detection],
    ) -> None:
        super().__init__(title)
        self._content = content
        self._before = before
        self._after = after

    def redo(self) -> None:
        """Show what was heard later."""
        self._show(*self._after)

    def undo(self) -> None:
        """Show what was heard earlier."""
        self._show(*self._before)

    def _show(self, state: State, detection: Detection | None) -> None:
        self._content.set_detection(detection)
        self._content.restore_state(state)
