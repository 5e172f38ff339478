"""Music without drums: a library of tracks kept as one memory-mapped array, and made-up decoys."""

import csv
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import scipy.signal
from numpy.typing import NDArray

from chart_hero_core.audio.io import load_audio
from chart_hero_core.base.drums import FloatArray
from chart_hero_core.base.errors import DatasetError
from chart_hero_core.base.files import atomic_write, write_text
from chart_hero_core.features.logmel import SAMPLE_RATE
from chart_hero_core.synthesis.augment import brighten, resample_by, shape_tone

_SCALE = 32767.0


@dataclass(frozen=True)
class BackingTrack:
    """Where one track lies in the library's array; ``aligned_take`` names the drum take it fits."""

    name: str
    start: int
    length: int
    aligned_take: str


@dataclass(frozen=True)
class BackingLibrary:
    """Drumless tracks, int16 mono at 22.05 kHz."""

    samples: NDArray[np.int16]
    tracks: tuple[BackingTrack, ...]

    def excerpt(self, rng: np.random.Generator, length: int) -> FloatArray:
        """A random stretch of ``length`` samples, replayed at 0.94-1.06 speed, looped if short."""
        lengths = np.array([track.length for track in self.tracks], float)
        track = self.tracks[int(rng.choice(len(self.tracks), p=lengths / lengths.sum()))]
        speed = rng.uniform(0.94, 1.06)
        wanted = int(length * speed) + 2
        start = int(rng.integers(max(track.length - wanted, 1)))
        return resample_by(self._read(track, start, wanted), speed)[:length]

    def aligned(self, take: str, start: int, length: int) -> FloatArray | None:
        """The stretch that was played to the take of that name, or None without one."""
        for track in self.tracks:
            if track.aligned_take == take:
                return self._read(track, start, length)
        return None

    def _read(self, track: BackingTrack, start: int, length: int) -> FloatArray:
        piece = self.samples[track.start : track.start + track.length]
        index = (start + np.arange(length)) % max(track.length, 1)
        return np.asarray(piece[index], np.float32) / np.float32(_SCALE)


def load_backing(folders: list[Path], heldout: bool, cache: Path) -> BackingLibrary:
    """Decode the drumless tracks of the folders' manifests once into ``cache`` and map them.

    Raises:
        DatasetError: a manifest is missing or names no usable track.
    """
    rows = [(folder, row) for folder in folders for row in _rows(folder, heldout)]
    if not rows:
        raise DatasetError("No backing track fits: is the folder of backing music complete?")
    key = hashlib.sha1("\n".join(str(f / r["file"]) for f, r in rows).encode()).hexdigest()[:12]
    array_path, index_path = cache / f"backing-{key}.npy", cache / f"backing-{key}.json"
    if not index_path.exists():
        _decode_all(rows, array_path, index_path)
    tracks = tuple(BackingTrack(**entry) for entry in json.loads(index_path.read_text("utf-8")))
    return BackingLibrary(np.load(array_path, mmap_mode="r"), tracks)


def _rows(folder: Path, heldout: bool) -> list[dict[str, str]]:
    try:
        with (folder / "manifest.csv").open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
    except OSError as error:
        raise DatasetError(f"{folder} has no readable manifest.csv.") from error
    return [
        row
        for row in rows
        if (row["heldout"] == "1") == heldout and not row["file"].startswith("songs_with_drums")
    ]


def _decode_all(
    rows: list[tuple[Path, dict[str, str]]], array_path: Path, index_path: Path
) -> None:
    pieces: list[NDArray[np.int16]] = []
    index: list[dict[str, object]] = []
    place = 0
    for folder, row in rows:
        samples = load_audio(folder / row["file"], SAMPLE_RATE).samples
        piece = np.asarray(np.clip(samples, -1, 1) * _SCALE, np.int16)
        aligned = Path(row.get("aligned_drum_midi") or "").stem
        index.append(
            {"name": row["file"], "start": place, "length": len(piece), "aligned_take": aligned}
        )
        pieces.append(piece)
        place += len(piece)
    with atomic_write(array_path) as file:
        np.save(file, np.concatenate(pieces))
    write_text(index_path, json.dumps(index))


