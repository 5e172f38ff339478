"""Calibrating a checkpoint on rendered development songs."""

import json
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import numpy as np

from chart_hero_core.audio.io import load_song_audio, song_audio
from chart_hero_core.base.calibration import DOMAINS, Provenance
from chart_hero_core.base.errors import CheckpointError, DatasetError
from chart_hero_core.base.files import write_text
from chart_hero_core.base.progress import Progress
from chart_hero_core.evaluation.strokes import read_tsv
from chart_hero_core.evaluation.timing import OffsetCorrections
from chart_hero_core.features.level import to_reference_level
from chart_hero_core.features.logmel import SAMPLE_RATE
from chart_hero_core.model.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from chart_hero_core.model.infer import activations, refine
from chart_hero_core.tasks.evaluate import EvaluateOptions, learn_offset_corrections
from chart_hero_core.tasks.synthesise import MASKED_SUFFIX
from chart_hero_core.tasks.transcribe import AnalyseOptions, TranscribeOptions
from chart_hero_core.training.calibrate import Heard, fit_calibration


def calibrate(checkpoint_path: Path, dataset: Path, output: Path, progress: Progress) -> Checkpoint:
    """Fit both domains on ``dataset`` (as ``synthesise`` writes it) and write the checkpoint.

    Raises:
        CheckpointError, DatasetError: the checkpoint or the songs cannot be used.
        StorageError: the output cannot be written.
    """
    checkpoint = load_checkpoint(checkpoint_path)
    folders = sorted(path.with_suffix("") for path in dataset.glob("*.tsv"))
    folders = [folder for folder in folders if folder.is_dir()]
    if not folders:
        raise DatasetError(f"{dataset} holds no rendered songs (NAME.tsv beside a folder NAME).")
    provenance = Provenance(
        date=datetime.now(UTC).strftime("%Y-%m-%d"),
        data=f"{len(folders)} rendered songs ({dataset.name})",
        command=_command(),
    )
    calibrations = {}
    for index, domain in enumerate(DOMAINS):
        heard, finely = [], []
        for place, folder in enumerate(folders):
            progress.check_cancelled()
            done = (index + place / len(folders)) / len(DOMAINS)
            progress.report(done, f"Listening to {folder.name} ({domain})")
            coarse, fine = _hear(folder, domain, checkpoint)
            heard.append(coarse)
            finely.append(fine)
        calibrations[domain] = fit_calibration(heard, domain, provenance, finely)
    calibrated = replace(checkpoint, calibrations=calibrations)
    save_checkpoint(calibrated, output)
    progress.report(1.0, "Done")
    return calibrated


def _hear(folder: Path, domain: str, checkpoint: Checkpoint) -> tuple[Heard, Heard]:
    """One song at the baseline hop and, from end to end, at the micro hop."""
    clip, _ = load_song_audio(
        song_audio(folder), "drums" if domain == "drums" else "mix", SAMPLE_RATE
    )
    truth = read_tsv(folder.with_suffix(".tsv"))
    samples = to_reference_level(clip.samples)
    coarse = activations(samples, checkpoint)
    (fine,) = refine(samples, checkpoint, coarse, [(0.0, coarse.end_s)]).spans
    masked = np.zeros(len(truth.times_s), bool)
    masked[_masked_rows(folder, domain)] = True
    strokes = truth.times_s, truth.labels.astype(np.intp), masked
    return Heard(coarse, *strokes), Heard(fine, *strokes)


def _masked_rows(folder: Path, domain: str) -> list[int]:
    """Rows of the song's strokes that nobody can hear; none where that was not written down."""
    path = folder.parent / f"{folder.name}{MASKED_SUFFIX}"
    if not path.exists():
        return []
    try:
        return [int(row) for row in json.loads(path.read_text("utf-8"))[domain]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DatasetError(f"{path} is damaged; render the songs again.") from error


def learn_offsets(
    checkpoint_path: Path,
    dataset: Path,
    domain: Literal["drums", "mix"],
    output: Path | None,
    progress: Progress,
) -> OffsetCorrections:
    """Learn what still has to be added to the checkpoint's times, class by class.

    With ``output`` the corrections are added to the calibration of ``domain`` in a copy of the
    checkpoint, where every decode applies them.

    Raises:
        CheckpointError: the checkpoint cannot be read, or has no calibration to correct.
        EvaluationError: the songs cannot be scored, or too few strokes match.
    """
    transcribe = TranscribeOptions(AnalyseOptions(domain, checkpoint=checkpoint_path))
    options = EvaluateOptions(suffix=domain, transcribe=transcribe)
    learned = learn_offset_corrections(dataset, checkpoint_path, options, progress)
    if output is not None:
        checkpoint = load_checkpoint(checkpoint_path)
        if domain not in checkpoint.calibrations:
            raise CheckpointError(f"{checkpoint_path.name} is not calibrated yet; do that first.")
        corrected = learned.in_calibration(checkpoint.calibrations[domain], _command())
        calibrations = {**checkpoint.calibrations, domain: corrected}
        save_checkpoint(replace(checkpoint, calibrations=calibrations), output)
    return learned


def _command() -> str:
    """This command line without the folders of this machine."""
    return " ".join(["chart-hero", *(Path(a).name for a in sys.argv[1:])])


def export_thresholds(checkpoint: Checkpoint, path: Path) -> None:
    """Write the calibrations as ``class_thresholds.json``."""
    data = {domain: c.to_dict() for domain, c in checkpoint.calibrations.items()}
    write_text(path, json.dumps(data, indent=1) + "\n")
