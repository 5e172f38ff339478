"""Fine-tuning as a job: a dataset of the person's songs to a model, and proof that it is better.

The run folder holds everything a window needs to show the run and to steer it:

- ``log.jsonl``: one line per few steps: ``step``, ``of``, ``stage``, ``seconds``, ``seconds_left``,
  and ``loss`` or ``validation_f``.
- ``state``: to resume from; running the same job again does.
- ``doing.json``: the current stage, and the share of all that is done.
- ``stop``: a file that anybody may create; the run saves its state and ends with ``Cancelled``.
- ``model.safetensors``, ``result.json``: the new model and the verdict, once it is done. The same
  job again only returns them, as long as nothing they depend on has changed.
"""

import json
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chart_hero_core.audio.io import load_song_audio, song_audio
from chart_hero_core.base.calibration import Provenance
from chart_hero_core.base.domains import DOMAINS
from chart_hero_core.base.errors import DatasetError
from chart_hero_core.base.files import resource_path, user_cache_dir, write_text
from chart_hero_core.base.locks import in_use
from chart_hero_core.base.progress import Progress, SubProgress
from chart_hero_core.dataset.index import Dataset, Entry, open_dataset, readers_dir
from chart_hero_core.dataset.split import work_of
from chart_hero_core.features.level import to_reference_level
from chart_hero_core.features.logmel import SAMPLE_RATE
from chart_hero_core.formats.song_folder import load_song
from chart_hero_core.tasks.adapt import corrected_strokes
from chart_hero_core.tasks.models import LoadedModel, load_chosen
from chart_hero_core.training.run.files import (
    MODEL_FILE,
    RESULT_FILE,
    ProgressFile,
    StoppedByFile,
    alone_in,
    refuse_busy,
)

if TYPE_CHECKING:
    from chart_hero_core.model.checkpoint import Checkpoint
    from chart_hero_core.synthesis.clips import ClipStream
    from chart_hero_core.training.own_songs.fine_tune_settings import FineTuneSettings
    from chart_hero_core.training.own_songs.gate import Verdict
    from chart_hero_core.training.own_songs.held_out import HeldOutSong
    from chart_hero_core.training.own_songs.training_clips import ClipSampler

FEWEST_SONGS = 3
_VALIDATION_SONGS, _VALIDATION_S = 8, 45.0
_CALIBRATION_SONGS, _CALIBRATION_S = 16, 120.0
_GATE_SONGS = 24


@dataclass(frozen=True, slots=True)
class FineTuneOptions:
    """The initial model, the material against forgetting, the settings.

    Attributes:
        checkpoint: the model to start from; None for the one the user chose.
        material: a folder of kits, grooves, charts and backing to render clips from against
            forgetting; without it, only the old model's outputs counter forgetting.
        settings: of the training; None for the defaults.
    """

    checkpoint: Path | None = None
    material: Path | None = None
    settings: "FineTuneSettings | None" = None


@dataclass(frozen=True, eq=False)
class FineTuneResult:
    """The outcome of a fine-tuning.

    Attributes:
        offered: whether the new model is better and may be kept.
        sentence: why or why not, with the figures.
        weights: the new model, calibrated, whatever the verdict; ``tasks.models.add_model`` keeps
            it.
        verdict: the figures.
        seconds: how long training and the verdict took in this call.
    """

    run_folder: Path
    offered: bool
    sentence: str
    weights: Path
    verdict: "Verdict"
    seconds: float


@dataclass(frozen=True)
class _Songs:
    """Which entries of a dataset do what; ``honest`` if nothing before the gate used its songs."""

    train: tuple[Entry, ...]
    validation: tuple[Entry, ...]
    test: tuple[Entry, ...]
    honest: bool = field(default=True)


def fine_tune(
    dataset: Path, run_folder: Path, options: FineTuneOptions, progress: Progress
) -> FineTuneResult:
    """Fine-tune on the songs of ``dataset``, or resume the run in ``run_folder``.

    Raises:
        DatasetError: the dataset or the material cannot be used, or holds too few songs.
        CheckpointError: the model to start from, or the state of the run, cannot be used.
        StorageError: the run folder cannot be written, or another program is working in it.
        Cancelled: asked for through ``progress`` or the file ``stop``; the state is saved.
    """
    from chart_hero_core.training.own_songs.finished import mark_of, verdict_before

    began = time.monotonic()
    progress.report(0.0, "Loading the model")
    refuse_busy(run_folder)
    model = load_chosen(options.checkpoint)
    data = open_dataset(dataset)
    songs = _split(data)
    # A scan meanwhile leaves what is still to be read.
    with alone_in(run_folder), in_use(readers_dir(dataset)):
        mark = mark_of(model.path, data.select(), options.settings)
        verdict = verdict_before(run_folder, mark)
        if verdict is None:
            reported = ProgressFile(progress, run_folder)
            verdict, about = _trained_and_judged(data, songs, model, run_folder, options, reported)
            _write_result(run_folder, about, mark, time.monotonic() - began)
    progress.report(1.0, "Done")
    weights, seconds = run_folder / MODEL_FILE, time.monotonic() - began
    return FineTuneResult(run_folder, verdict.offered, verdict.sentence, weights, verdict, seconds)


