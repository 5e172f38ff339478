"""Keeps what the model heard, so that a song opened again can be tuned at once.

One file per audio and model in the user's cache: arrays only (``.npz`` without pickle) and a JSON
header. Anything that does not fit is treated as not there.
"""

from __future__ import annotations

import hashlib
import io
import json
import logging
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from chart_hero_app.document.detection import Detection
from chart_hero_core.audio.io import AudioClip
from chart_hero_core.base.calibration import Calibration
from chart_hero_core.base.drums import Activations, ContextCorrections
from chart_hero_core.base.errors import ChartHeroError, CheckpointError
from chart_hero_core.base.files import keep_newest, user_cache_dir, write_bytes
from chart_hero_core.base.model_choice import chosen_checkpoint, model_path
from chart_hero_core.tasks.models import current_name

_log = logging.getLogger(__name__)

VERSION = 3
MAX_FILES = 40
_MAX_BYTES = 512 << 20
_HEAD_BYTES = 1 << 16  # of weights: what they say of themselves, and some of them
_ARRAYS = ("classes", "onset", "offset", "velocity", "beat", "downbeat", "harmony")
_MOVES = ("times_s", "log_odds")
_BROKEN = (
    OSError,
    ValueError,
    LookupError,
    TypeError,
    zipfile.BadZipFile,
    ChartHeroError,
    EOFError,
)


def _store_dir() -> Path:
    """Where the files lie (not created here)."""
    return user_cache_dir() / "detections"


def stored_path(clip: AudioClip, domain: str, model: Path | None) -> Path:
    """The file of one audio, listened to as ``domain`` by a model (None: the chosen one)."""
    mark = hashlib.sha256()
    mark.update(f"{VERSION}\0{domain}\0{clip.sample_rate}\0".encode())
    mark.update(np.ascontiguousarray(clip.samples).data)
    weights = model or chosen_checkpoint()
    status = weights.stat()
    # Not by name or place: a model may be renamed, or brought back after it was removed.
    mark.update(f"{status.st_size}\0{status.st_mtime_ns}\0".encode())
    with weights.open("rb") as file:
        mark.update(file.read(_HEAD_BYTES))
    return _store_dir() / f"{mark.hexdigest()[:32]}.npz"


def store(detection: Detection, path: Path) -> None:
    """Write a detection; the oldest files make way. Raises :class:`StorageError`."""
    activations = detection.activations
    corrections = activations.corrections
    header = {
        "version": VERSION,
        "domain": detection.domain,
        "model": detection.model,
        "weights": "" if detection.weights is None else str(detection.weights),
        "calibration": None if detection.calibration is None else detection.calibration.to_dict(),
        "parts": [
            {"hop_s": part.hop_s, "start_s": part.start_s}
            for part in (activations, *activations.spans)
        ],
        "tom_pitches_hz": activations.tom_pitches_hz,
        "moves_reach_s": None if corrections is None else corrections.reach_s,
    }
    arrays: dict[str, Any] = {"header": np.frombuffer(json.dumps(header).encode(), np.uint8)}
    for index, part in enumerate((activations, *activations.spans)):
        for name in _ARRAYS:
            values = getattr(part, name)
            if values is not None:
                # Half precision: 0.0005 of an activation is nothing.
                arrays[f"{index}.{name}"] = values.astype(np.float16)
    if corrections is not None:
        for name in _MOVES:
            arrays[f"moves.{name}"] = getattr(corrections, name)
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    write_bytes(path, buffer.getvalue())
    keep_newest(path.parent, "*.npz", MAX_FILES)


def recall(path: Path) -> Detection | None:
    """The detection in a file; None when there is none that can be used."""
    try:
        if path.stat().st_size > _MAX_BYTES:
            return None
        with path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
            header = json.loads(file["header"].tobytes())
            if header["version"] != VERSION:
                return None
            parts = [_part(file, i, told) for i, told in enumerate(header["parts"])]
            reach_s = header["moves_reach_s"]
            moves = None if reach_s is None else _moves(file, float(reach_s))
        told = header["calibration"]
        spans = tuple(Activations(**part) for part in parts[1:])
        toms = _toms(header["tom_pitches_hz"])
        return Detection(
            Activations(**parts[0], spans=spans, tom_pitches_hz=toms, corrections=moves),
            "drums" if header["domain"] == "drums" else "mix",
            None if told is None else Calibration.from_dict(told),
            _name_now(str(header["model"])),
            _file(header.get("weights")),
        )
    except FileNotFoundError:
        return None
    except _BROKEN as error:
        _log.warning("Stored detection %s not used: %s", path, error)
        return None


def _name_now(told: str) -> str:
    """What the model is called now: that in use is as it was, but for its name."""
    from chart_hero_core.tasks.transcribe import KIT_MARK

    name = told.removesuffix(KIT_MARK)
    try:
        model_path(name)
    except CheckpointError:
        return current_name() + told[len(name) :]
    return told


def _toms(told: Any) -> tuple[float, float, float] | None:
    if told is None:
        return None
    high, mid, low = (float(pitch_hz) for pitch_hz in told)
    return high, mid, low


def _moves(file: Any, reach_s: float) -> ContextCorrections:
    return ContextCorrections(**{name: file[f"moves.{name}"] for name in _MOVES}, reach_s=reach_s)


def _file(told: object) -> Path | None:
    """A file by its path, None when it is gone."""
    path = Path(told) if isinstance(told, str) and told else None
    return path if path is not None and path.is_file() else None


def _part(file: Any, index: int, told: dict[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {"hop_s": float(told["hop_s"]), "start_s": float(told["start_s"])}
    for name in _ARRAYS:
        key = f"{index}.{name}"
        if key in file:
            made[name] = file[key].astype(np.float32)
    return made
