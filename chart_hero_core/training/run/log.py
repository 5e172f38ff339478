"""The log of a run: one JSON object per line, each with the step it was written at."""

import contextlib
import json
from collections.abc import Mapping
from pathlib import Path

from chart_hero_core.base.errors import StorageError
from chart_hero_core.base.files import write_text


def add_line(path: Path, values: Mapping[str, float | str]) -> None:
    """Write one line more, numbers to five digits. Raises :class:`StorageError`."""
    line = {k: round(v, 5) if isinstance(v, float) else v for k, v in values.items()}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
    except OSError as error:
        raise StorageError(f"Could not write {path}: {error.strerror or error}.") from error


def shorten(path: Path, last_step: int) -> None:
    """Drop what was logged after ``last_step`` (those steps are taken again), and broken lines."""
    if not path.exists():
        return
    kept: list[str] = []
    for line in path.read_text("utf-8", errors="replace").splitlines():
        with contextlib.suppress(ValueError, KeyError, TypeError):
            if json.loads(line)["step"] <= last_step:
                kept.append(line + "\n")
    write_text(path, "".join(kept))
