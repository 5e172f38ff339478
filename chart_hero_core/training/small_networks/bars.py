"""Training of the small networks over eighths that find bar lines (``timing/bar_net.py``)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - torch's own idiom
from numpy.typing import NDArray
from safetensors.numpy import save
from torch import Tensor, nn

from chart_hero_core.base.drums import CYMBALS, DRUM_COUNT
from chart_hero_core.base.errors import DatasetError, SettingsError
from chart_hero_core.base.files import atomic_write
from chart_hero_core.base.progress import Progress, SubProgress
from chart_hero_core.timing.bar_net import DILATIONS, LONGEST, bar_features
from chart_hero_core.timing.repetition import SLOTS
from chart_hero_core.training.small_networks.bar_songs import PulseSong, shortened

_TAPS = 5
_BEAT_LOG_ODDS = slice(SLOTS * DRUM_COUNT, SLOTS * DRUM_COUNT + 2)
_LINE_WEIGHT, _LENGTH_WEIGHT = 2.0, 0.3
# Songs count by their length, up to this.
_LONGEST_SONG = 3000
# A stretch is drawn longer than what is learned from, whose beginning then has bars before it.
_MARGIN = 1.25
_WARM_UP, _REPORT_EVERY = 50, 25
# How often cymbals change places, a drum is left out, the log odds of beats are zeroed, and the
# deviation of their noise otherwise.
_SWAPPED, _DROPPED, _ZEROED, _NOISE = 0.3, 0.2, 0.15, 0.25


@dataclass(frozen=True, slots=True)
class BarSettings:
    """One run: ``networks`` of ``width`` channels, one after another.

    ``shortened`` is how often bars lose their end, ``take_share`` how often drummers play.
    """

    networks: int = 3
    steps: int = 1500
    batch: int = 12
    eighths: int = 448
    width: int = 32
    learning_rate: float = 2e-3
    dropout: float = 0.25
    average: float = 0.995
    shortened: float = 0.15
    take_share: float = 0.15
    seed: int = 1
    threads: int = 1

    def __post_init__(self) -> None:
        if min(self.networks, self.steps, self.width, self.threads) < 1:
            raise SettingsError("Networks, steps, width and threads must be at least 1.")


class _Block(nn.Module):
    def __init__(self, width: int, dilation: int, dropout: float) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        reach = dilation * (_TAPS // 2)
        self.dilated = nn.Conv1d(width, width, _TAPS, padding=reach, dilation=dilation)
        self.pointwise = nn.Conv1d(width, width, 1)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        inner = self.norm(x.transpose(1, 2)).transpose(1, 2)
        added: Tensor = self.dropout(self.pointwise(torch.relu(self.dilated(inner))))
        return x + added


class BarModule(nn.Module):
    """``[N, features, eighths]`` to logits of beat, bar line and lengths,
    ``[N, 2 + LONGEST + 1, eighths]``."""

    def __init__(self, features: int, width: int, dropout: float) -> None:
        super().__init__()
        self.stem = nn.Conv1d(features, width, 1)
        self.blocks = nn.ModuleList(_Block(width, dilation, dropout) for dilation in DILATIONS)
        self.norm = nn.LayerNorm(width)
        self.head = nn.Conv1d(width, 2 + LONGEST + 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Logits of each eighth; the shapes are those of the class."""
        x = self.stem(x)
        for block in self.blocks:
            x = block(x)
        found: Tensor = self.head(self.norm(x.transpose(1, 2)).transpose(1, 2))
        return found

    def arrays(self) -> dict[str, NDArray[np.float16]]:
        """The weights as ``BarNet`` reads them."""
        layers: dict[str, nn.Module] = {"stem": self.stem, "norm": self.norm, "head": self.head}
        for index, block in enumerate(self.blocks):
            assert isinstance(block, _Block)
            parts = {"norm": block.norm, "dilated": block.dilated, "pointwise": block.pointwise}
            layers |= {f"{name}{index}": part for name, part in parts.items()}
        found: dict[str, NDArray[np.float16]] = {}
        for name, layer in layers.items():
            weights, bias = (value.detach().float().numpy() for value in layer.parameters())
            if name.startswith("dilated"):
                weights = weights.transpose(2, 1, 0)
            elif weights.ndim == 3:
                weights = weights[:, :, 0].T
            found[name] = np.ascontiguousarray(weights, np.float16)
            found[f"{name}_bias"] = np.ascontiguousarray(bias, np.float16)
        return found


def train_bar_nets(
    charts: Sequence[PulseSong],
    takes: Sequence[PulseSong],
    settings: BarSettings,
    output: Path,
    progress: Progress,
) -> Path:
    """Train networks from different beginnings; their averaged weights go to ``output``.

    Raises:
        DatasetError: there is nothing to learn from.
        Cancelled: the progress object asked to stop.
    """
    if not charts:
        raise DatasetError("There is no chart to learn bars from.")
    torch.set_num_threads(settings.threads)
    arrays: dict[str, NDArray[Any]] = {}
    for number in range(settings.networks):
        part = SubProgress(progress, number / settings.networks, (number + 1) / settings.networks)
        one = replace(settings, seed=settings.seed + number)
        found = _train_one(charts, takes, one, part).arrays()
        arrays |= {f"{number}.{name}": values for name, values in found.items()}
    with atomic_write(output) as file:
        file.write(save(arrays))
    progress.report(1.0, "Done")
    return output


