"""The files of a run's folder that others read or write: whoever watches, pauses or ends it."""

import contextlib
import json
import time
from collections.abc import Iterator
from pathlib import Path

from chart_hero_core.base.errors import Cancelled, StorageError
from chart_hero_core.base.files import write_text
from chart_hero_core.base.locks import exclusive
from chart_hero_core.base.progress import Progress

LOG_FILE = "log.jsonl"  # see log.py
STOP_FILE = "stop"  # made by anybody who wants the run to save its state and end
MODEL_FILE = "model.safetensors"
RESULT_FILE = "result.json"  # the verdict, once the run is done
LOCK_FILE = "run.lock"  # held by the process that works here
DOING_FILE = "doing.json"  # what it does just now: ``fraction`` of the whole, ``message``
LEARNING = "Learning"  # begins the message while steps are taken, of which the log says more

_WRITE_EVERY_S = 0.5


class ProgressFile:
    """Progress that the file ``doing.json`` in a run's folder tells as well."""

    def __init__(self, parent: Progress, folder: Path) -> None:
        self._parent = parent
        self._file = folder / DOING_FILE
        self._written_at, self._written = 0.0, ""

    def report(self, fraction: float, message: str = "") -> None:
        """Report to the parent; to the file now and then, and when something else begins."""
        self._parent.report(fraction, message)
        now, begins = time.monotonic(), message.partition(" ")[0]
        if begins != self._written or now - self._written_at >= _WRITE_EVERY_S:
            self._written_at, self._written = now, begins
            with contextlib.suppress(StorageError):  # a full disk has better places to be told
                write_text(self._file, json.dumps({"fraction": fraction, "message": message}))

    def check_cancelled(self) -> None:
        """Ask the parent."""
        self._parent.check_cancelled()


class StoppedByFile:
    """Progress that the file ``stop`` in a run's folder cancels as well."""

    def __init__(self, parent: Progress, folder: Path) -> None:
        self._parent = parent
        self._file = folder / STOP_FILE

    def report(self, fraction: float, message: str = "") -> None:
        """Report to the parent."""
        self._parent.report(fraction, message)

    def check_cancelled(self) -> None:
        """Ask the parent, and look for the file. Raises :class:`Cancelled`."""
        self._parent.check_cancelled()
        if self._file.exists():
            raise Cancelled


@contextlib.contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Let no other program work in a run's folder: each would go on from the other's state.

    Raises:
        StorageError: another one does, or the folder cannot be written.
    """
    with exclusive(folder / LOCK_FILE) as alone:
        if not alone:
            raise StorageError(
                f"Another program is learning in {folder}; wait until it has ended, or choose "
                "another folder."
            )
        yield


def refuse_busy(folder: Path) -> None:
    """Raise :class:`StorageError` where another program works in a run's folder by now.

    To be asked before work that takes a while; unlike :func:`alone_in` it makes no folder.
    """
    if (folder / LOCK_FILE).exists():
        with alone_in(folder):
            pass
