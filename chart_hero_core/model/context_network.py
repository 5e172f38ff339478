"""The network that rescores a stroke by the rest of the song: attention over all its moments.

The receptive field of ``network.py`` is some seconds. Music repeats itself: the same drum sounds
alike wherever it is struck, and a bar is played like the bars before it. This second, small network
looks at the moments of a song (``moments.py``) together: the features of each, the hidden states
there, and its position in the bar. Attention (Vaswani et al. 2017) has rotary positions in quarter
notes (Su et al. 2021), so that "the same place in another bar" can be attended to; and it weakens
with distance (after Press et al. 2022).
"""

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - torch's own idiom
from torch import Tensor, nn

from chart_hero_core.base.arrays import Float32Array
from chart_hero_core.base.drums import DRUM_COUNT
from chart_hero_core.base.errors import CheckpointError
from chart_hero_core.model.moments import FEATURE_COUNT, Moments

# Turns per quarter note of the rotary positions: from eight bars of 4/4 down to a sixteenth.
_TURNS = (1 / 32, 1 / 16, 1 / 8, 1 / 4, 1 / 2, 1.0, 2.0, 4.0)
_HEAD_WIDTH = 2 * len(_TURNS)
# Distances weigh in units of this many quarter notes.
_FAR = 16.0
_LONGEST_GAP = 4.0
_PLACES = 10
# What settings are called in checkpoints, where that differs.
_STORED = {"hidden": "heard", "embedding": "listening"}
_NEIGHBOURS = 5
# Moments are looked at in blocks, each with this many moments to both sides; more would not fit
# into memory for a long song.
_BLOCK, _BESIDE = 512, 1024


@dataclass(frozen=True, slots=True)
class ContextSettings:
    """The shape of the network; stored with its weights.

    Attributes:
        hidden: the hidden states per moment, its input.
        embedding: what they are projected to.
    """

    hidden: int = 192
    embedding: int = 64
    width: int = 96
    layers: int = 3

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {_STORED.get(name, name): value for name, value in asdict(self).items()}

    @staticmethod
    def from_dict(data: dict[str, Any]) -> "ContextSettings":
        """The inverse of :meth:`to_dict`; raises :class:`CheckpointError` on foreign entries."""
        try:
            names = {stored: name for name, stored in _STORED.items()}
            settings = ContextSettings(**{names.get(k, k): v for k, v in data.items()})
        except TypeError as error:
            raise CheckpointError("The checkpoint describes a network we do not know.") from error
        sizes = (settings.hidden, settings.embedding, settings.width, settings.layers)
        possible = all(type(n) is int and 0 < n <= 4096 for n in sizes)
        if not possible or settings.width % _HEAD_WIDTH or settings.layers > 64:
            raise CheckpointError("The checkpoint describes a network of impossible size.")
        return settings


@dataclass(frozen=True, eq=False)
class MomentBatch:
    """The moments of one song as tensors: ``features`` ``[N, FEATURE_COUNT]``, ``hidden``
    ``[N, H]``, ``quarters`` and ``in_bar`` ``[N]``."""

    features: Tensor
    hidden: Tensor
    quarters: Tensor
    in_bar: Tensor

    @staticmethod
    def of(moments: Moments, hidden: Float32Array) -> "MomentBatch":
        """Of ``moments`` and the hidden states at each."""
        return MomentBatch(
            torch.from_numpy(moments.features),
            torch.from_numpy(hidden),
            torch.from_numpy(moments.quarters.astype(np.float32)),
            torch.from_numpy(moments.in_bar.astype(np.float32)),
        )

    def __len__(self) -> int:
        return len(self.features)


