"""Training of the network that finds beats and tempo in drum hits (``timing/hit_tempo.py``).

The older network of ``timing/hit_beats.py`` has another shape; the script that trained it is lost.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.numpy import save
from torch import nn

from chart_hero_core.base.arrays import Float32Array
from chart_hero_core.base.drums import DRUM_COUNT
from chart_hero_core.base.errors import SettingsError
from chart_hero_core.base.files import atomic_write
from chart_hero_core.base.progress import Progress
from chart_hero_core.timing.hit_beats import FRAME_S
from chart_hero_core.timing.hit_tempo import TEMPO_CLASSES, TEMPO_STEP
from chart_hero_core.training.run.precision import computes_bf16
from chart_hero_core.training.small_networks.stroke_songs import StrokeSong
from chart_hero_core.training.small_networks.stroke_windows import Window, window

# Bar lines are fewer and harder; their loss counts for more.
_DOWNBEAT_WEIGHT = 1.5
# The tempo's loss per frame is some ten times that of the beats.
_TEMPO_WEIGHT = 0.1
# The share of frames with a beat is the network's first guess, in log odds.
_FIRST_GUESS = -3.0
_REPORT_EVERY = 25
_WRITE_EVERY = 250


@dataclass(frozen=True, slots=True)
class HitTempoSettings:
    """One run.

    Attributes:
        fine, middle, coarse: channels at frames of 20, 40 and 80 ms.
        dilations, coarse_dilations: of the blocks at 40 ms, the last of which comes after those
            at 80 ms, and of the blocks at 80 ms.
        frames: of 20 ms, in a training window.
        average: decay of the averaged weights, which are what is saved.
        chart_share: how many windows come from charts, the others from drummers' takes.
    """

    fine: int = 24
    middle: int = 64
    coarse: int = 96
    dilations: tuple[int, ...] = (1, 2, 4, 1)
    coarse_dilations: tuple[int, ...] = (1, 2, 4, 8, 16, 32, 64, 1, 4, 16, 64)
    frames: int = 3072
    steps: int = 4000
    batch: int = 8
    learning_rate: float = 3e-3
    average: float = 0.995
    chart_share: float = 0.85
    seed: int = 1
    threads: int = 1

    def __post_init__(self) -> None:
        if self.steps < 1:
            raise SettingsError("A training needs at least one step.")


class _Block(nn.Module):
    """``x`` plus a dilated convolution of it, normalised, and one over single frames."""

    def __init__(self, width: int, kernel: int, dilation: int) -> None:
        super().__init__()
        reach = dilation * (kernel // 2)
        self.dilated = nn.Conv2d(
            width, width, (1, kernel), padding=(0, reach), dilation=(1, dilation), bias=False
        )
        self.norm = nn.BatchNorm2d(width)
        self.pointwise = nn.Conv2d(width, width, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        found: torch.Tensor = x + self.pointwise(torch.relu(self.norm(self.dilated(x))))
        return found


class HitTempoModule(nn.Module):
    """The network with batch normalisation.

    ``[N, 8, T]`` to log odds of beat and bar line ``[N, 2, T]`` and log odds of the tempo classes
    ``[N, TEMPO_CLASSES, T / 4]``; ``T`` a multiple of 4.
    """

    def __init__(self, settings: HitTempoSettings) -> None:
        super().__init__()
        self.settings = settings
        fine, middle, coarse = settings.fine, settings.middle, settings.coarse
        self.stem = nn.Conv2d(DRUM_COUNT, fine, (1, 5), padding=(0, 2), bias=False)
        self.stem_norm = nn.BatchNorm2d(fine)
        self.down = nn.Conv2d(fine, middle, (1, 2), stride=(1, 2))
        self.middle = nn.ModuleList(_Block(middle, 5, dilation) for dilation in settings.dilations)
        self.down_again = nn.Conv2d(middle, coarse, (1, 2), stride=(1, 2))
        self.coarse = nn.ModuleList(
            _Block(coarse, 3, dilation) for dilation in settings.coarse_dilations
        )
        self.tempo = nn.Conv2d(coarse, TEMPO_CLASSES, 1)
        self.up = nn.ConvTranspose2d(coarse, middle, (1, 2), stride=(1, 2))
        self.up_again = nn.ConvTranspose2d(middle, fine, (1, 2), stride=(1, 2))
        self.last = _Block(fine, 5, 1)
        self.head = nn.Conv2d(fine, 2, 1)
        nn.init.constant_(self.head.bias, _FIRST_GUESS)  # type: ignore[arg-type]
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def forward(self, strokes: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Log odds of beat and bar line at each frame, and of each tempo at every fourth."""
        x = strokes[:, :, None].to(memory_format=torch.channels_last)
        fine = torch.relu(self.stem_norm(self.stem(x)))
        middle = self.down(fine)
        for block in self.middle[:-1]:
            middle = block(middle)
        coarse = self.down_again(torch.relu(middle))
        for block in self.coarse:
            coarse = block(coarse)
        coarse = torch.relu(coarse)
        middle = self.middle[-1](middle + self.up(coarse))
        fine = self.last(fine + self.up_again(torch.relu(middle)))
        beats: torch.Tensor = self.head(torch.relu(fine))
        tempo: torch.Tensor = self.tempo(coarse)
        return beats[:, :, 0], tempo[:, :, 0]

    def arrays(self) -> dict[str, NDArray[Any]]:
        """The weights as ``HitTempoNet`` reads them, batch normalisation folded in."""
        found: dict[str, NDArray[Any]] = {}
        found["middle_dilations"] = np.array(self.settings.dilations)
        found["coarse_dilations"] = np.array(self.settings.coarse_dilations)
        found["stem"], found["stem_bias"] = _folded(self.stem, self.stem_norm)
        blocks = {f"middle.{i}": block for i, block in enumerate(self.middle)}
        blocks |= {f"coarse.{i}": block for i, block in enumerate(self.coarse)}
        blocks["last"] = self.last
        for name, block in blocks.items():
            assert isinstance(block, _Block)
            found[f"{name}.dilated"], found[f"{name}.bias"] = _folded(block.dilated, block.norm)
            found[f"{name}.pointwise"] = _numpy(block.pointwise.weight[:, :, 0, 0].T)
            found[f"{name}.pointwise_bias"] = _numpy(block.pointwise.bias)
        for name in ("down", "down_again", "up", "up_again", "tempo", "head"):
            layer = getattr(self, name)
            found[name] = _dense(layer)
            found[f"{name}_bias"] = np.resize(_numpy(layer.bias), found[name].shape[1])
        return found


