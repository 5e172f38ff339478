"""Learn this kit: fit the last layers to the passages of one song that a person has corrected.

The hidden states of the song have been computed already (``model/hidden_states.py``); only the last
two layers are trained, for some tens of steps on the corrected frames, with a penalty on the
distance from the shipped weights. That takes seconds and carries over to the rest of the song,
which is played on the same kit.

A passage has no labels for drums that are not played in it: a verse on the hi-hat must not turn the
ride of the chorus into a hi-hat. So where the model predicts such a drum in the rest of the song,
its output there is a target too (distillation). What was tried, with figures: ``docs/learning.md``.
"""

import copy
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - torch's own idiom
from torch import Tensor

from chart_hero_core.base.arrays import Float32Array, IndexArray
from chart_hero_core.base.drums import DRUM_COUNT, Activations
from chart_hero_core.base.errors import DatasetError
from chart_hero_core.base.progress import Progress
from chart_hero_core.model.checkpoint import Checkpoint
from chart_hero_core.model.hidden_states import LAST_CONTEXT_FRAMES, HiddenStates, run_last_layers
from chart_hero_core.model.infer import in_context
from chart_hero_core.model.network import DrumNetwork
from chart_hero_core.training.own_songs.known_loss import (
    ROWS,
    as_batch,
    targets,
    weighted_loss,
    weights,
)
from chart_hero_core.training.own_songs.known_strokes import KnownStrokes, Span, known_until, within

# With fewer, more is lost than gained.
FEWEST_STROKES = 12


@dataclass(frozen=True, slots=True)
class AdaptSettings:
    """How far the last layers may go; measured on songs rendered from held-out material."""

    steps: int = 40
    learning_rate: float = 3e-3
    l2_sp: float = 0.1
    # A drum with this many strokes in the passage is half known.
    half_known: int = 60
    distillation: float = 1.0


@dataclass(frozen=True, eq=False)
class Adapted:
    """Weights adapted to the kit of one song.

    Attributes:
        checkpoint: the same but for its last layers; calibrations as they were.
        strokes: how many corrected strokes it was trained on.
        loss_before, loss_after: on the corrected passages.
    """

    checkpoint: Checkpoint
    strokes: int
    loss_before: float
    loss_after: float


def adapt(
    checkpoint: Checkpoint,
    hidden: HiddenStates,
    corrected: KnownStrokes,
    progress: Progress,
    settings: AdaptSettings | None = None,
) -> Adapted:
    """Train a copy of ``checkpoint`` on the corrected passages; deterministic.

    Args:
        hidden: of the song, from :func:`~chart_hero_core.model.hidden_states.run_network`.
        corrected: all strokes of the corrected passages; times as a chart has them will do.

    Raises:
        DatasetError: fewer than :data:`FEWEST_STROKES` corrected strokes.
        Cancelled: asked for through ``progress``.
    """
    settings = settings or AdaptSettings()
    output = run_last_layers(hidden, checkpoint)
    # A chart may extend beyond its audio: nothing is learned there.
    inside = known_until(corrected, hidden.frames * hidden.hop_s)
    known = inside.snapped(output)
    strokes = enough_strokes(known)
    network = copy.deepcopy(checkpoint.network)
    pieces = [_Piece.of(hidden, known, span) for span in known.reviewed_s]
    learned = [piece for piece in pieces if piece is not None]
    retained = _Retained.of(hidden, output, known, settings)
    losses = _fit(network, learned, retained, strokes, settings, progress)
    adapted = replace(checkpoint, network=network.eval().requires_grad_(False))
    return Adapted(adapted, strokes, losses[0], losses[-1])


def enough_strokes(corrected: KnownStrokes) -> int:
    """How many strokes there are to train on. Raises :class:`DatasetError` for too few."""
    strokes = int(corrected.inside.sum())
    if strokes < FEWEST_STROKES:
        raise DatasetError(
            f"There are {strokes} notes in the corrected passage; learning needs "
            f"{FEWEST_STROKES} or more. Correct a longer one."
        )
    return strokes


@dataclass(frozen=True, eq=False)
class _Piece:
    """One corrected passage: hidden states (with context), targets and weights."""

    hidden: Tensor
    lead: int
    soft: Tensor
    weight: Tensor

    @staticmethod
    def of(hidden: HiddenStates, known: KnownStrokes, span: Span) -> "_Piece | None":
        first = max(round(span[0] / hidden.hop_s), 0)
        frames = min(round(span[1] / hidden.hop_s), hidden.frames) - first
        if frames < 1:
            return None
        lead = min(first, LAST_CONTEXT_FRAMES)
        piece = hidden.part(first - lead, first + frames + LAST_CONTEXT_FRAMES)
        soft = as_batch(targets(known, first, frames, hidden.hop_s))
        weight = as_batch(weights(known, first, frames, hidden.hop_s))
        return _Piece(piece, lead, soft, weight)

    def loss(self, network: DrumNetwork) -> Tensor:
        logits = network.last_layers(self.hidden)[:, :ROWS]
        frames = self.soft.shape[2]
        return weighted_loss(logits[:, :, self.lead : self.lead + frames], self.soft, self.weight)


