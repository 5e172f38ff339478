"""Calibrating a checkpoint on rendered development songs."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from chart_hero_core.audio.io import load_song_audio, song_audio
from chart_hero_core.base.arrays import BoolArray, Float32Array
from chart_hero_core.base.calibration import Calibration, Provenance
from chart_hero_core.base.domains import DOMAINS, Domain
from chart_hero_core.base.drums import DrumClass
from chart_hero_core.base.errors import CheckpointError, DatasetError
from chart_hero_core.base.files import refuse_unwritable_file, user_cache_dir
from chart_hero_core.base.progress import Progress, SubProgress
from chart_hero_core.decode.sections import flag_sections
from chart_hero_core.evaluation.strokes import Strokes, read_tsv
from chart_hero_core.evaluation.timing import OffsetCorrections
from chart_hero_core.features.level import to_reference_level
from chart_hero_core.features.logmel import SAMPLE_RATE
from chart_hero_core.model.checkpoint import (
    Checkpoint,
    compact_weights,
    load_checkpoint,
    save_calibrated,
    save_checkpoint,
)
from chart_hero_core.model.infer import activations, refine
from chart_hero_core.synthesis.articulations import CLASS_OF, Articulation
from chart_hero_core.synthesis.backing import load_backing
from chart_hero_core.synthesis.dense import compose, music_under, perform
from chart_hero_core.synthesis.kits import load_kits
from chart_hero_core.tasks.command_line import command_line
from chart_hero_core.tasks.evaluate import EvaluateOptions, learn_offset_corrections
from chart_hero_core.tasks.rendered import masked_strokes
from chart_hero_core.tasks.transcribe import AnalyseOptions, TranscribeOptions
from chart_hero_core.training.calibration.fit import fit_calibration
from chart_hero_core.training.calibration.matched_hits import CalibrationSong

# Made-up dense songs for the levels of micro mode: with one for five minutes of other songs, rolls
# gain half of their recall and charts keep their F; with six charts lose 2 points
# (docs/experiments.md).
_MINUTES_A_DENSE_SONG = 5.0
_DENSE_SEED = 128_000


def calibrate(
    checkpoint_path: Path,
    dataset: Path,
    output: Path,
    progress: Progress,
    material: Path | None = None,
    compact: bool = False,
    drums: Collection[DrumClass] | None = None,
) -> Checkpoint:
    """Fit both domains on ``dataset`` (as ``synthesise`` writes it) and write the checkpoint.

    Separated drums (``synthesise --separated``) among the songs count as drums, beside the others.

    Args:
        material: training material; rolls, flams and blast beats are rendered from its held-out
            part and added to what micro mode is calibrated on, as charts have too few of them.
        compact: round the weights to 8 bits first and write them so: half the size.
        drums: fit confidences and thresholds of these alone; all else stays, micro mode too.

    Returns:
        the checkpoint that was written.

    Raises:
        CheckpointError, DatasetError: the checkpoint or the songs cannot be used.
        StorageError: the output cannot be written; asked before the work.
        Cancelled: asked for through ``progress``.
    """
    refuse_unwritable_file(output)
    checkpoint = load_checkpoint(checkpoint_path)
    if drums is not None and not set(DOMAINS) <= checkpoint.calibrations.keys():
        raise CheckpointError(f"{checkpoint_path.name} is not calibrated yet; fit all drums first.")
    if compact:
        checkpoint = compact_weights(checkpoint)
    calibrations = _fitted(checkpoint, dataset, material, progress)
    if drums is not None:
        before = checkpoint.calibrations
        calibrations = {k: before[k].with_drums_of(c, drums) for k, c in calibrations.items()}
    calibrated = replace(checkpoint, calibrations=calibrations)
    if drums is not None and not compact:
        save_calibrated(checkpoint_path, calibrations, output)
    else:
        save_checkpoint(calibrated, output, compact=compact)
    progress.report(1.0, "Done")
    return calibrated


def _fitted(
    checkpoint: Checkpoint, dataset: Path, material: Path | None, progress: Progress
) -> dict[Domain, Calibration]:
    """A new calibration for each domain. Arguments and errors as of :func:`calibrate`."""
    folders = _rendered_songs(dataset)
    songs = {domain: _songs_for(domain, folders) for domain in DOMAINS}
    provenance = Provenance(
        date=datetime.now(UTC).strftime("%Y-%m-%d"),
        data=f"{len(folders)} rendered songs ({dataset.name})",
        command=command_line(),
    )
    calibrations: dict[Domain, Calibration] = {}
    for index, domain in enumerate(DOMAINS):
        part = SubProgress(progress, index / len(DOMAINS), (index + 1) / len(DOMAINS))
        analysed, passages = _analyse_all(songs[domain], domain, checkpoint, part)
        if material is not None:
            passages += _dense_passages(material, dense_count(analysed), domain, checkpoint, part)
        calibrations[domain] = fit_calibration(analysed, domain, provenance, passages)
    return calibrations


def _rendered_songs(dataset: Path) -> list[Path]:
    folders = sorted(path.with_suffix("") for path in dataset.glob("*.tsv"))
    folders = [folder for folder in folders if folder.is_dir()]
    if not folders:
        raise DatasetError(f"{dataset} holds no rendered songs (NAME.tsv beside a folder NAME).")
    return folders


def _songs_for(domain: Domain, folders: Sequence[Path]) -> list[Path]:
    """The songs that can be listened to as ``domain``: separated drums have no mix."""
    if domain == "drums":
        return list(folders)
    found = [folder for folder in folders if song_audio(folder).mix != song_audio(folder).drums]
    if not found:
        raise DatasetError("These are drums alone: levels for mixes need whole songs, too.")
    return found


def _analyse_all(
    folders: Sequence[Path], domain: Domain, checkpoint: Checkpoint, progress: Progress
) -> tuple[list[CalibrationSong], list[CalibrationSong]]:
    """The songs as a whole, and the passages of them that are flagged for micro mode."""
    analysed: list[CalibrationSong] = []
    passages: list[CalibrationSong] = []
    for place, folder in enumerate(folders):
        progress.check_cancelled()
        progress.report(place / len(folders), f"Listening to {folder.name} ({domain})")
        clip, _ = load_song_audio(song_audio(folder), domain, SAMPLE_RATE)
        truth = read_tsv(folder.with_suffix(".tsv"))
        masked = np.zeros(len(truth.times_s), bool)
        masked[masked_strokes(folder.with_suffix(".tsv"), domain)] = True
        coarse, fine = _passages(clip.samples, truth, masked, checkpoint)
        analysed.append(coarse)
        passages += fine
    return analysed, passages


def _passages(
    samples: Float32Array, truth: Strokes, masked: BoolArray, checkpoint: Checkpoint
) -> tuple[CalibrationSong, list[CalibrationSong]]:
    """A song at the baseline hop, and its flagged passages at the micro hop."""
    levelled = to_reference_level(samples)
    coarse = activations(levelled, checkpoint)
    spans = [(found.start_s, found.end_s) for found in flag_sections(coarse)]
    drums = truth.labels.astype(np.intp)
    finer: list[CalibrationSong] = []
    for span in refine(levelled, checkpoint, coarse, spans).spans if spans else ():
        inside = (truth.times_s >= span.start_s) & (truth.times_s < span.end_s)
        finer.append(CalibrationSong(span, truth.times_s[inside], drums[inside], masked[inside]))
    return CalibrationSong(coarse, truth.times_s, drums, masked), finer


def _dense_passages(
    material: Path, count: int, domain: Domain, checkpoint: Checkpoint, progress: Progress
) -> list[CalibrationSong]:
    """The flagged passages of made-up dense songs, at the micro hop."""
    passages: list[CalibrationSong] = []
    for song in _dense_songs(material, count):
        progress.check_cancelled()
        unmasked = np.zeros(len(song.truth.times_s), bool)
        passages += _passages(song.samples(domain), song.truth, unmasked, checkpoint)[1]
    return passages


@dataclass(frozen=True, eq=False)
class _DenseSong:
    """A made-up song: its drums, music to put under them, what is struck."""

    drums: Float32Array
    music: Float32Array
    truth: Strokes

    def samples(self, domain: Domain) -> Float32Array:
        return self.drums if domain == "drums" else self.drums + self.music


def dense_count(analysed: Sequence[CalibrationSong]) -> int:
    """How many dense songs belong beside these, so that neither outweighs the other."""
    minutes = sum(song.activations.end_s for song in analysed) / 60
    return max(round(minutes / _MINUTES_A_DENSE_SONG), 1)


def _dense_songs(material: Path, count: int) -> Iterator[_DenseSong]:
    """Songs of held-out kits and of the half of held-out music that is for development."""
    kits = load_kits(material / "kits", heldout=True)
    half = load_backing(material, True, user_cache_dir()).half("dev")
    for index in range(count):
        rng = np.random.default_rng([_DENSE_SEED, index])
        drums, played = perform(compose(rng)[0], kits, rng)
        labels = [int(CLASS_OF[Articulation(int(a))]) for a in played.articulations]
        truth = Strokes.of(played.times_s, np.array(labels))
        yield _DenseSong(drums, music_under(drums, half, rng), truth)


def learn_offsets(
    checkpoint_path: Path,
    dataset: Path,
    domain: Domain,
    output: Path | None,
    progress: Progress,
) -> OffsetCorrections:
    """Learn what still has to be added to the checkpoint's times, class by class.

    With ``output`` the corrections are added to the calibration of ``domain`` in a copy of the
    checkpoint, where every decode applies them.

    Raises:
        CheckpointError: the checkpoint cannot be read, or has no calibration to correct.
        EvaluationError: the songs cannot be scored, or too few strokes match.
        StorageError: the output cannot be written; asked before the work.
    """
    if output is not None:
        refuse_unwritable_file(output)
    transcribe = TranscribeOptions(AnalyseOptions(domain, checkpoint=checkpoint_path))
    options = EvaluateOptions(suffix=domain, transcribe=transcribe)
    learned = learn_offset_corrections(dataset, checkpoint_path, options, progress)
    if output is not None:
        checkpoint = load_checkpoint(checkpoint_path)
        if domain not in checkpoint.calibrations:
            raise CheckpointError(f"{checkpoint_path.name} is not calibrated yet; do that first.")
        corrected = learned.in_calibration(checkpoint.calibrations[domain], command_line())
        calibrations = {**checkpoint.calibrations, domain: corrected}
        save_calibrated(checkpoint_path, calibrations, output)
    return learned
