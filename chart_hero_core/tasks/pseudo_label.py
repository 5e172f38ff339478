"""Pseudo-labelling as a job: confident hits of models become labels of songs without charts.

Each processed song has two files in the output folder: ``MARK_NAME.npz`` with the labels
(``training/clips/pseudo_labels.py``), unless they are too few; and ``MARK_NAME.json``, a record of
the sound, the teachers and the number of confident hits. From these the same command resumes where
it was stopped.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from chart_hero_core.audio.io import load_audio
from chart_hero_core.audio.readers import SOUNDFILE_SUFFIXES
from chart_hero_core.base.errors import AudioError, CheckpointError, DatasetError, StorageError
from chart_hero_core.base.files import shipped_checkpoint, write_text
from chart_hero_core.base.locks import exclusive
from chart_hero_core.base.progress import Progress
from chart_hero_core.dataset.sources import folders_below, real_path
from chart_hero_core.features.level import to_reference_level
from chart_hero_core.features.logmel import SAMPLE_RATE
from chart_hero_core.formats.song_ini import safe_file_name
from chart_hero_core.model.checkpoint import Checkpoint, load_checkpoint
from chart_hero_core.synthesis.performances import manifest_rows
from chart_hero_core.training.clips.pseudo_labels import label_song, save_pseudo_labels

_LOCK_FILE = "listening.lock"
# Raised when the same teachers would give other labels, so that earlier ones are replaced.
_METHOD_VERSION = 1
_STORED_CONFIDENT = "sure_per_minute"  # the confident hits in a record


@dataclass(frozen=True, slots=True)
class PseudoLabels:
    """The files to train on, and songs that could not be read."""

    written: tuple[Path, ...]
    unreadable: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class _Record:
    """A processed song, as stored beside its labels.

    Attributes:
        made_of: identifies the sound, the teachers and the method.
        confident_per_minute: confident hits.
        size: of the labels in bytes; None where they were too few to be kept.
    """

    made_of: str
    confident_per_minute: float
    size: int | None


def pseudo_label(
    folder: Path,
    output: Path,
    teachers: Sequence[Path | None],
    progress: Progress,
    least_per_minute: float = 0.0,
) -> PseudoLabels:
    """Label every sound file below ``folder``; those labelled before are skipped.

    Links to folders are followed. What a ``manifest.csv`` there or one folder up marks as held out
    is left out. Labels of other teachers, or of a sound that has changed since, are replaced.

    Args:
        teachers: checkpoints whose outputs are averaged; None is the one that ships.
        least_per_minute: songs with fewer confident hits a minute are left out.

    Raises:
        CheckpointError: a teacher cannot be used.
        DatasetError: no sound file that can be read and has that many strokes.
        StorageError: the output cannot be written, or another program writes it.
        Cancelled: asked for through ``progress``; the same call resumes.
    """
    models = _Teachers(teachers)
    paths = _songs_below(folder)
    if not paths:
        raise DatasetError(f"{folder} holds no sound files.")
    written: list[Path] = []
    unreadable: list[Path] = []
    with exclusive(output / _LOCK_FILE) as alone:
        if not alone:
            raise StorageError(f"Another program writes to {output}; wait until it has ended.")
        for index, path in enumerate(paths):
            progress.check_cancelled()
            progress.report(index / len(paths), f"Listening to {path.stem}")
            target = output / _labels_name(path, folder)
            try:
                enough = _label(path, target, models, least_per_minute)
            except AudioError:
                unreadable.append(path)
                continue
            if enough:
                written.append(target)
    if not written:
        wanted = f" with {least_per_minute:g} confident hits a minute" if least_per_minute else ""
        raise DatasetError(f"{folder} holds no sound file that can be read{wanted}.")
    return PseudoLabels(tuple(written), tuple(unreadable))


class _Teachers:
    """The teachers, and a hash that identifies them."""

    def __init__(self, teachers: Sequence[Path | None]) -> None:
        paths = [path or shipped_checkpoint() for path in teachers]
        self.checkpoints: list[Checkpoint] = [load_checkpoint(path) for path in paths]
        self.digest = hashlib.sha256(b"".join(_digest(path) for path in paths)).hexdigest()


def _digest(path: Path) -> bytes:
    try:
        return hashlib.sha256(path.read_bytes()).digest()
    except OSError as error:
        raise CheckpointError(f"Could not read {path}: {error.strerror or error}.") from error


def _label(path: Path, target: Path, models: _Teachers, least_per_minute: float) -> bool:
    """Have ``target`` hold the labels of a song, or nothing where they are too few.

    Returns:
        whether there are enough of them.

    Raises:
        AudioError: the song cannot be read.
        StorageError: nothing can be written.
    """
    made_of = f"{_METHOD_VERSION} {_state_of(path)} {models.digest}"
    known = _read_record(target)
    if known is not None and known.made_of == made_of:
        if known.confident_per_minute < least_per_minute:
            _remove(target)
            return False
        if known.size is not None and known.size == _size(target):
            return True
    samples = to_reference_level(load_audio(path, SAMPLE_RATE).samples)
    song = label_song(samples, models.checkpoints)
    confident_per_minute = float(song.confident.sum()) / max(len(samples) / SAMPLE_RATE / 60, 1e-9)
    enough = confident_per_minute >= least_per_minute
    if enough:
        save_pseudo_labels(song, target)
    else:
        _remove(target)
    record = _Record(made_of, confident_per_minute, _size(target))
    write_text(_record_path(target), json.dumps(_as_stored(record)) + "\n")
    return enough


def _songs_below(folder: Path) -> list[Path]:
    heldout = _held_out(folder)
    return sorted(
        path
        for below, names in folders_below(folder, set(), [])
        for path in (below / name for name in names)
        if path.suffix.lower() in SOUNDFILE_SUFFIXES and real_path(path) not in heldout
    )


def _held_out(folder: Path) -> set[Path]:
    found: set[Path] = set()
    for place in (folder, folder.parent):
        if (place / "manifest.csv").is_file():
            found |= {real_path(place / row["file"]) for row in manifest_rows(place, heldout=True)}
    return found


def _labels_name(path: Path, folder: Path) -> str:
    """The name of the labels: the same for a song in every run, and another for every song."""
    place = path.relative_to(folder).as_posix().encode("utf-8", "surrogateescape")
    mark = hashlib.sha256(place).hexdigest()[:8]
    return f"{mark}_{safe_file_name(path.stem)}.npz"


def _record_path(target: Path) -> Path:
    return target.with_suffix(".json")


def _as_stored(record: _Record) -> dict[str, object]:
    values: dict[str, object] = asdict(record)
    values[_STORED_CONFIDENT] = values.pop("confident_per_minute")
    return values


def _read_record(target: Path) -> _Record | None:
    try:
        stored = json.loads(_record_path(target).read_bytes())
        size = stored["size"]
        return _Record(
            str(stored["made_of"]),
            float(stored[_STORED_CONFIDENT]),
            None if size is None else int(size),
        )
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None  # none yet, or an unusable one: the song is processed again


def _state_of(path: Path) -> str:
    """Size and date of a file, which tell whether it was changed. Raises :class:`AudioError`."""
    try:
        state = path.stat()
    except OSError as error:
        raise AudioError(f"Could not read {path}: {error.strerror or error}.") from error
    return f"{state.st_size}:{state.st_mtime_ns}"


def _size(target: Path) -> int | None:
    try:
        return target.stat().st_size
    except OSError:
        return None


def _remove(target: Path) -> None:
    """Remove the labels that an earlier run, which asked for fewer hits, kept."""
    try:
        target.unlink(missing_ok=True)
    except OSError as error:
        raise StorageError(f"Could not remove {target}: {error.strerror or error}.") from error
