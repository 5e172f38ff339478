"""One training run, top to bottom: materials, loop, snapshots, resume."""

import contextlib
import json
import logging
import random
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

import lightning
import numpy as np
import torch
from lightning.pytorch.callbacks import Callback
from torch.utils.data import DataLoader

from chart_hero_core.base.errors import CheckpointError
from chart_hero_core.base.files import atomic_write, write_text
from chart_hero_core.base.progress import Progress
from chart_hero_core.features.logmel import LogMelSettings
from chart_hero_core.model.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from chart_hero_core.model.network import NetworkSettings
from chart_hero_core.synthesis.clips import ClipSettings, Materials
from chart_hero_core.training.batches import RenderedBatches
from chart_hero_core.training.config import TrainSettings
from chart_hero_core.training.module import DrumModule

STATE_FILE = "state.pt"
WEIGHTS_FILE = "weights.safetensors"
LOG_FILE = "log.jsonl"


def train(
    materials: Materials,
    settings: TrainSettings,
    folder: Path,
    progress: Progress,
    *,
    start_from: Path | None = None,
    clips: ClipSettings | None = None,
    network: NetworkSettings | None = None,
    provenance: dict[str, Any] | None = None,
) -> Path:
    """Train in ``folder``, resuming what was begun there; returns the averaged weights' path.

    Args:
        start_from: a checkpoint whose weights are the starting point of a fresh run.
        provenance: recorded in the weights' header.

    Raises:
        CheckpointError: the state in ``folder`` or ``start_from`` does not fit.
        Cancelled: the progress object asked to stop; the state is saved first.
    """
    # Lightning announces its settings and its makers' products on every run.
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    torch.set_num_threads(settings.threads)
    _seed_all(settings.seed)
    features = LogMelSettings()
    module = DrumModule(settings, network or NetworkSettings.for_features(features), features)
    if start_from is not None:
        _start_from(module, start_from)
    clips = clips or ClipSettings(length_s=settings.clip_s)
    state = _load_state(folder / STATE_FILE)
    first_step = 0 if state is None else int(state["step"])
    batches = RenderedBatches(materials, settings, clips, features, first_step)
    keeper = _Keeper(folder, progress, state, provenance or {})
    trainer = lightning.Trainer(
        accelerator="cpu",
        devices=1,
        precision=_precision(),
        max_steps=settings.steps - first_step,
        gradient_clip_val=settings.gradient_clip,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        callbacks=[keeper],
    )
    loader = DataLoader(
        batches,
        batch_size=None,
        num_workers=settings.workers,
        prefetch_factor=6 if settings.workers else None,
    )
    trainer.fit(module, loader)
    keeper.save(trainer, module)
    return folder / WEIGHTS_FILE


def _start_from(module: DrumModule, path: Path) -> None:
    """Take over the weights of ``path``; attention it lacks starts as the identity."""
    weights = load_checkpoint(path).network.state_dict()
    known = module.network.state_dict()
    fits = all(k in known and known[k].shape == v.shape for k, v in weights.items())
    if not fits or any(not k.startswith("attention.") for k in known.keys() - weights.keys()):
        raise CheckpointError(f"{path.name} belongs to another network than the one to train.")
    for network in (module.network, module.averaged):
        network.load_state_dict({**known, **weights})


