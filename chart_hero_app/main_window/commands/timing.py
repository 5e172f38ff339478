"""Showing how early or late the notes of each drum lie."""

from __future__ import annotations

from PySide6.QtCore import QTimer

from chart_hero_app.dialogs.timing import TimingDialog
from chart_hero_app.main_window.commands.one_dialog import DialogCommand
from chart_hero_app.main_window.desk import Desk
from chart_hero_app.timeline.lane_timing import lane_timings
from chart_hero_core.base.drums import DrumClass

_REFRESH_AFTER_MS = 200


class TimingCommands(DialogCommand[TimingDialog]):
    """One window, which follows the notes on screen while it is open."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, "review.timing")
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_REFRESH_AFTER_MS)
        self._timer.timeout.connect(self._refresh)
        document = desk.document
        for signal in (
            document.songChanged,
            document.difficultyChanged,
            document.activationsChanged,
            document.audioChanged,
        ):
            signal.connect(self._timer.start)

    def show(self) -> None:
        """Show the timing of the notes on screen."""
        document = self._desk.document
        if document.activations is None and document.clip is None:
            self._desk.told("There is no audio to find attacks in")
            return
        super().show()
        self._refresh()

    def _make(self) -> TimingDialog:
        made = TimingDialog(self._desk.timeline.lanes.theme, self._desk.window)
        made.drumChosen.connect(self._select)
        return made

    def _refresh(self) -> None:
        if self.dialog is None:
            return
        document = self._desk.document
        if document.gesture_base is not None:
            self._timer.start()  # a knob is held
            return
        self.dialog.show_timings(
            lane_timings(document.song, document.track, document.activations, document.clip)
        )

    def _select(self, drum: DrumClass) -> None:
        document = self._desk.document
        document.set_drum(drum)
        document.select_notes(tuple(note for note in document.track.notes if note.drum is drum))
