"""Keeps the work safe: saves after a pause, and knows after a crash which song was open."""

from __future__ import annotations

import contextlib
import json
import logging
import tempfile
import uuid
from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QLockFile, QObject, QTimer, Signal

from chart_hero_app.document import storage
from chart_hero_app.document.document import Document
from chart_hero_app.document.storage import Saving
from chart_hero_app.document.writes import Writes
from chart_hero_core.base.errors import ChartHeroError, StorageError
from chart_hero_core.base.files import write_text

_log = logging.getLogger(__name__)

# While somebody edits without a pause it is saved all the same, after this many pauses.
_MOST_PAUSES = 5

Submit = Callable[[Callable[[], None], Callable[[], None], Callable[[BaseException], None]], None]
"""Runs work in the background, then calls ``done`` or ``failed`` in this thread."""


class Autosaver(QObject):
    """Writes the project file, or the draft of a song without one, after a pause in the edits."""

    saved = Signal(object)  # Path
    keptOfOthers = Signal(object, object)  # a file, and where what others wrote there is now
    failed = Signal(str)  # one sentence; said once until something was saved again

    def __init__(
        self, document: Document, submit: Submit, view_state: Callable[[], dict[str, Any]]
    ) -> None:
        super().__init__()
        self._document = document
        self._submit = submit
        self._view_state = view_state
        self.writes = Writes()
        self._enabled = True
        self._told = False
        self._timer = QTimer(self)
        self._latest = QTimer(self)
        for timer in (self._timer, self._latest):
            timer.setSingleShot(True)
            timer.timeout.connect(self.save_now)
        self.set_pause(2.0)
        document.undo_stack.indexChanged.connect(self._on_edit)
        document.opened.connect(self._on_opened)

    def set_enabled(self, enabled: bool) -> None:
        """Whether project files are written without being asked; drafts always are."""
        self._enabled = enabled

    def set_pause(self, seconds: float) -> None:
        """How long nothing has to change first."""
        self._timer.setInterval(round(seconds * 1000))
        self._latest.setInterval(_MOST_PAUSES * self._timer.interval())

    def _wait(self) -> None:
        self._timer.start()
        if not self._latest.isActive():
            self._latest.start()

    def _stop_waiting(self) -> None:
        self._timer.stop()
        self._latest.stop()

    @property
    def waiting(self) -> bool:
        """Whether edits wait to be saved."""
        return self._timer.isActive()

    def snapshot(self) -> Saving | None:
        """What would be written now; None with nothing open."""
        document = self._document
        if document.source is None:
            return None
        return Saving(document.settled, document.source, document.project_path, self._view_state())

    def save_soon(self) -> None:
        """Something has changed that is not in the history."""
        if self._document.source is not None:
            self._document.mark_unsaved()
            self._wait()

    def save_now(self) -> None:
        """Save in the background what has changed."""
        self._stop_waiting()
        saving = self.snapshot()
        if saving is None or not self._document.dirty:
            return
        path = self._target(saving)
        kept: list[Path | None] = []
        self._submit(
            lambda: kept.append(self.writes.save(saving, path)),
            lambda: self._on_saved(saving, path, *kept),
            lambda error: self._on_failed(saving, path, error),
        )

    def save_as_told(self, saving: Saving, path: Path) -> None:
        """Write the project file now. Raises :class:`StorageError`."""
        kept = self.writes.save(replace(saving, project=path), path)
        self.writes.discard_draft(saving.source)
        self._tell_kept(path, kept)

    def save_and_wait(self) -> None:
        """Save at once, for the end of the program. Raises :class:`StorageError`."""
        self._stop_waiting()
        saving = self.snapshot()
        if saving is None or not self._document.dirty:
            return
        path = self._target(saving)
        try:
            kept = self.writes.save(saving, path)
            self._tell_kept(path, kept)
        except StorageError:
            if saving.project is None:
                raise
            self._save_draft(saving)

    def _save_draft(self, saving: Saving) -> Path | None:
        return self.writes.save(saving, storage.draft_path(saving.source))

    def _target(self, saving: Saving) -> Path:
        if saving.project is not None and self._enabled:
            return saving.project
        return storage.draft_path(saving.source)

    def _on_edit(self) -> None:
        source = self._document.source
        if source is None:
            return
        if self._document.dirty:
            self._wait()
        elif self._document.undo_stack.count():  # all taken back: there is nothing to recover
            self._stop_waiting()
            self.writes.discard_draft(source)

    def _on_opened(self) -> None:
        self._stop_waiting()
        self._told = False
        if self._document.project_path is not None:
            self.writes.know(self._document.project_path)
        if self._document.source is not None:
            self.writes.know(storage.draft_path(self._document.source))

    def _on_saved(self, saving: Saving, path: Path, kept: Path | None) -> None:
        self._told = False
        self._tell_kept(path, kept)
        if path == saving.project:
            self.writes.discard_draft(saving.source)
            if self._document.project_path == path:
                self._mark_saved(saving)
        self.saved.emit(path)

    def _tell_kept(self, path: Path, kept: Path | None) -> None:
        if kept is not None:
            self.keptOfOthers.emit(path, kept)

    def _mark_saved(self, saving: Saving) -> None:
        """The project file holds this, which may not be the song any more."""
        if self._document.settled is saving.state:
            self._document.mark_saved()
        elif not self._document.dirty:
            self._document.mark_unsaved()
            self._wait()

    def _on_failed(self, saving: Saving, path: Path, error: BaseException) -> None:
        _log.warning("Not saved: %s", error)
        self._latest.start()  # there may be room again before the next edit
        draft = storage.draft_path(saving.source)
        if path == draft:
            self._tell(error, "")
            return
        kept: list[Path | None] = []

        def on_draft() -> None:
            self._tell_kept(draft, *kept)
            self._tell(error, " A recovery copy is kept.")

        self._submit(
            lambda: kept.append(self._save_draft(saving)),
            on_draft,
            lambda _error: self._tell(error, ""),  # the disk that is full may be the only one
        )

    def _tell(self, error: BaseException, kept: str) -> None:
        if not self._told:
            self._told = True
            reason = str(error) if isinstance(error, ChartHeroError) else "It failed."
            self.failed.emit(f"{reason}{kept} Please save the project somewhere else.")


