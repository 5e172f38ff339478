"""The LightningModule: network, averaged network, loss, optimiser, schedule."""

import copy
import math
from typing import Any

import lightning
import torch
from torch import Tensor

from chart_hero_core.features.logmel import LogMelSettings
from chart_hero_core.model.network import DrumNetwork, NetworkSettings
from chart_hero_core.training.config import TrainSettings
from chart_hero_core.training.losses import training_loss
from chart_hero_core.training.torchaudio_adapter import BandMask


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
        self.mask = BandMask(widest=network.bands // 8)
        self.last_terms: dict[str, float] = {}
        self.first_step = 0  # of this process; later than 0 in a resumed run

    def training_step(self, batch: tuple[Tensor, Tensor], batch_idx: int) -> Tensor:
        """The loss of one batch."""
        del batch_idx
        features, targets = batch
        logits = self.network(self.mask(features.float()))
        loss, self.last_terms = training_loss(logits, targets.float(), self.settings)
        return loss

    def on_train_batch_end(self, *_: Any) -> None:
        """Move the average; in the first steps faster, so that it forgets the random start."""
        step = self.first_step + self.global_step
        decay = min(self.settings.ema, (1 + step) / (10 + step))
        with torch.no_grad():
            pairs = zip(self.averaged.parameters(), self.network.parameters(), strict=True)
            for mean, new in pairs:
                mean.lerp_(new, 1 - decay)
            buffers = zip(self.averaged.buffers(), self.network.buffers(), strict=True)
            for kept, fresh in buffers:
                if kept.is_floating_point():
                    kept.lerp_(fresh, 1 - decay)
                else:
                    kept.copy_(fresh)

    def configure_optimizers(self) -> Any:
        """AdamW with warm-up and a cosine to zero over ``settings.steps``."""
        settings = self.settings
        optimiser = torch.optim.AdamW(
            self.network.parameters(), settings.learning_rate, weight_decay=settings.weight_decay
        )

        def factor(step: int) -> float:
            if step < settings.warmup:
                return (step + 1) / settings.warmup
            gone = (step - settings.warmup) / max(settings.steps - settings.warmup, 1)
            return 0.5 * (1 + math.cos(math.pi * min(gone, 1.0)))

        schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, factor)
        return {"optimizer": optimiser, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}
