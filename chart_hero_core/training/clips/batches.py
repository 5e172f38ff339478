"""Batches for the trainer: rendered, turned into features and targets, in worker processes.

The stream is cut into blocks of batches; each block (and worker) has a seed of its own, so that a
run resumed at any step sees what it would have seen.
"""

from collections.abc import Iterable, Iterator
from itertools import repeat

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import IterableDataset, get_worker_info

from chart_hero_core.base.arrays import Float32Array
from chart_hero_core.features.logmel import LogMelSettings, log_mel
from chart_hero_core.synthesis.clips import Clip
from chart_hero_core.training.clips.drawing import ClipDrawer
from chart_hero_core.training.clips.pseudo_labels import pseudo_labelled_clips
from chart_hero_core.training.clips.sampling import balanced
from chart_hero_core.training.clips.sources import ClipSources
from chart_hero_core.training.clips.targets import make_targets
from chart_hero_core.training.config import TrainSettings

_BLOCK_BATCHES = 64


def _whole_batches(settings: TrainSettings, steps: int) -> int:
    """How many batches ``steps`` steps have done with: those begun last are shown again."""
    return steps * settings.accumulate // (1 + settings.replays)


class WithReplays:
    """Batches, and after each so many empty ones: steps on clips of before."""

    def __init__(self, batches: Iterable[tuple[Tensor, Tensor]], replays: int) -> None:
        self._batches = batches
        self._replays = replays

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        for batch in self._batches:
            yield batch
            for _ in range(self._replays):
                yield torch.empty(0), torch.empty(0)


class RenderedBatches(IterableDataset[tuple[Tensor, Tensor]]):
    """``(features [N, C, T, bands], targets [N, 35, T])``, float16, from ``first_step`` on.

    Args:
        rank, ranks: which of several processes that train together this is; each sees its own
            clips.
    """

    def __init__(
        self,
        sources: ClipSources,
        settings: TrainSettings,
        features: LogMelSettings,
        first_step: int = 0,
        rank: int = 0,
        ranks: int = 1,
    ) -> None:
        super().__init__()
        self._materials = balanced(sources.materials, settings.balance)
        self._settings = settings
        self._clips = sources.clips
        self._features = features
        self._rank = rank
        self._ranks = ranks
        self._songs = sources.pseudo_labelled
        self.first_step = first_step

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        info = get_worker_info()
        worker, workers = (info.id, info.num_workers) if info is not None else (0, 1)
        torch.set_num_threads(1)
        # A step takes several batches where gradients are accumulated, none where clips of before
        # are seen again.
        settings = self._settings
        first = _whole_batches(settings, self.first_step)
        last = _whole_batches(settings, settings.steps + settings.replays)
        # Each worker's share of a block is large against the drum tracks a stream keeps for reuse.
        length = _BLOCK_BATCHES * workers
        for block in range(first // length, (last - 1) // length + 1):
            seed = self._seed(block, worker)
            drawer = ClipDrawer(self._materials, self._settings, self._clips, seed)
            pseudo_labelled = self._pseudo_labelled_clips(seed)
            for index in range(block * length, min((block + 1) * length, last)):
                if index % workers != worker:
                    continue
                step = index * (1 + self._settings.replays) // self._settings.accumulate
                examples = [
                    next(pseudo_labelled) or self._labelled(drawer.next(step))
                    for _ in range(self._settings.batch)
                ]
                # What an interrupted run had already seen is drawn again, and left aside.
                if index >= first:
                    yield self._batch(examples)

    def _pseudo_labelled_clips(
        self, seed: int
    ) -> Iterator[tuple[Float32Array, Float32Array] | None]:
        """A clip with pseudo-labels now and then, None where a rendered one is due."""
        share = self._settings.pseudo_label_share if self._songs else 0.0
        if not share:
            yield from repeat(None)
        clip_s, hop_s = self._clips.length_s, self._features.hop_s
        width, music = self._settings.target_width, self._materials.backing
        clips = pseudo_labelled_clips(self._songs, clip_s, hop_s, width, seed, music)
        chance = np.random.default_rng([seed, 1])
        while True:
            yield next(clips) if chance.random() < share else None

    def _seed(self, block: int, worker: int) -> int:
        place = (self._settings.seed * 1_000_003 + block) * 64 + worker
        return place * self._ranks + self._rank

    def _labelled(self, clip: Clip) -> tuple[Float32Array, Float32Array]:
        frames = self._features.frame_count(len(clip.samples))
        width = self._settings.target_width
        drawn = make_targets(clip.take, frames, self._features.hop_s, width, clip.audible)
        return clip.samples, drawn.stacked()

    def _batch(self, examples: list[tuple[Float32Array, Float32Array]]) -> tuple[Tensor, Tensor]:
        features = [log_mel(samples, self._features) for samples, _ in examples]
        return (
            torch.from_numpy(np.stack(features).astype(np.float16)),
            torch.from_numpy(np.stack([rows for _, rows in examples]).astype(np.float16)),
        )