# Frames retained, at most, picked evenly; those from this weight on, and those beside a peak.
_MOST_RETAINED = 2000
_LEAST_WEIGHT = 0.1
_BESIDE_FRAMES = 7


@dataclass(frozen=True, eq=False)
class _Retained:
    """Frames of the rest of the song with a drum that is rare in the passage, and the first output.

    ``hidden`` is ``[M, channels, 3]``: each frame with its neighbours, the receptive field.
    """

    hidden: Tensor
    teacher_p: Tensor
    weight: Tensor

    @staticmethod
    def of(
        hidden: HiddenStates, output: Activations, known: KnownStrokes, settings: AdaptSettings
    ) -> "_Retained | None":
        counts = np.bincount(known.drums[known.inside], minlength=DRUM_COUNT)
        unknown = settings.half_known / (counts + settings.half_known)
        needs = (unknown[:, None] * output.classes).max(axis=0).astype(np.float32)
        times_s = np.asarray(np.arange(output.frames) * output.hop_s, np.float64)
        needs[within(times_s, known.reviewed_s)] = 0.0
        peaks = torch.from_numpy(needs)[None, None]
        wide = F.max_pool1d(peaks, _BESIDE_FRAMES, 1, _BESIDE_FRAMES // 2)[0, 0].numpy()
        frames = np.flatnonzero(wide[1:-1] > _LEAST_WEIGHT) + 1
        if not len(frames):
            return None
        frames = frames[:: -(-len(frames) // _MOST_RETAINED)]
        teacher_p = np.concatenate([output.classes, output.onset[None]])[:, frames]
        return _Retained(
            torch.from_numpy(_neighbourhoods(hidden, frames)),
            torch.from_numpy(teacher_p.T.copy()),
            torch.from_numpy(wide[frames])[:, None],
        )

    def loss(self, network: DrumNetwork, strokes: int) -> Tensor:
        # Per corrected stroke, as the loss of the passages is.
        logits = network.last_layers(self.hidden)[:, :ROWS, 1]
        miss = (self.teacher_p - logits.sigmoid()).abs()
        entropy = F.binary_cross_entropy_with_logits(logits, self.teacher_p, reduction="none")
        return (entropy * miss * self.weight).sum() / max(strokes, 1)


def _neighbourhoods(hidden: HiddenStates, frames: IndexArray) -> Float32Array:
    around = hidden.values[:, frames[:, None] + np.array([-1, 0, 1])]
    return np.ascontiguousarray(around.transpose(1, 0, 2), dtype=np.float32)


def _fit(
    network: DrumNetwork,
    pieces: Sequence[_Piece],
    retained: _Retained | None,
    strokes: int,
    settings: AdaptSettings,
    progress: Progress,
) -> list[float]:
    """The loss on the corrected passages, before each step and after the last."""
    network.requires_grad_(False)
    trained = [*network.fine.parameters(), *network.head.parameters()]
    for one in trained:
        one.requires_grad_(True)
    shipped = [one.detach().clone() for one in trained]
    optimiser = torch.optim.Adam(trained, settings.learning_rate)
    losses: list[float] = []
    for step in range(settings.steps + 1):
        progress.check_cancelled()
        progress.report(step / settings.steps, "Learning this kit")
        loss = torch.stack([piece.loss(network) for piece in pieces]).mean()
        losses.append(float(loss.detach()))
        if step == settings.steps:
            break
        distances = [((now - then) ** 2).sum() for now, then in zip(trained, shipped, strict=True)]
        total = loss + settings.l2_sp * torch.stack(distances).sum()
        if retained is not None and settings.distillation:
            total = total + settings.distillation * retained.loss(network, strokes)
        optimiser.zero_grad()
        torch.autograd.backward(total)
        optimiser.step()
    return losses


def adapted_activations(
    adapted: Adapted, hidden: HiddenStates, samples: Float32Array
) -> Activations:
    """The activations of the whole song (mono, 22.05 kHz, levelled) by the adapted weights."""
    return in_context(
        run_last_layers(hidden, adapted.checkpoint), hidden, samples, adapted.checkpoint
    )
