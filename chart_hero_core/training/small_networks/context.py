"""Training of the network for the context of a song (``model/context_network.py``).

The first network is frozen: its hidden states in rendered songs are cached, and the second network
is trained on them. Inaudible strokes have half the weight: where the bars before and after have
them, so may this one.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - torch's own idiom
from numpy.typing import NDArray
from torch import Tensor

from chart_hero_core.base.arrays import BoolArray, Float32Array, Float64Array, IndexArray
from chart_hero_core.base.drums import DRUM_COUNT
from chart_hero_core.base.errors import DatasetError, SettingsError
from chart_hero_core.base.files import atomic_write, patient
from chart_hero_core.base.npz import BROKEN_NPZ
from chart_hero_core.base.progress import Progress
from chart_hero_core.model.checkpoint import Checkpoint
from chart_hero_core.model.context import hidden_at
from chart_hero_core.model.context_network import ContextNetwork, ContextSettings, MomentBatch
from chart_hero_core.model.hidden_states import run_network
from chart_hero_core.model.moments import Moments, find_moments, with_known_strokes
from chart_hero_core.model.toms import reassign_toms

_INAUDIBLE_WEIGHT = 0.5
# A song with fewer strokes is not divided by fewer: its false ones would weigh too much.
_FEWEST_STROKES = 20
_WARM_UP = 100
_REPORT_EVERY = 10
_AVERAGE = 0.998
# The log odds are augmented: scaled and moved by class for the whole song, with noise, and in half
# of the examples some classes fade for a while.
_SCALES, _SHIFT, _NOISE = (0.75, 1.1), 0.6, 0.4
_FADES, _FADE_LENGTH, _FADE_DEPTH = (1, 5), (4, 60), (0.5, 4.0)
_MOST = 8.2
# In some examples the strokes of a passage are given: in this share of them, for this share of the
# moments. (Giving it the notes that a charter has corrected gained nothing: docs/experiments.md.)
_KNOWN_SHARE, _KNOWN_PART = 0.4, (0.08, 0.5)


@dataclass(frozen=True, slots=True)
class ContextTraining:
    """One run: ``batch`` songs a step, of each at most ``crop`` moments in a row.

    ``sound_noise`` is the noise on the hidden states, by song and by moment, as a share of their
    spread: those of unseen kits differ a little. ``share`` of the corrections is kept: trained on
    songs rendered from few kits, the network is overconfident.

    Raises:
        SettingsError: from the constructor, for impossible values.
    """

    steps: int = 4000
    batch: int = 2
    crop: int = 900
    learning_rate: float = 1e-3
    width: int = 96
    layers: int = 3
    sound_noise: float = 0.0
    share: float = 0.25
    seed: int = 1
    threads: int = 1
    save_every: int = 200

    def __post_init__(self) -> None:
        if min(self.steps, self.width, self.threads) < 1:
            raise SettingsError("Steps, width and threads must be at least 1.")
        if not (0 < self.share <= 1 and 0 <= self.sound_noise <= 10):
            raise SettingsError("The share must be above 0 and at most 1, the noise from 0 to 10.")


# The arrays of a moment's fields in a file.
_STORED = {**{name: name for name in Moments.__dataclass_fields__}, "features": "told"}


@dataclass(frozen=True, eq=False)
class ContextExample:
    """The moments of a song with hidden states, the true strokes and their weights.

    Attributes:
        moments, hidden: as ``model/context.py`` takes them.
        struck: whether each class was, ``[N, 8]``.
        weight: of each answer, ``[N, 8]``.
    """

    moments: Moments
    hidden: NDArray[np.float16]
    struck: BoolArray
    weight: Float32Array

    def save(self, path: Path) -> None:
        """Write it for :meth:`load`. Raises :class:`StorageError`."""
        arrays: dict[str, Any] = {
            "heard": self.hidden,
            "struck": self.struck,
            "weight": self.weight,
        }
        arrays |= {stored: getattr(self.moments, name) for name, stored in _STORED.items()}
        with atomic_write(path) as file:
            np.savez(file, **arrays)

    @staticmethod
    def load(path: Path) -> "ContextExample":
        """Read what :meth:`save` wrote. Raises :class:`DatasetError`."""
        try:
            with path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
                moments = Moments(**{name: file[stored] for name, stored in _STORED.items()})
                return ContextExample(moments, file["heard"], file["struck"], file["weight"])
        except BROKEN_NPZ as error:
            raise DatasetError(f"{path} is damaged; delete it and start again.") from error


def context_example(
    samples: Float32Array,
    checkpoint: Checkpoint,
    times_s: Float64Array,
    drums: IndexArray,
    masked: BoolArray,
) -> ContextExample | None:
    """The training example of a song (mono, 22.05 kHz, levelled) for ``checkpoint``.

    None where there are next to no strokes.

    Args:
        times_s, drums, masked: the true strokes, and which of them are inaudible, ``[M]``.
    """
    activations, hidden = run_network(samples, checkpoint)
    activations = reassign_toms(activations, samples)
    moments = find_moments(activations)
    if moments is None:
        return None
    struck = moments.marked(activations.hop_s, times_s, drums)
    inaudible = moments.marked(activations.hop_s, times_s[masked], drums[masked])
    weight = np.where(inaudible, _INAUDIBLE_WEIGHT, 1.0).astype(np.float32)
    around = hidden_at(moments.frames, hidden, checkpoint.network)
    return ContextExample(moments, around.astype(np.float16), struck, weight)


def train_context(
    examples: Sequence[ContextExample],
    settings: ContextTraining,
    state_path: Path,
    progress: Progress,
    on_saved: Callable[[ContextNetwork], None] | None = None,
    start: ContextNetwork | None = None,
) -> ContextNetwork:
    """Train on ``examples``; a run that was stopped resumes from ``state_path``.

    ``start`` has the initial weights: a network of the settings' share, possibly trained on the
    examples of another checkpoint. Its hidden states are normalised by the mean and the spread of
    these ``examples``.

    Raises:
        DatasetError: nothing to learn from, or ``start`` is of another shape.
        Cancelled: asked for through ``progress``; the state is saved first.
    """
    if not examples:
        raise DatasetError("There is no song to learn from.")
    torch.set_num_threads(settings.threads)
    torch.manual_seed(settings.seed)
    run = _Run(examples, settings, start)
    run.load(state_path)
    while run.step < settings.steps:
        progress.check_cancelled()
        loss = run.learn()
        if run.step % _REPORT_EVERY == 0:
            progress.report(run.step / settings.steps, f"Step {run.step}: {loss:.3f}")
        if run.step % settings.save_every == 0 or run.step == settings.steps:
            run.save(state_path)
            if on_saved is not None:
                on_saved(run.averaged())
    progress.report(1.0, "Done")
    return run.averaged()


class _Run:
    """The state of a training."""

    def __init__(
        self,
        examples: Sequence[ContextExample],
        settings: ContextTraining,
        start: ContextNetwork | None,
    ) -> None:
        self._examples, self._settings = examples, settings
        hidden = np.concatenate([one.hidden[::7] for one in examples]).astype(np.float32)
        shape = ContextSettings(hidden.shape[1], width=settings.width, layers=settings.layers)
        self.network = ContextNetwork(shape)
        if start is not None:
            if start.settings != shape:
                raise DatasetError("The context to start from has another shape.")
            self.network.load_state_dict(start.state_dict())
            self.network.weaken(1 / settings.share)
        self.network.mean.copy_(torch.from_numpy(hidden.mean(axis=0)))
        self.network.spread.copy_(torch.from_numpy(hidden.std(axis=0) + 0.05))
        self._average = {k: v.clone() for k, v in self.network.state_dict().items()}
        self._optimiser = torch.optim.AdamW(
            self.network.parameters(), settings.learning_rate, weight_decay=0.02
        )
        self.step = 0

    def learn(self) -> float:
        """One step; its loss."""
        settings = self._settings
        # By the step, so that a resumed run draws what it would have drawn.
        rng = np.random.default_rng([settings.seed, self.step])
        torch.manual_seed(int(rng.integers(2**31)))
        self.network.train()
        for group in self._optimiser.param_groups:
            group["lr"] = settings.learning_rate * _schedule(self.step, settings.steps)
        losses = [self._loss(rng) for _ in range(settings.batch)]
        loss = torch.stack(losses).mean()
        self._optimiser.zero_grad()
        torch.autograd.backward(loss)
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self._optimiser.step()
        self.step += 1
        keep = min(_AVERAGE, self.step / (10 + self.step))
        with torch.no_grad():
            for name, value in self.network.state_dict().items():
                self._average[name].lerp_(value, 1 - keep)
        return float(loss.detach())

    def _loss(self, rng: np.random.Generator) -> Tensor:
        example = self._examples[int(rng.integers(len(self._examples)))]
        count = len(example.moments)
        first = int(rng.integers(max(count - self._settings.crop, 0) + 1))
        part = slice(first, min(first + self._settings.crop, count))
        moments, answers = example.moments, example.struck[part]
        features, known = known_in_part(altered(moments.features[part], rng), answers, rng)
        batch = MomentBatch(
            torch.from_numpy(features),
            self._noisy(example.hidden[part].astype(np.float32), rng),
            torch.from_numpy(moments.quarters[part].astype(np.float32)),
            torch.from_numpy(moments.in_bar[part].astype(np.float32)),
        )
        struck = torch.from_numpy(answers.astype(np.float32))
        # What is known need not be found.
        weight = torch.from_numpy(example.weight[part] * ~known[:, None])
        entropy = F.binary_cross_entropy_with_logits(
            self.network(batch), struck, weight, reduction="sum"
        )
        return entropy / max(float(struck.sum()), _FEWEST_STROKES)

    def _noisy(self, hidden: Float32Array, rng: np.random.Generator) -> Tensor:
        most = self._settings.sound_noise
        song = rng.normal(0, most * rng.random(), hidden.shape[1])
        moment = rng.normal(0, most * rng.random(), hidden.shape)
        noise = torch.from_numpy((song + moment).astype(np.float32))
        return torch.from_numpy(hidden) + self.network.spread * noise

    def averaged(self) -> ContextNetwork:
        """The averaged weights, as far as they are to count, in evaluation mode."""
        network = ContextNetwork(self.network.settings)
        network.load_state_dict(self._average)
        network.weaken(self._settings.share)
        return network.eval()

    def save(self, path: Path) -> None:
        """Write everything needed to resume."""
        state = {
            "network": self.network.state_dict(),
            "average": self._average,
            "optimiser": self._optimiser.state_dict(),
            "step": self.step,
        }
        with atomic_write(path) as file, patient(file) as out:
            torch.save(state, out)

    def load(self, path: Path) -> None:
        """Resume from ``path``, where there is such a file."""
        if not path.is_file():
            return
        try:
            state: dict[str, Any] = torch.load(path, weights_only=True)
            self.network.load_state_dict(state["network"])
            self._average = state["average"]
            self._optimiser.load_state_dict(state["optimiser"])
            self.step = int(state["step"])
        except Exception as error:  # torch reports foreign files in many ways
            raise DatasetError(f"{path} does not fit this run; delete it to start anew.") from error


def _schedule(step: int, steps: int) -> float:
    """Up for a while, then down along a cosine."""
    down = 0.5 * (1 + math.cos(math.pi * step / max(steps, 1)))
    return min(1.0, (step + 1) / _WARM_UP) * (down + 0.01)


def altered(features: Float32Array, rng: np.random.Generator) -> Float32Array:
    """``features`` as it might be of another kit or mix: strokes are less confident, some fade.

    ``[moments, FEATURE_COUNT]`` to the same shape.
    """
    found = features.copy()
    count = len(found)
    odds = found[:, :DRUM_COUNT] * rng.uniform(*_SCALES)
    odds += rng.normal(0, _SHIFT, DRUM_COUNT) + rng.normal(0, _NOISE, odds.shape)
    if rng.random() < 0.5:
        for _ in range(int(rng.integers(*_FADES))):
            first = int(rng.integers(count))
            part = slice(first, first + int(rng.integers(*_FADE_LENGTH)))
            odds[part, rng.random(DRUM_COUNT) < 0.4] -= rng.uniform(*_FADE_DEPTH)
    found[:, :DRUM_COUNT] = np.clip(odds, -_MOST, _MOST)
    return found


def known_in_part(
    features: Float32Array, struck: BoolArray, rng: np.random.Generator
) -> tuple[Float32Array, BoolArray]:
    """``features`` with, in some examples, a passage of known strokes; and which moments that are.

    Args:
        features: ``[moments, FEATURE_COUNT]``.
        struck: ``[moments, 8]``.
    """
    known = np.zeros(len(features), np.bool_)
    if rng.random() < _KNOWN_SHARE:
        length = int(len(features) * rng.uniform(*_KNOWN_PART))
        first = int(rng.integers(len(features) - length + 1))
        known[first : first + length] = True
    return with_known_strokes(features, struck, known), known
