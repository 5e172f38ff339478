"""A run that has ended: what it came to need not be measured again while nothing has changed."""

import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from chart_hero_core import __version__
from chart_hero_core.dataset.index import Entry
from chart_hero_core.training.own_songs.fine_tune_settings import FineTuneSettings
from chart_hero_core.training.own_songs.gate import Change, Verdict
from chart_hero_core.training.run.files import MODEL_FILE, RESULT_FILE


def mark_of(teacher: Path, entries: Sequence[Entry], settings: FineTuneSettings | None) -> str:
    """Of all that a verdict comes from: the model of before, the songs, how it learns.

    Raises:
        OSError: the file of the model cannot be read.
    """
    songs = sorted((e.sha256, e.domain, e.split, e.reviewed_s) for e in entries)
    told = [__version__, file_mark(teacher), songs, asdict(settings or FineTuneSettings())]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def file_mark(path: Path) -> str:
    """Of the bytes of a file. Raises ``OSError``."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def verdict_before(run_folder: Path, mark: str) -> Verdict | None:
    """What the run in a folder came to.

    None where there is none, it came from something else, or its model is not as it was.
    """
    try:
        told = json.loads((run_folder / RESULT_FILE).read_text("utf-8"))
        if told["mark"] != mark or told["model_mark"] != file_mark(run_folder / MODEL_FILE):
            return None
        verdict = told["verdict"]
        general = verdict["general"]
        return Verdict(
            bool(verdict["offered"]),
            str(verdict["sentence"]),
            _change(verdict["own"]),
            None if general is None else _change(general),
        )
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def _change(told: dict[str, Any]) -> Change:
    """JSON has no infinity: an interval without an end has None there."""
    whole = dict(told)
    for name, value in told.items():
        if value is None:
            whole[name] = -math.inf if name.endswith("_low") else math.inf
    return Change(**whole)
