"""Saving: on request, after a pause, before leaving; and recovery after a crash."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QMessageBox

from chart_hero_app.document.autosave import Autosaver, OpenMarker
from chart_hero_app.document.put_aside import remove_old_copies
from chart_hero_app.document.state import State
from chart_hero_app.document.storage import draft_path
from chart_hero_app.main_window.desk import Desk
from chart_hero_app.widgets.info_bar import Notice
from chart_hero_core.audio.io import MAX_DURATION_S
from chart_hero_core.base.errors import ChartHeroError
from chart_hero_core.base.progress import Progress
from chart_hero_core.chart.song import Difficulty
from chart_hero_core.formats.audio_files import copy_file
from chart_hero_core.formats.project import SUFFIX
from chart_hero_core.formats.song_ini import safe_file_name

_log = logging.getLogger(__name__)


class SaveCommands(QObject):
    """Keeps project files and drafts up to date."""

    aboutToSave = Signal()  # what is being typed is to be taken over

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk.window)
        self._desk = desk
        self._marker = OpenMarker()
        self._given_up: State | None = None
        self._offers: dict[Path, Notice] = {}  # after a crash, by what was open
        self._trouble: Notice | None = None  # the work could not be saved
        self._length_s: float | None = None  # of the sound, as it was saved; it may be missing now
        self.autosaver = Autosaver(desk.document, self._submit, self.view_state)
        self.autosaver.failed.connect(self._on_failed)
        self.autosaver.saved.connect(self._on_saved)
        self.autosaver.keptOfOthers.connect(self._on_kept)
        desk.preferences.notSaved.connect(desk.bar.error)
        desk.book.bind("file.save", self.save)
        desk.book.bind("file.save_as", self.ask_save_as)
        desk.preferences.changed.connect(self._on_preference)
        self._on_preference("autosave")

    def _submit(
        self,
        work: Callable[[], None],
        done: Callable[[], None],
        failed: Callable[[BaseException], None],
    ) -> None:
        def run(_progress: Progress) -> BaseException | None:
            # A failure is handled here, not shown as a failed job.
            try:
                work()
            except ChartHeroError as error:
                return error
            return None

        def end(error: BaseException | None) -> None:
            if error is None:
                done()
            else:
                failed(error)

        self._desk.runner.start("Saving", run, end, quiet=True, lasting=True)

    # On request -----------------------------------------------------------------------------

    def save(self) -> None:
        """Save the project; ask where when it has no file yet."""
        if self._desk.document.source is None:
            return
        path = self._desk.document.project_path
        if path is None:
            self.ask_save_as()
        else:
            self.save_to(path)

    def ask_save_as(self) -> None:
        """Ask where to and save."""
        document = self._desk.document
        if document.source is None:
            return
        path = self._ask_where("Save project", self._suggested())
        if path is not None:
            self.save_to(path)

    def _ask_where(self, title: str, suggested: Path) -> Path | None:
        name, _ = QFileDialog.getSaveFileName(
            self._desk.window, title, str(suggested), f"Chart Hero projects (*{SUFFIX})"
        )
        if not name:
            return None
        path = Path(name)
        if path.suffix.lower() != SUFFIX:
            path = path.with_name(path.name + SUFFIX)
            if path.exists() and not self._replaces(path):
                return None
        return path

    def _ask_save_other(self, kept: Path) -> None:
        """Where to put what another window has done on this song."""
        suggested = self._suggested()
        other = suggested.with_name(f"{suggested.stem} (other window){SUFFIX}")
        path = self._ask_where("Save the other window's work", other)
        if path is None:
            return
        try:
            copy_file(kept, path)
        except ChartHeroError as error:
            self._desk.bar.error(str(error))
            return
        self._desk.told(f"Saved {path.name}")

    def _replaces(self, path: Path) -> bool:
        """The dialog has asked about the name as it was typed, without its ending."""
        answer = QMessageBox.question(
            self._desk.window, "Replace the project?", f"{path.name} already exists. Replace it?"
        )
        return answer == QMessageBox.StandardButton.Yes

    def save_to(self, path: Path) -> bool:
        """Write the project file now. Says so in the bar when it cannot be written."""
        document = self._desk.document
        self.aboutToSave.emit()
        saving = self.autosaver.snapshot()
        if saving is None:
            return False
        try:
            self.autosaver.save_as_told(saving, path)
        except ChartHeroError as error:
            self._desk.bar.show_notice(
                Notice("error", str(error), (("Save somewhere else…", self.ask_save_as),))
            )
            return False
        document.set_project_path(path)
        document.mark_saved()
        self.set_open(path)
        self._desk.preferences.add_recent(path)
        self._desk.told(f"Saved {path.name}")
        return True

    def _suggested(self) -> Path:
        document = self._desk.document
        if document.project_path is not None:
            return document.project_path
        assert document.source is not None
        source = document.source
        name = safe_file_name((document.song.metadata.name or source.stem).strip(" .")) or "Song"
        folder = source if source.is_dir() else source.parent
        return folder / f"{name}{SUFFIX}"

    def keep_with_song(self, before: Path | None) -> None:
        """The song was at ``before`` and was found elsewhere: save the work anew, as that says."""
        self._desk.document.mark_unsaved()
        try:
            self.autosaver.save_and_wait()
        except ChartHeroError as error:
            self._on_failed(f"{error} Please save the project somewhere else.")
            return
        if before is not None and before != self._desk.document.source:
            self.autosaver.writes.discard_draft(before)

    # Before leaving -------------------------------------------------------------------------

    def save_before_leaving(self) -> bool:
        """Keep unsaved work in the project file or a draft; False: it failed, and is not given up.

        Nothing is asked twice about the same work.
        """
        self.aboutToSave.emit()
        try:
            self.autosaver.save_and_wait()
        except ChartHeroError as error:
            state = self._desk.document.settled
            if state is not self._given_up and not self._gives_up(str(error)):
                return False
            self._given_up = state
        return True

    def keep_unasked(self) -> None:
        """Keep unsaved work where the program is ended from outside and nobody can be asked."""
        self.aboutToSave.emit()
        try:
            self.autosaver.save_and_wait()
        except ChartHeroError as error:
            _log.warning("Not saved at the end: %s", error)

    def _gives_up(self, reason: str) -> bool:
        answer = QMessageBox.question(
            self._desk.window,
            "Leave without saving?",
            f"{reason} Changes since the last save would be lost.",
            QMessageBox.StandardButton.Discard | QMessageBox.StandardButton.Cancel,
            QMessageBox.StandardButton.Cancel,
        )
        return answer == QMessageBox.StandardButton.Discard

    def may_leave(self) -> bool:
        """Whether the song may be closed; asks only where the person has to decide."""
        document, preferences = self._desk.document, self._desk.preferences
        self.aboutToSave.emit()
        if (
            document.dirty
            and document.project_path is not None
            and not preferences.switch("autosave")
        ):
            answer = QMessageBox.question(
                self._desk.window,
                "Save the project?",
                f"{document.project_path.name} has unsaved changes.",
                QMessageBox.StandardButton.Save
                | QMessageBox.StandardButton.Discard
                | QMessageBox.StandardButton.Cancel,
            )
            if answer == QMessageBox.StandardButton.Cancel:
                return False
            if answer == QMessageBox.StandardButton.Discard:
                if document.source is not None:
                    self.autosaver.writes.discard_draft(document.source)
                return True
            return self.save_to(document.project_path)
        return self.save_before_leaving()

    # Views ----------------------------------------------------------------------------------

    def view_state(self) -> dict[str, Any]:
        """What the views want to find again."""
        document = self._desk.document
        length_s = document.duration_s or self._length_s
        return {
            "difficulty": document.difficulty.name,
            "snap": document.snap,
            "position_s": round(self._desk.transport.position_s, 3),
            **({} if length_s is None else {"length_s": round(length_s, 3)}),
        }

    def restore_view(self, view: Mapping[str, Any]) -> float | None:
        """Show what was shown when it was saved; anything odd is passed over.

        Returns:
            how long the sound was then, in seconds; None where that is not known.
        """
        document = self._desk.document
        name, snap, position_s = (view.get(key) for key in ("difficulty", "snap", "position_s"))
        if isinstance(name, str) and name in Difficulty.__members__:
            document.set_difficulty(Difficulty[name])
        if isinstance(snap, int):
            document.set_snap(snap)
        length_s = view.get("length_s")
        self._length_s = None
        transport = self._desk.transport
        if isinstance(length_s, int | float) and math.isfinite(length_s):
            self._length_s = float(length_s)
            # The playhead may have been left beyond the notes, where only the sound goes on.
            transport.set_duration(max(transport.duration_s, min(length_s, MAX_DURATION_S)))
        if isinstance(position_s, int | float) and math.isfinite(position_s):
            transport.seek(position_s)
        return self._length_s

    # Crashes --------------------------------------------------------------------------------

    def set_open(self, path: Path | None, *asked: Path) -> None:
        """Remember which song is open, in case of a crash.

        ``asked`` are other paths that led to it: what was lost there is here again.
        """
        self._marker.set_open(path)
        if path is not None:
            self.settle(path, *asked)
        if path is not None and self._marker.open_elsewhere(path):
            text = (
                f"{path.name} is also open in another window of Chart Hero. Both save to the same "
                "file, and a later save sets the other aside: continue in only one of them."
            )
            self._desk.bar.show_notice(Notice("warning", text))

    def offer_recovery(self, reopen: Callable[[Path], object]) -> None:
        """After a crash: offer what was open until it is opened or not wanted any more."""
        for path in self._marker.crashed():
            title = path.stem or path.name
            kept = path.suffix.lower() == SUFFIX or draft_path(path).exists()
            said = (
                "Your work is safe, up to the last few seconds."
                if kept
                else "There is no unsaved work on it."
            )
            notice = Notice(
                "warning",
                f"Chart Hero was not closed properly while {title} was open. {said}",
                ((f"Recover {title}" if kept else f"Open {title}", partial(reopen, path)),),
                lasting=True,
                dismissed=partial(self._marker.forget, (path,)),
            )
            self._offers[path] = notice
            self._desk.bar.show_notice(notice)

    def tidy(self) -> None:
        """Remove what was put aside long ago, in the background."""
        self._desk.runner.start(
            "Tidying up", lambda _progress: remove_old_copies(), quiet=True, lasting=True
        )

    def settle(self, *paths: Path) -> None:
        """These are open again: nothing of them is to be offered any more."""
        self._marker.forget(paths)
        for path in paths:
            offer = self._offers.pop(path.absolute(), None)
            if offer is not None:
                self._desk.bar.withdraw(offer)

    def _on_failed(self, sentence: str) -> None:
        self._trouble = Notice("error", sentence, (("Save somewhere else…", self.ask_save_as),))
        self._desk.bar.show_notice(self._trouble)

    def _on_saved(self, _path: Path) -> None:
        """There is room again, or the folder is back: what was said is not true any more."""
        if self._trouble is not None:
            self._desk.bar.withdraw(self._trouble)
            self._trouble = None

    def _on_kept(self, path: Path, kept: Path) -> None:
        source = self._desk.document.source
        if source is not None and path == draft_path(source):
            text = (
                "This song was also edited in another window of Chart Hero, without a project. "
                "Your work here is kept; the other window's was set aside for 30 days."
            )
            save_other = ("Save the other work…", partial(self._ask_save_other, kept))
            self._desk.bar.show_notice(Notice("warning", text, (save_other,)))
            return
        text = (
            f"{path.name} was changed elsewhere while it was open here. It now holds your work "
            f"from here; the other version is kept as {kept.name}. Rename that to open it."
        )
        self._desk.bar.show_notice(Notice("warning", text))

    def _on_preference(self, name: str) -> None:
        preferences = self._desk.preferences
        if name.startswith("autosave"):
            self.autosaver.set_enabled(preferences.switch("autosave"))
            self.autosaver.set_pause(preferences.number("autosave_pause_s"))
