"""One training run, top to bottom: materials, loop, snapshots, resume."""

import contextlib
import logging
import os
import random
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, Literal

import lightning
import numpy as np
import torch
from lightning.pytorch.callbacks import Callback
from torch.utils.data import DataLoader

from chart_hero_core.base.errors import CheckpointError
from chart_hero_core.base.progress import Progress
from chart_hero_core.features.logmel import LogMelSettings
from chart_hero_core.model.checkpoint import load_checkpoint
from chart_hero_core.model.grow import grown
from chart_hero_core.model.network import NetworkSettings
from chart_hero_core.training.clips.batches import RenderedBatches, WithReplays
from chart_hero_core.training.clips.sources import ClipSources
from chart_hero_core.training.config import TrainSettings
from chart_hero_core.training.run.early_stopping import EarlyStopping
from chart_hero_core.training.run.files import alone_in
from chart_hero_core.training.run.precision import computes_bf16
from chart_hero_core.training.run.snapshots import (
    STATE_FILE,
    WEIGHTS_FILE,
    SnapshotCallback,
    load_state,
)
from chart_hero_core.training.run.validation import ValidationSong
from chart_hero_core.training.step.module import DrumModule

# What those who start several processes tell each of its place among them: Lightning, torchrun,
# Slurm.
_RANKS = ("LOCAL_RANK", "NODE_RANK", "RANK", "GROUP_RANK", "SLURM_PROCID")


def new_module(
    settings: TrainSettings, start_from: Path | None = None, shape: NetworkSettings | None = None
) -> DrumModule:
    """A network to train, drawn by the seed of ``settings``, which is also the run's.

    Args:
        start_from: a checkpoint whose weights are the starting point of a fresh run.
        shape: of the network, where it is not of the size that ``settings`` name.

    Raises:
        CheckpointError: ``start_from`` does not fit.
    """
    _seed_all(settings.seed)
    features = LogMelSettings()
    shape = shape or NetworkSettings.for_features(features, settings.network)
    module = DrumModule(settings, shape, features)
    if start_from is not None:
        _start_from(module, start_from)
    return module


def train(
    module: DrumModule,
    sources: ClipSources,
    folder: Path,
    progress: Progress,
    *,
    validation: Sequence[ValidationSong] = (),
    provenance: dict[str, Any] | None = None,
) -> Path:
    """Train in ``folder``, resuming what was begun there; returns the averaged weights' path.

    Args:
        module: a fresh one; what was begun in ``folder`` takes its place.
        validation: songs to measure on every ``validate_minutes``.
        provenance: recorded in the weights' header.

    A run that has no steps left only gets its weights written once more.

    Raises:
        CheckpointError: the state in ``folder`` does not fit.
        StorageError: ``folder`` cannot be written, or another program trains in it.
        Cancelled: the progress object asked to stop; the state is saved first.
    """
    # Lightning announces its settings and its makers' products on every run.
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    torch.set_num_threads(module.settings.threads)
    with alone_in(folder) if _is_first_process() else contextlib.nullcontext():
        snapshots = SnapshotCallback(
            folder, progress, load_state(folder / STATE_FILE), provenance or {}
        )
        return _trained(module, sources, folder, snapshots, validation)


def _trained(
    module: DrumModule,
    sources: ClipSources,
    folder: Path,
    snapshots: SnapshotCallback,
    validation: Sequence[ValidationSong],
) -> Path:
    settings, begun = module.settings, snapshots.first_step
    if begun >= settings.steps:  # Lightning would take no step, nor restore what was learned
        snapshots.restore_networks(module)
        snapshots.save_weights(module, WEIGHTS_FILE)
        return folder / WEIGHTS_FILE
    early_stopping = (
        [EarlyStopping(snapshots, validation)] if validation and settings.validate_minutes else []
    )
    trainer = _trainer(settings, settings.steps - begun, [*early_stopping, snapshots])
    _fit(trainer, module, _Batches(sources, settings, module.features, begun))
    snapshots.save(trainer, module)
    return folder / WEIGHTS_FILE


def _is_first_process() -> bool:
    """Of those that train together in one folder, on this machine or on several."""
    return all(os.environ.get(name, "0") == "0" for name in _RANKS)


def _fit(
    trainer: lightning.Trainer, module: DrumModule, batches: lightning.LightningDataModule
) -> None:
    """Train. Lightning makes a silent exit of an interruption, which is put right here."""
    try:
        trainer.fit(module, datamodule=batches)
    except SystemExit as stopped:
        if isinstance(stopped.__context__, KeyboardInterrupt):
            raise stopped.__context__ from None
        raise


def _trainer(settings: TrainSettings, steps: int, callbacks: list[Callback]) -> lightning.Trainer:
    """Lightning's loop over so many steps, with nothing of its own around it."""
    return lightning.Trainer(
        accelerator=settings.accelerator,
        devices=settings.devices,
        num_nodes=settings.num_nodes,
        strategy=settings.strategy,
        precision=_precision(settings.accelerator),
        benchmark=torch.cuda.is_available(),
        max_steps=steps,
        accumulate_grad_batches=settings.accumulate,
        gradient_clip_val=settings.gradient_clip,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        callbacks=callbacks,
    )


def _start_from(module: DrumModule, path: Path) -> None:
    """Take over the weights of ``path``, in a network that has grown since."""
    trained = load_checkpoint(path).network
    try:
        for network in (module.network, module.averaged):
            network.load_state_dict(grown(trained, network))
    except ValueError as error:
        raise CheckpointError(
            f"{path.name} belongs to another network than the one to train."
        ) from error


class _Batches(lightning.LightningDataModule):
    """Gives each process its own clips: which one it is is known only once all have started."""

    def __init__(
        self,
        sources: ClipSources,
        settings: TrainSettings,
        features: LogMelSettings,
        first_step: int,
    ) -> None:
        super().__init__()
        self._of_rank = partial(RenderedBatches, sources, settings, features, first_step)
        self._workers = settings.workers
        self._replays = settings.replays

    def train_dataloader(self) -> Any:
        """Batches of this process."""
        trainer = self.trainer
        assert trainer is not None
        loader = DataLoader(
            self._of_rank(trainer.global_rank, trainer.world_size),
            batch_size=None,
            num_workers=self._workers,
            prefetch_factor=6 if self._workers else None,
        )
        return WithReplays(loader, self._replays) if self._replays else loader


def _precision(accelerator: str) -> Literal["bf16-mixed", "32-true"]:
    """bfloat16 where the machine learns faster in it."""
    if accelerator != "cpu" and torch.cuda.is_available():
        return "bf16-mixed" if torch.cuda.is_bf16_supported() else "32-true"
    return "bf16-mixed" if computes_bf16() else "32-true"


def _seed_all(seed: int) -> None:
    random.seed(seed)
    torch.manual_seed(seed)
    with contextlib.suppress(ValueError):
        np.random.seed(seed)  # noqa: NPY002 - libraries may draw from it; ours never do
