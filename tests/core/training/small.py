"""A run small enough for tests: tiny network, tiny clips. Also a program, for tests that kill it
or start several of it:

    python -m tests.core.training.small MATERIAL CACHE FOLDER VALUES [KILL_AT]
"""

import json
import os
import signal
import sys
import warnings
from pathlib import Path
from typing import Any

from chart_hero_core.base.progress import CallbackProgress, Progress, SilentProgress
from chart_hero_core.model.network import NetworkSettings
from chart_hero_core.synthesis.clips import ClipSettings, Materials
from chart_hero_core.training.clips.sources import ClipSources, load_materials
from chart_hero_core.training.config import TrainSettings
from chart_hero_core.training.run.files import LOG_FILE
from chart_hero_core.training.run.loop import new_module, train
from chart_hero_core.training.run.validation import ValidationSong

NETWORK = NetworkSettings(stem=(4, 4, 4), width=8, dilations=(1, 2), fine_width=8, skip_width=4)
CLIPS = ClipSettings(length_s=1.0, pool=4)


def settings_for(**values: Any) -> TrainSettings:
    small = TrainSettings(
        steps=8, batch=2, clip_s=1.0, workers=0, warmup=2, log_every=2, accelerator="cpu"
    )
    return small.with_values(values)


def run(
    materials: Materials,
    folder: Path,
    progress: Progress | None = None,
    validation: list[ValidationSong] | None = None,
    **values: Any,
) -> Path:
    """Train; the path of the averaged weights."""
    return train(
        new_module(settings_for(**values), shape=NETWORK),
        ClipSources(materials, CLIPS),
        folder,
        progress or SilentProgress(),
        validation=validation or (),
    )


def log_of(folder: Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in (folder / LOG_FILE).read_text().splitlines()]


def losses_of(folder: Path) -> list[tuple[float, float]]:
    return [(line["step"], line["loss"]) for line in log_of(folder) if "loss" in line]


def main(arguments: list[str]) -> None:
    """Train in this process, and kill it without warning after ``KILL_AT`` reports."""
    material, cache, folder = (Path(argument) for argument in arguments[:3])
    reports: list[float] = []

    def report(fraction: float, _: str) -> None:
        reports.append(fraction)
        if len(arguments) > 4 and len(reports) == int(arguments[4]):
            os.kill(os.getpid(), signal.SIGKILL)

    materials = load_materials(material, heldout=False, cache=cache)
    run(materials, folder, CallbackProgress(report), **json.loads(arguments[3]))


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main(sys.argv[1:])
