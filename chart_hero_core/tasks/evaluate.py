"""Scoring transcriptions: from folders, charts or a checkpoint to an evaluation."""

import datetime
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from chart_hero_core.base.domains import Domain
from chart_hero_core.base.errors import AudioError, EvaluationError
from chart_hero_core.base.model_choice import SUFFIX
from chart_hero_core.base.progress import Progress, SubProgress
from chart_hero_core.evaluation.edits_per_100 import ChartNotes
from chart_hero_core.evaluation.results import (
    AUDIO_ALONE,
    TRUE_MAP,
    Evaluation,
    Options,
    SongPair,
    evaluate_songs,
)
from chart_hero_core.evaluation.strokes import Strokes
from chart_hero_core.evaluation.timing import OffsetCorrections, learn_offsets
from chart_hero_core.evaluation.views import EIGHT
from chart_hero_core.tasks.evaluate_sources import (
    LoadedSong,
    Source,
    audio_file,
    chart_side,
    duration_of,
    find_sources,
    load_side,
    quantised,
)
from chart_hero_core.tasks.transcribe import TranscribeOptions, transcribe


@dataclass(frozen=True, slots=True)
class EvaluateOptions:
    """What to score and how.

    Attributes:
        scoring: tolerances, intervals, corrections.
        suffix: ``drums`` or ``mix``: which of two estimates or sound files of a song.
        skip_missing: leave out songs without an estimate instead of refusing.
        songs: only these, all when empty; a name with commas may be in pieces.
        transcribe: how a checkpoint transcribes.
    """

    scoring: Options = field(default_factory=Options)
    suffix: Domain | None = None
    skip_missing: bool = False
    songs: tuple[str, ...] = ()
    transcribe: TranscribeOptions = field(default_factory=TranscribeOptions)


def evaluate(
    reference: Path, estimate: Path | None, options: EvaluateOptions, progress: Progress
) -> Evaluation:
    """Score ``estimate`` against ``reference``.

    Both may be a TSV file, a chart, a song folder, or a folder of these. Where ``estimate`` is a
    checkpoint, or None for the one in use, it transcribes the references' audio.

    Raises:
        EvaluationError: files that do not fit each other or cannot be scored (by name and line).
        AudioError, CheckpointError: audio or weights that cannot be read.
        Cancelled: the person stopped it.
    """
    references = _chosen(find_sources(reference, options.suffix), options, reference)
    if estimate is None or estimate.suffix == SUFFIX:
        half = 0.95
        pairs = _transcribed(references, estimate, options, SubProgress(progress, 0.0, half))
    else:
        half = 0.5
        pairs = _paired(references, estimate, options, SubProgress(progress, 0.0, half))
    return evaluate_songs(pairs, options.scoring, SubProgress(progress, half, 1.0))


def learn_offset_corrections(
    reference: Path,
    estimate: Path | None,
    options: EvaluateOptions,
    progress: Progress,
    today: datetime.date | None = None,
) -> OffsetCorrections:
    """Constant corrections per class that centre these estimates; keep other songs to test them.

    Raises:
        EvaluationError: also when the estimates have five classes, or too few strokes match.
    """
    plain = replace(options, scoring=replace(options.scoring, corrections=None, samples=1))
    evaluation = evaluate(reference, estimate, plain, progress)
    if evaluation.view.name != EIGHT.name:
        raise EvaluationError("Timing is learned per class; all eight are needed on both sides.")
    count = len(evaluation.songs)
    data = f"{count} song{'s' if count > 1 else ''} of {reference.resolve().name}"
    return learn_offsets(
        [song.detail for song in evaluation.songs],
        EIGHT.classes,
        data,
        today or datetime.date.today(),
    )


