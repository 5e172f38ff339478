"""Making a shard: sound at one loudness, strokes in its time, features if wanted."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.ndimage import grey_opening

from chart_hero_core.audio.fingerprint import fingerprint
from chart_hero_core.audio.io import AudioClip
from chart_hero_core.audio.loudness import normalise_loudness
from chart_hero_core.base.arrays import Float32Array
from chart_hero_core.base.domains import Domain
from chart_hero_core.base.drums import DRUM_COUNT
from chart_hero_core.base.files import write_bytes
from chart_hero_core.dataset.align import Alignment
from chart_hero_core.dataset.dedupe import chart_sketch
from chart_hero_core.dataset.grid import GridSettings, draw_grid
from chart_hero_core.dataset.index import checksum
from chart_hero_core.dataset.labels import Labels, Times, without
from chart_hero_core.dataset.options import BuildOptions
from chart_hero_core.dataset.outcome import Shard
from chart_hero_core.dataset.shards import DatasetSong, Marks, Span, shard_bytes
from chart_hero_core.dataset.verdict import unfit_spans
from chart_hero_core.dataset.warp import Shift
from chart_hero_core.features.logmel import LogMelSettings, log_mel

SHARDS = "shards"
_STEADY_S = 0.1  # sound that lasts longer is steady, not a stroke


@dataclass(frozen=True, slots=True)
class SongData:
    """What a shard says of its song."""

    song_id: str
    title: str
    artist: str
    charter: str


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """A chart laid in its audio: its strokes, what moves them there, and how well it went."""

    labels: Labels
    shift: Shift
    alignment: Alignment


def write_shard(
    data: SongData,
    domain: Domain,
    clip: AudioClip,
    fitted: Fitted,
    options: BuildOptions,
    folder: Path,
    key: str,
) -> Shard:
    """Write the shard of one domain, made of what ``key`` marks, into ``folder``.

    Raises:
        StorageError: it cannot be written.
    """
    song = make_song(data, domain, clip, fitted, options)
    labels = fitted.labels
    sketch = chart_sketch(labels.quarters, labels.drums, labels.bpm)
    content = shard_bytes(song, Marks(fingerprint(clip), sketch))
    # Named by content and options: a shard that an index refers to is never written over.
    name = f"{SHARDS}/{key[:2]}/{key[:24]}.{domain}.npz"
    write_bytes(folder / name, content)
    counts = np.bincount(song.drums, minlength=DRUM_COUNT)
    return Shard(
        domain=domain,
        file=name,
        sha256=checksum(content),
        size=len(content),
        duration_s=round(song.duration_s, 3),
        reviewed_s=round(sum(end - start for start, end in song.reviewed_s), 3),
        strokes=tuple(counts.tolist()),
    )


def make_song(
    data: SongData, domain: Domain, clip: AudioClip, fitted: Fitted, options: BuildOptions
) -> DatasetSong:
    """The song of a shard; strokes outside the sound are left out."""
    labels, shift = fitted.labels, fitted.shift
    loud = normalise_loudness(clip)
    at_s = shift(labels.times_s)
    inside = (at_s >= 0) & (at_s < clip.duration_s)
    times_s, drums = at_s[inside], labels.drums[inside]
    beats_s, downbeats_s = _beats_of_sound(shift, labels, clip.duration_s)
    mel, transient_mel = _features(loud.samples, options)
    grid = GridSettings(options.hop, options.dilation)
    return DatasetSong(
        song_id=data.song_id,
        title=data.title,
        artist=data.artist,
        charter=data.charter,
        domain=domain,
        split="",
        samples=loud.samples if options.audio else np.zeros(0, np.float32),
        times_s=times_s,
        drums=drums,
        velocities=labels.velocities[inside],
        beats_s=beats_s,
        downbeats_s=downbeats_s,
        offset_s=float(np.median(shift.shifts_s)),
        reviewed_s=_reviewed(labels, fitted.alignment, shift, clip.duration_s, options),
        rejected_times_s=shift(labels.rejected_times_s),
        rejected_drums=labels.rejected_drums,
        grid=draw_grid(times_s, drums, len(clip.samples), grid),
        mel=mel,
        transient_mel=transient_mel,
        duration_s=clip.duration_s,
    )


def _beats_of_sound(shift: Shift, labels: Labels, duration_s: float) -> tuple[Times, Times]:
    """Beats and bar starts in the time of the sound: up to the first beat after its end.

    A stray note hours away has beats up to it; the one after the end says how long the last is.
    """
    beats_s, downbeats_s = shift(labels.beats_s), shift(labels.downbeats_s)
    last_s = beats_s[np.searchsorted(beats_s, duration_s) :][:1]
    if not len(last_s):
        return beats_s, downbeats_s
    return beats_s[beats_s <= last_s], downbeats_s[downbeats_s <= last_s]


def _features(
    samples: Float32Array, options: BuildOptions
) -> tuple[Float32Array | None, Float32Array | None]:
    """The log-mels of a song, and those without steady sound: what is asked for of them."""
    if not options.mel and not options.transient:
        return None, None
    settings = LogMelSettings(hop=options.hop)
    mel = log_mel(samples, settings)
    return mel if options.mel else None, transient(mel, settings) if options.transient else None


def transient(mel: Float32Array, settings: LogMelSettings) -> Float32Array:
    """Log-mels ``[windows, T, bands]`` less what lasts: a white top-hat along time."""
    size = round(_STEADY_S / settings.hop_s) | 1
    return np.asarray(mel - grey_opening(mel, size=(1, size, 1)), np.float32)


def _reviewed(
    labels: Labels, alignment: Alignment, shift: Shift, duration_s: float, options: BuildOptions
) -> tuple[Span, ...]:
    """Where the strokes are the whole truth: reviewed, no rolls, and chart and sound agree."""
    spans = [(0.0, duration_s)]
    if labels.reviewed_s is not None:
        spans = _moved(labels.reviewed_s, shift)
    holes = _moved(labels.unsure_s, shift)
    if not options.force and not options.warp:
        holes += unfit_spans(alignment)
    kept = without(spans, holes)
    bounded = ((max(start, 0.0), min(end, duration_s)) for start, end in kept)
    return tuple((start, end) for start, end in bounded if start < end)


def _moved(spans: tuple[Span, ...], shift: Shift) -> list[Span]:
    moved = shift(np.array(spans, np.float64).reshape(-1)).reshape(-1, 2)
    return [(float(start), float(end)) for start, end in moved]
