"""Training of the small network over strokes that hears beats (``timing/hit_beats.py``)."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.numpy import save
from torch import nn

from chart_hero_core.base.drums import DRUM_COUNT
from chart_hero_core.base.files import atomic_write
from chart_hero_core.base.progress import Progress
from chart_hero_core.timing.hit_beats import FRAME_S
from chart_hero_core.training.stroke_songs import StrokeSong
from chart_hero_core.training.stroke_windows import Window, window

Array = NDArray[np.float32]

_KERNEL = 5
# Bar lines are fewer and harder; their loss counts for more.
_DOWNBEAT_WEIGHT = 1.5
# The share of frames with a beat is the network's first guess, in log odds.
_FIRST_GUESS = -3.0
_REPORT_EVERY = 25


@dataclass(frozen=True, slots=True)
class HitBeatSettings:
    """One run.

    Attributes:
        channels, blocks: the network's size; block ``i`` is dilated by ``2 ** i``.
        frames: of 20 ms, in a training window.
        average: decay of the averaged weights, which are what is saved.
        chart_share: how many windows come from charts, the others from drummers' takes.
    """

    channels: int = 40
    blocks: int = 10
    frames: int = 3072
    steps: int = 4000
    batch: int = 8
    dropout: float = 0.1
    learning_rate: float = 3e-3
    average: float = 0.995
    chart_share: float = 0.8
    seed: int = 1
    threads: int = 1


class HitBeatModule(nn.Module):
    """The network with batch normalisation: ``[N, 8, T]`` to log odds ``[N, 2, T]``."""

    def __init__(self, settings: HitBeatSettings) -> None:
        super().__init__()
        width = settings.channels
        self.stem = nn.Conv1d(DRUM_COUNT, width, _KERNEL, padding="same", bias=False)
        self.stem_norm = nn.BatchNorm1d(width)
        self.dilated = nn.ModuleList(
            nn.Conv1d(width, width, _KERNEL, padding="same", dilation=2**i, bias=False)
            for i in range(settings.blocks)
        )
        self.norms = nn.ModuleList(nn.BatchNorm1d(width) for _ in range(settings.blocks))
        self.pointwise = nn.ModuleList(nn.Conv1d(width, width, 1) for _ in range(settings.blocks))
        self.dropout = nn.Dropout(settings.dropout)
        self.head = nn.Conv1d(width, 2, 1)
        nn.init.constant_(self.head.bias, _FIRST_GUESS)  # type: ignore[arg-type]

    def forward(self, strokes: torch.Tensor) -> torch.Tensor:
        """Log odds of beat and bar line at each frame."""
        x = torch.relu(self.stem_norm(self.stem(strokes)))
        for dilated, norm, pointwise in zip(self.dilated, self.norms, self.pointwise, strict=True):
            x = x + pointwise(self.dropout(torch.relu(norm(dilated(x)))))
        found: torch.Tensor = self.head(torch.relu(x))
        return found

    def arrays(self) -> dict[str, Array]:
        """The weights as ``HitBeatNet`` reads them, batch normalisation folded in."""
        found: dict[str, Array] = {}
        found["stem"], found["stem_bias"] = _folded(self.stem, self.stem_norm)
        for index, (dilated, norm, pointwise) in enumerate(
            zip(self.dilated, self.norms, self.pointwise, strict=True)
        ):
            found[f"{index}.dilated"], found[f"{index}.dilated_bias"] = _folded(dilated, norm)
            found[f"{index}.pointwise"], found[f"{index}.pointwise_bias"] = _pointwise(pointwise)
        found["head"], found["head_bias"] = _pointwise(self.head)
        return found


def _numpy(values: torch.Tensor | None) -> Array:
    assert values is not None
    found: Array = np.ascontiguousarray(values.detach().float().numpy())
    return found


def _pointwise(conv: nn.Module) -> tuple[Array, Array]:
    """The ``[in, out]`` and the bias of a convolution over one frame."""
    assert isinstance(conv, nn.Conv1d)
    return _numpy(conv.weight[:, :, 0].T), _numpy(conv.bias)


def _folded(conv: nn.Module, norm: nn.Module) -> tuple[Array, Array]:
    """A convolution's ``[5, in, out]`` and its bias, with the normalisation after it in them."""
    assert isinstance(conv, nn.Conv1d)
    assert isinstance(norm, nn.BatchNorm1d)
    assert norm.running_mean is not None
    assert norm.running_var is not None
    scale = norm.weight / torch.sqrt(norm.running_var + norm.eps)
    weights = conv.weight * scale[:, None, None]
    return _numpy(weights.permute(2, 1, 0)), _numpy(norm.bias - norm.running_mean * scale)


def train_hit_beats(
    charts: Sequence[StrokeSong],
    takes: Sequence[StrokeSong],
    settings: HitBeatSettings,
    output: Path,
    progress: Progress,
) -> Path:
    """Train on random windows of charts and takes; the averaged weights go to ``output``.

    Raises:
        Cancelled: the progress object asked to stop; nothing is written then.
    """
    torch.manual_seed(settings.seed)
    torch.set_num_threads(settings.threads)
    rng = np.random.default_rng(settings.seed)
    module = HitBeatModule(settings)
    averaged = torch.optim.swa_utils.AveragedModel(
        module,
        multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(  # type: ignore[no-untyped-call]
            settings.average
        ),
        use_buffers=True,
    )
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
    _save(averaged.module, output)
    progress.report(1.0, "Done")
    return output


def _save(module: nn.Module, output: Path) -> None:
    assert isinstance(module, HitBeatModule)
    with atomic_write(output) as file:
        file.write(save(module.arrays(), {"frame_s": str(FRAME_S)}))


def _draw(
    charts: Sequence[StrokeSong],
    takes: Sequence[StrokeSong],
    settings: HitBeatSettings,
    rng: np.random.Generator,
) -> Window:
    songs = charts if not takes or rng.random() < settings.chart_share else takes
    song = songs[int(rng.integers(len(songs)))]
    return window(song, settings.frames, rng)


def _loss(module: nn.Module, windows: Sequence[Window]) -> torch.Tensor:
    """Cross-entropy per known frame."""
    strokes = torch.from_numpy(np.stack([w.strokes for w in windows]))
    targets = torch.from_numpy(np.stack([w.targets for w in windows]))
    known = torch.from_numpy(np.stack([w.known for w in windows]))
    with torch.autocast("cpu", torch.bfloat16):
        found = module(strokes)
    each = nn.functional.binary_cross_entropy_with_logits(found.float(), targets, reduction="none")
    weight = torch.tensor([1.0, _DOWNBEAT_WEIGHT])[None, :, None] * known[:, None, :]
    return (each * weight).sum() / known.sum().clamp(min=1)
