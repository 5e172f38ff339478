"""The loss. Why each term is there stands beside it."""

import torch
import torch.nn.functional as F  # noqa: N812 - torch's own idiom
from torch import Tensor

from chart_hero_core.base.drums import DRUM_COUNT, SAME_COLOUR
from chart_hero_core.model.network import split_heads
from chart_hero_core.training.config import TrainSettings
from chart_hero_core.training.step.stages import onset_positive_weight, stage_share, term_weights

_ROWS = (DRUM_COUNT, 1, DRUM_COUNT, DRUM_COUNT, DRUM_COUNT, 1, 1)
_NAMES = ("classes", "onset", "offset", "velocity", "near", "beat", "downbeat")


def training_loss(
    logits: Tensor, targets: Tensor, settings: TrainSettings, step: int | None = None
) -> tuple[Tensor, dict[str, Tensor]]:
    """Weighted sum of all terms for a batch, and each term's value for the log.

    The values stay where they were computed: a GPU that is asked for them at every step waits.

    Args:
        logits: the network's output, ``[N, rows, T]``.
        targets: stacked :class:`~chart_hero_core.training.clips.targets.Targets`, ``[N, 35, T]``.
        step: of the run, which decides the stage; stage B when None.
    """
    step = settings.steps if step is None else step
    outputs = split_heads(logits.float())
    true = dict(zip(_NAMES, torch.split(targets, list(_ROWS), dim=1), strict=True))
    terms = _terms(outputs, true, settings, step)
    weights = term_weights(settings, step)
    total = torch.stack([weights[name] * term for name, term in terms.items()]).sum()
    return total, {name: term.detach() for name, term in terms.items()}


def _beats_missed(
    outputs: dict[str, Tensor], true: dict[str, Tensor], settings: TrainSettings
) -> Tensor:
    rows = ("beat", "downbeat")
    first, second = (
        _focal(outputs[row], true[row], settings, settings.positive_weight) for row in rows
    )
    return (first + second).sum()


def _terms(
    outputs: dict[str, Tensor], true: dict[str, Tensor], settings: TrainSettings, step: int
) -> dict[str, Tensor]:
    near = true["near"]
    count = near.sum().clamp(min=1.0)
    frames = float(near.shape[0] * near.shape[2])
    soft = true["classes"]
    if settings.bootstrap and stage_share(settings, step) == 0:
        soft = _bootstrapped(outputs["classes"], soft, settings.bootstrap)
    return {
        # Frames on an onset are few and frames far from one are easy: discount the latter.
        "classes": _focal(
            outputs["classes"], soft, settings, _positive_weights(true["classes"], settings)
        ).sum()
        / count,
        # The gate may rely on any drum: several together are one onset.
        "onset": _focal(
            outputs["onset"], true["onset"], settings, onset_positive_weight(settings, step)
        ).sum()
        / count,
        "offset": (
            F.huber_loss(
                0.5 * outputs["offset"].tanh(), true["offset"], reduction="none", delta=0.1
            )
            * near
        ).sum()
        / count
        * 10,
        "velocity": ((outputs["velocity"].sigmoid() - true["velocity"]).abs() * near).sum() / count,
        "beat": _beats_missed(outputs, true, settings) / frames * 20,
        "ranking": _ranking(outputs["classes"], true["classes"]) / count,
    }


def _focal(
    logits: Tensor, soft: Tensor, settings: TrainSettings, positive_weight: Tensor | float
) -> Tensor:
    """Quality focal loss (Li et al. 2020): cross-entropy scaled by ``|target - p| ** gamma``.

    ``focal_alpha`` weighs frames on and off onsets against each other (Lin et al. 2017). Frames
    with a target of -1 are left out.
    """
    asked = soft >= 0
    soft = soft.clamp(min=0.0)
    entropy = F.binary_cross_entropy_with_logits(logits, soft, reduction="none")
    miss = (soft - logits.sigmoid()).abs()
    weight = 1 + (positive_weight - 1) * soft
    if settings.focal_alpha:
        alpha = settings.focal_alpha
        # Twice, so that alpha = 0.5 is the same as none.
        weight = weight * 2 * (alpha * soft + (1 - alpha) * (1 - soft))
    return asked * entropy * miss.pow(settings.focal_gamma) * weight


def _positive_weights(soft: Tensor, settings: TrainSettings) -> Tensor | float:
    """What an onset frame of each class weighs, ``[1, rows, 1]`` where rarity decides.

    Square roots of the frames off an onset per frame on one, as plain ratios are in the hundreds,
    where every class would be at the cap.
    """
    if not settings.positive_cap:
        return settings.positive_weight
    soft = soft.clamp(min=0.0)
    on = soft.sum(dim=(0, 2), keepdim=True).clamp(min=1.0)
    off = (1 - soft).sum(dim=(0, 2), keepdim=True)
    return (off / on).sqrt().clamp(min=1.0, max=settings.positive_cap)


def _bootstrapped(logits: Tensor, soft: Tensor, share: float) -> Tensor:
    """Targets mixed with the predictions (bootstrapping, Reed et al. 2015): labels may be wrong.

    Targets left out of the loss (-1) stay so.
    """
    mixed = (1 - share) * soft + share * logits.detach().sigmoid()
    return torch.where(soft < 0, soft, mixed)


def _ranking(logits: Tensor, soft: Tensor) -> Tensor:
    """Hinge on pairs of one colour: where only one of tom and cymbal sounds, it must lead by 2."""
    total = logits.new_zeros(())
    for tom, cymbal in SAME_COLOUR:
        lead = logits[:, tom] - logits[:, cymbal]
        only_tom = (soft[:, tom] > 0.6) & (soft[:, cymbal] < 0.05)
        only_cymbal = (soft[:, cymbal] > 0.6) & (soft[:, tom] < 0.05)
        total = total + (F.relu(2 - lead) * only_tom).sum() + (F.relu(2 + lead) * only_cymbal).sum()
    return total
