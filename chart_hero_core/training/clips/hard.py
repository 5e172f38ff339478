"""Hard-negative mining: clips with many false hits are used again."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from chart_hero_core.base.drums import DRUM_COUNT

# Lower probabilities do not become hits.
_LEAST_PROBABILITY = 0.3
# Each time a clip has been shown its score counts for less: some clips cannot be learned.
_FADE = 0.7


@dataclass(frozen=True, eq=False)
class HardClip:
    """One remembered clip, how wrong the network's last output was, how often it was shown."""

    features: Tensor
    targets: Tensor
    score: float
    shown: int = 0


class HardClips:
    """The clips with the most false hits of late, in a memory of fixed size.

    Deterministic: which clips come again depends on the scores alone. The whole memory is part of
    a run's state, so a resumed run sees what an unbroken one would have seen.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._clips: list[HardClip] = []

    def __len__(self) -> int:
        return len(self._clips)

    def take(self, count: int) -> list[HardClip]:
        """The ``count`` hardest clips (fewer where fewer are known); they leave the memory."""
        self._clips.sort(key=lambda clip: -clip.score)  # stable: the older of equals first
        taken, self._clips = self._clips[:count], self._clips[count:]
        return taken

    def offer(self, features: Tensor, targets: Tensor, score: float, shown: int = 0) -> None:
        """Remember a clip if it is harder than the easiest of a full memory.

        Args:
            features, targets: of one clip, ``[channels, T, bands]`` and ``[rows, T]``; copied, as a
                view would keep its whole batch.
            score: from :func:`false_probability`.
            shown: how often it has come again.
        """
        score *= _FADE**shown
        if score <= 0:
            return
        if len(self._clips) >= self._size:
            easiest = min(self._clips, key=lambda clip: clip.score)
            if score <= easiest.score:
                return
            self._clips.remove(easiest)
        self._clips.append(HardClip(features.clone(), targets.clone(), score, shown))

    def state(self) -> dict[str, Any]:
        """For :meth:`restore`: tensors and numbers."""
        if not self._clips:
            return {}
        return {
            "features": torch.stack([clip.features for clip in self._clips]),
            "targets": torch.stack([clip.targets for clip in self._clips]),
            "scores": [clip.score for clip in self._clips],
            "shown": [clip.shown for clip in self._clips],
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Take over what :meth:`state` gave."""
        columns = (state.get(name, ()) for name in ("features", "targets", "scores", "shown"))
        self._clips = [HardClip(*row) for row in zip(*columns, strict=True)]


def false_probability(logits: Tensor, targets: Tensor) -> list[float]:
    """How wrong the output for each clip is: class probabilities above what becomes a hit, summed
    over the frames without a stroke of that class.
    """
    p = logits[:, :DRUM_COUNT].detach().float().sigmoid()
    quiet = targets[:, :DRUM_COUNT].abs() < 1e-3  # -1: left out of the loss
    scores: list[float] = ((p - _LEAST_PROBABILITY).clamp(min=0) * quiet).sum(dim=(1, 2)).tolist()
    return scores
