"""The LightningModule: network, averaged network, loss, optimiser, schedule."""

import copy
import math
import time
from typing import Any

import lightning
import torch
from torch import Tensor

from chart_hero_core.features.logmel import LogMelSettings
from chart_hero_core.model.network import DrumNetwork, NetworkSettings
from chart_hero_core.training.clips.hard import HardClip, HardClips, false_probability
from chart_hero_core.training.clips.replay import Replays
from chart_hero_core.training.config import TrainSettings
from chart_hero_core.training.step.losses import training_loss
from chart_hero_core.training.step.memory import checkpoint_blocks
from chart_hero_core.training.step.torchaudio_adapter import BandMask


class DrumModule(lightning.LightningModule):
    """Trains ``network``; ``averaged`` is its exponential moving average, which is released."""

    def __init__(
        self, settings: TrainSettings, network: NetworkSettings, features: LogMelSettings
    ) -> None:
        super().__init__()
        self.settings = settings
        self.features = features
        self.network = DrumNetwork(network)
        self.averaged = copy.deepcopy(self.network).requires_grad_(False).eval()
        if settings.checkpoint_gradients:
            checkpoint_blocks(self.network.trunk)
        self.mask = BandMask(widest=network.bands // 8, odds=settings.band_mask)
        self.hard = HardClips(settings.hard_memory)
        self.replays = Replays(settings.replay_memory)
        self.last_terms: dict[str, Tensor] = {}
        self.first_step = 0  # of this process; later than 0 in a resumed run
        self.earlier_s = 0.0  # what a resumed run has behind it
        self._began = time.monotonic()

    @property
    def step(self) -> int:
        """Optimiser steps taken by the run, those before a resume included."""
        return self.first_step + int(self.global_step)

    @property
    def fraction(self) -> float:
        """How much of the run is done, by the clock or by steps."""
        if not self.settings.minutes:
            return self.step / self.settings.steps
        return (self.earlier_s + time.monotonic() - self._began) / (60 * self.settings.minutes)

    def on_train_start(self) -> None:
        """Start the clock: what was loaded before is no training."""
        self._began = time.monotonic()

    def on_train_batch_end(self, outputs: Any, batch: Any, batch_idx: int) -> None:
        """End when the time is up."""
        del outputs, batch, batch_idx
        if self.settings.minutes and self.fraction >= 1:
            self.trainer.should_stop = True

    def training_step(self, batch: tuple[Tensor, Tensor], batch_idx: int) -> Tensor:
        """The loss of one batch, with the hardest remembered clips added to it."""
        # Masks depend on the batch alone, so that a resumed run draws the same ones.
        place = self.step * self.settings.accumulate + batch_idx % self.settings.accumulate
        torch.manual_seed((self.settings.seed * 1_000_003 + place) * 64 + int(self.global_rank))
        again = self.hard.take(self.settings.hard_per_step)
        features, targets = self._new_or_known(batch)
        if again:
            features, targets = _joined(features, targets, again)
        logits = self.network(self.mask(features.float()))
        wanted = targets.float()
        loss, self.last_terms = training_loss(logits, wanted, self.settings, self.step)
        if self.settings.hard_per_step:
            shown = [0] * (len(features) - len(again)) + [clip.shown + 1 for clip in again]
            scores = false_probability(logits, wanted)
            for row in zip(features, targets, scores, shown, strict=True):
                self.hard.offer(*row)
        return loss

    def _new_or_known(self, batch: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
        """The batch, or clips of before where it is empty."""
        if not len(batch[0]):
            return self.replays.draw(self.settings.batch)
        if self.settings.replays:
            self.replays.remember(*batch)
        return batch

    def optimizer_step(self, *args: Any, **kwargs: Any) -> None:
        """Take the step, then move the average: every hook that follows sees both."""
        super().optimizer_step(*args, **kwargs)
        self._move_average(self.step + 1)

    def _move_average(self, step: int) -> None:
        """In the first steps faster, so that it forgets the random start."""
        decay = min(self.settings.ema, (1 + step) / (10 + step))
        with torch.no_grad():
            means: list[Tensor] = list(self.averaged.parameters())
            # One call for all: a loop would keep a GPU waiting.
            torch._foreach_lerp_(means, list[Tensor](self.network.parameters()), 1 - decay)
            buffers = zip(self.averaged.buffers(), self.network.buffers(), strict=True)
            for kept, fresh in buffers:
                if kept.is_floating_point():
                    kept.lerp_(fresh, 1 - decay)
                else:
                    kept.copy_(fresh)

    def configure_optimizers(self) -> Any:
        """AdamW with warm-up and a cosine to zero at the end of the run."""
        settings = self.settings
        parameters = list(self.network.parameters())
        optimiser = torch.optim.AdamW(
            parameters,
            settings.learning_rate,
            weight_decay=settings.weight_decay,
            fused=parameters[0].is_cuda,
        )

        def factor(step: int) -> float:
            if step < settings.warmup:
                return (step + 1) / settings.warmup
            gone = (step - settings.warmup) / max(settings.steps - settings.warmup, 1)
            if settings.minutes:
                gone = self.fraction
            return 0.5 * (1 + math.cos(math.pi * min(gone, 1.0)))

        schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, factor)
        return {"optimizer": optimiser, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}


def _joined(features: Tensor, targets: Tensor, again: list[HardClip]) -> tuple[Tensor, Tensor]:
    """A batch with remembered clips behind it."""
    more = torch.stack([clip.features for clip in again]).to(features)
    truth = torch.stack([clip.targets for clip in again]).to(targets)
    return torch.cat([features, more]), torch.cat([targets, truth])
