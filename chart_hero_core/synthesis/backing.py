"""Music without drums: a library of tracks kept as one memory-mapped array."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from chart_hero_core.audio.io import load_audio
from chart_hero_core.base.arrays import Float32Array
from chart_hero_core.base.errors import DatasetError
from chart_hero_core.base.files import atomic_write, write_text
from chart_hero_core.base.npz import BROKEN_NPZ
from chart_hero_core.features.logmel import SAMPLE_RATE
from chart_hero_core.synthesis.augment import brighten, resample_by, shape_tone
from chart_hero_core.synthesis.performances import HALVES, manifest_rows

FOLDERS = ("backing", "backing_more")  # of the training material, each with a manifest
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

    def excerpt(self, rng: np.random.Generator, length: int) -> Float32Array:
        """A random stretch of ``length`` samples, replayed at 0.94-1.06 speed, looped if short."""
        lengths = np.array([track.length for track in self.tracks], float)
        track = self.tracks[int(rng.choice(len(self.tracks), p=lengths / lengths.sum()))]
        speed = rng.uniform(0.94, 1.06)
        wanted = int(length * speed) + 2
        start = int(rng.integers(max(track.length - wanted, 1)))
        return resample_by(self._read(track, start, wanted), speed)[:length]

    def half(self, part: str) -> "BackingLibrary":
        """The half of held-out tracks that is called ``part`` in :data:`HALVES`."""
        return BackingLibrary(self.samples, self.tracks[HALVES[part]])

    def aligned(self, take: str, start: int, length: int) -> Float32Array | None:
        """The stretch that was played to the take of that name, or None without one.

        ``start`` and ``length`` are in samples; the track begins anew at its end.
        """
        for track in self.tracks:
            if track.aligned_take == take:
                return self._read(track, start, length)
        return None

    def _read(self, track: BackingTrack, start: int, length: int) -> Float32Array:
        piece = self.samples[track.start : track.start + track.length]
        index = (start + np.arange(length)) % max(track.length, 1)
        return np.asarray(piece[index], np.float32) / np.float32(_SCALE)


def load_backing(material: Path, heldout: bool, cache: Path) -> BackingLibrary:
    """Decode the drumless tracks below ``material`` once into ``cache`` and map them.

    Raises:
        DatasetError: a manifest is missing or names no usable track.
    """
    folders = [material / name for name in FOLDERS if (material / name).is_dir()]
    rows = [(folder, row) for folder in folders for row in _rows(folder, heldout)]
    if not rows:
        raise DatasetError("No backing track fits: is the folder of backing music complete?")
    files = [folder / row["file"] for folder, row in rows]
    # With their sizes: of files that were replaced, the old sound must not be played.
    named = "\n".join(f"{file} {_size(file)}" for file in files)
    key = hashlib.sha1(named.encode("utf-8", "surrogateescape")).hexdigest()[:12]
    array_path, index_path = cache / f"backing-{key}.npy", cache / f"backing-{key}.json"
    try:
        return _mapped(array_path, index_path)
    except BROKEN_NPZ:  # nothing there yet, or damaged
        _decode_all(rows, array_path, index_path)
        return _mapped(array_path, index_path)


def _mapped(array_path: Path, index_path: Path) -> BackingLibrary:
    tracks = tuple(BackingTrack(**entry) for entry in json.loads(index_path.read_text("utf-8")))
    samples = np.load(array_path, mmap_mode="r")
    if max((track.start + track.length for track in tracks), default=0) > len(samples):
        raise ValueError("cut short")
    return BackingLibrary(samples, tracks)


def _rows(folder: Path, heldout: bool) -> list[dict[str, str]]:
    return [
        row
        for row in manifest_rows(folder, heldout)
        if not row["file"].startswith("songs_with_drums")
    ]


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError as error:
        raise DatasetError(f"{file} of the manifest cannot be read.") from error


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


def colour(
    samples: Float32Array, rng: np.random.Generator, brightened: float = 0.5
) -> Float32Array:
    """Vary the tone of a backing stretch ``[N]``; a share ``brightened`` is made brighter."""
    if rng.random() < brightened:
        samples = brighten(samples, rng)
    return shape_tone(samples, rng, strength_db=4.0)
