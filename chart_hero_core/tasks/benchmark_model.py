"""What a checkpoint costs: speed by threads, micro mode, memory, size."""

import os
import platform
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from chart_hero_core.audio.io import load_song_audio, song_audio
from chart_hero_core.base.arrays import Float32Array
from chart_hero_core.base.errors import AudioError, SettingsError
from chart_hero_core.base.files import resource_path, shipped_checkpoint
from chart_hero_core.base.progress import Progress
from chart_hero_core.features.level import to_reference_level
from chart_hero_core.features.logmel import SAMPLE_RATE, log_mel
from chart_hero_core.model.checkpoint import Checkpoint, load_checkpoint
from chart_hero_core.model.infer import activations, refine

_MOST_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class BenchmarkOptions:
    """What to measure. ``threads`` empty: 1, 2, 4 … up to the number of cores.

    The song is repeated or cut to ``seconds``; of ``repeat`` runs the best counts, as other
    programs on the machine can only slow one down.

    Raises:
        SettingsError: from the constructor, for values that cannot be measured with.
    """

    seconds: float = 60.0
    micro_seconds: float = 10.0
    repeat: int = 3
    threads: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if not 1.0 <= self.seconds <= _MOST_SECONDS or not self.micro_seconds >= 1.0:
            raise SettingsError(f"Measure with 1 to {_MOST_SECONDS:.0f} seconds of sound.")
        if self.repeat < 1 or any(count < 1 for count in self.threads):
            raise SettingsError("Repetitions and threads must be at least 1.")


@dataclass(frozen=True, slots=True)
class ThreadSpeed:
    """Seconds for the whole song with ``threads`` threads, and the same as times real time."""

    threads: int
    features_s: float
    whole_s: float
    times_real_time: float


@dataclass(frozen=True, slots=True)
class ModelBenchmark:
    """What was measured.

    Attributes:
        bytes: size of the checkpoint's file.
        context_s: how much sound on each side an answer may depend on.
        load_s: reading the checkpoint (torch itself was loaded before).
        micro_times_real_time: speed of micro mode with one thread.
        micro_cost: how many times as long a second takes in micro mode as in the first pass,
            which it comes on top of.
        peak_mb: most memory this process has held, Python and torch included; None on Windows.
    """

    model: str
    bytes: int
    parameters: int
    hop_ms: float
    context_s: float
    song_s: float
    load_s: float
    speeds: tuple[ThreadSpeed, ...]
    micro_times_real_time: float
    micro_cost: float
    peak_mb: float | None
    machine: str
    cores: int

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        return asdict(self)


def benchmark_model(
    checkpoint_path: Path | None, song: Path | None, options: BenchmarkOptions, progress: Progress
) -> ModelBenchmark:
    """Measure a checkpoint (the shipped one for None) on a song (the demo for None).

    Raises:
        CheckpointError, AudioError: what to measure cannot be read.
        Cancelled: asked for through ``progress``.
    """
    path = checkpoint_path or shipped_checkpoint()
    progress.report(0.0, "Loading the model")
    began = time.perf_counter()
    checkpoint = load_checkpoint(path)
    load_s = time.perf_counter() - began
    samples = _sound(song or resource_path("demo"), options.seconds)
    song_s = len(samples) / SAMPLE_RATE
    speeds = _speeds(samples, checkpoint, options, progress)
    progress.report(0.9, "Measuring micro mode")
    first_s, micro_s = _micro(samples, checkpoint, options, progress)
    heard_s = min(options.micro_seconds, song_s)
    progress.report(1.0, "Done")
    return ModelBenchmark(
        model=path.name,
        bytes=path.stat().st_size,
        parameters=_parameters(checkpoint),
        hop_ms=checkpoint.features.hop_s * 1000,
        context_s=checkpoint.network.settings.context_frames * checkpoint.features.hop_s,
        song_s=song_s,
        load_s=load_s,
        speeds=speeds,
        micro_times_real_time=heard_s / micro_s,
        micro_cost=(micro_s / heard_s) / (first_s / song_s),
        peak_mb=_peak_mb(),
        machine=platform.processor() or platform.machine(),
        cores=os.cpu_count() or 1,
    )


def _usual_counts(cores: int) -> Iterator[int]:
    count = 1
    while count < cores:
        yield count
        count *= 2
    yield cores


def _sound(song: Path, seconds: float) -> Float32Array:
    """The song's mix, repeated or cut to ``seconds``, levelled as the model expects."""
    clip, _ = load_song_audio(song_audio(song), "mix", SAMPLE_RATE)
    if clip.duration_s < 1.0:
        raise AudioError(f"{song.name} is too short to measure with; use a second or more.")
    return to_reference_level(np.resize(clip.samples, round(seconds * SAMPLE_RATE)))


def _parameters(checkpoint: Checkpoint) -> int:
    networks = [one for one in (checkpoint.network, checkpoint.context) if one is not None]
    return sum(p.numel() for network in networks for p in network.parameters())


def _speeds(
    samples: Float32Array, checkpoint: Checkpoint, options: BenchmarkOptions, progress: Progress
) -> tuple[ThreadSpeed, ...]:
    """The speed with each number of threads."""
    counts = options.threads or tuple(_usual_counts(os.cpu_count() or 1))
    speeds: list[ThreadSpeed] = []
    for index, count in enumerate(counts):
        progress.report((index + 1) / (len(counts) + 2), f"Measuring with {count} threads")
        speeds.append(_speed(samples, checkpoint, count, options.repeat, progress))
    return tuple(speeds)


def _speed(
    samples: Float32Array, checkpoint: Checkpoint, threads: int, repeat: int, progress: Progress
) -> ThreadSpeed:
    with _torch_threads(threads):
        features_s = _best_s(lambda: log_mel(samples, checkpoint.features), repeat, progress)
        whole_s = _best_s(lambda: activations(samples, checkpoint), repeat, progress)
    return ThreadSpeed(threads, features_s, whole_s, len(samples) / SAMPLE_RATE / whole_s)


def _micro(
    samples: Float32Array, checkpoint: Checkpoint, options: BenchmarkOptions, progress: Progress
) -> tuple[float, float]:
    """Seconds of the first pass over the song and of micro mode over its first part."""
    spans: Sequence[tuple[float, float]] = [(0.0, options.micro_seconds)]
    with _torch_threads(1):
        whole = activations(samples, checkpoint)
        first_s = _best_s(lambda: activations(samples, checkpoint), options.repeat, progress)
        micro_s = _best_s(
            lambda: refine(samples, checkpoint, whole, spans), options.repeat, progress
        )
    return first_s, micro_s


def _best_s(action: Callable[[], object], repeat: int, progress: Progress) -> float:
    found: list[float] = []
    for _ in range(repeat):
        progress.check_cancelled()
        began = time.perf_counter()
        action()
        found.append(time.perf_counter() - began)
    return min(found)


@contextmanager
def _torch_threads(count: int) -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _peak_mb() -> float | None:
    if sys.platform == "win32":
        return None
    import resource

    unit = 1 if sys.platform == "darwin" else 1024  # bytes there, kilobytes elsewhere
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6
