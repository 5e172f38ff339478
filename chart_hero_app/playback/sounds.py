"""The sound that is played: whole files as 16-bit samples, in stereo where they are."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from chart_hero_core.audio.io import MAX_DURATION_S
from chart_hero_core.audio.readers import BlockReader, ffmpeg_program, open_blocks
from chart_hero_core.base.errors import AudioError
from chart_hero_core.base.files import name_for_c
from chart_hero_core.base.progress import Progress, SilentProgress, SubProgress

Floats = NDArray[np.float32]

LOWEST_RATE = 32_000  # what is recorded lower is raised: sound devices may not know such rates
HIGHEST_RATE = 48_000
USUAL_RATE = 44_100
BLOCK = 1 << 18
FULL_SCALE = 32_767.0


@dataclass(frozen=True, slots=True, eq=False)
class PlayedSound:
    """``samples`` is int16, ``[n, 1]`` or ``[n, 2]``: half the memory of float, no less to hear."""

    samples: NDArray[np.int16]
    sample_rate: int

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return len(self.samples) / self.sample_rate

    def read(self, first: int, count: int) -> Floats:
        """``count`` samples from ``first`` on as float32 ``[count, 2]``; zeros outside."""
        out = np.zeros((count, 2), dtype=np.float32)
        start, end = max(first, 0), min(first + count, len(self.samples))
        if start < end:
            out[start - first : end - first] = self.samples[start:end]
            out *= 1.0 / FULL_SCALE
        return out


def load_sound(
    files: Sequence[Path], sample_rate: int | None = None, progress: Progress | None = None
) -> PlayedSound:
    """Read ``files`` and add them up, in stereo, at ``sample_rate`` (None: that of the first file).

    What is no usable number in them is silent, and a damaged one gives its readable part.

    Raises:
        AudioError: no files, or one that cannot be read or is too long.
    """
    progress = progress or SilentProgress()
    if not files:
        raise AudioError("There is no sound file to play.")
    rate = sample_rate or _rate_of(files[0])
    summed = _Growing(np.dtype(np.int16 if len(files) == 1 else np.float32))
    for index, path in enumerate(files):
        part = SubProgress(progress, index / len(files), (index + 1) / len(files))
        place = 0
        for block in _blocks(path, rate, part):
            summed.add(place, block)
            place += len(block)
    return PlayedSound(summed.finish(), rate)


def _rate_of(path: Path) -> int:
    try:
        return int(min(max(soundfile.info(name_for_c(path)).samplerate, LOWEST_RATE), HIGHEST_RATE))
    except (soundfile.LibsndfileError, OSError):
        return USUAL_RATE


class _Growing:
    """A stereo sound that blocks are added to; one file needs no room for sums above full scale."""

    def __init__(self, kind: np.dtype[Any]) -> None:
        self._values = np.zeros((0, 2), dtype=kind)
        self._length = 0

    def add(self, place: int, block: Floats) -> None:
        end = place + len(block)
        if end > len(self._values):
            self._values.resize((max(end, len(self._values) * 5 // 4), 2), refcheck=False)
        if self._values.dtype == np.int16:
            self._values[place:end] = np.clip(block, -1.0, 1.0) * FULL_SCALE
        else:
            self._values[place:end] += block
        self._length = max(self._length, end)

    def finish(self) -> NDArray[np.int16]:
        self._values.resize((self._length, 2), refcheck=False)
        return self._values if self._values.dtype == np.int16 else _as_int16(self._values)


def _blocks(path: Path, rate: int, progress: Progress) -> Iterator[Floats]:
    """The file in stereo at ``rate``, block by block; of a damaged one what the analysis heard."""
    done = 0
    with open_blocks(path) as reader:
        for block in _resampled(path, reader, rate, progress):
            done += len(block)
            yield block
    if not reader.failed or ffmpeg_program() is None:
        return
    with contextlib.suppress(AudioError), open_blocks(path, force_ffmpeg=True) as reader:
        place = 0
        for block in _resampled(path, reader, rate, progress):
            yield block[max(done - place, 0) :]
            place += len(block)


def _resampled(path: Path, reader: BlockReader, rate: int, progress: Progress) -> Iterator[Floats]:
    resampler = None
    if reader.sample_rate != rate:
        resampler = soxr.ResampleStream(reader.sample_rate, rate, 2, dtype="float32")
    done = 0
    for raw in reader.channels():
        progress.check_cancelled()
        done += len(raw)
        if max(done, reader.frames) > MAX_DURATION_S * reader.sample_rate:
            raise AudioError(f"{path.name} is too long to be played.")
        block = _stereo(raw)
        yield block if resampler is None else resampler.resample_chunk(block)
        if reader.frames:
            progress.report(done / reader.frames, f"Reading {path.name}")
    if resampler is not None and done:
        yield resampler.resample_chunk(np.zeros((0, 2), dtype=np.float32), last=True)


def _stereo(block: Floats) -> Floats:
    if block.shape[1] == 2:
        return block
    return np.repeat(block.mean(axis=1, keepdims=True), 2, axis=1)


def _as_int16(samples: Floats) -> NDArray[np.int16]:
    """Stems together may exceed full scale: then the whole is turned down, not clipped."""
    peak = max(float(samples.max(initial=0.0)), -float(samples.min(initial=0.0)))
    converted = np.empty(samples.shape, dtype=np.int16)
    for start in range(0, len(samples), BLOCK):
        part = samples[start : start + BLOCK]
        converted[start : start + BLOCK] = part * (FULL_SCALE / max(peak, 1.0))
    return converted
