"""The sound that is played: whole files as 16-bit samples, in stereo where they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from chart_hero_core.audio.io import MAX_DURATION_S, load_audio
from chart_hero_core.base.errors import AudioError
from chart_hero_core.base.progress import Progress, SilentProgress, SubProgress

if TYPE_CHECKING:
    from chart_hero_core.audio.io import AudioClip

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

    @staticmethod
    def of_clip(clip: AudioClip) -> PlayedSound:
        """A clip as it was analysed (mono): something to hear until the files are read."""
        samples, rate = clip.samples, clip.sample_rate
        if not LOWEST_RATE <= rate <= HIGHEST_RATE:
            samples = np.asarray(soxr.resample(samples, rate, USUAL_RATE), dtype=np.float32)
            rate = USUAL_RATE
        return PlayedSound(_as_int16(samples[:, None]), rate)


def load_sound(
    files: Sequence[Path], sample_rate: int | None = None, progress: Progress | None = None
) -> PlayedSound:
    """Read ``files`` and add them up, in stereo, at ``sample_rate`` (None: that of the first file).

    Files that only ffmpeg reads come as mono.

    Raises:
        AudioError: no files, or one that cannot be read or is too long.
    """
    progress = progress or SilentProgress()
    if not files:
        raise AudioError("There is no sound file to play.")
    total: Floats | None = None
    for index, path in enumerate(files):
        part = SubProgress(progress, index / len(files), (index + 1) / len(files))
        sound, rate = _read(path, sample_rate, part)
        sample_rate = rate
        total = sound if total is None else _added(total, sound)
    assert total is not None
    assert sample_rate is not None
    return PlayedSound(_as_int16(total), sample_rate)


def _read(path: Path, wanted_rate: int | None, progress: Progress) -> tuple[Floats, int]:
    try:
        with soundfile.SoundFile(path) as file:
            rate = wanted_rate or min(max(file.samplerate, LOWEST_RATE), HIGHEST_RATE)
            if file.frames > MAX_DURATION_S * file.samplerate:
                raise AudioError(f"{path.name} is too long to be played.")
            blocks = []
            done = 0
            for block in file.blocks(blocksize=BLOCK, dtype="float32", always_2d=True):
                progress.check_cancelled()
                blocks.append(_stereo(block))
                done += len(block)
                progress.report(done / max(file.frames, 1), f"Reading {path.name}")
            samples = np.concatenate(blocks) if blocks else np.zeros((0, 2), dtype=np.float32)
            if file.samplerate != rate and len(samples):
                samples = np.asarray(
                    soxr.resample(samples, file.samplerate, rate), dtype=np.float32
                )
            return samples, rate
    except (soundfile.LibsndfileError, OSError):
        # What soundfile does not know, the reader of the analysis may (with ffmpeg), as mono.
        rate = wanted_rate or USUAL_RATE
        clip = load_audio(path, rate, progress=progress)
        return np.repeat(clip.samples[:, None], 2, axis=1), rate


def _stereo(block: Floats) -> Floats:
    if block.shape[1] == 2:
        return block.copy()
    if block.shape[1] == 1:
        return np.repeat(block, 2, axis=1)
    return np.repeat(block.mean(axis=1, keepdims=True), 2, axis=1)


def _added(one: Floats, other: Floats) -> Floats:
    longer, shorter = (one, other) if len(one) >= len(other) else (other, one)
    summed = longer.copy()
    summed[: len(shorter)] += shorter
    return summed


def _as_int16(samples: Floats) -> NDArray[np.int16]:
    """Stems together may exceed full scale: then the whole is turned down, not clipped."""
    peak = float(np.abs(samples).max()) if len(samples) else 0.0
    gain = FULL_SCALE / max(peak, 1.0)
    return np.asarray(np.round(samples * gain), dtype=np.int16)
