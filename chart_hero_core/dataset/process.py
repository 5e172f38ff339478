"""Turning one source into shards: the work that is spread over processes and machines.

What goes in and comes out can be pickled; the outcome can be written as JSON.
"""

import hashlib
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from chart_hero_core.audio.io import AudioClip, SongAudio, load_song_audio
from chart_hero_core.audio.loudness import integrated_lufs
from chart_hero_core.base.clock import clock
from chart_hero_core.base.domains import Domain
from chart_hero_core.base.errors import AudioError, ChartHeroError, DatasetError, StorageError
from chart_hero_core.dataset.align import Alignment, AlignSettings, align
from chart_hero_core.dataset.content import (
    Content,
    content_mark,
    quick_mark,
    read_content,
    source_files,
)
from chart_hero_core.dataset.far_offset import far_alignment, far_verdict
from chart_hero_core.dataset.making import Fitted, SongData, write_shard
from chart_hero_core.dataset.onsets import OnsetEnvelope, onset_envelope
from chart_hero_core.dataset.options import BuildOptions
from chart_hero_core.dataset.outcome import Outcome
from chart_hero_core.dataset.picture import picture_of
from chart_hero_core.dataset.separate import SeparationError, separate_drums
from chart_hero_core.dataset.sources import Source
from chart_hero_core.dataset.verdict import Verdict, judge
from chart_hero_core.dataset.warp import Shift, warp_to_audio

_MOST_OUTSIDE = 0.05  # of the strokes may lie before or after the sound
_LONGEST_S = 3600.0  # all of a song is held in memory, several times over
_PROJECT_REACH_S = 0.05


@dataclass(frozen=True, slots=True)
class Job:
    """A source to process, and what an earlier build made of it (None: nothing known)."""

    source: Source
    folder: Path
    options: BuildOptions
    known: Outcome | None = None


@dataclass(frozen=True, slots=True, eq=False)
class _Fit:
    """The domain that the chart was laid against, and how it lies.

    ``against_stem`` says why the drum stem, where there is one, was passed over for the mix; a
    ``far`` one lies seconds away from where it says, see :mod:`far_offset`.
    """

    domain: Domain
    envelope: OnsetEnvelope
    alignment: Alignment  # before any bending
    lies: Alignment  # in the end
    shift: Shift
    verdict: Verdict
    against_stem: str = ""
    far: bool = False


def process(job: Job) -> Outcome:
    """Make the shards of a source, or find out why it cannot be used.

    A source that is as it was when ``job.known`` was made is not opened.

    Raises:
        StorageError: a shard cannot be written.
    """
    start = time.process_time()
    outcome = Outcome(str(job.source.path), job.source.kind.value)
    try:
        files = source_files(job.source)
        quick = quick_mark(job.source, files, job.options.of_shards())
        if job.known is not None and job.known.quick == quick:
            return job.known
        content_id = content_mark(files)
        key = hashlib.sha256(f"{content_id}{job.options.of_shards()}".encode()).hexdigest()
        outcome = replace(outcome, quick=quick, key=key, song_id=content_id[:16])
        if job.known is not None and job.known.key == key:
            return replace(job.known, quick=quick, source=outcome.source)
        outcome = _opened(job, outcome)
    except StorageError:
        raise
    except SeparationError as error:  # no mark: tried again when it may be there
        outcome = replace(outcome, quick="", key="", reason=str(error))
    except ChartHeroError as error:
        outcome = replace(outcome, reason=str(error))
    return replace(outcome, seconds=round(time.process_time() - start, 3))


def _opened(job: Job, outcome: Outcome) -> Outcome:
    with tempfile.TemporaryDirectory(prefix="chart-hero-") as unpacked:
        content = read_content(job.source, Path(unpacked), any_kit=job.options.any_kit)
        data = content.metadata
        outcome = replace(
            outcome,
            title=data.name or Path(outcome.source).stem,
            artist=data.artist,
            charter=data.charter,
            genre=data.genre,
            bpm=content.labels.bpm,
            remarks=(*content.mended[:5], *content.labels.remarks),
        )
        clips, remarks = _clips(content, job.options)
    outcome = replace(outcome, remarks=tuple(dict.fromkeys((*outcome.remarks, *remarks))))
    return _shards(job, content, clips, outcome)


def _clips(
    content: Content, options: BuildOptions
) -> tuple[dict[Domain, AudioClip], tuple[str, ...]]:
    """The sound of each domain that can be read; raises the first error when none can."""
    clips: dict[Domain, AudioClip] = {}
    remarks: list[str] = []
    failure: AudioError | None = None
    for domain, files in content.files.items():
        audio = SongAudio(files[0].parent, files[0].parent, files[0].parent.name, files, files)
        try:
            clip, _ = load_song_audio(audio, domain)
            if clip.duration_s > _LONGEST_S:
                raise AudioError("It is longer than an hour.")
            if not np.isfinite(integrated_lufs(clip)):
                raise AudioError(f"{', '.join(file.name for file in files)}: silent.")
        except AudioError as error:
            failure = failure or error
            remarks.append(str(error))
            continue
        clips[domain] = clip
        remarks.extend(clip.warnings)
    if not clips:
        raise failure or DatasetError("It has no sound.")
    if options.separate and "drums" not in clips:
        clips["drums"] = separate_drums(clips["mix"])
        remarks.append("Its drums were separated from the mix.")
    return clips, tuple(remarks)


