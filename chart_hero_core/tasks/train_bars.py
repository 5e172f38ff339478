"""Training of the networks that find bar lines in drum hits, as a job."""

from dataclasses import replace
from pathlib import Path

from chart_hero_core.base.files import refuse_unwritable_file
from chart_hero_core.base.progress import Progress, SubProgress
from chart_hero_core.training.small_networks.bar_songs import pulse_song
from chart_hero_core.training.small_networks.bars import BarSettings, train_bar_nets
from chart_hero_core.training.small_networks.stroke_songs import (
    SHORTEST_TAKE_S,
    load_songs,
    track_all,
)

# Every chart is heard so many times, each time otherwise; a take once.
_HEARD_TIMES = 2
_TRACKING_PART = 0.4


def train_bars(material: Path, output: Path, steps: int | None, progress: Progress) -> Path:
    """Train on ``material/charts`` and ``material/grooves``, none of it held out.

    Raises:
        DatasetError: there is nothing to learn from.
        StorageError: the output cannot be written; asked before the work.
        Cancelled: asked for through ``progress``.
    """
    refuse_unwritable_file(output)
    progress.report(0.0, "Reading charts and takes")
    charts, takes = load_songs(material, SHORTEST_TAKE_S)
    middle = _TRACKING_PART * 0.8
    found = track_all(charts * _HEARD_TIMES, pulse_song, 0, SubProgress(progress, 0.0, middle))
    played = track_all(takes, pulse_song, 1, SubProgress(progress, middle, _TRACKING_PART))
    settings = BarSettings()
    if steps is not None:
        settings = replace(settings, steps=steps)
    rest = SubProgress(progress, _TRACKING_PART, 1.0)
    return train_bar_nets(found, played, settings, output, rest)
