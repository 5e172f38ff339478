"""The network: a strided convolutional stem, a dilated convolutional trunk, one head per output.

The trunk does most of the arithmetic and runs at half the frame rate (11.6 ms); a pixel shuffle
and a skip connection from the input bring its output back to the input's frames. In the middle of
the trunk, local attention over a few seconds compares a stroke with the strokes around it, since
only those show which of a kit's cymbals it is. Dilated temporal convolutions follow Bai et al.
2018 (TCN), the shuffle Shi et al. 2016, attention Vaswani et al. 2017 with the rotary positions
of Su et al. 2021.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 - torch's own idiom
from torch import Tensor, nn

from chart_hero_core.base.drums import DRUM_COUNT
from chart_hero_core.base.errors import CheckpointError
from chart_hero_core.features.logmel import LogMelSettings

# Attention sees means of this many trunk frames: it decides what a sound is, not when.
ATTENTION_STRIDE = 4
# Input frames per attention token: where audio is cut into chunks, it is cut between tokens.
FRAMES_PER_TOKEN = 2 * ATTENTION_STRIDE
# Frames to each side that can change the output of :meth:`DrumNetwork.stem_and_skip`: 4, in whole
# tokens.
NEAR_FRAMES = FRAMES_PER_TOKEN
_ATTENTION_HEADS = 4
# Queries per block; each then has as many masked keys as it may have others.
_QUERIES = 128


@dataclass(frozen=True, slots=True)
class NetworkSettings:
    """The architecture's hyperparameters; stored with the weights."""

    channels: int = 3
    bands: int = 96
    stem: tuple[int, int, int] = (32, 48, 64)
    width: int = 256
    dilations: tuple[int, ...] = (1, 2, 4, 8, 16, 32, 1, 2)
    kernel: int = 5
    fine_width: int = 96
    skip_width: int = 64
    # Trunk blocks after which attention follows, and how far it looks to each side, in its
    # tokens of ATTENTION_STRIDE trunk frames (46 ms). Empty: none, as in older checkpoints.
    attention_after: tuple[int, ...] = ()
    attention_reach: int = 64

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return asdict(self)

    @staticmethod
    def from_dict(data: dict[str, Any]) -> "NetworkSettings":
        """The inverse of :meth:`to_dict`; raises :class:`CheckpointError` on foreign entries."""
        try:
            values: dict[str, Any] = {
                k: tuple(v) if isinstance(v, list) else v for k, v in data.items()
            }
            settings = NetworkSettings(**values)
        except (TypeError, AttributeError) as error:
            raise CheckpointError(
                "The checkpoint describes a network that this version does not know."
            ) from error
        if not settings._is_possible():
            raise CheckpointError("The checkpoint describes a network of impossible size.")
        return settings

    def _is_possible(self) -> bool:
        """Whether a network of these settings can be built and fits into memory."""
        lists = (self.stem, self.dilations, self.attention_after)
        if not all(isinstance(each, tuple) and len(each) <= 64 for each in lists):
            return False
        sizes = (self.channels, self.bands, self.width, self.fine_width, self.skip_width)
        at_least_1 = (*sizes, *self.stem, *self.dilations, self.kernel)
        at_least_0 = (*self.attention_after, self.attention_reach)
        if not all(type(n) is int and 0 <= n <= 4096 for n in (*at_least_1, *at_least_0)):
            return False
        # Rotary positions turn pairs of numbers in every head.
        whole_heads = not self.attention_after or self.width % (2 * _ATTENTION_HEADS) == 0
        return min(at_least_1) > 0 and len(self.stem) == 3 and self.kernel % 2 == 1 and whole_heads

    @property
    def context_frames(self) -> int:
        """Frames on each side that can affect an output frame, in whole attention tokens."""
        trunk = (self.kernel // 2) * sum(self.dilations)
        attended = len(self.attention_after) * (self.attention_reach + 1) * ATTENTION_STRIDE
        frames = 2 * (trunk + attended + 8)
        return -(-frames // FRAMES_PER_TOKEN) * FRAMES_PER_TOKEN

    @property
    def hidden_channels(self) -> int:
        """Channels per frame of :meth:`DrumNetwork.trunk_features`."""
        return self.fine_width + self.skip_width

    @staticmethod
    def for_features(features: LogMelSettings, size: str = "standard") -> "NetworkSettings":
        """The settings of a new network for these features; ``size`` is a key of ``SIZES``."""
        return replace(SIZES[size], channels=len(features.windows), bands=features.bands)


# Each can grow out of the one before it (``grow.py``): 5.4 and 8.9 M parameters.
SIZES: dict[str, NetworkSettings] = {
    "standard": NetworkSettings(
        dilations=(1, 2, 4, 8, 16, 32, 1, 2, 4, 16),
        attention_after=(4, 8),
    ),
    "large": NetworkSettings(
        stem=(48, 80, 112),
        dilations=(1, 2, 4, 8, 16, 32, 1, 2, 4, 16, 1, 2, 4, 8, 1, 2, 1),
        attention_after=(4, 8, 14),
    ),
}

# Rows of the output, in order.
HEADS: dict[str, int] = {
    "classes": DRUM_COUNT,
    "onset": 1,
    "offset": DRUM_COUNT,
    "velocity": DRUM_COUNT,
    "beat": 1,
    "downbeat": 1,
}


class _StemLayer(nn.Sequential):
    def __init__(self, inputs: int, outputs: int, time_stride: int) -> None:
        super().__init__(
            nn.Conv2d(inputs, outputs, 3, stride=(time_stride, 2), padding=1, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(),
        )


class _TrunkBlock(nn.Module):
    def __init__(self, width: int, kernel: int, dilation: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv1d(
                width,
                width,
                kernel,
                padding=dilation * (kernel // 2),
                dilation=dilation,
                bias=False,
            ),
            nn.BatchNorm1d(width),
            nn.ReLU(),
            nn.Conv1d(width, width, 1),
        )

    def forward(self, x: Tensor) -> Tensor:
        return x + self.body(x)  # type: ignore[no-any-return]


class _Attention(nn.Module):
    """Local self-attention and a small feed-forward layer, added to the trunk.

    Starts as the identity, so that it can be put into a trained network.
    """

    def __init__(self, width: int, reach: int) -> None:
        super().__init__()
        self._reach = reach
        self.norm = nn.LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.feed = nn.Sequential(
            nn.LayerNorm(width), nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width)
        )
        last = self.feed[-1]
        assert isinstance(last, nn.Linear)
        for layer in (self.out, last):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(self, x: Tensor) -> Tensor:
        """``[N, width, T]`` to the same shape, with the attention added."""
        frames = x.shape[2]
        tokens = F.avg_pool1d(x, ATTENTION_STRIDE, ceil_mode=True).transpose(1, 2)
        added = self._attend(self.norm(tokens))
        added = added + self.feed(tokens + added)
        up: Tensor = added.transpose(1, 2).repeat_interleave(ATTENTION_STRIDE, dim=2)
        return x + up[..., :frames]

    def _attend(self, tokens: Tensor) -> Tensor:
        n, count, width = tokens.shape
        parts = self.qkv(tokens).reshape(n, count, 3, _ATTENTION_HEADS, -1).permute(2, 0, 3, 1, 4)
        turns = _rotations(count, parts.shape[-1]).to(parts)
        query, key = _rotate(parts[0], turns), _rotate(parts[1], turns)
        mixed = _near_attention(query, key, parts[2], self._reach)
        return self.out(mixed.transpose(1, 2).reshape(n, count, width))  # type: ignore[no-any-return]


def _near_attention(query: Tensor, key: Tensor, value: Tensor, reach: int) -> Tensor:
    """Attention ``[N, heads, T, size]`` of each token to those at most ``reach`` tokens away.

    Block by block: to mask what is further away would take time with the square of the length.
    """
    count = query.shape[2]
    mixed: list[Tensor] = []
    for start in range(0, count, _QUERIES):
        end = min(start + _QUERIES, count)
        first, last = max(start - reach, 0), min(end + reach, count)
        asking = torch.arange(start, end, device=query.device)
        asked = torch.arange(first, last, device=query.device)
        near = (asking[:, None] - asked[None, :]).abs() <= reach
        keys, values = key[:, :, first:last], value[:, :, first:last]
        mixed.append(
            F.scaled_dot_product_attention(query[:, :, start:end], keys, values, attn_mask=near)
        )
    return torch.cat(mixed, dim=2)


def _rotations(count: int, size: int) -> Tensor:
    """Cosines and sines ``[2, count, size / 2]`` of the rotary positions."""
    # Wavelengths from a few tokens to beyond the reach: 0.3 s to a minute.
    rates = torch.pow(200.0, -torch.arange(0, size, 2) / size)
    angles = torch.arange(count)[:, None] * rates[None, :]
    return torch.stack([angles.cos(), angles.sin()])


def _rotate(x: Tensor, turns: Tensor) -> Tensor:
    first, second = x.chunk(2, dim=-1)
    cosine, sine = turns[0], turns[1]
    return torch.cat([first * cosine - second * sine, first * sine + second * cosine], dim=-1)


def _stem_bands(bands: int) -> int:
    """How many bands the three strided layers of the stem leave."""
    for _ in range(3):
        bands = (bands + 1) // 2
    return bands


def _attention(settings: NetworkSettings) -> nn.ModuleDict:
    """Attention layers by the number of the trunk block that they follow."""
    return nn.ModuleDict(
        {
            str(place): _Attention(settings.width, settings.attention_reach)
            for place in settings.attention_after
        }
    )


class DrumNetwork(nn.Module):
    """Features ``[N, channels, T, bands]`` to logits ``[N, rows, T]`` (rows as in ``HEADS``).

    Offsets come out as fractions of a frame after ``0.5 * tanh``, velocities after a sigmoid; both
    are left raw here, like the probabilities' logits: see :func:`split_heads`.
    """

    def __init__(self, settings: NetworkSettings) -> None:
        super().__init__()
        self.settings = settings
        first, second, third = settings.stem
        self.stem_full = _StemLayer(settings.channels, first, 1)
        self.stem_half = nn.Sequential(_StemLayer(first, second, 2), _StemLayer(second, third, 1))
        self.project = nn.Conv1d(third * _stem_bands(settings.bands), settings.width, 1)
        self.trunk = nn.Sequential(
            *(_TrunkBlock(settings.width, settings.kernel, d) for d in settings.dilations)
        )
        self.attention = _attention(settings)
        self.refine = nn.Conv1d(settings.width, settings.fine_width * 2, 1)
        # Straight from the input: a skip from the stem would cost a fifth of the training time.
        self.skip = nn.Sequential(
            nn.Conv1d(settings.channels * settings.bands, settings.skip_width, 3, padding=1),
            nn.ReLU(),
        )
        self.fine = nn.Sequential(
            nn.Conv1d(settings.hidden_channels, settings.fine_width, 3, padding=1), nn.ReLU()
        )
        self.head = nn.Conv1d(settings.fine_width, sum(HEADS.values()), 1)
        self._start_rare()
        # Convolutions over bands run faster with the channels innermost.
        for stem in (self.stem_full, self.stem_half):
            nn.Module.to(stem, memory_format=torch.channels_last)  # type: ignore[call-overload]

    def _start_rare(self) -> None:
        """Set the output biases for rare onsets, so that training starts without a large loss."""
        with torch.no_grad():
            assert self.head.bias is not None
            self.head.bias.zero_()
            self.head.bias[: DRUM_COUNT + 1] = -4.0
            self.head.bias[-2:] = -4.0

    def forward(self, features: Tensor) -> Tensor:
        """Features ``[N, channels, T, bands]`` to logits ``[N, rows, T]``."""
        return self.last_layers(self.trunk_features(features))

    def trunk_features(self, features: Tensor) -> Tensor:
        """The input of the last layers, ``[N, fine_width + skip_width, T]``.

        By far the most of the arithmetic; where only the last layers learn, it is done once.
        """
        half, skipped = self.stem_and_skip(features)
        for further in self.trunk_blocks(half):
            half = further
        return self.with_skip(half, skipped)

    def stem_and_skip(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """The stem's output at each trunk frame, ``[N, width, T / 2]``, and the skip at each
        input frame, ``[N, skip_width, T]``: nothing further away than ``NEAR_FRAMES`` matters.
        """
        stem_input = features.contiguous(memory_format=torch.channels_last)
        half = _flatten_bands(self.stem_half(self.stem_full(stem_input)))
        return self.project(half), self.skip(_flatten_bands(features))

    def trunk_blocks(self, half: Tensor) -> Iterator[Tensor]:
        """Yield the trunk's output ``[N, width, T / 2]`` after each block."""
        for place, block in enumerate(self.trunk, start=1):
            half = block(half)
            if str(place) in self.attention:
                half = self.attention[str(place)](half)
            yield half

    def with_skip(self, half: Tensor, skipped: Tensor) -> Tensor:
        """The trunk's output at the input's frame rate, concatenated with the skip.

        ``[N, width, T / 2]`` and ``[N, skip_width, T]`` to ``[N, fine_width + skip_width, T]``.
        """
        up = _shuffle_time(self.refine(half))[:, :, : skipped.shape[2]]
        return torch.cat([up, skipped], dim=1)

    def last_layers(self, heard: Tensor) -> Tensor:
        """Run the last layers on the output of :meth:`trunk_features`; logits ``[N, rows, T]``."""
        return self.head(self.fine(heard))  # type: ignore[no-any-return]


def _flatten_bands(x: Tensor) -> Tensor:
    """``[N, C, T, F]`` to ``[N, C * F, T]``."""
    n, c, t, f = x.shape
    return x.permute(0, 1, 3, 2).reshape(n, c * f, t)


def _shuffle_time(x: Tensor) -> Tensor:
    """``[N, 2 * C, T]`` to ``[N, C, 2 * T]``: the first C rows are the even frames."""
    n, c, t = x.shape
    return x.reshape(n, 2, c // 2, t).permute(0, 2, 3, 1).reshape(n, c // 2, 2 * t)


def split_heads(logits: Tensor) -> dict[str, Tensor]:
    """Split the network's output ``[N, rows, T]`` by head: ``{head: [N, rows, T]}``, as logits."""
    return dict(zip(HEADS, torch.split(logits, list(HEADS.values()), dim=1), strict=True))