def _trained_and_judged(
    data: Dataset,
    songs: _Songs,
    model: LoadedModel,
    run_folder: Path,
    options: FineTuneOptions,
    progress: Progress,
) -> "tuple[Verdict, dict[str, Any]]":
    """The verdict on a new model, which is written, and where that comes from."""
    from chart_hero_core.model.checkpoint import save_checkpoint

    today = datetime.now(UTC).strftime("%Y-%m-%d")
    trained = _trained(data, songs, model, run_folder, options, progress)
    progress = StoppedByFile(progress, run_folder)  # learning itself cleared an old one
    progress.report(0.8, "Setting thresholds")
    fit = Provenance(today, _recordings(songs.validation, data.folder))
    trained = _recalibrated(data, songs, trained, fit, progress)
    progress.check_cancelled()
    verdict = _judged(data, songs, model.checkpoint, trained, progress)
    provenance = _provenance(model, verdict, today, _recordings(songs.train, data.folder))
    save_checkpoint(replace(trained, provenance=provenance), run_folder / MODEL_FILE)
    return verdict, provenance


def _provenance(model: LoadedModel, verdict: "Verdict", date: str, data: str) -> dict[str, Any]:
    """Where the new model comes from, for its header."""
    return {
        "date": date,
        "started_from": model.name,
        "note": verdict.sentence,
        "data": data,
        "verdict": _plain(verdict.to_dict()),
        "base": dict(model.checkpoint.provenance),
    }


def _recordings(entries: Sequence[Entry], dataset: Path) -> str:
    return f"{len(entries)} recordings of {dataset.name}"


def _recalibrated(
    data: Dataset,
    songs: _Songs,
    trained: "Checkpoint",
    provenance: Provenance,
    progress: Progress,
) -> "Checkpoint":
    """``trained`` with thresholds fitted to the songs for validation."""
    from chart_hero_core.training.own_songs.held_out import HeldOutSong
    from chart_hero_core.training.own_songs.recalibrate import recalibrated

    # One whole song in memory at a time.
    entries = songs.validation[:_CALIBRATION_SONGS]
    parts = [HeldOutSong.of(data.read(entry)).excerpt(_CALIBRATION_S) for entry in entries]
    return recalibrated(trained, parts, provenance, progress)


def _judged(
    data: Dataset, songs: _Songs, old: "Checkpoint", new: "Checkpoint", progress: Progress
) -> "Verdict":
    """The gate: both models on the songs kept for it, and on the general check set."""
    from chart_hero_core.training.own_songs.gate import compare_scores, judge, score_models
    from chart_hero_core.training.own_songs.held_out import HeldOutSong

    entries = songs.test[:_GATE_SONGS]
    own = (
        HeldOutSong.of(data.read(entry)) for entry in entries
    )  # one whole song in memory at a time
    own_part, general_part = SubProgress(progress, 0.82, 0.91), SubProgress(progress, 0.91, 1.0)
    own_scores = score_models((old, new), own, len(entries), own_part)
    others = check_songs()
    general_scores = score_models((old, new), others, len(others), general_part)
    verdict = judge(compare_scores(*own_scores), compare_scores(*general_scores))
    if songs.honest:
        return verdict
    sentence = f"{verdict.sentence} (There were too few songs to keep some for this alone.)"
    return replace(verdict, sentence=sentence)


def check_songs() -> "list[HeldOutSong]":
    """The general check set, each song as drums alone and as a mix, and the demo song.

    Raises:
        StorageError: the program is incomplete.
    """
    from chart_hero_core.training.own_songs.held_out import HeldOutSong

    folders = [p for p in sorted(resource_path("check").iterdir()) if p.is_dir()]
    found: list[HeldOutSong] = []
    for folder in [*folders, resource_path("demo")]:
        song = load_song(folder).song
        for domain in DOMAINS:
            clip, _ = load_song_audio(song_audio(folder), domain, SAMPLE_RATE)
            known = corrected_strokes(song, ((0.0, clip.duration_s),))
            samples = to_reference_level(clip.samples)
            found.append(HeldOutSong(folder.name, domain, samples, known, song.tempo_map))
    return found


