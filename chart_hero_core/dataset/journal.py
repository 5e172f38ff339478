"""The results of an unfinished (or earlier) build: one line of JSON per source.

Lines are only ever added while songs are worked on, so a build that is killed at any moment loses
what it was doing just then and nothing else. A torn or foreign line is passed over.
"""

import contextlib
import json
import os
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from chart_hero_core.base.errors import StorageError
from chart_hero_core.base.files import write_bytes
from chart_hero_core.dataset.outcome import Outcome

NAME = "journal.jsonl"


def read_journal(folder: Path) -> dict[str, Outcome]:
    """The newest outcome of each source by its path; empty without a journal.

    Raises:
        StorageError: there is one that cannot be read.
    """
    found: dict[str, Outcome] = {}
    try:
        with (folder / NAME).open("rb") as file:
            for line in file:
                outcome = _parse(line)
                if outcome is not None:
                    found[outcome.source] = outcome
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise _failed(folder, error) from error
    return found


def _parse(line: bytes) -> Outcome | None:
    try:
        return Outcome.from_json(json.loads(line))
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def rewrite_journal(folder: Path, outcomes: Iterable[Outcome]) -> None:
    """Replace the journal by these outcomes, atomically. Raises :class:`StorageError`."""
    write_bytes(folder / NAME, b"".join(_line(outcome) for outcome in outcomes))


class Journal:
    """The journal of a running build; a context manager. Raises :class:`StorageError`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file: IO[bytes] | None = None

    def __enter__(self) -> Self:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._file = (self._folder / NAME).open("ab")
            if self._file.tell():
                self._file.write(b"\n")  # what a killed build tore off stays a line of its own
        except OSError as error:
            raise _failed(self._folder, error) from error
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._file is not None:
            with contextlib.suppress(OSError):  # what could not be written was told by add()
                self._file.close()

    def add(self, outcome: Outcome) -> None:
        """Keep an outcome for good."""
        if self._file is None:
            raise ValueError("the journal is not open")
        try:
            self._file.write(_line(outcome))
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            raise _failed(self._folder, error) from error


def _line(outcome: Outcome) -> bytes:
    return json.dumps(outcome.to_json(), separators=(",", ":")).encode() + b"\n"


def _failed(folder: Path, error: OSError) -> StorageError:
    return StorageError(f"Could not write {folder / NAME}: {error.strerror or error}.")
