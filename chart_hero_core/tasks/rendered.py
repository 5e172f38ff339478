"""The files of rendered songs: their audio, and which of their strokes are inaudible."""

import json
from pathlib import Path

import soundfile as sf

from chart_hero_core.base.arrays import Float32Array
from chart_hero_core.base.domains import Domain
from chart_hero_core.base.errors import DatasetError, StorageError
from chart_hero_core.base.files import atomic_write, patient
from chart_hero_core.features.logmel import SAMPLE_RATE

MASKED_SUFFIX = ".masked.json"
_BLOCK = 65536


def write_sound(samples: Float32Array, path: Path) -> None:
    """Write mono sound at 22.05 kHz as Ogg Vorbis. Raises :class:`StorageError`."""
    with atomic_write(path) as file, patient(file) as sink:
        try:
            with sf.SoundFile(sink, "w", SAMPLE_RATE, 1, format="OGG", subtype="VORBIS") as out:
                for start in range(0, len(samples), _BLOCK):
                    out.write(samples[start : start + _BLOCK])
        except sf.SoundFileError as error:
            raise StorageError(f"Could not write {path}.") from error


def masked_strokes(strokes: Path, domain: Domain) -> list[int]:
    """Rows of ``NAME.tsv`` that are inaudible; none where that was not recorded.

    Raises:
        DatasetError: the file that says so is damaged.
    """
    path = strokes.with_name(f"{strokes.stem}{MASKED_SUFFIX}")
    if not path.exists():
        return []
    try:
        return [int(row) for row in json.loads(path.read_text("utf-8"))[domain]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DatasetError(f"{path} is damaged; render the songs again.") from error
