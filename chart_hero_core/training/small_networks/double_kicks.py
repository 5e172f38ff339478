"""Fitting of the model that recognises double kicks (``decode/double_kicks.py``)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from chart_hero_core.base.arrays import BoolArray, Float64Array
from chart_hero_core.base.drums import DrumClass
from chart_hero_core.base.errors import DatasetError
from chart_hero_core.decode.double_kicks import (
    OWN_FEATURES,
    PAIR_FEATURES,
    DoubleKicks,
    KickFeatures,
    kick_features,
)
from chart_hero_core.synthesis.performances import read_charts
from chart_hero_core.timing.quantise import places_in_beats

_DECAY, _ITERATIONS = 2e-4, 80
# Long chains are cut: a kick knows nothing of one so many kicks away.
_LONGEST = 96
# Chains within this factor of each other's length are worked on together.
_ALIKE = 1.3


@dataclass(frozen=True, eq=False)
class KickSong:
    """The kicks of one chart in order of time, ``[N]`` each: when, where in their beats (0 to below
    1), and whether the charter gave them to the second foot."""

    name: str
    times_s: Float64Array
    in_beat: Float64Array
    second: BoolArray


def load_kick_songs(charts: Path, heldout: bool) -> Iterator[KickSong]:
    """The charts below ``charts`` that are (not) held out and use double kicks on Expert.

    Raises:
        DatasetError: the folder has no manifest, or not all that it names.
    """
    for name, song in read_charts(charts, heldout):
        kicks = [note for note in song.expert.notes if note.drum == DrumClass.KICK]
        second = np.array([note.double_kick for note in kicks], np.bool_)
        if second.any():
            ticks = np.array([note.tick for note in kicks])
            times_s = song.tempo_map.seconds_array(ticks)
            yield KickSong(name, times_s, places_in_beats(ticks, song.tempo_map), second)


def fit_double_kicks(songs: Sequence[KickSong]) -> DoubleKicks:
    """The weights under which what the charters wrote is likeliest, less a penalty for great ones.

    Raises:
        DatasetError: there is nothing to learn from.
    """
    groups = _grouped([chain for song in songs for chain in _chains(song)])
    if not groups:
        raise DatasetError("There is no chart with double kicks to learn from.")
    count = sum(float(group.there.sum()) for group in groups)
    weights = torch.zeros(OWN_FEATURES + PAIR_FEATURES, dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.LBFGS([weights], max_iter=_ITERATIONS, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optimiser.zero_grad()
        own, pair = weights[:OWN_FEATURES], weights[OWN_FEATURES:]
        surprise = torch.stack([_surprise(group, own, pair) for group in groups]).sum()
        total = surprise / count + _DECAY * (weights**2).sum()
        total.backward()  # type: ignore[no-untyped-call]
        return total

    optimiser.step(loss)  # type: ignore[no-untyped-call]
    found: Float64Array = weights.detach().numpy()
    return DoubleKicks(found[:OWN_FEATURES], found[OWN_FEATURES:])


@dataclass(frozen=True, eq=False)
class _Chain:
    """Kicks that may know of each other: features and truth, of ``N`` kicks."""

    features: KickFeatures
    second: BoolArray


@dataclass(frozen=True, eq=False)
class _Group:
    """Chains of about one length, filled up to the longest: ``[chains, N, features]`` and, of the
    truth and of which kicks are there, ``[chains, N]``."""

    own: Tensor
    pair: Tensor
    second: Tensor
    there: Tensor


def _chains(song: KickSong) -> Iterator[_Chain]:
    features = kick_features(song.times_s, song.in_beat)
    starts = np.flatnonzero(~features.pair.any(axis=1))
    for start, end in zip(starts, np.append(starts[1:], len(song.second)), strict=True):
        for first in range(int(start), int(end), _LONGEST):
            part = slice(first, min(first + _LONGEST, int(end)))
            own_pair = KickFeatures(features.own[part], features.pair[part])
            yield _Chain(own_pair, song.second[part])


def _grouped(chains: Sequence[_Chain]) -> list[_Group]:
    ordered = sorted(chains, key=lambda chain: len(chain.second))
    groups: list[_Group] = []
    start = 0
    while start < len(ordered):
        longest = max(int(_ALIKE * len(ordered[start].second)), 1)
        end = start
        while end < len(ordered) and len(ordered[end].second) <= longest:
            end += 1
        groups.append(_filled_up(ordered[start:end]))
        start = end
    return groups


def _filled_up(chains: Sequence[_Chain]) -> _Group:
    shape = len(chains), len(chains[-1].second)
    own, pair = np.zeros((*shape, OWN_FEATURES)), np.zeros((*shape, PAIR_FEATURES))
    second, there = np.zeros(shape), np.zeros(shape)
    for place, chain in enumerate(chains):
        count = len(chain.second)
        own[place, :count], pair[place, :count] = chain.features.own, chain.features.pair
        second[place, :count], there[place, :count] = chain.second, 1
    return _Group(*(torch.from_numpy(values) for values in (own, pair, second, there)))


def _surprise(group: _Group, own_weights: Tensor, pair_weights: Tensor) -> Tensor:
    """How unlikely the truth is: minus its log likelihood, in nats."""
    own, pair = group.own @ own_weights, group.pair @ pair_weights
    second, there = group.second, group.there > 0
    neither, both = torch.zeros_like(own[:, 0]), own[:, 0]
    labelled_score = second[:, 0] * own[:, 0]
    for k in range(1, own.shape[1]):
        ended = torch.logaddexp(neither, both)
        began = torch.logaddexp(neither, both + pair[:, k]) + own[:, k]
        neither = torch.where(there[:, k], ended, neither)
        both = torch.where(there[:, k], began, both)
        labelled_score = labelled_score + second[:, k] * (own[:, k] + second[:, k - 1] * pair[:, k])
    return (torch.logaddexp(neither, both) - labelled_score).sum()


def shares(model: DoubleKicks, songs: Sequence[KickSong]) -> tuple[float, float]:
    """Of the kicks that are likelier than not the second foot's, how many charters wrote so; and of
    those that charters wrote, how many are: precision and recall."""
    found = right = written = 0
    for song in songs:
        likely = model.chances(song.times_s, song.in_beat) >= 0.5
        found += int(likely.sum())
        right += int((likely & song.second).sum())
        written += int(song.second.sum())
    return right / max(found, 1), right / max(written, 1)
