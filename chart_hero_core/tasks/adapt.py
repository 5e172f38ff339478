"""Learn this kit: adapting the model to a song by a passage that a person corrected.

For the app: :func:`adapt_to_song` is the job. Hand the ``hidden`` of its result back the next time
and the song need not be heard again. For the command line: :func:`transcribe_learning`.
"""

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from chart_hero_core.audio.io import song_audio
from chart_hero_core.base.arrays import Float32Array
from chart_hero_core.base.drums import Activations
from chart_hero_core.base.files import keep_newest, user_cache_dir
from chart_hero_core.base.model_choice import SUFFIX
from chart_hero_core.base.progress import Progress, SubProgress
from chart_hero_core.chart.delay import without_delay
from chart_hero_core.chart.song import Difficulty, Note, Song
from chart_hero_core.decode.presets import load_preset
from chart_hero_core.features.level import to_reference_level
from chart_hero_core.tasks.models import load_chosen
from chart_hero_core.tasks.transcribe import (
    KIT_MARK,
    Analysis,
    TranscribeOptions,
    Transcription,
    analyse,
    chart_from,
    chart_of,
)
from chart_hero_core.timing.tempo_map import TempoMap

if TYPE_CHECKING:
    from chart_hero_core.model.checkpoint import Checkpoint
    from chart_hero_core.model.hidden_states import HiddenStates
    from chart_hero_core.training.own_songs.known_strokes import KnownStrokes

Span = tuple[float, float]
_MOST_KEPT = 20


@dataclass(frozen=True, eq=False)
class AdaptedSong:
    """A song analysed by a model adapted to its kit.

    Attributes:
        analysis: as before, with new activations; passages heard at the finer hop stay those.
        checkpoint: the weights that heard it; :func:`keep_weights` makes them a file.
        hidden: what need not be heard again when more has been corrected.
        strokes: how many corrected strokes taught it.
        loss_before, loss_after: on the corrected passages; the second is lower.
    """

    analysis: Analysis
    checkpoint: "Checkpoint"
    hidden: "HiddenStates"
    strokes: int
    loss_before: float
    loss_after: float


@dataclass(frozen=True, slots=True)
class LearnOptions:
    """A chart whose Expert notes are right within ``spans_s`` (seconds of the audio)."""

    corrected: Path
    spans_s: tuple[Span, ...]


def corrected_strokes(song: Song, spans_s: tuple[Span, ...]) -> "KnownStrokes":
    """The Expert notes of ``song`` as strokes, true within ``spans_s`` (seconds of the audio)."""
    from chart_hero_core.training.own_songs.known_strokes import KnownStrokes

    notes = song.expert.notes
    ticks = np.array([note.tick for note in notes], np.float64)
    return KnownStrokes(
        times_s=song.tempo_map.seconds_array(ticks) + song.metadata.delay_ms / 1000,
        drums=np.array([int(note.drum) for note in notes], np.int8),
        reviewed_s=tuple(sorted(spans_s)),
    )


def _by_kit(
    analysis: Analysis, activations: Activations, checkpoint: "Checkpoint", name: str
) -> Analysis:
    """``analysis`` as the model called ``name`` hears the song once it knows the kit."""
    return replace(
        analysis,
        activations=replace(
            activations, harmony=analysis.activations.harmony
        ),  # of music, not of a kit
        calibration=checkpoint.calibrations.get(analysis.domain),
        model=name + KIT_MARK,
    )


def adapt_to_song(
    analysis: Analysis,
    corrected: "KnownStrokes",
    progress: Progress,
    *,
    checkpoint: Path | None = None,
    hidden: "HiddenStates | None" = None,
) -> AdaptedSong:
    """Fine-tune the last layers on the corrected passages of a song, and analyse it again.

    Always starts from the model itself, never from an earlier adaptation: learning twice from the
    same passages is learning once.

    Args:
        analysis: of the whole song.
        corrected: from :func:`corrected_strokes`.
        checkpoint: the model to start from; None for the one the user chose.
        hidden: of an earlier result for this song; what another model heard is not used.

    Raises:
        DatasetError: too few corrected notes.
        CheckpointError: the model cannot be used.
        Cancelled: asked for through ``progress``.
    """
    from chart_hero_core.model.infer import refine
    from chart_hero_core.training.own_songs.adapt import adapt, adapted_activations

    progress.report(0.0, "Loading the model")
    model = load_chosen(checkpoint)
    levelled = to_reference_level(analysis.clip.samples)
    hidden = _hidden_states(levelled, model.checkpoint, hidden, SubProgress(progress, 0.02, 0.6))
    adapted = adapt(model.checkpoint, hidden, corrected, SubProgress(progress, 0.6, 0.8))
    activations = adapted_activations(adapted, hidden, levelled)
    if analysis.micro_s:
        step = SubProgress(progress, 0.8, 1.0)
        activations = refine(levelled, adapted.checkpoint, activations, analysis.micro_s, step)
    progress.report(1.0, "Done")
    return AdaptedSong(
        analysis=_by_kit(analysis, activations, adapted.checkpoint, model.name),
        checkpoint=adapted.checkpoint,
        hidden=hidden,
        strokes=adapted.strokes,
        loss_before=adapted.loss_before,
        loss_after=adapted.loss_after,
    )


