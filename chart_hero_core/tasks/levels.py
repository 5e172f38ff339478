"""``class_thresholds.json``: a checkpoint's calibration in a file that people can edit.

Written by ``chart-hero calibrate --thresholds``. With it ``chart-hero transcribe --thresholds``
decodes in place of the model's own levels: to try and compare them, and to change them by hand.
``chart-hero calibrate --levels`` makes them the levels of a checkpoint.
"""

import json
from collections.abc import Mapping
from pathlib import Path

from chart_hero_core.base.calibration import Calibration
from chart_hero_core.base.domains import DOMAINS, Domain
from chart_hero_core.base.errors import SettingsError
from chart_hero_core.base.files import refuse_unwritable, write_text

_MAX_BYTES = 1_000_000


def write_levels(calibrations: Mapping[Domain, Calibration], path: Path) -> None:
    """Write them by domain. Raises :class:`StorageError`."""
    data = {domain: levels.to_dict() for domain, levels in calibrations.items()}
    write_text(path, json.dumps(data, indent=1) + "\n")


def read_levels(path: Path) -> dict[Domain, Calibration]:
    """What :func:`write_levels` wrote.

    Raises:
        SettingsError: it cannot be read, or holds something else.
    """
    data = _json(path)
    known = [domain for domain in DOMAINS if domain in data]
    if not known or len(known) < len(data):
        raise SettingsError(
            f"{path.name} holds no levels for {' and '.join(DOMAINS)}, as calibrating writes them."
        )
    found: dict[Domain, Calibration] = {}
    for domain in known:
        try:
            found[domain] = Calibration.from_dict(data[domain])
        except SettingsError as error:
            raise SettingsError(f"{path.name} cannot be used: {error}") from error
        if found[domain].domain != domain:
            raise SettingsError(
                f"{path.name} has levels for {found[domain].domain} under {domain}."
            )
    return found


def adopt_levels(checkpoint: Path, levels: Path, output: Path) -> dict[Domain, Calibration]:
    """Write a copy of ``checkpoint`` that is calibrated to ``levels``; all of its calibrations.

    Kinds of audio that ``levels`` holds nothing for keep theirs.

    Raises:
        CheckpointError, SettingsError: one of the two cannot be used.
        StorageError: the output cannot be written.
    """
    # Only here, as it takes torch along.
    from chart_hero_core.model.checkpoint import load_checkpoint, save_calibrated

    refuse_unwritable(output.parent)
    calibrations = {**load_checkpoint(checkpoint).calibrations, **read_levels(levels)}
    save_calibrated(checkpoint, calibrations, output)
    return calibrations


def _json(path: Path) -> Mapping[str, object]:
    try:
        with path.open("rb") as file:
            raw = file.read(_MAX_BYTES + 1)
    except OSError as error:
        raise SettingsError(f"Could not read {path}: {error.strerror or error}.") from error
    try:
        data = json.loads(raw) if len(raw) <= _MAX_BYTES else None
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict):
        raise SettingsError(f"{path.name} is not a file of levels (class_thresholds.json).")
    return data