def _dense(layer: nn.Module) -> Float32Array:
    """A layer that joins or splits frames, as a matrix: ``[in, out]`` of all frames in a row."""
    if isinstance(layer, nn.ConvTranspose2d):
        return _numpy(layer.weight[:, :, 0].permute(0, 2, 1).flatten(1))
    assert isinstance(layer, nn.Conv2d)
    return _numpy(layer.weight[:, :, 0].permute(2, 1, 0).flatten(0, 1))


def _numpy(values: torch.Tensor | None) -> Float32Array:
    assert values is not None
    found: Float32Array = np.ascontiguousarray(values.detach().float().numpy())
    return found


def _folded(conv: nn.Conv2d, norm: nn.BatchNorm2d) -> tuple[Float32Array, Float32Array]:
    """A convolution's ``[taps, in, out]`` and its bias, with the normalisation after it in them."""
    assert norm.running_mean is not None
    assert norm.running_var is not None
    scale = norm.weight / torch.sqrt(norm.running_var + norm.eps)
    weights = conv.weight[:, :, 0] * scale[:, None, None]
    return _numpy(weights.permute(2, 1, 0)), _numpy(norm.bias - norm.running_mean * scale)


def train_hit_tempo(
    charts: Sequence[StrokeSong],
    takes: Sequence[StrokeSong],
    settings: HitTempoSettings,
    output: Path,
    progress: Progress,
) -> Path:
    """Train on random windows of charts and takes; the averaged weights go to ``output``.

    They are written every few hundred steps, each time in place of the ones before.

    Raises:
        Cancelled: the progress object asked to stop.
    """
    torch.manual_seed(settings.seed)
    torch.set_num_threads(settings.threads)
    rng = np.random.default_rng(settings.seed)
    module = HitTempoModule(settings)
    averaged = _average_of(module)
    optimiser = torch.optim.AdamW(module.parameters(), settings.learning_rate, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, settings.learning_rate, total_steps=settings.steps, pct_start=0.1
    )
    losses: list[float] = []
    for step in range(settings.steps):
        progress.check_cancelled()
        loss = _loss(module, [_draw(charts, takes, settings, rng) for _ in range(settings.batch)])
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(module.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        averaged.update_parameters(module)
        losses.append(loss.item())
        if step % _REPORT_EVERY == 0:
            recent = float(np.mean(losses[-_REPORT_EVERY:]))
            progress.report(step / settings.steps, f"Step {step} of {settings.steps}: {recent:.4f}")
        if step % _WRITE_EVERY == _WRITE_EVERY - 1:
            _save(averaged.module, output)
    _save(averaged.module, output)
    progress.report(1.0, "Done")
    return output


def _average_of(module: HitTempoModule) -> torch.optim.swa_utils.AveragedModel:
    """The weights and buffers of ``module``, averaged over the steps."""
    average = torch.optim.swa_utils.get_ema_multi_avg_fn(  # type: ignore[no-untyped-call]
        module.settings.average
    )
    return torch.optim.swa_utils.AveragedModel(module, multi_avg_fn=average, use_buffers=True)


def _save(module: nn.Module, output: Path) -> None:
    assert isinstance(module, HitTempoModule)
    with atomic_write(output) as file:
        file.write(save(_halved(module.arrays()), {"frame_s": str(FRAME_S)}))


def _halved(arrays: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """Half the precision is plenty, and half the size."""
    return {
        name: values.astype(np.float16) if values.dtype == np.float32 else values
        for name, values in arrays.items()
    }


def _draw(
    charts: Sequence[StrokeSong],
    takes: Sequence[StrokeSong],
    settings: HitTempoSettings,
    rng: np.random.Generator,
) -> Window:
    songs = charts if not takes or rng.random() < settings.chart_share else takes
    song = songs[int(rng.integers(len(songs)))]
    return window(song, settings.frames, rng)


def _loss(module: nn.Module, windows: Sequence[Window]) -> torch.Tensor:
    """Cross-entropy per known frame, of the beats and of the tempo."""
    strokes = torch.from_numpy(np.stack([w.strokes for w in windows]))
    targets = torch.from_numpy(np.stack([w.targets for w in windows]))
    known = torch.from_numpy(np.stack([w.known for w in windows]))
    tempo = torch.from_numpy(np.stack([w.tempo for w in windows]))
    with torch.autocast("cpu", torch.bfloat16, enabled=computes_bf16()):
        found, found_tempo = module(strokes)
    each = nn.functional.binary_cross_entropy_with_logits(found.float(), targets, reduction="none")
    weight = torch.tensor([1.0, _DOWNBEAT_WEIGHT])[None, :, None] * known[:, None, :]
    surprise = -(tempo * torch.log_softmax(found_tempo.float(), dim=1)).sum(dim=1)
    slow_known = known[:, ::TEMPO_STEP] * tempo.sum(dim=1)
    beat_loss = (each * weight).sum() / known.sum().clamp(min=1)
    tempo_loss = (surprise * slow_known).sum() / slow_known.sum().clamp(min=1)
    total: torch.Tensor = beat_loss + _TEMPO_WEIGHT * tempo_loss
    return total
