"""Writing music without drums to disk as songs to score: everything heard in them is false."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile as sf

from chart_hero_core.base.drums import FloatArray
from chart_hero_core.base.errors import StorageError
from chart_hero_core.base.files import atomic_write, patient, user_cache_dir, write_text
from chart_hero_core.base.progress import Progress
from chart_hero_core.features.logmel import SAMPLE_RATE
from chart_hero_core.synthesis.backing import BackingLibrary, load_backing

_FULL_SCALE = 32768.0
_BLOCK = 65536


@dataclass(frozen=True, slots=True)
class DrumlessOptions:
    """Which tracks. ``part`` halves the held-out ones: dev (even), test (odd), or all of them.

    ``longest_s`` keeps a few long tracks from outweighing the rest.
    """

    heldout: bool = True
    part: str = "all"
    longest_s: float = 120.0


def write_drumless(
    material: Path, folder: Path, options: DrumlessOptions, progress: Progress
) -> list[Path]:
    """Write each backing track as ``NAME.ogg`` with an empty ``NAME.tsv`` beside it.

    ``chart-hero evaluate`` on the folder then counts false strokes per minute and class.

    Raises:
        DatasetError: the material is incomplete.
        StorageError: the folder cannot be written.
    """
    folders = [f for f in (material / "backing", material / "backing_more") if f.is_dir()]
    library = load_backing(folders, options.heldout, user_cache_dir())
    tracks = library.tracks
    if options.part in ("dev", "test"):
        tracks = tracks[(0 if options.part == "dev" else 1) :: 2]
    written: list[Path] = []
    for index, track in enumerate(tracks):
        progress.check_cancelled()
        progress.report(index / len(tracks), f"Writing {track.name}")
        name = track.name.removesuffix(".ogg").replace("/", "_")
        length = min(track.length, round(options.longest_s * SAMPLE_RATE))
        audio = folder / f"{name}.ogg"
        _write(_read(library, track.start, length), audio)
        write_text(folder / f"{name}.tsv", "")
        written.append(audio)
    progress.report(1.0, "Done")
    return written


def _read(library: BackingLibrary, start: int, length: int) -> FloatArray:
    piece = np.asarray(library.samples[start : start + length], np.float32)
    return piece / np.float32(_FULL_SCALE)


def _write(samples: FloatArray, path: Path) -> None:
    with atomic_write(path) as file, patient(file) as sink:
        try:
            with sf.SoundFile(sink, "w", SAMPLE_RATE, 1, format="OGG", subtype="VORBIS") as out:
                for start in range(0, len(samples), _BLOCK):
                    out.write(samples[start : start + _BLOCK])
        except sf.SoundFileError as error:
            raise StorageError(f"Could not write {path}.") from error
