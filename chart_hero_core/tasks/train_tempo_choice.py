"""Fitting of the model that chooses between tempo candidates, as a job."""

import json
from pathlib import Path

from chart_hero_core.base.files import refuse_unwritable_file, write_text
from chart_hero_core.base.progress import Progress, SubProgress
from chart_hero_core.timing.tempo_choice import FEATURES
from chart_hero_core.training.small_networks.stroke_songs import (
    SHORTEST_TAKE_S,
    load_songs,
    track_all,
)
from chart_hero_core.training.small_networks.tempo_choice import (
    fit_tempo_choice,
    gained,
    tempo_case,
)


def train_tempo_choice(material: Path, output: Path, progress: Progress) -> tuple[float, float]:
    """Fit to ``material/charts`` and ``material/grooves``, none of it held out.

    Returns:
        how right beats were before, and are after (F), judged by judges of other songs.

    Raises:
        DatasetError: there is nothing to learn from.
        StorageError: the output cannot be written; asked before the work.
        Cancelled: asked for through ``progress``.
    """
    refuse_unwritable_file(output)
    progress.report(0.0, "Reading charts and takes")
    charts, takes = load_songs(material, SHORTEST_TAKE_S)
    cases = track_all([*charts, *takes], tempo_case, 2, SubProgress(progress, 0.05, 0.95))
    choice = fit_tempo_choice(cases)
    values = zip(FEATURES, choice.mean, choice.spread, choice.weight, strict=True)
    found = {
        name: {"mean": round(float(m), 5), "spread": round(float(s), 5), "weight": float(w)}
        for name, m, s, w in values
    }
    write_text(output, json.dumps(found, indent=1) + "\n")
    progress.report(1.0, "Done")
    return gained(cases)
