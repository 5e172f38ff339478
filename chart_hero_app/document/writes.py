"""The order of saves: they run in threads, and what was meant last must be what stays."""

from __future__ import annotations

import logging
import threading
from pathlib import Path

from chart_hero_app.document import storage
from chart_hero_app.document.storage import Saving, draft_path, next_number

_log = logging.getLogger(__name__)


class Writes:
    """Writes projects and drafts; what is older than what a file was last given is passed over."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._newest: dict[Path, int] = {}

    def save(self, saving: Saving, path: Path) -> None:
        """Write a project file or draft. Raises :class:`StorageError`."""
        with self._lock:
            if saving.number >= self._newest.get(path, 0):
                storage.save(saving, path)
                self._newest[path] = saving.number

    def discard_draft(self, source: Path) -> None:
        """The song was saved elsewhere (or is started over): its draft is of no use any more."""
        path = draft_path(source)
        with self._lock:
            self._newest[path] = next_number()
            try:
                path.unlink(missing_ok=True)
            except OSError as error:
                _log.warning("Draft not removed: %s", error)
