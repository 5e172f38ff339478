"""What a training run leaves in its folder, read while it runs and afterwards.

``log.jsonl`` holds one object per line: ``step`` ``of`` how many, ``seconds_left``, and what was
measured then; ``doing.json`` says what is done just now; ``result.json`` is the verdict at the end;
``child.json`` says which process works.
A half written last line, or a file that is not there yet, is no trouble.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from chart_hero_app.jobs.child import is_alive
from chart_hero_core.training.run.files import (
    DOING_FILE,
    LEARNING,
    LOG_FILE,
    RESULT_FILE,
    STOP_FILE,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

CHILD, OUTPUT = "child.json", "output.txt"
_MAX_BYTES = 64 << 20
_TIME_KEYS = ("step", "of", "seconds", "seconds_left")

Points = tuple[tuple[float, float], ...]


class RunState(Enum):
    """What a run is doing."""

    NEW = "not started"
    RUNNING = "training"
    PAUSED = "paused"
    FAILED = "stopped by an error"
    FINISHED = "finished"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is.

    Attributes:
        curves: by name, what was measured: ``(step, value)`` in order.
        step, steps: where it is, of how many; 0 where nobody has said.
        left_s: how long learning will still take, without the measuring after it; None before that
            can be told.
        beside: what it does while no steps are taken; empty while some are.
        whole: how much of all is done, 0..1, the measuring at the end too; None where nobody says.
    """

    curves: Mapping[str, Points] = field(default_factory=lambda: MappingProxyType({}))
    step: int = 0
    steps: int = 0
    left_s: float | None = None
    beside: str = ""
    whole: float | None = None

    @property
    def fraction(self) -> float:
        """How far it is, 0..1."""
        if self.whole is not None:
            return self.whole
        return min(self.step / self.steps, 1.0) if self.steps else 0.0


def read_json(path: Path) -> dict[str, Any] | None:
    """A small JSON object; None when there is none that can be read."""
    try:
        if path.stat().st_size > _MAX_BYTES:
            return None
        content = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None


def read_progress(folder: Path) -> Progress:
    """Everything the log says, and what is done just now."""
    rows = _rows(folder / LOG_FILE)
    curves: dict[str, list[tuple[float, float]]] = {}
    for row in rows:
        for name, value in row.items():
            if name not in _TIME_KEYS:
                curves.setdefault(name, []).append((row["step"], value))
    last = rows[-1] if rows else {}
    return Progress(
        MappingProxyType({name: tuple(points) for name, points in curves.items()}),
        int(last.get("step", 0)),
        int(last.get("of", 0)),
        last.get("seconds_left"),
        *_doing(folder),
    )


def _doing(folder: Path) -> tuple[str, float | None]:
    """What is done besides taking steps, and how much of all is done."""
    told = read_json(folder / DOING_FILE) or {}
    message, fraction = str(told.get("message") or ""), told.get("fraction")
    whole = None
    if isinstance(fraction, int | float) and _is_number(fraction):
        whole = min(max(float(fraction), 0.0), 1.0)
    return "" if message.startswith(LEARNING) else message, whole


def state_of(folder: Path) -> RunState:
    """What the run in a folder is doing."""
    child = read_json(folder / CHILD)
    if child is not None and is_alive(_whole(child.get("pid")), str(child.get("birth", ""))):
        return RunState.RUNNING
    if (folder / RESULT_FILE).exists():
        return RunState.FINISHED
    if (folder / STOP_FILE).exists():
        return RunState.PAUSED
    return RunState.NEW if child is None else RunState.FAILED


def said_so_far(folder: Path) -> int:
    """How many bytes the processes of a run have written until now."""
    try:
        return (folder / OUTPUT).stat().st_size
    except OSError:
        return 0


def last_words(folder: Path) -> str:
    """The last line the process wrote: the sentence it failed with; empty where it wrote none.

    What was written before it began is not its own: a process that is killed says nothing.
    """
    began = _whole((read_json(folder / CHILD) or {}).get("output_from"))
    try:
        with (folder / OUTPUT).open("rb") as file:
            file.seek(0, 2)
            file.seek(max(file.tell() - 4096, began, 0))
            lines = file.read().decode("utf-8", "replace").split("\n")
    except OSError:
        return ""
    said = [line.rpartition("\r")[2].strip() for line in lines]
    return next((line for line in reversed(said) if line), "")


def _rows(path: Path) -> list[dict[str, float]]:
    try:
        if path.stat().st_size > _MAX_BYTES:
            return []
        text = path.read_text("utf-8", "replace")
    except OSError:
        return []
    rows = []
    for line in text.splitlines():
        try:
            told = json.loads(line)
        except ValueError:
            continue
        if not isinstance(told, dict):
            continue
        row = {name: float(v) for name, v in told.items() if _is_number(v)}
        if "step" in row:
            rows.append(row)
    return rows


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _whole(value: object) -> int:
    return int(value) if isinstance(value, int | float) and _is_number(value) else 0
