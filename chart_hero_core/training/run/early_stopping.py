"""Early stopping: measuring every few minutes, keeping the best weights, ending in time."""

import time
from collections.abc import Sequence
from typing import Any

from lightning.pytorch.callbacks import Callback

from chart_hero_core.model.checkpoint import Checkpoint
from chart_hero_core.training.run.snapshots import SnapshotCallback
from chart_hero_core.training.run.validation import ValidationSong, measure
from chart_hero_core.training.step.module import DrumModule

BEST_FILE = "best.safetensors"
# Less is noise of twenty seconds here and there.
_PROGRESS = 0.002


class EarlyStopping(Callback):
    """Measures the averaged weights on rendered songs and ends a run that no longer improves."""

    def __init__(self, snapshots: SnapshotCallback, songs: Sequence[ValidationSong]) -> None:
        self._snapshots = snapshots
        self._songs = songs
        self._measured_at = time.monotonic()

    def on_train_batch_end(
        self, trainer: Any, pl_module: Any, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Measure when it is time: the first process does, and broadcasts whether to stop."""
        del outputs, batch
        settings = pl_module.settings
        if (batch_idx + 1) % settings.accumulate:
            return
        due = time.monotonic() - self._measured_at > settings.validate_minutes * 60
        if trainer.world_size > 1:
            due = trainer.strategy.broadcast(due)
        if not due:
            return
        enough = self._measure(pl_module) if trainer.is_global_zero else False
        self._measured_at = time.monotonic()
        if trainer.world_size > 1:
            enough = trainer.strategy.broadcast(enough)
        if enough:
            trainer.should_stop = True

    def _measure(self, module: DrumModule) -> bool:
        """Log one measurement; whether the run should end."""
        found = measure(Checkpoint(module.averaged, module.features), self._songs)
        best = self._snapshots.measured.get("best", -1.0)
        waited = self._snapshots.measured.get("without_progress", 0.0) + 1
        if found.score > best + _PROGRESS:
            best, waited = found.score, 0.0
            self._snapshots.save_weights(module, BEST_FILE)
        self._snapshots.measured = {"best": best, "without_progress": waited}
        self._snapshots.log_line(
            {
                "step": module.step,
                "event_f": found.event_f,
                "recall_64ths": found.recall_64ths,
                "threshold": found.threshold,
                **self._snapshots.measured,
            }
        )
        patience = module.settings.patience
        return bool(patience) and waited >= patience