class OpenMarker:
    """A file that says which song is open; found at the next start only after a crash."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder or storage.drafts_dir()
        name = f"open-{uuid.uuid4().hex}"
        self._file = self._folder / f"{name}.json"
        self._lock = QLockFile(str(self._folder / f"{name}.lock"))

    def crashed(self) -> list[Path]:
        """The songs or projects that were open when the program went down, each once.

        They stay known until they are forgotten, as the program may go down again before anybody
        has seen them. What is gone without leaving a draft is forgotten here.
        """
        found: dict[Path, None] = {}
        for file in self._dead():
            path = _told(file)
            if path is not None and (path.exists() or storage.draft_path(path).exists()):
                found[path] = None
            else:
                _remove(file)
        return list(found)

    def forget(self, paths: Collection[Path]) -> None:
        """Offer these no more: they are open again, or are not wanted."""
        wanted = {path.absolute() for path in paths}
        for file in self._dead():
            if _told(file) in wanted:
                _remove(file)

    def _dead(self) -> list[Path]:
        """The markers that no living window holds."""
        markers = sorted(self._folder.glob("open-*.json"))
        return [file for file in markers if file != self._file and not _is_held(file)]

    def open_elsewhere(self, path: Path) -> bool:
        """Whether another window that is alive has this song or project open."""
        for file in self._folder.glob("open-*.json"):
            if file != self._file and _is_held(file) and path.absolute() == _told(file):
                return True
        return False

    def set_open(self, path: Path | None) -> None:
        """Say which song or project is open now."""
        try:
            if path is None:
                self._file.unlink(missing_ok=True)
                self._lock.unlock()
                return
            self._folder.mkdir(parents=True, exist_ok=True)
            if not self._lock.isLocked():
                self._lock.tryLock(0)
            write_text(self._file, json.dumps({"path": str(path.absolute())}))
        except (OSError, StorageError) as error:
            _log.warning("No crash marker: %s", error)


def _told(file: Path) -> Path | None:
    """The path that a marker holds; None where it cannot be read."""
    try:
        return Path(str(json.loads(file.read_text("utf-8"))["path"]))
    except (OSError, ValueError, KeyError, TypeError):
        _log.warning("Marker %s not read", file)
        return None


def _is_held(marker: Path) -> bool:
    """Whether a living window holds a marker; on a full disk nothing can be locked."""
    lock = marker.with_suffix(".lock")
    return _cannot_lock(lock) and _cannot_lock_copy(lock)


def _cannot_lock(file: Path) -> bool:
    lock = QLockFile(str(file))
    if lock.tryLock(0):
        lock.unlock()
        return False
    return lock.error() is QLockFile.LockError.LockFailedError


def _cannot_lock_copy(lock: Path) -> bool:
    """The same of a copy: what a dead window left cannot be taken away in a read-only folder.

    A lock names its process, so that a copy of it is as good; of a living one on Windows there is
    none to be had.
    """
    try:
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder) / lock.name
            copy.write_bytes(lock.read_bytes())
            return _cannot_lock(copy)
    except OSError:
        return True


def _remove(marker: Path) -> None:
    with contextlib.suppress(OSError):  # asked again at the next start, then
        marker.unlink(missing_ok=True)
