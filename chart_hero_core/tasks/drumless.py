"""Writing music without drums as songs to score: every hit found in them is a false one."""

from pathlib import Path

import numpy as np

from chart_hero_core.base.arrays import Float32Array
from chart_hero_core.base.files import replaced_together, user_cache_dir, write_text
from chart_hero_core.base.progress import Progress
from chart_hero_core.features.logmel import SAMPLE_RATE
from chart_hero_core.synthesis.backing import BackingLibrary, load_backing
from chart_hero_core.tasks.rendered import write_sound

_FULL_SCALE = 32768.0
# Keeps a few long tracks from outweighing the rest.
_LONGEST_S = 120.0


def write_drumless(
    material: Path,
    folder: Path,
    heldout: bool,
    progress: Progress,
    longest_s: float = _LONGEST_S,
) -> list[Path]:
    """Write each backing track (that is held out, or not) as ``NAME.ogg``, up to ``longest_s``.

    An empty ``NAME.tsv`` lies beside each: ``chart-hero evaluate`` on the folder then counts false
    strokes per minute and class.

    Raises:
        DatasetError: the material is incomplete.
        StorageError: the folder cannot be written.
    """
    library = load_backing(material, heldout, user_cache_dir())
    written: list[Path] = []
    for index, track in enumerate(library.tracks):
        progress.check_cancelled()
        progress.report(index / len(library.tracks), f"Writing {track.name}")
        name = track.name.removesuffix(".ogg").replace("/", "_")
        length = min(track.length, round(longest_s * SAMPLE_RATE))
        audio = folder / f"{name}.ogg"
        with replaced_together():
            write_sound(_read(library, track.start, length), audio)
            write_text(folder / f"{name}.tsv", "")
        written.append(audio)
    progress.report(1.0, "Done")
    return written


def _read(library: BackingLibrary, start: int, length: int) -> Float32Array:
    piece = np.asarray(library.samples[start : start + length], np.float32)
    return piece / np.float32(_FULL_SCALE)
