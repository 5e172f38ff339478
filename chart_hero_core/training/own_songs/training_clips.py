"""Clips of a person's own songs for fine-tuning: cut, varied, with their partial labels."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chart_hero_core.base.arrays import BoolArray, Float32Array, Float64Array
from chart_hero_core.base.errors import DatasetError
from chart_hero_core.dataset.shards import DatasetSong
from chart_hero_core.features.level import to_reference_level
from chart_hero_core.features.logmel import SAMPLE_RATE
from chart_hero_core.synthesis import augment
from chart_hero_core.synthesis.articulations import CLASS_OF, Articulation
from chart_hero_core.synthesis.clips import Clip, ClipStream
from chart_hero_core.training.own_songs.known_strokes import KnownStrokes, Span

# Held as 16-bit samples: 400 MB. Of more, a random part is taken.
MOST_MINUTES = 150.0
_FULL_SCALE = 32767.0
# Of the clips, those cut around a suggestion that was thrown away.
_REJECTED_SHARE = 0.1
_GAIN_DB = 2.5
_TONE_SHARE, _TONE_DB = 0.5, 3.0
_NOISE_SHARE = 0.3


@dataclass(frozen=True, slots=True, eq=False)
class TrainingSong:
    """A song to train on: 16-bit samples at the reference level, their scale, partial labels."""

    pcm: NDArray[np.int16]
    scale: float
    known: KnownStrokes

    @staticmethod
    def of(song: DatasetSong) -> "TrainingSong":
        """From a dataset. Raises :class:`DatasetError` where the dataset holds no audio."""
        if not len(song.samples):
            raise DatasetError("The dataset was built without audio; build it again with audio.")
        samples = to_reference_level(song.samples)
        scale = float(np.abs(samples).max(initial=1e-6)) / _FULL_SCALE
        return TrainingSong((samples / np.float32(scale)).astype(np.int16), scale, known_of(song))

    def cut(self, start: int, length: int) -> Float32Array:
        """Float samples ``[length]`` from sample ``start`` on, silence outside the song."""
        out = np.zeros(length, np.float32)
        first, last = max(start, 0), min(start + length, len(self.pcm))
        if first < last:
            out[first - start : last - start] = self.pcm[first:last] * np.float32(self.scale)
        return out

    @property
    def minutes(self) -> float:
        """Length of the audio."""
        return len(self.pcm) / SAMPLE_RATE / 60

    @property
    def reviewed_s(self) -> float:
        """How many seconds are reviewed."""
        return sum(end - start for start, end in self.known.reviewed_s)


def known_of(song: DatasetSong) -> KnownStrokes:
    """The labels of a song in a dataset."""
    return KnownStrokes(
        times_s=song.times_s,
        drums=song.drums,
        reviewed_s=song.reviewed_s,
        rejected_times_s=song.rejected_times_s,
        rejected_drums=song.rejected_drums,
    )


def take_songs(songs: Iterable[DatasetSong]) -> list[TrainingSong]:
    """Songs with something to train on, up to :data:`MOST_MINUTES` of them."""
    found: list[TrainingSong] = []
    minutes = 0.0
    for song in songs:
        if minutes >= MOST_MINUTES:
            break
        if song.reviewed_s or len(song.rejected_times_s):
            found.append(TrainingSong.of(song))
            minutes += found[-1].minutes
    return found


@dataclass(frozen=True, slots=True, eq=False)
class TrainingClip:
    """Samples and their labels, times from the clip's start."""

    samples: Float32Array
    known: KnownStrokes


class ClipSampler:
    """Clips drawn from songs, and from a stream of rendered ones against forgetting.

    Args:
        clip_s: length of each clip, seconds.
        replay_share: how many of the clips come from ``replay``, 0..1; none where it is None.

    Raises:
        DatasetError: there are no songs.
    """

    def __init__(
        self,
        songs: Sequence[TrainingSong],
        clip_s: float,
        replay: ClipStream | None,
        replay_share: float,
    ) -> None:
        if not songs:
            raise DatasetError(
                "The dataset has no songs to train on; add some with `chart-hero build-dataset`."
            )
        self._songs = songs
        self._length = int(clip_s * SAMPLE_RATE)
        self._replay = replay
        self._replay_share = replay_share if replay is not None else 0.0
        wealth = np.array([max(song.reviewed_s, 1.0) for song in songs])
        self._odds = wealth / wealth.sum()

    def draw(self, rng: np.random.Generator, count: int) -> Iterator[TrainingClip]:
        """``count`` clips; the songs' are the same for the same ``rng``."""
        for _ in range(count):
            if self._replay is not None and rng.random() < self._replay_share:
                yield _rendered(self._replay.next())
            else:
                yield self._own(rng)

    def _own(self, rng: np.random.Generator) -> TrainingClip:
        song = self._songs[int(rng.choice(len(self._songs), p=self._odds))]
        start = int(self._start_s(song, rng) * SAMPLE_RATE)
        known = shifted(song.known, start / SAMPLE_RATE, self._length / SAMPLE_RATE)
        return TrainingClip(vary(song.cut(start, self._length), rng), known)

    def _start_s(self, song: TrainingSong, rng: np.random.Generator) -> float:
        length_s = self._length / SAMPLE_RATE
        rejected = song.known.rejected_times_s
        if len(rejected) and (rng.random() < _REJECTED_SHARE or not song.known.reviewed_s):
            return float(rng.choice(rejected)) - rng.uniform(0.2, 0.8) * length_s
        spans = song.known.reviewed_s
        lengths = np.array([end - start for start, end in spans])
        start_s, end_s = spans[int(rng.choice(len(spans), p=lengths / lengths.sum()))]
        return float(rng.uniform(start_s - 0.5, max(end_s - length_s, start_s - 0.5) + 0.5))


def shifted(known: KnownStrokes, start_s: float, length_s: float) -> KnownStrokes:
    """The labels in a window, with its start as time 0."""

    def inside(times: Float64Array) -> BoolArray:
        return (times >= start_s - 0.1) & (times < start_s + length_s + 0.1)

    keep, rejected = inside(known.times_s), inside(known.rejected_times_s)
    spans: list[Span] = [
        (max(start - start_s, 0.0), min(end - start_s, length_s))
        for start, end in known.reviewed_s
        if end > start_s and start < start_s + length_s
    ]
    return KnownStrokes(
        times_s=known.times_s[keep] - start_s,
        drums=known.drums[keep],
        reviewed_s=tuple(spans),
        rejected_times_s=known.rejected_times_s[rejected] - start_s,
        rejected_drums=known.rejected_drums[rejected],
    )


def vary(samples: Float32Array, rng: np.random.Generator) -> Float32Array:
    """The same strokes in another master: gain, equaliser, noise. ``[N]`` to ``[N]``."""
    if rng.random() < _TONE_SHARE:
        samples = augment.shape_tone(samples, rng, _TONE_DB)
    if rng.random() < _NOISE_SHARE:
        samples = augment.add_noise(samples, rng)
    gain = 10 ** (rng.normal(0, _GAIN_DB) / 20)
    return np.asarray(samples * np.float32(gain), np.float32)


def _rendered(clip: Clip) -> TrainingClip:
    drums = np.array([int(CLASS_OF[Articulation(int(a))]) for a in clip.take.articulations])
    whole = ((0.0, len(clip.samples) / SAMPLE_RATE),)
    return TrainingClip(clip.samples, KnownStrokes(clip.take.times_s, drums.astype(np.int8), whole))
