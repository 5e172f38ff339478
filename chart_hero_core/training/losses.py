"""The loss. Why each term is there stands beside it."""

import torch
import torch.nn.functional as F  # noqa: N812 - torch's own idiom
from torch import Tensor

from chart_hero_core.base.drums import DRUM_COUNT, SAME_COLOUR
from chart_hero_core.model.network import split_heads
from chart_hero_core.training.config import TrainSettings

_ROWS = (DRUM_COUNT, 1, DRUM_COUNT, DRUM_COUNT, DRUM_COUNT, 1, 1)
_NAMES = ("classes", "onset", "offset", "velocity", "near", "beat", "downbeat")


def training_loss(
    logits: Tensor, targets: Tensor, settings: TrainSettings
) -> tuple[Tensor, dict[str, float]]:
    """Weighted sum of all terms for a batch, and each term's value for the log.

    Args:
        logits: the network's output, ``[N, rows, T]``.
        targets: stacked :class:`Targets`, ``[N, 35, T]``.
    """
    said = split_heads(logits.float())
    true = dict(zip(_NAMES, torch.split(targets, list(_ROWS), dim=1), strict=True))
    near = true["near"]
    count = near.sum().clamp(min=1.0)
    frames = torch.tensor(float(targets.shape[0] * targets.shape[2]))
    terms = {
        # Frames on an onset are few and frames far from one are easy: discount the latter.
        "classes": _focal(said["classes"], true["classes"], settings).sum() / count,
        # The gate may rely on any drum: several together are one onset.
        "onset": _focal(said["onset"], true["onset"], settings).sum() / count,
        "offset": (
            F.huber_loss(0.5 * said["offset"].tanh(), true["offset"], reduction="none", delta=0.1)
            * near
        ).sum()
        / count
        * 10,
        "velocity": ((said["velocity"].sigmoid() - true["velocity"]).abs() * near).sum() / count,
        "beat": (
            _focal(said["beat"], true["beat"], settings)
            + _focal(said["downbeat"], true["downbeat"], settings)
        ).sum()
        / frames
        * 20,
        "ranking": _ranking(said["classes"], true["classes"]) / count,
    }
    weights = {
        "classes": 1.0,
        "onset": settings.onset_weight,
        "offset": settings.offset_weight,
        "velocity": settings.velocity_weight,
        "beat": settings.beat_weight,
        "ranking": settings.ranking_weight,
    }
    total = torch.stack([weights[name] * term for name, term in terms.items()]).sum()
    return total, {name: float(term.detach()) for name, term in terms.items()}


def _focal(logits: Tensor, soft: Tensor, settings: TrainSettings) -> Tensor:
    """Quality focal loss (Li et al. 2020): cross-entropy scaled by ``|target - p| ** gamma``.

    Frames with a target of -1 are left out.
    """
    asked = soft >= 0
    soft = soft.clamp(min=0.0)
    entropy = F.binary_cross_entropy_with_logits(logits, soft, reduction="none")
    miss = (soft - logits.sigmoid()).abs()
    return (
        asked
        * entropy
        * miss.pow(settings.focal_gamma)
        * (1 + (settings.positive_weight - 1) * soft)
    )


def _ranking(logits: Tensor, soft: Tensor) -> Tensor:
    """Hinge on pairs of one colour: where only one of tom and cymbal sounds, it must lead by 2."""
    total = logits.new_zeros(())
    for tom, cymbal in SAME_COLOUR:
        lead = logits[:, tom] - logits[:, cymbal]
        only_tom = (soft[:, tom] > 0.6) & (soft[:, cymbal] < 0.05)
        only_cymbal = (soft[:, cymbal] > 0.6) & (soft[:, tom] < 0.05)
        total = total + (F.relu(2 - lead) * only_tom).sum() + (F.relu(2 + lead) * only_cymbal).sum()
    return total