def _train_one(
    charts: Sequence[PulseSong],
    takes: Sequence[PulseSong],
    settings: BarSettings,
    progress: Progress,
) -> BarModule:
    torch.manual_seed(settings.seed)
    rng = np.random.default_rng(settings.seed)
    features = bar_features(charts[0].strokes, charts[0].beat, charts[0].downbeat).shape[1]
    module = BarModule(features, settings.width, settings.dropout)
    average = torch.optim.swa_utils.get_ema_multi_avg_fn(settings.average)  # type: ignore[no-untyped-call]
    averaged = torch.optim.swa_utils.AveragedModel(module, multi_avg_fn=average)
    optimiser = torch.optim.AdamW(module.parameters(), settings.learning_rate, weight_decay=0.05)
    schedule = _schedule(optimiser, settings.steps)
    for step in range(settings.steps):
        progress.check_cancelled()
        songs = [_drawn(charts, takes, settings, rng) for _ in range(settings.batch)]
        loss = _loss(module, songs, settings, rng)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(module.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        averaged.update_parameters(module)
        if step % _REPORT_EVERY == 0:
            message = f"Network {settings.seed}, step {step}: {float(loss.detach()):.3f}"
            progress.report(step / settings.steps, message)
    found = averaged.module
    assert isinstance(found, BarModule)
    return found.eval()


def _schedule(optimiser: torch.optim.Optimizer, steps: int) -> torch.optim.lr_scheduler.LRScheduler:
    """A warm-up, then a cosine to zero."""
    return torch.optim.lr_scheduler.LambdaLR(
        optimiser,
        lambda step: min(1, (step + 1) / _WARM_UP) * (0.5 + 0.5 * np.cos(np.pi * step / steps)),
    )


def _drawn(
    charts: Sequence[PulseSong],
    takes: Sequence[PulseSong],
    settings: BarSettings,
    rng: np.random.Generator,
) -> PulseSong:
    songs = takes if takes and rng.random() < settings.take_share else charts
    sizes = np.array([min(len(song), _LONGEST_SONG) for song in songs], float)
    song = songs[int(rng.choice(len(songs), p=sizes / sizes.sum()))]
    count = int(settings.eighths * _MARGIN)
    part = song.part(int(rng.integers(max(len(song) - count, 0) + 1)), count)
    if rng.random() < settings.shortened:
        part = shortened(part, rng)
    strokes = part.strokes.copy()
    if rng.random() < _SWAPPED:
        cymbals = [int(cymbal) for cymbal in CYMBALS]
        strokes[:, cymbals] = strokes[:, rng.permutation(cymbals)]
    if rng.random() < _DROPPED:
        strokes[:, int(rng.integers(DRUM_COUNT))] = False
    return replace(part, strokes=strokes)


def _loss(
    module: BarModule, songs: Sequence[PulseSong], settings: BarSettings, rng: np.random.Generator
) -> Tensor:
    """Cross-entropy per known eighth."""
    count = settings.eighths
    inputs = np.zeros((len(songs), module.stem.in_channels, count), np.float32)
    beats, lines, known = np.zeros((3, len(songs), count), np.float32)
    lengths = np.zeros((len(songs), count), np.int64)
    for row, song in enumerate(songs):
        features = bar_features(song.strokes, song.beat, song.downbeat)
        log_odds = features[:, _BEAT_LOG_ODDS]
        noise = rng.normal(0, rng.uniform(0, _NOISE), log_odds.shape)
        features[:, _BEAT_LOG_ODDS] = 0 if rng.random() < _ZEROED else log_odds + noise
        first = int(rng.integers(max(len(song) - count, 0) + 1))
        part = song.part(first, count)
        here = slice(len(part))
        inputs[row, :, here] = features[first : first + count].T
        beats[row, here], lines[row, here] = part.beats, part.lines
        known[row, here], lengths[row, here] = part.known, part.lengths
    found = module(torch.from_numpy(inputs))
    weight = torch.from_numpy(known)
    each = [
        F.binary_cross_entropy_with_logits(found[:, 0], torch.from_numpy(beats), reduction="none"),
        F.binary_cross_entropy_with_logits(found[:, 1], torch.from_numpy(lines), reduction="none")
        * _LINE_WEIGHT,
    ]
    has_length = torch.from_numpy((lengths > 1) & (lengths <= LONGEST)).float() * weight
    surprise = F.cross_entropy(
        found[:, 2:], torch.from_numpy(np.minimum(lengths, LONGEST)), reduction="none"
    )
    of_lengths = (surprise * has_length).sum() / has_length.sum().clamp(min=1)
    total: Tensor = (sum(each) * weight).sum() / weight.sum().clamp(min=1)
    return total + _LENGTH_WEIGHT * of_lengths
