"""The main job: from a song's audio to hits, a tempo map and a chart."""

import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from importlib import import_module
from pathlib import Path
from threading import Thread
from types import MappingProxyType
from typing import Literal

from chart_hero_core.audio.io import (
    AudioClip,
    SongAudio,
    load_song_audio,
    song_audio,
)
from chart_hero_core.base.calibration import Calibration
from chart_hero_core.base.domains import Domain, WantedDomain
from chart_hero_core.base.drums import Activations, Hit
from chart_hero_core.base.errors import AudioError, FormatError, SettingsError
from chart_hero_core.base.progress import Progress, SilentProgress, SubProgress
from chart_hero_core.chart.delay import with_delay_in_map
from chart_hero_core.chart.from_hits import notes_from_hits, opening_section
from chart_hero_core.chart.part_ratings import rated_parts, with_parts_rated
from chart_hero_core.chart.song import Difficulty, Song, Track
from chart_hero_core.decode.candidates import prepare
from chart_hero_core.decode.decoder import decode
from chart_hero_core.decode.presets import calibrated, load_preset
from chart_hero_core.decode.sections import flag_sections
from chart_hero_core.decode.settings import DecodePlan
from chart_hero_core.features.level import to_reference_level
from chart_hero_core.features.logmel import SAMPLE_RATE
from chart_hero_core.formats.chart_files import chart_bytes
from chart_hero_core.formats.dot_chart.codes import DRUMS as CHART_DRUMS
from chart_hero_core.formats.dot_chart.codes import SONG as CHART_SONG
from chart_hero_core.formats.dot_chart.codes import SYNC as CHART_SYNC
from chart_hero_core.formats.midi.codes import DRUMS as MIDI_DRUMS
from chart_hero_core.formats.midi.codes import TEMPO_PLACE
from chart_hero_core.formats.song_folder import load_song
from chart_hero_core.tasks.metadata import song_metadata
from chart_hero_core.tasks.models import LoadedModel, load_chosen
from chart_hero_core.timing.beats import TempoCandidate, beat_activations, tempo_candidates
from chart_hero_core.timing.tempo_map import TempoMap

MicroMode = Literal["auto", "off", "all"]
# Where a chart file keeps drums and tempo, which are made anew.
_OWN_PLACES = (*CHART_DRUMS, CHART_SYNC, CHART_SONG, MIDI_DRUMS, TEMPO_PLACE)
# Ends the name of a model that learned the kit of one song (``tasks/adapt.py``).
KIT_MARK = " + this kit"


@dataclass(frozen=True, slots=True)
class AnalyseOptions:
    """What to listen to and how closely. ``checkpoint`` None is the model the user chose."""

    domain: WantedDomain = "auto"
    micro: MicroMode = "auto"
    checkpoint: Path | None = None


@dataclass(frozen=True, slots=True)
class TranscribeOptions:
    """How the analysis becomes a chart.

    ``chart`` is one of the song in its time, see :func:`chart_in_time`: its tempo map replaces beat
    tracking, and what it holds beside the drums comes along. ``levels``, by what is listened to,
    take the place of those that the model was calibrated to.
    """

    analyse: AnalyseOptions = field(default_factory=AnalyseOptions)
    preset: str = "conservative"
    assignments: tuple[str, ...] = ()
    chart: Song | None = None
    snap: bool = True  # False leaves notes where they were heard, off any grid
    levels: Mapping[Domain, Calibration] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, eq=False)
class Analysis:
    """What the model heard in a song.

    Attributes:
        clip: the audio that was listened to, mono at 22.05 kHz, as loud as it came.
        domain: ``drums`` or ``mix``.
        calibration: the checkpoint's for this domain; None where it has none.
        model: the checkpoint's name.
        micro_s: the passages analysed at the finer hop.
    """

    clip: AudioClip
    domain: Domain
    activations: Activations
    calibration: Calibration | None
    model: str
    micro_s: tuple[tuple[float, float], ...]


@dataclass(frozen=True, eq=False)
class Transcription:
    """A song made into a chart, with every intermediate result.

    ``tempo_candidates`` is empty when the tempo map was given.
    """

    source: SongAudio
    analysis: Analysis
    plan: DecodePlan
    hits: tuple[Hit, ...]
    tempo_candidates: tuple[TempoCandidate, ...]
    song: Song


def analyse(
    path: Path, options: AnalyseOptions | None = None, progress: Progress | None = None
) -> Analysis:
    """Run the model over a sound file or a song folder.

    Raises:
        AudioError: nothing to listen to.
        CheckpointError: the model cannot be loaded.
        Cancelled: asked for through ``progress``.
    """
    # Only here, as it takes scipy along.
    from chart_hero_core.features.domain import heard_domain

    options = options or AnalyseOptions()
    progress = progress or SilentProgress()
    source = song_audio(path)
    # Torch is imported while the sound is read, which needs little of Python itself.
    importing = Thread(target=_import_ahead)
    importing.start()
    clip, domain = load_song_audio(
        source, options.domain, SAMPLE_RATE, progress=SubProgress(progress, 0.0, 0.2)
    )
    if options.domain == "auto":
        domain = heard_domain(source, clip, domain)
    music = whole_song(source) if domain == "drums" else None
    importing.join()
    return analyse_clip(clip, domain, options, SubProgress(progress, 0.2, 1.0), music=music)


