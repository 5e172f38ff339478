"""One training run, watched: a child process that survives the window and can be paused."""

from __future__ import annotations

import contextlib
import json
import logging
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from chart_hero_app.jobs.child import birth_of, start_detached
from chart_hero_app.jobs.run_folder import (
    CHILD,
    OUTPUT,
    Progress,
    RunState,
    last_words,
    read_json,
    read_progress,
    said_so_far,
    state_of,
)
from chart_hero_core.base.errors import StorageError
from chart_hero_core.base.files import write_text
from chart_hero_core.training.run.files import DOING_FILE, RESULT_FILE, STOP_FILE

_log = logging.getLogger(__name__)
POLL_MS = 1_000
NAME_OPTION = "--name"
_WORDLESS = "It ended without an error message. “Resume” continues from its last save."

Start = Callable[[Sequence[str], Path], int]


class TrainingRun(QObject):
    """The run in one folder; what it does is read from the folder, so any window can take over."""

    changed = Signal()  # state, curves or verdict
    ended = Signal(object)  # RunState: it was running and is no longer

    def __init__(self, start: Start = start_detached, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._start = start
        self._folder: Path | None = None
        self.state = RunState.NEW
        self.progress = Progress()
        self.result: dict[str, Any] | None = None
        self.pausing = False
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MS)
        self._timer.timeout.connect(self.poll)

    @property
    def folder(self) -> Path | None:
        """Where the run lives; None before one was begun."""
        return self._folder

    @property
    def model_name(self) -> str:
        """What its model is to be called: as it was started with, else as its folder."""
        if self._folder is None:
            return ""
        told = (read_json(self._folder / CHILD) or {}).get("command")
        command = [str(part) for part in told] if isinstance(told, list) else []
        given = command[command.index(NAME_OPTION) + 1 :] if NAME_OPTION in command else []
        return given[0] if given else self._folder.name

    @property
    def trouble(self) -> str:
        """The sentence it failed with."""
        if self.state is not RunState.FAILED or self._folder is None:
            return ""
        said = last_words(self._folder).removeprefix("chart-hero: ")
        return said[:1].upper() + said[1:] or _WORDLESS

    def attach(self, folder: Path | None) -> None:
        """Watch the run in a folder, whoever started it."""
        self._folder = folder
        self.state, self.progress, self.result = RunState.NEW, Progress(), None
        self.pausing = False
        self.poll()

    def begin(self, folder: Path, command: Sequence[str]) -> None:
        """Start a run, or go on with a paused one by the command that began it.

        Raises:
            StorageError: its folder cannot be written.
            ChartHeroError: the process could not be started.
        """
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for told in (STOP_FILE, DOING_FILE):  # by whoever worked here before
                (folder / told).unlink(missing_ok=True)
        except OSError as error:
            raise StorageError(f"Could not write {folder}: {error.strerror}.") from error
        said = said_so_far(folder)
        pid = self._start(command, folder / OUTPUT)
        child = {
            "pid": pid,
            "birth": birth_of(pid),
            "command": list(command),
            "output_from": said,
        }
        write_text(folder / CHILD, json.dumps(child))
        self.attach(folder)

    def resume(self) -> None:
        """Go on where it was paused.

        Raises:
            StorageError: its folder cannot be written, or does not say how it was started.
            ChartHeroError: the process could not be started.
        """
        child = None if self._folder is None else read_json(self._folder / CHILD)
        command = [] if child is None else child.get("command")
        if self._folder is None or not isinstance(command, list) or not command:
            raise StorageError("It is no longer known how this run was started; start a new one.")
        self.begin(self._folder, [str(part) for part in command])

    def pause(self) -> None:
        """Ask the process to save and stop. Raises :class:`StorageError`."""
        if self._folder is not None and self.state is RunState.RUNNING:
            write_text(self._folder / STOP_FILE, "")
            self.pausing = True
            self.changed.emit()

    def discard(self) -> None:
        """Throw away a run that is not running."""
        if self._folder is not None and self.state is not RunState.RUNNING:
            shutil.rmtree(self._folder, ignore_errors=True)
            self.attach(None)

    def poll(self) -> None:
        """Look at the folder again."""
        if self._folder is None:
            self._timer.stop()
            self.changed.emit()
            return
        before = self.state
        self.progress = read_progress(self._folder)
        self.state = state_of(self._folder)
        if self.state is RunState.RUNNING:
            if self.pausing and not (self._folder / STOP_FILE).exists():
                # A process that has just begun cleared it; where it fails, the next look tries.
                with contextlib.suppress(OSError):
                    (self._folder / STOP_FILE).touch()
            if not self._timer.isActive():
                self._timer.start()
        else:
            self._timer.stop()
            self.pausing = False
            self.result = read_json(self._folder / RESULT_FILE)
        self.changed.emit()
        if before is RunState.RUNNING and self.state is not RunState.RUNNING:
            _log.info("Training in %s: %s", self._folder, self.state.value)
            self.ended.emit(self.state)

    def close_down(self) -> None:
        """Stop watching; the process goes on."""
        self._timer.stop()
