"""What a run saves (state, averaged weights, log), and how it resumes from that."""

import contextlib
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from lightning.pytorch.callbacks import Callback
from torch import Tensor

from chart_hero_core.base.errors import Cancelled, CheckpointError
from chart_hero_core.base.files import atomic_write, make_folder, patient, write_text
from chart_hero_core.base.progress import Progress
from chart_hero_core.model.checkpoint import Checkpoint, save_checkpoint
from chart_hero_core.training.run import log
from chart_hero_core.training.run.files import LOG_FILE
from chart_hero_core.training.step.module import DrumModule

STATE_FILE = "state.pt"
WEIGHTS_FILE = "weights.safetensors"
SETTINGS_FILE = "settings.json"


class SnapshotCallback(Callback):
    """Restores, logs, saves every few minutes, and stops when asked.

    Where several processes train together the first one saves. ``first_step`` is where it
    resumes, ``measured`` the state of early stopping, which a resumed run needs.
    """

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
        self.first_step = first_step(state)
        self._saved_at = self._began = time.monotonic()
        # What an interrupted run had measured since its last line belongs to the next one.
        self._recent: list[dict[str, float | Tensor]] = list((state or {}).get("recent", ()))
        self._seconds = float((state or {}).get("seconds", 0.0))
        self.measured: dict[str, float] = dict((state or {}).get("measured", {}))

    def on_train_start(self, trainer: Any, pl_module: Any) -> None:
        """Put back what the saved state holds, and forget what was logged after it."""
        if trainer.is_global_zero:
            make_folder(self._folder)
            log.shorten(self._folder / LOG_FILE, self.first_step)
        if self._state is None:
            return
        pl_module.earlier_s = self._seconds
        self.restore_networks(pl_module)
        with self._explaining_mismatch():
            trainer.optimizers[0].load_state_dict(self._state["optimiser"])
        pl_module.hard.restore(self._state.get("hard", {}))
        schedule = trainer.lr_scheduler_configs[0].scheduler
        schedule.last_epoch = self.first_step
        for group, base in zip(trainer.optimizers[0].param_groups, schedule.base_lrs, strict=True):
            group["lr"] = base * schedule.lr_lambdas[0](self.first_step)

    def restore_networks(self, module: DrumModule) -> None:
        """Put the saved weights back. Raises :class:`CheckpointError` where they do not fit."""
        if self._state is None:
            return
        module.first_step = self.first_step
        with self._explaining_mismatch():
            module.network.load_state_dict(self._state["network"])
            module.averaged.load_state_dict(self._state["averaged"])

    @contextlib.contextmanager
    def _explaining_mismatch(self) -> Iterator[None]:
        try:
            yield
        except (KeyError, TypeError, RuntimeError, ValueError, AttributeError) as error:
            raise CheckpointError(
                f"The training state in {self._folder} belongs to another network; "
                "choose another folder."
            ) from error

    def on_train_batch_end(
        self, trainer: Any, pl_module: Any, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Log, save every few minutes, stop when asked."""
        del batch
        settings = pl_module.settings
        # Lightning hands out the loss divided by the batches of a step.
        loss = outputs["loss"].detach() * settings.accumulate
        self._recent.append({"loss": loss, **pl_module.last_terms})
        if (batch_idx + 1) % settings.accumulate:
            return
        step = pl_module.step
        if trainer.is_global_zero and step % settings.log_every == 0:
            self._log_means(pl_module)
        if step % settings.log_every == 0:
            self._recent.clear()
        self._progress.report(min(pl_module.fraction, 1.0), f"Step {step}")
        if time.monotonic() - self._saved_at > settings.snapshot_minutes * 60:
            self.save(trainer, pl_module)
            self._saved_at = time.monotonic()
        self._stop_if_asked(trainer, pl_module)

    def _stop_if_asked(self, trainer: Any, module: DrumModule) -> None:
        asked: Cancelled | None = None
        try:
            self._progress.check_cancelled()
        except Cancelled as error:
            asked = error
        together = trainer.world_size > 1
        stop = asked is not None
        if together:  # all processes must stop at the same step, or the others wait for ever
            stop = trainer.strategy.reduce_boolean_decision(stop, all=False)
        if stop:
            self.save(trainer, module)
            raise asked or Cancelled

    def _log_means(self, module: DrumModule) -> None:
        settings = module.settings
        means = {k: _mean([row[k] for row in self._recent]) for k in self._recent[0]}
        here_s = time.monotonic() - self._began
        clips = settings.batch * settings.accumulate * settings.devices * settings.num_nodes
        heard_s = (module.step - self.first_step) * clips * settings.clip_s
        self.log_line(
            {
                "step": module.step,
                "audio_per_s": heard_s / here_s,
                "seconds": self._seconds + here_s,
                **means,
            }
        )

    def log_line(self, values: dict[str, float]) -> None:
        """Add one line to the log. Raises :class:`StorageError`."""
        log.add_line(self._folder / LOG_FILE, values)

    def save(self, trainer: Any, module: DrumModule) -> None:
        """Write the state to resume from, and the averaged weights as a checkpoint."""
        if not trainer.is_global_zero:
            return
        state = {
            "step": module.step,
            "network": module.network.state_dict(),
            "averaged": module.averaged.state_dict(),
            "optimiser": trainer.optimizers[0].state_dict(),
            "hard": module.hard.state(),
            "recent": [{k: float(v) for k, v in row.items()} for row in self._recent],
            "seconds": self._seconds + time.monotonic() - self._began,
            "measured": self.measured,
        }
        with atomic_write(self._folder / STATE_FILE) as file, patient(file) as out:
            torch.save(state, out)
        settings = {"training": module.settings.to_dict(), "step": module.step}
        write_text(self._folder / SETTINGS_FILE, json.dumps(settings, indent=1))
        self.save_weights(module, WEIGHTS_FILE)

    def save_weights(self, module: DrumModule, name: str) -> None:
        """Write the averaged weights as the checkpoint ``name``."""
        settings = {"training": module.settings.to_dict(), "step": module.step}
        provenance = {**self._provenance, **settings}
        checkpoint = Checkpoint(module.averaged, module.features, {}, provenance)
        save_checkpoint(checkpoint, self._folder / name)


def _mean(values: list[float | Tensor]) -> float:
    return float(np.mean([float(value) for value in values]))


def first_step(state: dict[str, Any] | None) -> int:
    """The steps a saved state has behind it."""
    return 0 if state is None else int(state["step"])


def load_state(path: Path) -> dict[str, Any] | None:
    """A saved state, None where there is none.

    Raises:
        CheckpointError: the file is damaged.
    """
    if not path.exists():
        return None
    try:
        state = dict(torch.load(path, map_location="cpu", weights_only=True))
        first_step(state)
    except Exception as error:
        raise CheckpointError(f"{path} is damaged; remove it to start this run anew.") from error
    return state
