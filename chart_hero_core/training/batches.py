"""Batches for the trainer: rendered, turned into features and targets, in worker processes.

The stream is cut into blocks of batches; each block (and worker) has a seed of its own, so that a
run resumed at any step sees what it would have seen.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import IterableDataset, get_worker_info

from chart_hero_core.features.logmel import LogMelSettings, log_mel
from chart_hero_core.synthesis.backing import load_backing
from chart_hero_core.synthesis.band import load_band
from chart_hero_core.synthesis.clips import Clip, ClipSettings, Materials
from chart_hero_core.synthesis.kits import load_kits
from chart_hero_core.synthesis.performances import load_charts, load_grooves
from chart_hero_core.training.config import TrainSettings
from chart_hero_core.training.drawing import ClipDrawer
from chart_hero_core.training.sampling import balanced
from chart_hero_core.training.targets import make_targets

_BLOCK_BATCHES = 64


def load_materials(root: Path, heldout: bool, cache: Path, band: Path | None = None) -> Materials:
    """Kits, takes, charts and backing below ``root`` (``kits grooves charts backing*``).

    Args:
        band: folder of rendered notes for made-up bands and percussion.

    Raises:
        DatasetError: a part is missing.
    """
    folders = [f for f in (root / "backing", root / "backing_more") if f.is_dir()]
    return Materials(
        kits=load_kits(root / "kits", heldout),
        grooves=list(load_grooves(root / "grooves", heldout)),
        charts=list(load_charts(root / "charts", heldout)),
        backing=load_backing(folders, heldout, cache),
        band=load_band(band) if band is not None else None,
    )


class RenderedBatches(IterableDataset[tuple[Tensor, Tensor]]):
    """``(features [N, C, T, bands], targets [N, 35, T])``, float16, from ``first_step`` on.

    Args:
        rank, ranks: which of several processes that train together this is; each sees its own
            clips.
    """

    def __init__(
        self,
        materials: Materials,
        settings: TrainSettings,
        clips: ClipSettings,
        features: LogMelSettings,
        first_step: int = 0,
        rank: int = 0,
        ranks: int = 1,
    ) -> None:
        super().__init__()
        self._materials = balanced(materials, settings.balance)
        self._settings = settings
        self._clips = clips
        self._features = features
        self._rank = rank
        self._ranks = ranks
        self.first_step = first_step

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        info = get_worker_info()
        worker, workers = (info.id, info.num_workers) if info is not None else (0, 1)
        torch.set_num_threads(1)
        # A step takes several batches where gradients are accumulated.
        first = self.first_step * self._settings.accumulate
        last = self._settings.steps * self._settings.accumulate
        for block in range(first // _BLOCK_BATCHES, (last - 1) // _BLOCK_BATCHES + 1):
            drawer = ClipDrawer(
                self._materials, self._settings, self._clips, self._seed(block, worker)
            )
            for index in range(block * _BLOCK_BATCHES, min((block + 1) * _BLOCK_BATCHES, last)):
                if index % workers != worker:
                    continue
                step = index // self._settings.accumulate
                drawn = [drawer.next(step) for _ in range(self._settings.batch)]
                # What an interrupted run had already seen is drawn again, and left aside.
                if index >= first:
                    yield self._batch(drawn)

    def _seed(self, block: int, worker: int) -> int:
        place = (self._settings.seed * 1_000_003 + block) * 64 + worker
        return place * self._ranks + self._rank

    def _batch(self, clips: list[Clip]) -> tuple[Tensor, Tensor]:
        features, targets = [], []
        for clip in clips:
            mel = log_mel(clip.samples, self._features)
            features.append(mel.astype(np.float16))
            drawn = make_targets(
                clip.take,
                mel.shape[1],
                self._features.hop_s,
                self._settings.target_width,
                clip.audible,
            )
            targets.append(drawn.stacked().astype(np.float16))
        return torch.from_numpy(np.stack(features)), torch.from_numpy(np.stack(targets))