def _hidden_states(
    levelled: Float32Array,
    checkpoint: "Checkpoint",
    known: "HiddenStates | None",
    progress: Progress,
) -> "HiddenStates":
    """``known`` where it belongs to this song and these layers, else computed anew."""
    from chart_hero_core.model.hidden_states import run_network, trunk_hash

    if (
        known is not None
        and known.frames == checkpoint.features.frame_count(len(levelled))
        and known.trunk_hash == trunk_hash(checkpoint.network)
    ):
        return known
    return run_network(levelled, checkpoint, progress)[1]


def keep_weights(checkpoint: "Checkpoint") -> Path:
    """Write adapted weights into the user's cache, so that passages can be heard again by them.

    The file serves wherever a checkpoint's path does (``AnalyseOptions.checkpoint``,
    ``refine_spans``); the oldest of many make way.

    Raises:
        StorageError: it cannot be written.
    """
    from chart_hero_core.model.checkpoint import save_checkpoint

    mark = hashlib.sha256(checkpoint.network.head.weight.detach().numpy().tobytes())
    folder = user_cache_dir() / "kits"
    path = folder / f"kit-{mark.hexdigest()[:16]}{SUFFIX}"
    save_checkpoint(checkpoint, path)
    keep_newest(folder, f"kit-*{SUFFIX}", _MOST_KEPT)
    return path


def transcribe_learning(
    path: Path, options: TranscribeOptions, learn: LearnOptions, progress: Progress
) -> Transcription:
    """:func:`~chart_hero_core.tasks.transcribe.transcribe` for a song whose chart is begun.

    The corrected passages teach the model the kit. Their notes are kept as they are, on their own
    tempo map; everything else is suggested anew.

    Raises:
        ChartError: the corrected chart cannot be read, or its delay is more than the opening can
            take up.
        DatasetError: too few notes in the corrected passages.
        AudioError, CheckpointError, SettingsError: as in ``transcribe``.
    """
    # Only here, as it takes torch along.
    from chart_hero_core.training.own_songs.adapt import enough_strokes

    load_preset(options.preset).with_assignments(options.assignments)
    source = song_audio(path)
    finished = without_delay(chart_of(learn.corrected))
    corrected = corrected_strokes(finished, learn.spans_s)
    enough_strokes(corrected)  # said now, not after a minute
    analysis = analyse(path, options.analyse, SubProgress(progress, 0.0, 0.4))
    adapted = adapt_to_song(
        analysis,
        corrected,
        SubProgress(progress, 0.4, 0.9),
        checkpoint=options.analyse.checkpoint,
    )
    options = replace(options, chart=finished)
    result = chart_from(source, adapted.analysis, options, SubProgress(progress, 0.9, 1.0))
    return replace(result, song=with_corrected(result.song, finished, learn.spans_s))


def with_corrected(suggested: Song, finished: Song, spans_s: tuple[Span, ...]) -> Song:
    """``suggested`` with the Expert notes of ``finished`` inside ``spans_s``; one tempo map.

    The phrases of Expert and the easier difficulties, which are never suggested, are kept whole.
    """
    kept = [note for note in finished.expert.notes if _inside(note, finished.tempo_map, spans_s)]
    new = [
        note for note in suggested.expert.notes if not _inside(note, suggested.tempo_map, spans_s)
    ]
    track = replace(finished.expert, notes=tuple(sorted([*kept, *new], key=_order)))
    tracks = MappingProxyType({**finished.tracks, Difficulty.EXPERT: track})
    return replace(suggested, tracks=tracks)


def _order(note: Note) -> tuple[int, int]:
    return note.sort_key


def _inside(note: Note, tempo_map: TempoMap, spans_s: tuple[Span, ...]) -> bool:
    time_s = tempo_map.seconds(note.tick)
    return any(start_s <= time_s < end_s for start_s, end_s in spans_s)
