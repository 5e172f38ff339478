"""The verdict on a run that has ended: it is measured again only when something has changed."""

import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from chart_hero_core import __version__
from chart_hero_core.dataset.index import Entry
from chart_hero_core.training.own_songs.fine_tune_settings import FineTuneSettings
from chart_hero_core.training.own_songs.gate import Change, Verdict
from chart_hero_core.training.run.files import MODEL_FILE, RESULT_FILE


def mark_of(teacher: Path, entries: Sequence[Entry], settings: FineTuneSettings | None) -> str:
    """A hash of all that a verdict depends on: the teacher, the songs, the settings.

    Raises:
        OSError: the file of the model cannot be read.
    """
    songs = sorted((e.sha256, e.domain, e.split, e.reviewed_s) for e in entries)
    origin = [__version__, file_mark(teacher), songs, _stored(settings or FineTuneSettings())]
    return hashlib.sha256(json.dumps(origin).encode()).hexdigest()


def _stored(settings: FineTuneSettings) -> dict[str, Any]:
    """By their first names, so that marks stay what they were."""
    values = asdict(settings)
    return {f.metadata.get("earlier_name", f.name): values[f.name] for f in fields(settings)}


def file_mark(path: Path) -> str:
    """A hash of the bytes of a file. Raises ``OSError``."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def verdict_before(run_folder: Path, mark: str) -> Verdict | None:
    """The verdict of the run in a folder.

    None where there is none, it came from something else, or its model is not as it was.
    """
    try:
        stored = json.loads((run_folder / RESULT_FILE).read_text("utf-8"))
        if stored["mark"] != mark or stored["model_mark"] != file_mark(run_folder / MODEL_FILE):
            return None
        verdict = stored["verdict"]
        general = verdict["general"]
        return Verdict(
            bool(verdict["offered"]),
            str(verdict["sentence"]),
            _change(verdict["own"]),
            None if general is None else _change(general),
        )
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def _change(stored: dict[str, Any]) -> Change:
    """JSON has no infinity: an interval without an end has None there."""
    whole = dict(stored)
    for name, value in stored.items():
        if value is None:
            whole[name] = -math.inf if name.endswith("_low") else math.inf
    return Change(**whole)