def colour(samples: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Vary the tone of a backing stretch; half of them are made brighter."""
    if rng.random() < 0.5:
        samples = brighten(samples, rng)
    return shape_tone(samples, rng, strength_db=4.0)


def decoys(
    rng: np.random.Generator, length: int, beats_s: NDArray[np.float64] | None = None
) -> FloatArray:
    """Sounds with drum-like attacks that are not the kit: shakers, tambourines, claps, strums,
    picks, sibilants.

    One or two kinds, in time with ``beats_s`` (as percussion is) or on a loose grid of their own
    when None; RMS about 0.03.
    """
    out = np.zeros(length, np.float32)
    for _ in range(int(rng.integers(1, 3))):
        maker = (_shake, _tambourine, _tambourine, _clap, _strum, _pick)[int(rng.integers(6))]
        sounds = [maker(rng) for _ in range(3)]
        level = np.float32(rng.uniform(0.3, 1.0))
        for start in _decoy_places(rng, length, beats_s):
            begin = int(np.clip(start + rng.normal(0, 0.004 * SAMPLE_RATE), 0, length - 1))
            sound = sounds[int(rng.integers(3))] * (level * np.float32(rng.uniform(0.4, 1.0)))
            end = min(begin + len(sound), length)
            out[begin:end] += sound[: end - begin]
    return np.asarray(out * (0.03 / (np.std(out) + 1e-9)), np.float32)


def _decoy_places(
    rng: np.random.Generator, length: int, beats_s: NDArray[np.float64] | None
) -> NDArray[np.float64]:
    """Sample positions: every, every other, or each half or quarter of a beat; some left out."""
    if beats_s is None or len(beats_s) < 3:
        places = np.arange(rng.uniform(0, 0.3), length / SAMPLE_RATE, rng.uniform(0.09, 0.6))
    else:
        parts = int(rng.choice([1, 2, 2, 4]))
        index = np.arange(0, len(beats_s) - 1, 1 / parts)
        places = np.interp(index, np.arange(len(beats_s)), beats_s)
        if rng.random() < 0.4:
            places = places[int(rng.integers(2)) :: 2]
    kept = rng.random(len(places)) < rng.uniform(0.6, 1.0)
    return np.asarray(places[kept] * SAMPLE_RATE)


def _noise_burst(
    rng: np.random.Generator, attack_s: float, decay_s: float, low_hz: float, high_hz: float
) -> FloatArray:
    length = int((attack_s + decay_s * 4) * SAMPLE_RATE)
    time_s = np.arange(length) / SAMPLE_RATE
    envelope = np.minimum(time_s / attack_s, 1) * np.exp(
        -np.maximum(time_s - attack_s, 0) / decay_s
    )
    band = scipy.signal.butter(2, [low_hz, high_hz], "bandpass", fs=SAMPLE_RATE, output="sos")
    noise = scipy.signal.sosfilt(band, rng.normal(0, 1, length))
    return np.asarray(noise * envelope, np.float32)


def _shake(rng: np.random.Generator) -> FloatArray:
    low_hz = rng.uniform(2500, 6000)
    return _noise_burst(rng, rng.uniform(0.008, 0.05), rng.uniform(0.02, 0.08), low_hz, 10500)


def _tambourine(rng: np.random.Generator) -> FloatArray:
    """Jingles: a dozen inharmonic partials over 3.5 kHz, each ringing its own while, and a slap."""
    length = int(0.35 * SAMPLE_RATE)
    time_s = np.arange(length) / SAMPLE_RATE
    partials_hz = rng.uniform(3500, 10500, (12, 1))
    decays_s = rng.uniform(0.02, 0.12, (12, 1))
    phases = rng.uniform(0, 2 * np.pi, (12, 1))
    rattle = 1 + 0.8 * np.sin(2 * np.pi * rng.uniform(25, 60) * time_s)
    rings = np.sin(2 * np.pi * partials_hz * time_s + phases) * np.exp(-time_s / decays_s)
    out = (rings.sum(axis=0) * rattle * np.minimum(time_s / rng.uniform(0.001, 0.012), 1)) / 4
    slap = _noise_burst(rng, 0.001, 0.012, 400, 2500) * rng.uniform(0.0, 0.6)
    out[: len(slap)] += slap[:length]
    return np.asarray(out, np.float32)


def _clap(rng: np.random.Generator) -> FloatArray:
    low_hz = rng.uniform(500, 1500)
    return _noise_burst(rng, 0.002, rng.uniform(0.02, 0.09), low_hz, low_hz * rng.uniform(2, 5))


def _harmonics(
    time_s: NDArray[np.float64], root_hz: float, count: int, damping: float
) -> NDArray[np.float64]:
    """A decaying tone whose upper harmonics are softer and die sooner; ``damping`` per second."""
    order = np.arange(1, count + 1)[:, None]
    waves = np.sin(2 * np.pi * root_hz * order * time_s) / order
    return np.asarray((waves * np.exp(-time_s * order * damping)).sum(axis=0))


def _strum(rng: np.random.Generator) -> FloatArray:
    """A plucked chord: decaying harmonics with a scraped attack, strings 5-20 ms apart."""
    length = int(0.5 * SAMPLE_RATE)
    time_s = np.arange(length) / SAMPLE_RATE
    out = np.zeros(length)
    gap = int(rng.uniform(0.003, 0.02) * SAMPLE_RATE)
    root_hz = rng.uniform(80, 330)
    for string, ratio in enumerate((1, 1.5, 2, 2.5, 3, 4)[: int(rng.integers(3, 7))]):
        tone = _harmonics(time_s, root_hz * ratio, 11, 4.0)
        out[string * gap :] += tone[: length - string * gap]
    scrape = _noise_burst(rng, 0.003, 0.015, 2000, 9000) * rng.uniform(0.2, 2.0)
    out[: len(scrape)] += scrape[:length]
    return np.asarray(out, np.float32)


def _pick(rng: np.random.Generator) -> FloatArray:
    """A picked bass note: low harmonics and a click."""
    length = int(rng.uniform(0.15, 0.4) * SAMPLE_RATE)
    time_s = np.arange(length) / SAMPLE_RATE
    root_hz = rng.uniform(35, 110)
    out = _harmonics(time_s, root_hz, 15, 2.0)
    click = _noise_burst(rng, 0.001, 0.006, 800, 5000) * rng.uniform(0.2, 1.5)
    out[: len(click)] += click[:length]
    return np.asarray(out, np.float32)