def _import_ahead() -> None:
    """Import torch; where that fails, :func:`analyse_clip` fails at it again, and says so."""
    with contextlib.suppress(Exception):
        import_module("chart_hero_core.model.infer")


def whole_song(source: SongAudio) -> AudioClip | None:
    """The mix beside a drum stem (mono, 22.05 kHz), for finding its chord changes.

    None where there is none, or it cannot be read.
    """
    if not source.drums or not source.mix or source.mix == source.drums:
        return None
    try:
        return load_song_audio(source, "mix", SAMPLE_RATE)[0]
    except AudioError:
        return None


def analyse_clip(
    clip: AudioClip,
    domain: Domain,
    options: AnalyseOptions,
    progress: Progress,
    on_part: Callable[[Analysis], None] | None = None,
    *,
    music: AudioClip | None = None,
) -> Analysis:
    """:func:`analyse` for audio that is already in memory (mono, 22.05 kHz).

    Args:
        clip: what to listen to.
        domain: ``drums`` or ``mix``.
        options: which model, how closely.
        progress: told about it.
        on_part: gets what was heard so far, from the start of the song, whenever there is more.
        music: the whole song where ``clip`` is its drums alone, if it is there: where its
            harmony changes helps to find the bars. Only ``clip`` is listened to for drums.

    Raises:
        AudioError: the clip is of another sample rate.
        CheckpointError: the model cannot be loaded.
        Cancelled: asked for through ``progress``.
    """
    # Only when there is something to listen to, as it takes torch along.
    from chart_hero_core.model.infer import activations

    if clip.sample_rate != SAMPLE_RATE:
        raise AudioError(f"The model listens at {SAMPLE_RATE} Hz, not at {clip.sample_rate} Hz.")
    progress.report(0.0, "Loading the model")
    model = load_chosen(options.checkpoint)
    if model.warning:
        clip = replace(clip, warnings=(*clip.warnings, model.warning))
    analysis_of = partial(_analysis, clip, domain, model)
    whole = activations(
        to_reference_level(clip.samples),
        model.checkpoint,
        SubProgress(progress, 0.02, 0.85),
        None if on_part is None else lambda part: on_part(analysis_of(part)),
    )
    analysis = analysis_of(_with_harmony(whole, clip if domain == "mix" else music))
    spans = _micro_spans(analysis, options.micro)
    if not spans:
        return analysis
    return _refined(analysis, spans, model, SubProgress(progress, 0.85, 1.0))


def _with_harmony(output: Activations, music: AudioClip | None) -> Activations:
    if music is None:
        return output
    # Only here, as it takes scipy along.
    from chart_hero_core.features.harmony import harmony_changes

    return replace(output, harmony=harmony_changes(music.samples, output.hop_s, output.frames))


def refine_spans(
    analysis: Analysis,
    spans_s: Sequence[tuple[float, float]],
    checkpoint_path: Path | None,
    progress: Progress,
) -> Analysis:
    """Analyse exactly these passages at the finer hop (micro mode), replacing earlier ones.

    Where ``checkpoint_path`` is None, the model that listened to the rest listens again; what it
    learned of one kit is in the file of ``tasks.adapt.keep_weights`` only.

    Raises:
        CheckpointError: the model cannot be loaded.
        Cancelled: asked for through ``progress``.
    """
    name = analysis.model.removesuffix(KIT_MARK)
    model = load_chosen(checkpoint_path, name)
    return _refined(analysis, spans_s, model, progress)


def _analysis(clip: AudioClip, domain: Domain, model: LoadedModel, output: Activations) -> Analysis:
    """What ``model`` heard, before any finer look."""
    return Analysis(
        clip=clip,
        domain=domain,
        activations=output,
        calibration=model.checkpoint.calibrations.get(domain),
        model=model.name,
        micro_s=(),
    )


def _refined(
    analysis: Analysis,
    spans_s: Sequence[tuple[float, float]],
    model: LoadedModel,
    progress: Progress,
) -> Analysis:
    from chart_hero_core.model.infer import refine

    spans = tuple(sorted(spans_s))
    levelled = to_reference_level(analysis.clip.samples)
    coarse = replace(analysis.activations, spans=())
    finer = refine(levelled, model.checkpoint, coarse, spans, progress)
    return replace(analysis, activations=finer, micro_s=spans)


def _micro_spans(analysis: Analysis, mode: MicroMode) -> list[tuple[float, float]]:
    if mode == "off":
        return []
    if mode == "all":
        return [(0.0, analysis.activations.end_s)]
    return [(s.start_s, s.end_s) for s in flag_sections(analysis.activations)]


