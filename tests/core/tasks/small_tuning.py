"""A tiny model to start from, settings that are through in seconds, and a hand on the brake."""

import json
from pathlib import Path
from typing import Any

import torch

from chart_hero_core.base.calibration import Calibration, PresetLevels
from chart_hero_core.base.drums import DRUM_COUNT
from chart_hero_core.base.progress import CallbackProgress
from chart_hero_core.model.checkpoint import Checkpoint, save_checkpoint
from chart_hero_core.model.network import DrumNetwork, NetworkSettings
from chart_hero_core.training.own_songs.fine_tune_settings import FineTuneSettings

SETTINGS = FineTuneSettings(
    last_steps=40,
    all_steps=10,
    last_rate=0.02,
    all_rate=0.003,
    batch=2,
    clip_s=3.0,
    cached_clips=6,
    distillation=0.0,
    l2_sp=0.0,
    blend=1.0,
    validate_every=5,
    snapshot_s=0.0,
    threads=1,
)


def write_model(path: Path) -> Path:
    torch.manual_seed(0)
    shape = NetworkSettings(stem=(4, 4, 4), width=8, dilations=(1, 2), fine_width=16, skip_width=16)
    levels = PresetLevels(0.1, (0.4,) * DRUM_COUNT)
    calibration = Calibration("drums", presets={"conservative": levels})
    save_checkpoint(
        Checkpoint(DrumNetwork(shape).eval(), calibrations={"drums": calibration}), path
    )
    return path


def log_of(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]


class StopAt:
    """Asks to stop when the run has come to a step."""

    def __init__(self, step: int) -> None:
        self._step, self._seen = step, -1

    def progress(self) -> CallbackProgress:
        return CallbackProgress(self._report, lambda: self._seen >= self._step)

    def _report(self, fraction: float, message: str) -> None:
        if "step" in message:
            self._seen = int(message.split("step ")[1])