class _Layer(nn.Module):
    """Self-attention over moments and a feed-forward layer."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self._heads = width // _HEAD_WIDTH
        self.norm = nn.LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.feed = nn.Sequential(
            nn.LayerNorm(width),
            nn.Linear(width, 2 * width),
            nn.GELU(),
            nn.Dropout(0.1),
            nn.Linear(2 * width, width),
        )
        # From heads that see the whole song to heads that see the bar. (``torch.linspace`` imports
        # half of torch's compiler where only shapes are asked for: half a second.)
        steps = np.linspace(-6, 0, self._heads, dtype=np.float32)
        self.slope = nn.Parameter(torch.tensor(steps))

    def forward(self, x: Tensor, quarters: Tensor) -> Tensor:
        """``[N, width]`` to the same."""
        parts = self.qkv(self.norm(x)).reshape(len(x), 3, self._heads, -1).permute(1, 2, 0, 3)
        turns = 2 * math.pi * quarters[:, None] * torch.tensor(_TURNS)
        query, key, value = _turned(parts[0], turns), _turned(parts[1], turns), parts[2]
        mixed = torch.empty_like(value)
        for start in range(0, len(x), _BLOCK):
            block = slice(start, start + _BLOCK)
            beside = slice(max(start - _BESIDE, 0), start + _BLOCK + _BESIDE)
            apart = (quarters[block, None] - quarters[None, beside]).abs() / _FAR
            bias = -self.slope.exp()[:, None, None] * apart
            mixed[:, block] = F.scaled_dot_product_attention(
                query[:, block], key[:, beside], value[:, beside], attn_mask=bias
            )
        x = x + self.out(mixed.transpose(0, 1).reshape(len(x), -1))
        return x + self.feed(x)  # type: ignore[no-any-return]


def _turned(x: Tensor, turns: Tensor) -> Tensor:
    """Rotary positions: ``[heads, N, 2 * turns]`` turned by ``turns`` ``[N, turns]``."""
    first, second = x.chunk(2, dim=-1)
    cosine, sine = turns.cos(), turns.sin()
    return torch.cat([first * cosine - second * sine, first * sine + second * cosine], dim=-1)


class ContextNetwork(nn.Module):
    """:class:`MomentBatch` to the log odds of each class at each moment, ``[N, 8]``.

    A fresh network returns the log odds that it is given. The names of its layers are stored in
    checkpoints.
    """

    def __init__(self, settings: ContextSettings) -> None:
        super().__init__()
        self.settings = settings
        width = settings.width
        # Of the hidden states, over the songs it was trained on.
        self.mean = nn.Buffer(torch.zeros(settings.hidden))
        self.spread = nn.Buffer(torch.ones(settings.hidden))
        # ``listen`` and ``told`` (of the features) have these names in checkpoints.
        self.listen = nn.Sequential(
            nn.Linear(settings.hidden, settings.embedding), nn.LayerNorm(settings.embedding)
        )
        self.sound = nn.Linear(settings.embedding, width)
        # Against the mean of the song: what a sound is beside the others of its kit.
        self.contrast = nn.Linear(settings.embedding, width)
        self.told = nn.Linear(FEATURE_COUNT + _PLACES, width)
        self.before = nn.Conv1d(width, width, _NEIGHBOURS, padding=_NEIGHBOURS // 2)
        self.layers = nn.ModuleList(_Layer(width) for _ in range(settings.layers))
        self.after = nn.Conv1d(width, width, _NEIGHBOURS, padding=_NEIGHBOURS // 2)
        self.head = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, DRUM_COUNT))
        self.scale = nn.Parameter(torch.ones(DRUM_COUNT))
        last = self.head[1]
        assert isinstance(last, nn.Linear)
        nn.init.zeros_(last.weight)
        nn.init.zeros_(last.bias)
        self.dropout = nn.Dropout(0.2)

    def weaken(self, share: float) -> None:
        """Let only this share of what the network would add be added from now on."""
        last = self.head[1]
        assert isinstance(last, nn.Linear)
        with torch.no_grad():
            self.scale.copy_(1 - share + share * self.scale)
            last.weight.mul_(share)
            last.bias.mul_(share)

    def forward(self, moments: MomentBatch) -> Tensor:
        """Log odds ``[N, 8]``."""
        features = torch.cat([moments.features / 3, _places(moments)], dim=1)
        sound = self.listen((moments.hidden - self.mean) / self.spread)
        contrast = sound - sound.mean(dim=0, keepdim=True)
        x = self.told(features) + self.sound(self.dropout(sound))
        x = x + self.contrast(self.dropout(contrast))
        x = x + _convolved(x, self.before)
        for layer in self.layers:
            x = layer(x, moments.quarters)
        x = x + _convolved(x, self.after)
        logits: Tensor = moments.features[:, :DRUM_COUNT] * self.scale + self.head(x)
        return logits


def _convolved(x: Tensor, layer: nn.Module) -> Tensor:
    return F.gelu(layer(x.T[None])[0].T)


def _places(moments: MomentBatch) -> Tensor:
    """Where in beat and bar a moment lies, and how far from its neighbours, ``[N, _PLACES]``."""
    angles = [2 * math.pi * one for one in (moments.quarters, 2 * moments.quarters)]
    angles.append(2 * math.pi * moments.in_bar / 4)
    gaps = torch.diff(moments.quarters).clamp(0, _LONGEST_GAP)
    edge = gaps.new_ones(1)
    sides = [torch.cat([edge, gaps]), torch.cat([gaps, edge])]
    columns = [turn(angle) for angle in angles for turn in (torch.sin, torch.cos)]
    columns += [*sides, *(torch.log(side + 0.02) for side in sides)]
    return torch.stack(columns, dim=1)
