"""What a person's songs and the old model teach: targets, loss and penalty of fine-tuning.

The old model is the teacher. Where a person reviewed, the strokes are the targets; everywhere else,
and for all that a chart does not contain (beats, velocities), the teacher's outputs are (learning
without forgetting, Li and Hoiem 2016). A penalty on the distance from the teacher's weights keeps
the new ones near (L2-SP, Li et al. 2018). Strokes are moved to the teacher's onsets: a chart lies
on the grid, a drummer beside it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812 - torch's own idiom
from torch import Tensor

from chart_hero_core.base.drums import DRUM_COUNT
from chart_hero_core.features.logmel import log_mel
from chart_hero_core.model.checkpoint import Checkpoint
from chart_hero_core.model.hidden_states import activations_of
from chart_hero_core.model.network import HEADS, DrumNetwork
from chart_hero_core.training.own_songs.known_loss import ROWS, targets, weighted_loss, weights
from chart_hero_core.training.own_songs.training_clips import TrainingClip
from chart_hero_core.training.run.precision import computes_bf16

_SOFT_STROKE_FRAMES = 2.5


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Input (features, or hidden states), targets, their weights, the teacher's logits."""

    input: Tensor
    soft: Tensor
    weight: Tensor
    teacher_logits: Tensor


def batches_of(clip: TrainingClip, teacher: Checkpoint) -> tuple[Batch, Batch]:
    """A clip as input of all layers, and of the last ones alone."""
    features = teacher.features
    mel = torch.from_numpy(log_mel(clip.samples, features))[None]
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=computes_bf16()):
        hidden = teacher.network.trunk_features(mel)
        logits = teacher.network.last_layers(hidden).float()
    known = clip.known.snapped(activations_of(logits[0].numpy(), features.hop_s))
    frames = mel.shape[2]
    soft = torch.from_numpy(targets(known, 0, frames, features.hop_s))[None]
    weight = torch.from_numpy(weights(known, 0, frames, features.hop_s))[None]
    logits = logits.clone()
    whole = Batch(mel, soft, weight, logits)
    return whole, Batch(hidden.float().clone(), soft, weight, logits)


def joined(batches: Sequence[Batch]) -> Batch:
    """Several batches as one."""
    parts = ((b.input, b.soft, b.weight, b.teacher_logits) for b in batches)
    return Batch(*(torch.cat(column) for column in zip(*parts, strict=True)))


def distillation_loss(logits: Tensor, batch: Batch, distillation: float) -> Tensor:
    """The loss on reviewed strokes, plus that on the teacher's outputs.

    The latter has weight 1 where no stroke is known, else ``distillation``.
    """
    own = weighted_loss(logits[:, :ROWS], batch.soft, batch.weight)
    p, teacher_p = logits.sigmoid(), batch.teacher_logits.sigmoid()
    unknown = torch.ones_like(teacher_p)
    unknown[:, :ROWS] = torch.where(batch.weight > 0, distillation, 1.0)
    is_probability = torch.ones(sum(HEADS.values()), dtype=torch.bool)
    is_probability[ROWS : ROWS + 2 * DRUM_COUNT] = False  # offsets and velocities
    entropy = F.binary_cross_entropy_with_logits(logits, teacher_p, reduction="none")
    focal, square = entropy * (p - teacher_p).abs(), (p - teacher_p) ** 2
    forgotten = torch.where(is_probability[None, :, None], focal, square) * unknown
    strokes = (teacher_p[:, :DRUM_COUNT].sum() / _SOFT_STROKE_FRAMES).clamp(min=1.0)
    return own + forgotten.sum() / strokes


def squared_distance(network: DrumNetwork, teacher: DrumNetwork) -> Tensor:
    """Of all weights that are being trained."""
    pairs = zip(network.parameters(), teacher.parameters(), strict=True)
    return torch.stack([((a - b.detach()) ** 2).sum() for a, b in pairs if a.requires_grad]).sum()
