"""Fitting of the model that recognises double kicks, as a job."""

import json
from pathlib import Path

from chart_hero_core.base.files import refuse_unwritable_file, write_text
from chart_hero_core.base.progress import Progress
from chart_hero_core.training.small_networks.double_kicks import (
    fit_double_kicks,
    load_kick_songs,
    shares,
)

_DIGITS = 4


def train_double_kicks(material: Path, output: Path, progress: Progress) -> tuple[float, float]:
    """Fit to ``material/charts``, none of it held out.

    Returns:
        precision and recall on the charts that are held out.

    Raises:
        DatasetError: there is nothing to learn from.
        StorageError: the output cannot be written; asked before the work.
        Cancelled: asked for through ``progress``.
    """
    refuse_unwritable_file(output)
    progress.report(0.0, "Reading charts")
    songs = list(load_kick_songs(material / "charts", heldout=False))
    others = list(load_kick_songs(material / "charts", heldout=True))
    progress.check_cancelled()
    progress.report(0.3, f"Fitting to {len(songs)} charts")
    model = fit_double_kicks(songs)
    rounded = {
        "own": [round(weight, _DIGITS) for weight in model.own.tolist()],
        "pair": [round(weight, _DIGITS) for weight in model.pair.tolist()],
    }
    write_text(output, json.dumps(rounded, indent=1) + "\n")
    progress.report(1.0, "Done")
    return shares(model, others)