def read_corrections(path: Path) -> OffsetCorrections:
    """Read corrections, or a calibration with them, from a JSON file.

    Raises:
        EvaluationError: it cannot be read or holds neither.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise EvaluationError(f"Could not read {path}: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        raise EvaluationError(f"{path} is not JSON: {error}.") from error
    return OffsetCorrections.from_json(data)


def _chosen(
    sources: Mapping[str, Source], options: EvaluateOptions, where: Path
) -> dict[str, Source]:
    named = _put_together(options.songs, sources)
    unknown = sorted(set(named) - set(sources))
    if unknown:
        raise EvaluationError(f"No reference for {', '.join(unknown)} in {where}.")
    wanted = named or tuple(sources)
    return {name: sources[name] for name in sources if name in wanted}


def _put_together(pieces: Sequence[str], known: Iterable[str]) -> tuple[str, ...]:
    """Names out of pieces: one that holds commas itself was taken apart at them."""
    whole = {",".join(part.strip() for part in name.split(",")): name for name in known}
    names: list[str] = []
    at = 0
    while at < len(pieces):
        ends = range(len(pieces), at, -1)
        end = next((end for end in ends if ",".join(pieces[at:end]) in whole), at + 1)
        names.append(whole.get(",".join(pieces[at:end]), pieces[at]))
        at = end
    return tuple(names)


def _paired(
    references: Mapping[str, Source], estimate: Path, options: EvaluateOptions, progress: Progress
) -> list[SongPair]:
    estimates = find_sources(estimate, options.suffix)
    if len(references) == len(estimates) == 1:
        # Two single songs belong together whatever their files are called.
        estimates = dict(zip(references, estimates.values(), strict=True))
    missing = [name for name in references if name not in estimates]
    if missing and (not options.skip_missing or len(missing) == len(references)):
        shown = ", ".join(missing[:10]) + (" …" if len(missing) > 10 else "")
        raise EvaluationError(
            f"No estimate in {estimate} for {shown}; --skip-missing leaves them out."
        )
    pairs = []
    present = [name for name in references if name in estimates]
    for number, name in enumerate(present):
        progress.check_cancelled()
        progress.report(number / len(present), f"Reading {name}")
        source = references[name]
        pairs.append(_pair(source, load_side(source), load_side(estimates[name])))
    return pairs


def _transcribed(
    references: Mapping[str, Source],
    checkpoint: Path | None,
    options: EvaluateOptions,
    progress: Progress,
) -> list[SongPair]:
    analyse = options.transcribe.analyse
    if checkpoint is not None:
        analyse = replace(analyse, checkpoint=checkpoint)
    if options.suffix is not None:
        analyse = replace(analyse, domain=options.suffix)
    how = replace(options.transcribe, analyse=analyse)
    # Looked at before the first song is heard: what is wrong with the last one is said at once.
    present = _with_sound(references, options.skip_missing)
    truths = {name: load_side(source) for name, source in present.items()}
    pairs = []
    for number, (name, source) in enumerate(present.items()):
        step = SubProgress(progress, number / len(present), (number + 1) / len(present))
        assert source.audio is not None
        try:
            result = transcribe(source.audio, how, step)
        except AudioError:
            if not options.skip_missing or len(present) == 1:
                raise
            continue
        side = replace(chart_side(result.song), strokes=Strokes.from_hits(result.hits))
        pair = _pair(source, truths[name], side)
        pairs.append(replace(pair, duration_s=result.analysis.clip.duration_s))
    return pairs


def _with_sound(references: Mapping[str, Source], skip_missing: bool) -> dict[str, Source]:
    """The songs that can be listened to; a song folder need not hold any sound."""
    found = {name: s for name, s in references.items() if audio_file(s) is not None}
    missing = [name for name in references if name not in found]
    if missing and (not skip_missing or not found):
        shown = ", ".join(missing[:10]) + (" …" if len(missing) > 10 else "")
        raise EvaluationError(
            f"There is no audio of {shown} to transcribe; --skip-missing leaves it out."
        )
    return found


def _pair(source: Source, reference: LoadedSong, estimate: LoadedSong) -> SongPair:
    """One song with both sides on the clock of the reference's chart."""
    shift_s = -reference.delay_s
    file = audio_file(source)
    pair = SongPair(
        name=source.name,
        reference=_moved(reference.strokes, shift_s),
        estimate=_moved(estimate.strokes, shift_s),
        duration_s=duration_of(source),
        tempo_map=reference.tempo_map,
        beats_from_s=reference.beats_from_s,
        finished=reference.chart,
        audio=file.resolve().as_uri() if file is not None else None,
    )
    apart_s = estimate.delay_s - reference.delay_s
    if apart_s == 0:
        pair = replace(pair, estimated_tempo_map=estimate.tempo_map)
    if reference.tempo_map is None:
        return pair
    if reference.chart is None:
        # Played strokes lie beside the lines they stand for.
        return replace(pair, written=quantised(pair.reference, reference.tempo_map))
    suggested: dict[str, ChartNotes] = {TRUE_MAP: quantised(pair.estimate, reference.tempo_map)}
    if estimate.chart is not None:
        suggested[AUDIO_ALONE] = replace(estimate.chart, shift_s=apart_s)
        if estimate.tempo_map == reference.tempo_map and apart_s == 0:
            # A chart on the true map is the suggestion itself: nothing to quantise again.
            suggested = {TRUE_MAP: estimate.chart}
    return replace(pair, suggested=suggested)


def _moved(strokes: Strokes, shift_s: float) -> Strokes:
    """All strokes ``shift_s`` later; those before the chart's start are left out."""
    if shift_s == 0:
        return strokes
    times = strokes.times_s + shift_s
    keep = times >= 0
    return replace(
        strokes,
        times_s=times[keep],
        labels=strokes.labels[keep],
        confidence=strokes.confidence[keep],
    )