class _Keeper(Callback):
    """Restores, logs, saves every few minutes, and stops when asked."""

    def __init__(
        self,
        folder: Path,
        progress: Progress,
        state: dict[str, Any] | None,
        provenance: dict[str, Any],
    ) -> None:
        self._folder = folder
        self._progress = progress
        self._state = state
        self._provenance = provenance
        self._first_step = 0 if state is None else int(state["step"])
        self._saved_at = time.monotonic()
        self._began = time.monotonic()
        self._recent: list[dict[str, float]] = []

    def on_train_start(self, trainer: Any, pl_module: Any) -> None:
        """Put back what the saved state holds."""
        if self._state is None:
            return
        pl_module.first_step = self._first_step
        try:
            pl_module.network.load_state_dict(self._state["network"])
            pl_module.averaged.load_state_dict(self._state["averaged"])
            trainer.optimizers[0].load_state_dict(self._state["optimiser"])
        except (KeyError, RuntimeError, ValueError) as error:
            raise CheckpointError(
                f"The training state in {self._folder} belongs to another network; "
                "choose another folder."
            ) from error
        schedule = trainer.lr_scheduler_configs[0].scheduler
        schedule.last_epoch = self._first_step
        for group, base in zip(trainer.optimizers[0].param_groups, schedule.base_lrs, strict=True):
            group["lr"] = base * schedule.lr_lambdas[0](self._first_step)
        torch.set_rng_state(self._state["rng"])

    def on_train_batch_end(self, trainer: Any, pl_module: Any, outputs: Any, *_: Any) -> None:
        """Log every 50 steps, save every few minutes, stop when asked."""
        step = self._first_step + trainer.global_step
        self._recent.append({"loss": float(outputs["loss"]), **pl_module.last_terms})
        if step % 50 == 0:
            self._log(step, pl_module.settings)
        self._progress.report(step / pl_module.settings.steps, f"Step {step}")
        if time.monotonic() - self._saved_at > pl_module.settings.snapshot_minutes * 60:
            self.save(trainer, pl_module)
            self._saved_at = time.monotonic()
        try:
            self._progress.check_cancelled()
        except BaseException:
            self.save(trainer, pl_module)
            raise

    def _log(self, step: int, settings: TrainSettings) -> None:
        means = {k: float(np.mean([row[k] for row in self._recent])) for k in self._recent[0]}
        gone_s = time.monotonic() - self._began
        done = (step - self._first_step) * settings.batch * settings.clip_s
        line = {"step": step, "audio_per_s": done / gone_s, "seconds": gone_s, **means}
        self._recent.clear()
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / LOG_FILE).open("a", encoding="utf-8") as file:
            file.write(json.dumps({k: round(v, 5) for k, v in line.items()}) + "\n")

    def save(self, trainer: Any, module: Any) -> None:
        """Write the state to resume from, and the averaged weights as a checkpoint."""
        step = self._first_step + trainer.global_step
        state = {
            "step": step,
            "network": module.network.state_dict(),
            "averaged": module.averaged.state_dict(),
            "optimiser": trainer.optimizers[0].state_dict(),
            "rng": torch.get_rng_state(),
        }
        with atomic_write(self._folder / STATE_FILE) as file:
            torch.save(state, file)
        settings = {"training": module.settings.to_dict(), "step": step}
        write_text(self._folder / "settings.json", json.dumps(settings, indent=1))
        provenance = {**self._provenance, **settings}
        save_checkpoint(
            Checkpoint(module.averaged, module.features, {}, provenance),
            self._folder / WEIGHTS_FILE,
        )


def _precision() -> Literal["bf16-mixed", "32-true"]:
    """bfloat16 where the processor computes in it: elsewhere emulating it would be slower."""
    flags = torch.backends.cpu.get_cpu_capability()
    has_bf16 = "AVX512" in flags and torch.ops.mkldnn._is_mkldnn_bf16_supported()
    return "bf16-mixed" if has_bf16 else "32-true"


def _load_state(path: Path) -> dict[str, Any] | None:
    if not path.exists():
        return None
    try:
        state = torch.load(path, weights_only=True)
    except Exception as error:
        raise CheckpointError(f"{path} is damaged; remove it to start this run anew.") from error
    return dict(state)


def _seed_all(seed: int) -> None:
    random.seed(seed)
    torch.manual_seed(seed)
    with contextlib.suppress(ValueError):
        np.random.seed(seed)  # noqa: NPY002 - libraries may draw from it; ours never do


def describe(materials: Materials, clips: ClipSettings) -> dict[str, Any]:
    """What the materials and the clip settings are, for the provenance of weights."""
    return {
        "kits": sorted({kit.name for kit in materials.kits}),
        "takes": len(materials.grooves),
        "charts": len(materials.charts),
        "backing": len(materials.backing.tracks),
        "band": materials.band is not None,
        "clips": asdict(clips),
    }
