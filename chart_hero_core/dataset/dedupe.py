"""Finding duplicate songs by audio (whatever the encoding or trim) or by chart.

Comparing every pair would take days for 100,000 songs. A pair is only compared when it shares
enough rare marks (landmarks of the sound, stretches of the chart), found by sorting all marks once.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chart_hero_core.audio.fingerprint import SAME_RECORDING, Fingerprint, similarity
from chart_hero_core.base.arrays import Float64Array

Marks = NDArray[np.uint32] | NDArray[np.uint64]

_STRETCH = 16  # strokes that make one mark of a chart
_GRID = 48  # parts of a quarter note: distances finer than that are one
_SKETCH_SHARE = 4  # one mark in four is kept
_FEWEST_MARKS = 24  # a chart with fewer different stretches is too plain to be known by them
# Songs share a beat for a while, a chart shares nearly all.
SAME_CHART = 0.6
# Re-encoded and trimmed copies had 0.40 and more in common; songs over the same backing 0.06.
SAME_SONG = 0.12
# Two landmarks of one moment make a mark: alone they are too common among 100,000 songs. One mark
# in eight is looked at, and four must be equal before two songs are compared.
_LANDMARK_SHARE = 8
_FEWEST_SHARED = 4
_MOST_OWNERS = 40  # a mark that so many songs have says nothing


@dataclass(frozen=True, slots=True)
class Duplicate:
    """Songs ``first`` and ``second`` have ``likeness`` (0..1) of their ``what``, sound or chart, in
    common. ``same``: they are one song; else they share some recording, and must not be split."""

    first: str
    second: str
    what: str
    likeness: float
    same: bool = True


def chart_sketch(
    ticks_in_quarters: Float64Array, drums: NDArray[np.int8], bpm: float
) -> NDArray[np.uint32]:
    """Marks of all stretches of a chart (drums, distances, tempo), thinned out; in order.

    A stretch begins with each stroke: where the chart starts in the file does not matter.

    Args:
        ticks_in_quarters, drums: of each stroke in order of time, ``[M]``.
    """
    if len(drums) < _STRETCH:
        return np.zeros(0, np.uint32)
    gaps = np.round(np.diff(ticks_in_quarters, prepend=ticks_in_quarters[:1]) * _GRID)
    words = gaps.astype(np.int64).astype(np.uint64) * np.uint64(8) + drums.astype(np.uint64)
    mixed = np.full(len(drums) - _STRETCH + 1, round(bpm), np.uint64)
    for place in range(_STRETCH):
        part = words[place : place + len(mixed)]
        # The distance before the first stroke of a stretch is none of its own.
        part = part & np.uint64(7) if place == 0 else part
        mixed = (mixed ^ part) * np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(29)
    marks = np.unique((mixed >> np.uint64(16)).astype(np.uint32))
    return np.asarray(marks[marks % _SKETCH_SHARE == 0], np.uint32)


def likeness(first: Marks, second: Marks) -> float:
    """The share of the smaller chart's marks that the other has too; 0 for charts too plain."""
    smaller = min(len(first), len(second))
    if smaller * _SKETCH_SHARE < _FEWEST_MARKS:
        return 0.0
    return len(np.intersect1d(first, second, assume_unique=True)) / smaller


def duplicate_charts(sketches: Mapping[str, Marks]) -> list[Duplicate]:
    """All pairs of songs with one chart."""
    ids = list(sketches)
    found = []
    for a, b in candidate_pairs([sketches[key] for key in ids], fewest=3):
        alike = likeness(sketches[ids[a]], sketches[ids[b]])
        if alike >= SAME_CHART:
            found.append(Duplicate(ids[a], ids[b], "chart", alike))
    return found


def duplicate_sounds(
    hashes: Mapping[str, Marks], read: Callable[[str], Fingerprint]
) -> list[Duplicate]:
    """All pairs of songs with one recording, or with some recording in common.

    Args:
        hashes: the landmarks of every song, thinned out by :func:`thin_landmarks`.
        read: gives the whole fingerprint of a song; asked for likely pairs only.
    """
    ids = list(hashes)
    found = []
    for a, b in candidate_pairs([hashes[key] for key in ids], _FEWEST_SHARED):
        alike = similarity(read(ids[a]), read(ids[b]))
        if alike >= SAME_RECORDING:
            found.append(Duplicate(ids[a], ids[b], "sound", alike, alike >= SAME_SONG))
    return found


def thin_landmarks(print_: Fingerprint) -> NDArray[np.uint64]:
    """Marks of a recording for finding likely pairs, the same ones in every copy of it."""
    order = np.lexsort((print_.hashes, print_.frames))
    hashes, frames = print_.hashes[order].astype(np.uint64), print_.frames[order]
    both = (hashes[:-1] << np.uint64(32)) | hashes[1:]
    marks = np.unique(both[frames[1:] == frames[:-1]])
    mixed = (marks * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(40)
    return np.asarray(marks[mixed % np.uint64(_LANDMARK_SHARE) == 0], np.uint64)


def candidate_pairs(marks: Sequence[Marks], fewest: int) -> list[tuple[int, int]]:
    """Indices of the pairs that share ``fewest`` marks or more, common marks left out."""
    if not marks:
        return []
    owners = np.repeat(np.arange(len(marks)), [len(m) for m in marks])
    every = np.concatenate(marks)
    order = np.argsort(every, kind="stable")
    every, owners = every[order], owners[order]
    if not len(every):
        return []
    starts = np.flatnonzero(np.r_[True, every[1:] != every[:-1]])
    sizes = np.diff(np.r_[starts, len(every)]).astype(np.int64)
    codes = []
    for size in range(2, _MOST_OWNERS + 1):
        rows = starts[sizes == size]
        if not len(rows):
            continue
        table = owners[rows[:, None] + np.arange(size)]
        left, right = np.triu_indices(size, 1)
        codes.append((table[:, left] * len(marks) + table[:, right]).ravel())
    if not codes:
        return []
    pairs, counts = np.unique(np.concatenate(codes), return_counts=True)
    return [divmod(int(code), len(marks)) for code in pairs[counts >= fewest]]


def clusters(ids: Iterable[str], pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Each id with the first id (in order) that it is joined to, over any number of pairs."""
    root = {key: key for key in ids}

    def find(key: str) -> str:
        while root[key] != key:
            root[key] = root[root[key]]
            key = root[key]
        return key

    for first, second in pairs:
        a, b = sorted((find(first), find(second)))
        root[b] = a
    return {key: find(key) for key in root}