def decode_plan(analysis: Analysis, preset: str, assignments: Sequence[str] = ()) -> DecodePlan:
    """The knobs of ``preset`` as calibrated for this audio, with ``knob=value`` on top.

    Raises:
        SettingsError: an unknown preset or knob, or a value out of bounds.
    """
    plan = calibrated(load_preset(preset), analysis.calibration, preset)
    return plan.with_assignments(assignments)


def chart_in_time(path: Path) -> Song:
    """A chart of a song in the time of its sound: a delay becomes part of the opening.

    Raises:
        ChartError: it cannot be read, or its delay is more than the opening can take up.
    """
    return with_delay_in_map(chart_of(path))


def chart_of(path: Path) -> Song:
    """The chart at ``path``. Raises :class:`ChartError` where there is none, or none to be read."""
    loaded = load_song(path)
    if loaded.chart_path is None:
        raise FormatError(f"There is no chart in {path}.")
    return loaded.song


def with_the_rest(song: Song, chart: Song) -> Song:
    """``song`` with everything but the drums from ``chart``, which has the same tempo map."""
    foreign = [
        replace(kept, items=tuple(item for item in kept.items if item.place not in _OWN_PLACES))
        for kept in chart.foreign
    ]
    last = max((track.notes[-1].tick for track in song.tracks.values() if track.notes), default=0)
    return replace(
        song,
        sections=chart.sections or song.sections,
        events=chart.events,
        end_tick=chart.end_tick if (chart.end_tick or 0) > last else None,
        foreign=tuple(kept for kept in foreign if kept.items),
    )


def refuse_unwritable_chart(chart: Song, formats: Sequence[str]) -> None:
    """Raise :class:`ChartError` where what a transcription takes from ``chart`` does not fit.

    To be asked before the listening: a .mid holds no tempo below 3.58 BPM.
    """
    taken = with_the_rest(Song(tempo_map=chart.tempo_map), chart)
    for kind in formats:
        chart_bytes(taken, kind)


def transcribe(
    path: Path, options: TranscribeOptions | None = None, progress: Progress | None = None
) -> Transcription:
    """From a sound file or song folder to a chart.

    Raises:
        AudioError: nothing to listen to, or it cannot be read.
        CheckpointError: the model cannot be loaded.
        SettingsError: an unknown preset or knob, or a value out of bounds.
        Cancelled: asked for through ``progress``.
    """
    options = options or TranscribeOptions()
    progress = progress or SilentProgress()
    # A misspelt preset or knob fails now, not after a minute.
    load_preset(options.preset).with_assignments(options.assignments)
    source = song_audio(path)
    analysis = analyse(path, options.analyse, SubProgress(progress, 0.0, 0.9))
    return chart_from(source, analysis, options, SubProgress(progress, 0.9, 1.0))


def chart_from(
    source: SongAudio,
    analysis: Analysis,
    options: TranscribeOptions | None = None,
    progress: Progress | None = None,
) -> Transcription:
    """The second half of :func:`transcribe`: making a chart from an analysis.

    Raises:
        SettingsError: an unknown preset or knob, or levels for something else.
        Cancelled: asked for through ``progress``.
    """
    options = options or TranscribeOptions()
    progress = progress or SilentProgress()
    analysis = _with_levels(analysis, options.levels)
    plan = decode_plan(analysis, options.preset, options.assignments)
    hits = decode(prepare(analysis.activations), plan, analysis.calibration)
    progress.check_cancelled()
    progress.report(0.2, "Finding the beat")
    candidates: tuple[TempoCandidate, ...] = ()
    if options.chart is not None:
        tempo_map = options.chart.tempo_map
    else:
        candidates = tuple(
            tempo_candidates(
                hits, analysis.clip.duration_s, beat=beat_activations(analysis.activations)
            )
        )
        tempo_map = candidates[0].tempo_map if candidates else TempoMap()
    progress.report(0.7, "Writing the notes")
    song = make_song(source, analysis, hits, tempo_map, options.snap)
    if options.chart is not None:
        song = with_the_rest(song, options.chart)
    song = with_parts_rated(song, rated_parts(options.chart.metadata) if options.chart else {})
    progress.report(1.0, "Done")
    return Transcription(source, analysis, plan, tuple(hits), candidates, song)


def _with_levels(analysis: Analysis, levels: Mapping[Domain, Calibration]) -> Analysis:
    if not levels:
        return analysis
    if analysis.domain not in levels:
        raise SettingsError(f"The levels given hold none for {analysis.domain}; add them or none.")
    return replace(analysis, calibration=levels[analysis.domain])


def make_song(
    source: SongAudio,
    analysis: Analysis,
    hits: Sequence[Hit],
    tempo_map: TempoMap,
    snap: bool = True,
) -> Song:
    """The chart of ``hits``: an Expert track of suggestions, metadata from the file's tags."""
    track = Track(notes=notes_from_hits(hits, tempo_map, snap=snap))
    return Song(
        metadata=song_metadata(source, analysis.clip.duration_s),
        tempo_map=tempo_map,
        tracks=MappingProxyType({Difficulty.EXPERT: track}),
        sections=(opening_section(track.notes, tempo_map),),
    )
