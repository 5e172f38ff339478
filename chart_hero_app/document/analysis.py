"""Between the document and the core's analysis: what to listen to, and what becomes of it.

Everything here is plain functions for the job runner. The core's task (and torch behind it) is
imported when the first job runs, so that the window opens at once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from chart_hero_app.document.detection import Detection
from chart_hero_app.document.passages import refitted_passages
from chart_hero_app.document.presets import Preset, refitted
from chart_hero_app.document.state import Passage, Span, State
from chart_hero_app.document.suggesting import suggest, with_suggestions
from chart_hero_core.audio.io import SongAudio
from chart_hero_core.base.errors import ChartHeroError
from chart_hero_core.base.progress import Progress, SubProgress
from chart_hero_core.chart.edits import ChangeTempoMap, Keep
from chart_hero_core.chart.edits.base import with_track
from chart_hero_core.chart.from_hits import opening_section
from chart_hero_core.chart.song import Difficulty, Song
from chart_hero_core.decode.decoder import decode
from chart_hero_core.decode.settings import DecodePlan
from chart_hero_core.timing.tempo_map import TempoMap

if TYPE_CHECKING:
    from chart_hero_core.audio.io import AudioClip
    from chart_hero_core.base.domains import Domain
    from chart_hero_core.base.drums import Activations, Hit
    from chart_hero_core.tasks.transcribe import Analysis
    from chart_hero_core.timing.beats import TempoCandidate


@dataclass(frozen=True, slots=True)
class ListenOptions:
    """Which weights (None: the chosen model), knobs, and threads (0: as many as fit).

    ``settings`` came from ``preset``; both are fitted to what is heard.
    """

    checkpoint: Path | None = None
    settings: DecodePlan = field(default_factory=DecodePlan)
    preset: Preset = field(default_factory=Preset)
    threads: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Heard:
    """What came of listening to a song.

    Attributes:
        candidates: grids heard in the audio, the likeliest first.
        micro_s: passages that were analysed at the fine hop at once.
        trouble: a sentence about what did not work out, or nothing.
    """

    detection: Detection
    candidates: tuple[TempoCandidate, ...]
    micro_s: tuple[Span, ...]
    trouble: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Hearing:
    """What was heard so far, from the start of the song: curves, and strokes not on a grid yet."""

    activations: Activations | None = None  # None: it has only begun
    hits: tuple[Hit, ...] = ()


def listen(
    clip: AudioClip,
    domain: Domain,
    options: ListenOptions,
    progress: Progress,
    on_part: Callable[[Hearing], None] | None = None,
    *,
    music: AudioClip | SongAudio | None = None,
) -> Heard:
    """Run the model over a clip (mono, 22.05 kHz) and find its beat.

    ``on_part`` gets what was heard so far whenever there is more, in the calling thread. ``music``
    is the whole song where the clip is its drums alone, or where to read it.

    Raises:
        CheckpointError: the weights cannot be used.
        Cancelled: asked for through ``progress``.
    """
    analysis = _analysed(
        clip, domain, options, SubProgress(progress, 0.0, 0.9), on_part, music=music
    )
    progress.check_cancelled()
    progress.report(0.9, "Finding the beat")
    plan, _ = refitted(options.settings, options.preset, analysis.calibration)
    detection = detection_of(analysis)
    found, trouble = _grids_or_trouble(detection, plan)
    progress.report(1.0, "Done")
    return Heard(detection, found, analysis.micro_s, trouble)


def _analysed(
    clip: AudioClip,
    domain: Domain,
    options: ListenOptions,
    progress: Progress,
    on_part: Callable[[Hearing], None] | None,
    *,
    music: AudioClip | SongAudio | None,
) -> Analysis:
    from chart_hero_core.tasks import transcribe as task

    _use_threads(options.threads)
    return task.analyse_clip(
        clip,
        domain,
        task.AnalyseOptions(checkpoint=options.checkpoint),
        progress,
        None if on_part is None else lambda part: on_part(_hearing(part, options)),
        music=task.whole_song(music) if isinstance(music, SongAudio) else music,
    )


def _grids_or_trouble(
    detection: Detection, plan: DecodePlan
) -> tuple[tuple[TempoCandidate, ...], str]:
    """The notes took minutes to find: they are not thrown away for want of a grid."""
    try:
        return heard_grids(detection, plan), ""
    except ChartHeroError as error:
        return (), f"The beat was not found. {error}"


def listen_closely(
    clip: AudioClip,
    detection: Detection,
    spans: tuple[Span, ...],
    options: ListenOptions,
    progress: Progress,
) -> Detection:
    """The detection with these passages (and no others) analysed at 2.9 ms."""
    from chart_hero_core.tasks import transcribe as task

    _use_threads(options.threads)
    weights = detection.weights or options.checkpoint
    finer = task.refine_spans(analysis_of(clip, detection), spans, weights, progress)
    return detection_of(finer, detection.weights)


def transcribed(state: State, heard: Heard, source: SongAudio | None, *, keep_map: bool) -> State:
    """The state with the chart that was heard; a person's notes and the knobs they turned stay.

    ``keep_map`` keeps the tempo map the song has; otherwise the likeliest heard takes its place.
    """
    song = state.song
    if not keep_map and heard.candidates:
        tempo_map = heard.candidates[0].tempo_map
        song, _ = ChangeTempoMap(tempo_map, Keep.TIME).apply(song)
    plan, preset = refitted(state.settings, state.preset, heard.detection.calibration)
    passages = refitted_passages(state.passages, state.preset.plan, preset.plan)
    state = replace(state, settings=plan, preset=preset, passages=passages)
    song = _suggested_anew(song, heard.detection, state)
    if not song.sections and song.expert.notes:
        song = replace(song, sections=(opening_section(song.expert.notes, song.tempo_map),))
    if source is not None:
        song = _with_metadata(song, source, heard)
    flags = heard.micro_s or state.micro_flags
    return replace(state, song=song, micro_flags=flags)


def has_own_map(song: Song) -> bool:
    """Whether the tempo map was loaded or worked on, rather than being the empty start."""
    return song.tempo_map != TempoMap(song.tempo_map.resolution)


def with_tempo_map(
    state: State, tempo_map: TempoMap, keep: Keep, detection: Detection | None
) -> Song:
    """The song on another tempo map.

    Where notes keep their audio time, suggestions are put on the new grid from where they were
    heard; a person's notes keep their times to the tick.
    """
    song, change = state.song, ChangeTempoMap(tempo_map, keep)
    own = tuple(note for note in song.expert.notes if note.origin.touched)
    if detection is None or keep is not Keep.TIME or len(own) == len(song.expert.notes):
        return change.apply(song)[0]
    # Suggestions are about to be made anew: moving those of before would be half of the work.
    kept = with_track(song, Difficulty.EXPERT, replace(song.expert, notes=own))
    return _suggested_anew(change.apply(kept)[0], detection, state)


def heard_grids(detection: Detection, plan: DecodePlan) -> tuple[TempoCandidate, ...]:
    """The grids heard in a song, the likeliest first."""
    from chart_hero_core.timing.beats import beat_activations, tempo_candidates

    activations = detection.activations
    hits = decode(detection.candidates, plan, detection.calibration)
    found = tempo_candidates(hits, activations.end_s, beat=beat_activations(activations))
    return tuple(found)


def redetected(
    song: Song,
    detection: Detection,
    plan: DecodePlan,
    spans: tuple[Span, ...],
    reviewed: tuple[Span, ...] = (),
    passages: tuple[Passage, ...] = (),
) -> Song:
    """The song with the suggestions of some stretches made anew, but for what was reviewed."""
    for span in spans:
        notes = suggest(song, detection, plan, span, passages)
        song = with_suggestions(song, notes, span, reviewed)
    return song


def _suggested_anew(song: Song, detection: Detection, state: State) -> Song:
    """``song`` with what is heard by the knobs of ``state``."""
    notes = suggest(song, detection, state.settings, None, state.passages)
    return with_suggestions(song, notes, None, state.reviewed)


def _with_metadata(song: Song, source: SongAudio, heard: Heard) -> Song:
    """What tags say, where the song says nothing yet."""
    from chart_hero_core.tasks.metadata import known_metadata

    said = known_metadata(source, heard.detection.activations.end_s)
    now = song.metadata
    return replace(
        song,
        metadata=replace(
            now,
            name=now.name or said.name,
            artist=now.artist or said.artist,
            album=now.album or said.album,
            genre=now.genre or said.genre,
            year=now.year or said.year,
            charter=now.charter or said.charter,
            length_ms=now.length_ms or said.length_ms,
        ),
    )


def _hearing(part: Analysis, options: ListenOptions) -> Hearing:
    plan, _ = refitted(options.settings, options.preset, part.calibration)
    hits = decode(detection_of(part).candidates, plan, part.calibration)
    return Hearing(part.activations, tuple(hits))


def analysis_of(clip: AudioClip, detection: Detection) -> Analysis:
    """What the core's tasks call a detection; the inverse of :func:`detection_of`."""
    from chart_hero_core.tasks.transcribe import Analysis

    return Analysis(
        clip=clip,
        domain=detection.domain,
        activations=detection.activations,
        calibration=detection.calibration,
        model=detection.model,
        micro_s=tuple((part.start_s, part.end_s) for part in detection.activations.spans),
    )


def detection_of(analysis: Analysis, weights: Path | None = None) -> Detection:
    """What the document keeps of an analysis; ``weights`` are those of one kit alone."""
    return Detection(
        analysis.activations, analysis.domain, analysis.calibration, analysis.model, weights
    )


def _use_threads(threads: int) -> None:
    if threads > 0:
        import torch

        torch.set_num_threads(threads)
