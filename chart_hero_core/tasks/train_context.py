"""Training of the network that rescores hits by the whole song, as a job."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from chart_hero_core.audio.io import load_audio, load_song_audio, song_audio
from chart_hero_core.base.arrays import Float32Array
from chart_hero_core.base.domains import Domain
from chart_hero_core.base.errors import CheckpointError, DatasetError
from chart_hero_core.base.files import refuse_unwritable
from chart_hero_core.base.progress import Progress, SubProgress
from chart_hero_core.evaluation.strokes import read_tsv
from chart_hero_core.features.level import to_reference_level
from chart_hero_core.features.logmel import SAMPLE_RATE
from chart_hero_core.model.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from chart_hero_core.model.context_network import ContextNetwork
from chart_hero_core.tasks.command_line import command_line
from chart_hero_core.tasks.rendered import masked_strokes
from chart_hero_core.training.run.files import alone_in
from chart_hero_core.training.small_networks.context import (
    ContextExample,
    ContextTraining,
    context_example,
)
from chart_hero_core.training.small_networks.context import train_context as train

_STATE = "state.pt"


def train_context(
    checkpoint_path: Path,
    folders: Sequence[Path],
    output: Path,
    work: Path,
    settings: ContextTraining,
    progress: Progress,
    warm_start: bool = False,
) -> Path:
    """Train a second network on the output for rendered songs of the one in ``checkpoint_path``.

    With ``warm_start`` it starts from the context network in ``checkpoint_path``.

    Args:
        folders: as ``synthesise`` writes them, music without drums too; none of it held out.
        output: the same weights, with the second network's; calibrations are left out, as they
            do not fit any more.
        work: folder for cached activations and the state of the training.

    Raises:
        CheckpointError, DatasetError: the weights or the songs cannot be used.
        StorageError: nothing can be written (asked before the work), or another program learns
            in ``work``.
        Cancelled: asked for through ``progress``; the same command resumes.
    """
    for folder in (output.parent, work):
        refuse_unwritable(folder)
    loaded = load_checkpoint(checkpoint_path)
    if warm_start and loaded.context is None:
        raise CheckpointError(f"{checkpoint_path} has no context network to start from.")
    checkpoint = replace(loaded, context=None)
    # Cached activations belong to one network.
    work = work / _mark(checkpoint)
    start = loaded.context if warm_start else None
    with alone_in(work):
        examples = _examples(checkpoint, folders, work, SubProgress(progress, 0.0, 0.3))
        provenance = _provenance(checkpoint, len(examples), folders)

        def keep(network: ContextNetwork) -> None:
            found = replace(checkpoint, context=network, calibrations={}, provenance=provenance)
            save_checkpoint(found, output)

        train(examples, settings, work / _STATE, SubProgress(progress, 0.3, 1.0), keep, start)
    return output


def _provenance(
    checkpoint: Checkpoint, recordings: int, folders: Sequence[Path]
) -> dict[str, object]:
    about = {
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "data": f"{recordings} recordings of {', '.join(f.name for f in folders)}",
        "command": command_line(),
    }
    return {**checkpoint.provenance, "context": about}


def _examples(
    checkpoint: Checkpoint, folders: Sequence[Path], work: Path, progress: Progress
) -> list[ContextExample]:
    songs = [path for folder in folders for path in sorted(folder.glob("*.tsv"))]
    if not songs:
        raise DatasetError("No rendered songs (NAME.tsv beside NAME) in these folders.")
    found: list[ContextExample] = []
    for index, path in enumerate(songs):
        for domain in _domains(path):
            progress.check_cancelled()
            progress.report(index / len(songs), f"Listening to {path.stem} ({domain})")
            kept = work / f"{_place(path)}.{domain}.npz"
            if not kept.is_file():
                example = _example(checkpoint, path, domain)
                if example is None:
                    continue
                example.save(kept)
            found.append(ContextExample.load(kept))
    return found


def _mark(checkpoint: Checkpoint) -> str:
    mark = hashlib.sha256()
    for value in checkpoint.network.state_dict().values():
        mark.update(value.numpy().tobytes())
    return mark.hexdigest()[:12]


def _place(strokes: Path) -> str:
    """A name of its own for a song as it lies there; rendered anew it has another."""
    written = f"{strokes.resolve()}\0{strokes.stat().st_mtime_ns}"
    return f"{strokes.stem}-{hashlib.sha256(written.encode()).hexdigest()[:12]}"


def _domains(strokes: Path) -> tuple[Domain, ...]:
    """Music without drums is a lone file."""
    return ("drums", "mix") if strokes.with_suffix("").is_dir() else ("mix",)


def _example(checkpoint: Checkpoint, strokes: Path, domain: Domain) -> ContextExample | None:
    truth = read_tsv(strokes)
    masked = np.zeros(len(truth.times_s), np.bool_)
    masked[masked_strokes(strokes, domain)] = True
    samples = to_reference_level(_samples(strokes, domain))
    return context_example(samples, checkpoint, truth.times_s, truth.labels.astype(np.intp), masked)


def _samples(strokes: Path, domain: Domain) -> Float32Array:
    folder = strokes.with_suffix("")
    if not folder.is_dir():
        return load_audio(strokes.with_suffix(".ogg"), SAMPLE_RATE).samples
    return load_song_audio(song_audio(folder), domain, SAMPLE_RATE)[0].samples
