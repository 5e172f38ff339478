"""Training of the network that finds beats in drum hits, as a job."""

from dataclasses import replace
from pathlib import Path

from chart_hero_core.base.files import refuse_unwritable_file
from chart_hero_core.base.progress import Progress, SubProgress
from chart_hero_core.training.small_networks.hit_tempo import HitTempoSettings, train_hit_tempo
from chart_hero_core.training.small_networks.stroke_songs import load_songs


def train_beats(material: Path, output: Path, steps: int | None, progress: Progress) -> Path:
    """Train on ``material/charts`` and ``material/grooves``, none of it held out.

    Raises:
        DatasetError: there is nothing to learn from.
        StorageError: the output cannot be written; asked before the work.
        Cancelled: asked for through ``progress``.
    """
    refuse_unwritable_file(output)
    progress.report(0.0, "Reading charts and takes")
    charts, takes = load_songs(material)
    settings = HitTempoSettings()
    if steps is not None:
        settings = replace(settings, steps=steps)
    return train_hit_tempo(charts, takes, settings, output, SubProgress(progress, 0.05, 1.0))