def _split(data: Dataset) -> _Songs:
    """The dataset's own splits; with few songs, some of the training songs are held out.

    Songs without a reviewed passage but with rejected suggestions are only trained on.
    """
    train, validation, test = (data.select(split) for split in ("train", "validation", "test"))
    validation, test = _reviewed(validation), _reviewed(test)
    measured = _reviewed((*train, *validation, *test))
    ids = list(dict.fromkeys(entry.song_id for entry in measured))
    if len(ids) < FEWEST_SONGS:
        raise DatasetError(
            f"{data.folder} holds {len(ids)} reviewed song{'s' if len(ids) != 1 else ''}; learning "
            f"with proof needs {FEWEST_SONGS} or more. Add songs to it."
        )
    if not train or not (validation or test):
        entries = (*train, *validation, *test)
        kept = set(ids[-max(len(ids) // 5, 1) :])
        train = tuple(entry for entry in entries if entry.song_id not in kept)
        validation, test = tuple(entry for entry in measured if entry.song_id in kept), ()
    honest = bool(validation) and bool(test)
    return _Songs(train, validation or test, test or validation, honest)


def _reviewed(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    return tuple(entry for entry in entries if entry.reviewed_s > 0)


def _trained(
    data: Dataset,
    songs: _Songs,
    model: LoadedModel,
    run_folder: Path,
    options: FineTuneOptions,
    progress: Progress,
) -> "Checkpoint":
    """The training itself; returns the best weights as a checkpoint."""
    from chart_hero_core.training.own_songs.fine_tune import FineTuneData
    from chart_hero_core.training.own_songs.fine_tune import fine_tune as train
    from chart_hero_core.training.own_songs.fine_tune_settings import FineTuneSettings
    from chart_hero_core.training.own_songs.fine_tune_state import RunSongs

    settings = options.settings or FineTuneSettings()
    validate = _validation(data, songs.validation)
    sampler = _sampler(data, songs.train, settings, options.material, progress)
    marks = RunSongs(_marks(songs.train), _marks(songs.validation), _marks(songs.test))
    part = SubProgress(progress, 0.05, 0.8)
    return train(
        model.checkpoint, FineTuneData(sampler, validate, marks), run_folder, part, settings
    )


def _validation(data: Dataset, entries: Sequence[Entry]) -> "Callable[[Checkpoint], float]":
    """F of a model on excerpts of some songs."""
    from chart_hero_core.training.own_songs.held_out import (
        HeldOutSong,
        event_f,
        transcribe_held_out,
    )

    excerpts = [HeldOutSong.of(data.read(one)).excerpt(_VALIDATION_S) for one in _spread(entries)]
    return lambda now: event_f(excerpts, [transcribe_held_out(now, song) for song in excerpts])


def _sampler(
    data: Dataset,
    entries: Sequence[Entry],
    settings: "FineTuneSettings",
    material: Path | None,
    progress: Progress,
) -> "ClipSampler":
    """Clips of the songs to train on."""
    from chart_hero_core.training.own_songs.training_clips import ClipSampler, take_songs

    progress.report(0.01, "Reading your songs")
    order = _shuffled(entries, settings.seed)
    songs = take_songs(data.read(entry) for entry in order)
    replay = _replay(material, settings, progress)
    return ClipSampler(songs, settings.clip_s, replay, settings.replay_share)


def _marks(entries: Sequence[Entry]) -> frozenset[str]:
    """By content and by artist and title: a chart that was edited is still the same song."""
    ids = {entry.song_id for entry in entries}
    works = {work_of(entry.artist, entry.title) for entry in entries}
    return frozenset((ids | works) - {""})


def _replay(
    material: Path | None, settings: "FineTuneSettings", progress: Progress
) -> "ClipStream | None":
    if material is None:
        return None
    from chart_hero_core.synthesis.clips import ClipSettings, ClipStream
    from chart_hero_core.training.clips.sources import load_materials

    progress.report(0.02, "Loading kits, performances and backing")
    materials = load_materials(material, heldout=False, cache=user_cache_dir())
    return ClipStream(materials, ClipSettings(length_s=settings.clip_s), settings.seed)


def _spread(entries: Sequence[Entry]) -> list[Entry]:
    """At most :data:`_VALIDATION_SONGS` of them, from all over."""
    count = min(len(entries), _VALIDATION_SONGS)
    return [entries[index * len(entries) // count] for index in range(count)]


def _shuffled(entries: Sequence[Entry], seed: int) -> list[Entry]:
    import numpy as np

    order = np.random.default_rng(seed).permutation(len(entries))
    return [entries[int(index)] for index in order]


def _write_result(run_folder: Path, about: dict[str, Any], mark: str, seconds: float) -> None:
    """``about``: the provenance of the new model, with the verdict on it."""
    from chart_hero_core.training.own_songs.finished import file_mark

    data = {
        "schema": 1,
        "offered": about["verdict"]["offered"],
        "sentence": about["note"],
        "weights": MODEL_FILE,
        "seconds": round(seconds, 1),
        "mark": mark,
        "model_mark": file_mark(run_folder / MODEL_FILE),
        **{name: about[name] for name in ("date", "started_from", "data", "verdict")},
    }
    write_text(run_folder / RESULT_FILE, json.dumps(data, indent=1) + "\n")


def _plain(value: Any) -> Any:
    """JSON has no infinity: an interval without an end has None there."""
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    return None if isinstance(value, float) and not math.isfinite(value) else value
