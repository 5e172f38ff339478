"""Real songs with pseudo-labels: a teacher model's confident hits are the labels.

Rendered music never sounds quite like records. A student that is trained on a teacher's confident
hits in real mixes, altered in tone and tempo, learns their sound (self-training as in Xie et al.
2020). Where the teacher is not confident, the frames are left out of the loss.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from chart_hero_core.base.arrays import BoolArray, Float32Array, Float64Array, Int64Array
from chart_hero_core.base.drums import DRUM_COUNT, Activations
from chart_hero_core.base.errors import DatasetError
from chart_hero_core.base.files import atomic_write
from chart_hero_core.base.npz import BROKEN_NPZ
from chart_hero_core.decode.peaks import find_peaks
from chart_hero_core.features.level import active_rms
from chart_hero_core.features.logmel import REFERENCE_RMS, SAMPLE_RATE
from chart_hero_core.model.checkpoint import Checkpoint
from chart_hero_core.model.infer import activations
from chart_hero_core.synthesis import augment
from chart_hero_core.synthesis.backing import BackingLibrary, colour
from chart_hero_core.training.clips.targets import draw_stroke, leave_out

# The teacher's peaks from this height on are labels, those below the other are none.
CONFIDENT, NONE = 0.6, 0.25
_BURIED_SHARE = 0.4
_SCALE = 32767.0
_ROWS = 4 * DRUM_COUNT + 3


@dataclass(frozen=True, eq=False, slots=True)
class PseudoLabelledSong:
    """A song with pseudo-labels; its audio is int16 ``[N]`` at 22.05 kHz.

    Attributes:
        times_s, drums, confident: the teacher's peaks; those that are not ``confident`` are left
            out of the loss.
        beat, downbeat: the teacher's activations, ``[T]``.
    """

    samples: NDArray[np.int16]
    times_s: Float64Array
    drums: Int64Array
    confident: BoolArray
    beat: Float32Array
    downbeat: Float32Array


def label_song(samples: Float32Array, teachers: Sequence[Checkpoint]) -> PseudoLabelledSong:
    """The pseudo-labels of a song.

    Of several teachers the mean of their activations counts: they err in different places.

    Args:
        samples: ``[N]`` at 22.05 kHz and the reference level.
    """
    return _with_labels(samples, _mean([activations(samples, one) for one in teachers]))


def _mean(outputs: Sequence[Activations]) -> Activations:
    names = ("classes", "onset", "offset", "velocity", "beat", "downbeat")
    curves = {name: np.mean([getattr(one, name) for one in outputs], axis=0) for name in names}
    return replace(outputs[0], **curves)


def _with_labels(samples: Float32Array, found: Activations) -> PseudoLabelledSong:
    peaks = find_peaks(found, open_start=False, open_end=False)
    chosen = peaks.score >= NONE
    assert found.beat is not None
    assert found.downbeat is not None
    return PseudoLabelledSong(
        samples=np.asarray(np.clip(samples, -1, 1) * _SCALE, np.int16),
        times_s=peaks.time_s[chosen],
        drums=peaks.drum[chosen].astype(np.int64),
        confident=peaks.score[chosen] >= CONFIDENT,
        beat=found.beat,
        downbeat=found.downbeat,
    )


def save_pseudo_labels(song: PseudoLabelledSong, target: Path) -> None:
    """Write a song for :func:`load_pseudo_labels`. Raises :class:`StorageError`."""
    with atomic_write(target) as file:
        np.savez(
            file, **{_stored(name): getattr(song, name) for name in PseudoLabelledSong.__slots__}
        )


def _stored(name: str) -> str:
    """The array of an attribute in the file."""
    return "sure" if name == "confident" else name


def load_pseudo_labels(folder: Path) -> list[PseudoLabelledSong]:
    """What :func:`save_pseudo_labels` wrote into a folder. Raises :class:`DatasetError`."""
    songs: list[PseudoLabelledSong] = []
    for path in sorted(folder.glob("*.npz")):
        try:
            with path.open("rb") as raw, np.load(raw, allow_pickle=False) as data:
                songs.append(
                    PseudoLabelledSong(
                        **{name: data[_stored(name)] for name in PseudoLabelledSong.__slots__}
                    )
                )
        except BROKEN_NPZ as error:
            raise DatasetError(
                f"{path} is damaged; remove it and run `chart-hero pseudo-label` again."
            ) from error
    if not songs:
        raise DatasetError(f"{folder} holds no songs with pseudo-labels.")
    return songs


def pseudo_labelled_clips(
    songs: Sequence[PseudoLabelledSong],
    length_s: float,
    hop_s: float,
    width: float,
    seed: int,
    music: BackingLibrary | None = None,
) -> Iterator[tuple[Float32Array, Float32Array]]:
    """Clips without end: audio ``[N]`` and stacked targets ``[35, T]``, the same for a seed.

    Args:
        music: drumless tracks some clips are buried under: a student with a harder task than its
            teacher had learns more (Xie et al. 2020).
    """
    rng = np.random.default_rng(seed)
    lengths = np.array([len(song.samples) for song in songs], float)
    while True:
        song = songs[int(rng.choice(len(songs), p=lengths / lengths.sum()))]
        speed = float(rng.uniform(0.94, 1.06))
        wanted = int(length_s * SAMPLE_RATE * speed) + 2
        start = int(rng.integers(max(len(song.samples) - wanted, 1)))
        piece = np.asarray(song.samples[start : start + wanted], np.float32) / np.float32(_SCALE)
        size = int(length_s * SAMPLE_RATE)
        samples = np.zeros(size, np.float32)
        played = augment.resample_by(piece, speed)[:size]
        samples[: len(played)] = played
        if music is not None and rng.random() < _BURIED_SHARE:
            samples = _buried(samples, music, rng)
        yield _altered(samples, rng), _targets(song, start, speed, length_s, hop_s, width)


def _buried(samples: Float32Array, music: BackingLibrary, rng: np.random.Generator) -> Float32Array:
    """A song with other music over it, soft enough that its drums stay audible."""
    over = colour(music.excerpt(rng, len(samples)), rng, 0.25)
    ratio = 10 ** (np.clip(rng.normal(8, 4), 2, 18) / 20)
    level = active_rms(samples) / ratio / (active_rms(over) + 1e-6)
    return np.asarray(samples + over * np.float32(level), np.float32)


def _altered(samples: Float32Array, rng: np.random.Generator) -> Float32Array:
    """Another tone, level and noise floor: the teacher labelled the record as it is."""
    samples = augment.shape_tone(samples, rng, strength_db=4.0)
    if rng.random() < 0.3:
        samples = augment.add_noise(samples, rng)
    level = REFERENCE_RMS * 10 ** (rng.normal(0, 2.5) / 20)
    return np.asarray(samples * (level / (active_rms(samples) + 1e-6)), np.float32)


def _targets(
    song: PseudoLabelledSong, start: int, speed: float, length_s: float, hop_s: float, width: float
) -> Float32Array:
    frames = int(length_s * SAMPLE_RATE) // round(hop_s * SAMPLE_RATE) + 1
    out = np.zeros((_ROWS, frames), np.float32)
    classes, onset = out[:DRUM_COUNT], out[DRUM_COUNT]
    times_s = (song.times_s - start / SAMPLE_RATE) / speed
    inside = (times_s > -0.05) & (times_s < length_s + 0.05)
    for confident, draw in ((False, leave_out), (True, draw_stroke)):
        for index in np.flatnonzero(inside & (song.confident == confident)):
            place = float(times_s[index]) / hop_s
            draw(classes[song.drums[index]], place, width)
            draw(onset, place, width)
    places = (np.arange(frames) * hop_s * speed + start / SAMPLE_RATE) / hop_s
    grid = np.arange(len(song.beat))
    out[-2] = np.interp(places, grid, song.beat)
    out[-1] = np.interp(places, grid, song.downbeat)
    return out
