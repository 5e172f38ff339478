"""The order of saves: they run in threads, and what was meant last must be what stays.

A project or draft may be written by others, too: another window, or a folder that two computers
share. What they wrote is kept beside it before it is replaced.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from pathlib import Path

from chart_hero_app.document import storage
from chart_hero_app.document.storage import Saving, draft_path, next_number
from chart_hero_core.base.errors import StorageError
from chart_hero_core.formats.audio_files import copy_file
from chart_hero_core.formats.old_files import digest, keep_old

_log = logging.getLogger(__name__)


class Writes:
    """Writes projects and drafts; what is older than what a file was last given is passed over."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._newest: dict[Path, int] = {}
        self._known: dict[Path, str] = {}  # the content as it was read or written here; empty: none
        self._copies: dict[Path, Path] = {}  # where that of others was put

    def know(self, path: Path) -> None:
        """A file was read or written here, or is not there yet; all later is the work of others."""
        self._known[path] = ""
        with contextlib.suppress(StorageError):
            self._known[path] = digest(path)

    def save(self, saving: Saving, path: Path) -> Path | None:
        """Write a project file or draft.

        Returns:
            where the work of others was put that the file held; None where it held none.

        Raises:
            StorageError: it cannot be written, or what it holds cannot be kept.
        """
        with self._lock:
            if saving.number < self._newest.get(path, 0):
                return None
            kept = self._keep_of_others(path)
            storage.save(saving, path)
            self._newest[path] = saving.number
            self.know(path)
            return kept

    def _keep_of_others(self, path: Path) -> Path | None:
        copy = self._copies.get(path)
        if not self._is_of_others(path):
            return None
        if copy is not None:  # two windows that save in turn would fill the folder with copies
            copy_file(path, copy)
            return copy
        copy = keep_old(path, b"")
        if copy is not None:
            self._copies[path] = copy
        return copy

    def _is_of_others(self, path: Path) -> bool:
        known = self._known.get(path)
        return known is not None and path.is_file() and digest(path) != known

    def discard_draft(self, source: Path) -> None:
        """The song was saved elsewhere (or is started over): its draft is of no use any more.

        One that another window has written since stays: it may hold what is nowhere else.
        """
        path = draft_path(source)
        with self._lock:
            self._newest[path] = next_number()
            try:
                if not self._is_of_others(path):
                    path.unlink(missing_ok=True)
            except (OSError, StorageError) as error:
                _log.warning("Draft not removed: %s", error)
