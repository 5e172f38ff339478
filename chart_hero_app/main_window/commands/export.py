"""The export command: opens the dialog and runs what it asks for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QObject, Qt

from chart_hero_app.dialogs.export import ExportDialog
from chart_hero_app.document.exporting import Exported, ExportPlan, export
from chart_hero_app.document.state import NoteKey, Selection
from chart_hero_app.main_window.desk import OPEN_FIRST, Desk
from chart_hero_app.settings.theme import Theme
from chart_hero_core.base.errors import ChartHeroError
from chart_hero_core.chart.edits import SetMetadata
from chart_hero_core.chart.song import Metadata, Track
from chart_hero_core.chart.validate import Problem

_KEY = "export"


class ExportCommands(QObject):
    """One export dialog at a time."""

    def __init__(self, desk: Desk, theme: Callable[[], Theme]) -> None:
        super().__init__(desk.window)
        self._desk = desk
        self._theme = theme
        self.dialog: ExportDialog | None = None
        # What was exported since the song was opened: undo leads back to it, so it needs no copies.
        self._own: set[str] = set()
        desk.book.bind("file.export", self.open)
        desk.document.opened.connect(self._on_opened)
        desk.document.opened.connect(self._update)
        self._update()

    def open(self) -> None:
        """Show the dialog."""
        if self.dialog is not None:
            self.dialog.raise_()
            self.dialog.activateWindow()
            return
        dialog = ExportDialog(self._desk.document, self._theme(), self._desk.window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.exportWanted.connect(self.start)
        dialog.metadataChanged.connect(self._on_metadata)
        dialog.placeWanted.connect(self.show_problem)
        dialog.finished.connect(self._on_finished)
        self.dialog = dialog
        dialog.show()

    def set_theme(self, theme: Theme) -> None:
        """Have the open dialog follow the colours."""
        if self.dialog is not None:
            self.dialog.set_theme(theme)

    def start(self, plan: ExportPlan) -> None:
        """Write in the background; the dialog shows how it goes, as long as it is open."""
        asked, own = self.dialog, self._own
        plan = replace(plan, own=frozenset(own))
        job = self._desk.runner.start(
            "Exporting",
            lambda progress: export(plan, progress),
            lambda exported: self._on_written(asked, exported, plan, own),
            key=_KEY,
            lasting=True,
            standing=True,  # files that were written are there, whatever is asked for afterwards
        )
        job.progressed.connect(partial(self._on_progress, asked))
        job.failed.connect(partial(self._on_failed, asked))
        stopped = ChartHeroError("The export was stopped.")
        job.cancelled.connect(partial(self._on_failed, asked, stopped))

    def show_problem(self, problem: Problem) -> None:
        """Jump to the place of a problem and select its notes."""
        document, tick = self._desk.document, problem.tick
        if tick is None:
            return
        if problem.difficulty is not None:
            document.set_difficulty(problem.difficulty)
        time_s = document.song.tempo_map.seconds(max(tick, 0))
        self._desk.transport.seek(time_s)
        self._desk.timeline.reveal(time_s)
        track = document.song.tracks.get(document.difficulty, Track())
        here = [note for note in track.notes if note.tick == tick]
        keys = frozenset(NoteKey(document.difficulty, n.tick, n.lane) for n in here)
        document.select(Selection(keys))

    def _on_metadata(self, metadata: Metadata) -> None:
        self._desk.push(SetMetadata(metadata))

    def _on_progress(self, asked: ExportDialog | None, fraction: float, message: str) -> None:
        if asked is not None and asked is self.dialog:
            asked.show_progress(fraction, message)

    def _on_written(
        self, asked: ExportDialog | None, exported: Exported, plan: ExportPlan, own: set[str]
    ) -> None:
        own |= exported.digests
        if asked is not None and asked is self.dialog:
            asked.show_proof(exported, plan.target)
        else:
            proof = exported.proof
            told = [proof.summary, *(text.rstrip(".") for text in proof.left_out), exported.remark]
            self._desk.bar.note(f"Exported to {plan.target}: {'. '.join(filter(None, told))}.")

    def _on_failed(self, asked: ExportDialog | None, error: BaseException) -> None:
        if asked is not None and asked is self.dialog:
            asked.show_failure(str(error) or "The export failed.")

    def _on_finished(self) -> None:
        self.dialog = None

    def _on_opened(self) -> None:
        self._own = set()  # an export that still runs has that of its own song
        if self.dialog is not None:
            self.dialog.close()

    def _update(self) -> None:
        there = self._desk.document.source is not None
        names = ("file.export", "file.save", "file.save_as", "file.close")
        self._desk.book.enable(names, there, OPEN_FIRST)
