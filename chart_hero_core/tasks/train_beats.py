"""Training of the network that hears beats in strokes, as a job."""

from dataclasses import replace
from pathlib import Path

from chart_hero_core.base.progress import Progress, SubProgress
from chart_hero_core.training.small_networks.hit_beats import HitBeatSettings, train_hit_beats
from chart_hero_core.training.small_networks.stroke_songs import load_songs


def train_beats(material: Path, output: Path, steps: int | None, progress: Progress) -> Path:
    """Train on ``material/charts`` and ``material/grooves``, none of it held out.

    Raises:
        DatasetError: there is nothing to learn from.
        Cancelled: asked for through ``progress``.
    """
    progress.report(0.0, "Reading charts and takes")
    charts, takes = load_songs(material)
    settings = HitBeatSettings()
    if steps is not None:
        settings = replace(settings, steps=steps)
    return train_hit_beats(charts, takes, settings, output, SubProgress(progress, 0.05, 1.0))