def _fit(content: Content, clips: dict[Domain, AudioClip], options: BuildOptions) -> _Fit:
    """Lay the chart against the drums, or against the mix where that fits and they do not."""
    if content.in_place:
        return _fit_in_place(content, clips)
    fits: list[_Fit] = []
    order: tuple[Domain, ...] = ("drums", "mix")
    for domain in order:
        if domain not in clips:
            continue
        fit = _fit_to(domain, content, onset_envelope(clips[domain].samples), options)
        fits.append(replace(fit, against_stem=fits[0].verdict.reason if fits else ""))
        if fit.verdict.used:
            return fits[-1]
    return fits[0]


def _fit_to(
    domain: Domain, content: Content, envelope: OnsetEnvelope, options: BuildOptions
) -> _Fit:
    times_s, drums, expected_s = content.labels.times_s, content.labels.drums, content.offset_s
    far = far_alignment(times_s, drums, envelope, expected_s)
    found = far or align(times_s, drums, envelope, expected_s=expected_s)
    shift = Shift(np.zeros(1), np.array([found.offset_s]))
    lies, verdict = found, judge(found) if far is None else far_verdict(found, expected_s)
    if options.warp and verdict.drifts:
        shift, lies = warp_to_audio(times_s, drums, envelope, found)
        verdict = judge(lies)
    return _Fit(domain, envelope, found, lies, shift, verdict, far=far is not None)


def _fit_in_place(content: Content, clips: dict[Domain, AudioClip]) -> _Fit:
    """A chart that was made on this very audio: moved by milliseconds at most, never refused."""
    labels = content.labels
    domain: Domain = "drums" if "drums" in clips else "mix"
    envelope = onset_envelope(clips[domain].samples)
    near = AlignSettings(reach_s=_PROJECT_REACH_S)
    found = align(labels.times_s, labels.drums, envelope, near)
    alone = judge(found)
    if not alone.used:
        found = replace(found, offset_s=0.0)
    verdict = Verdict(
        True, alone.quality, doubts=tuple(filter(None, (*alone.doubts, alone.reason)))
    )
    shift = Shift(np.zeros(1), np.array([found.offset_s]))
    return _Fit(domain, envelope, found, found, shift, verdict)


def _shards(
    job: Job, content: Content, clips: dict[Domain, AudioClip], outcome: Outcome
) -> Outcome:
    options = job.options
    longest_s = max(clip.duration_s for clip in clips.values())
    fit = _fit(content, clips, options)
    cut = _share_after(content, longest_s) > _MOST_OUTSIDE and not fit.far
    if cut and not options.force:
        ends = clock(longest_s, 0)
        return replace(outcome, reason=f"The audio ends at {ends}, long before the chart.")
    outcome = _judged(content, fit, options.force, outcome)
    if outcome.reason:
        return outcome
    at_s = fit.shift(content.labels.times_s)
    outside = int(((at_s < 0) | (at_s >= longest_s)).sum())
    if outside > _MOST_OUTSIDE * len(at_s) and not options.force:
        return replace(
            outcome,
            reason=f"{outside} of its {len(at_s)} notes lie where there is no sound.",
        )
    # A chart known to fit only the mix says that the drum stem is of something else.
    usable: dict[Domain, AudioClip] = dict(clips)
    if fit.domain == "mix" and "drums" in usable:
        del usable["drums"]
        left = f"Its drum stem is left out, only the mix fits. Of the stem: {fit.against_stem}"
        outcome = replace(outcome, remarks=(*outcome.remarks, left))
    return _written(job, content, usable, fit, outcome)


def _judged(content: Content, fit: _Fit, force: bool, outcome: Outcome) -> Outcome:
    """How well the chart lies, with a picture where that is doubtful."""
    labels, verdict = content.labels, fit.verdict
    doubtful = bool(verdict.reason or verdict.doubts)
    picture = outcome.picture
    if doubtful:
        picture = picture_of(fit.alignment, labels.times_s, labels.drums, fit.envelope)
    return replace(
        outcome,
        reason="" if force else verdict.reason,
        remarks=(*outcome.remarks, *verdict.doubts, *([verdict.reason] * force)),
        doubtful=doubtful,
        offset_s=round(fit.alignment.offset_s, 6),
        quality=round(verdict.quality, 4),
        residual_s=round(fit.lies.residual_s, 6),
        picture=picture,
    )


def _share_after(content: Content, end_s: float) -> float:
    """The share of strokes that lie after the sound's end wherever the chart is put."""
    earliest_s = content.labels.times_s + content.offset_s - AlignSettings().reach_s
    return float((earliest_s > end_s).mean())


def _written(
    job: Job, content: Content, clips: dict[Domain, AudioClip], fit: _Fit, outcome: Outcome
) -> Outcome:
    fitted = Fitted(content.labels, fit.shift, fit.lies)
    data = SongData(outcome.song_id, outcome.title, outcome.artist, outcome.charter)
    shards = tuple(
        write_shard(data, domain, clip, fitted, job.options, job.folder, outcome.key)
        for domain, clip in clips.items()
    )
    return replace(outcome, shards=shards)
