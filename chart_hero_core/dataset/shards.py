"""One song of a dataset, and the file it lies in: a shard per song and domain.

A shard is an ``.npz`` without pickle: the audio as 16-bit FLAC (lossless, a quarter of the bytes of
float samples), exact strokes, labels on the frame grid, and the song's data as JSON. A shard says
everything about its song but the split, which the index (``dataset/index.py``) decides.
"""

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray

from chart_hero_core.audio.fingerprint import Fingerprint
from chart_hero_core.base.arrays import Float32Array, Float64Array
from chart_hero_core.base.domains import Domain
from chart_hero_core.base.drums import DRUM_COUNT
from chart_hero_core.base.errors import DatasetError
from chart_hero_core.base.npz import BROKEN_NPZ
from chart_hero_core.dataset.grid import GridSettings, LabelGrid
from chart_hero_core.features.logmel import SAMPLE_RATE

Span = tuple[float, float]
Arrays = Mapping[str, NDArray[Any]]

VERSION = 1
MAX_BYTES = 4 << 30
_FULL_SCALE = 32_767
_BLOCK = 65_536
# Long runs of equal values: worth deflating. Sound and hashes are not.
_DEFLATED = ("grid_classes", "grid_onset_any", "meta")


@dataclass(frozen=True, slots=True, eq=False)
class DatasetSong:
    """One song in one domain, ready to be taught. Times are those of the audio.

    Attributes:
        song_id: the same for both domains of one song, and from one build to the next.
        domain: ``drums`` (the stem) or ``mix``.
        split: ``train``, ``validation`` or ``test``.
        samples: mono sound at 22.05 kHz and -14 LUFS, float32 ``[N]``; empty in a dataset that was
            built without audio.
        times_s: strokes in ascending order, the alignment's offset already applied, ``[M]``.
        drums: the class of each stroke, int8 ``[M]`` (``DrumClass``).
        velocities: 0..1, float32 ``[M]``; not-a-number where the chart says nothing of dynamics.
        beats_s, downbeats_s: from the chart's tempo map, up to the first beat after the sound.
        offset_s: what was added to the chart's times.
        reviewed_s: where the strokes are the whole truth, ``(start, end)`` in order and apart: the
            whole song for a finished chart. Elsewhere nothing is known: mask the loss.
        rejected_times_s, rejected_drums: suggestions that a person threw away: hard negatives.
        grid: the strokes on frames, None in a dataset built without.
        mel: log-mel features ``[windows, T, bands]`` (``features/logmel.py``) when asked for.
        transient_mel: the same with steady sound taken away, when asked for.
    """

    song_id: str
    title: str
    artist: str
    charter: str
    domain: Domain
    split: str
    samples: Float32Array
    times_s: Float64Array
    drums: NDArray[np.int8]
    velocities: Float32Array
    beats_s: Float64Array
    downbeats_s: Float64Array
    offset_s: float
    reviewed_s: tuple[Span, ...]
    rejected_times_s: Float64Array = field(default_factory=lambda: np.zeros(0))
    rejected_drums: NDArray[np.int8] = field(default_factory=lambda: np.zeros(0, np.int8))
    grid: LabelGrid | None = None
    mel: Float32Array | None = None
    transient_mel: Float32Array | None = None
    duration_s: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Marks:
    """What duplicates are found by: landmarks of the sound, and a sketch of the chart uint32."""

    sound: Fingerprint
    chart: NDArray[np.uint32]


def shard_bytes(song: DatasetSong, marks: Marks | None = None) -> bytes:
    """``song`` as the content of a shard, with marks for finding duplicates."""
    arrays: dict[str, NDArray[Any]] = {
        "times_s": song.times_s.astype(np.float64),
        "drums": song.drums.astype(np.int8),
        "velocities": song.velocities.astype(np.float16),
        "beats_s": song.beats_s.astype(np.float64),
        "downbeats_s": song.downbeats_s.astype(np.float64),
        "rejected_times_s": song.rejected_times_s.astype(np.float64),
        "rejected_drums": song.rejected_drums.astype(np.int8),
    }
    peak = float(np.abs(song.samples).max(initial=0.0))
    if len(song.samples):
        arrays["flac"] = _to_flac(song.samples, peak)
    if song.grid is not None:
        arrays["grid_frames"] = song.grid.frames
        arrays["grid_classes"] = song.grid.classes
        arrays["grid_onset_any"] = song.grid.onset_any
    for name, values in (("mel", song.mel), ("transient_mel", song.transient_mel)):
        if values is not None:
            arrays[name] = values.astype(np.float16)
    if marks is not None:
        arrays["marks_hashes"], arrays["marks_frames"] = marks.sound.hashes, marks.sound.frames
        arrays["marks_chart"] = marks.chart
    arrays["meta"] = np.frombuffer(json.dumps(_meta(song, peak)).encode(), np.uint8)
    return _npz(arrays)


def _meta(song: DatasetSong, peak: float) -> dict[str, Any]:
    grid = song.grid.settings if song.grid is not None else None
    return {
        "version": VERSION,
        "song_id": song.song_id,
        "title": song.title,
        "artist": song.artist,
        "charter": song.charter,
        "domain": song.domain,
        "offset_s": song.offset_s,
        "reviewed_s": [list(span) for span in song.reviewed_s],
        "duration_s": song.duration_s,
        "peak": peak,
        "grid": None if grid is None else {"hop": grid.hop, "dilation": grid.dilation},
    }


def _npz(arrays: Arrays) -> bytes:
    """As ``numpy.savez``, deflating only what gains from it; the same arrays, the same bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, values in arrays.items():
            info = zipfile.ZipInfo(f"{name}.npy")
            packed = name in _DEFLATED
            info.compress_type = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
            with archive.open(info, "w", force_zip64=True) as file:
                np.lib.format.write_array(file, np.ascontiguousarray(values), allow_pickle=False)
    return buffer.getvalue()


def _to_flac(samples: Float32Array, peak: float) -> NDArray[np.uint8]:
    """16-bit FLAC of ``samples`` scaled so that ``peak`` is full scale."""
    scale = np.float32(_FULL_SCALE / max(peak, 1e-9))
    buffer = io.BytesIO()
    with soundfile.SoundFile(buffer, "w", SAMPLE_RATE, 1, "PCM_16", format="FLAC") as file:
        for start in range(0, len(samples), _BLOCK):
            block = np.round(samples[start : start + _BLOCK] * scale)
            file.write(np.clip(block, -_FULL_SCALE, _FULL_SCALE).astype(np.int16))
    return np.frombuffer(buffer.getvalue(), np.uint8)


def _from_flac(arrays: Arrays, peak: float) -> Float32Array:
    """The sound of a shard as it went into :func:`_to_flac`; empty where it was left out."""
    if "flac" not in arrays:
        return np.zeros(0, np.float32)
    pcm, _ = soundfile.read(io.BytesIO(arrays["flac"].tobytes()), dtype="int16")
    samples: Float32Array = pcm.astype(np.float32) * np.float32(peak / _FULL_SCALE)
    return samples


def parse_shard(data: bytes, name: str, split: str = "") -> DatasetSong:
    """The song of a shard's content.

    Raises:
        DatasetError: it is damaged or of a newer version; ``name`` is named.
    """
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            return _song({key: file[key] for key in file.files if "marks_" not in key}, split)
    except BROKEN_NPZ as error:
        raise DatasetError(f"The shard {name} is damaged; build the dataset again.") from error


def read_marks(path: Path) -> Marks:
    """Only the marks of a shard. Raises :class:`DatasetError`."""
    try:
        with path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
            meta = json.loads(file["meta"].tobytes())
            sound = Fingerprint(
                file["marks_hashes"].astype(np.uint32),
                file["marks_frames"].astype(np.int32),
                float(meta["duration_s"]),
            )
            return Marks(sound, file["marks_chart"].astype(np.uint32))
    except BROKEN_NPZ as error:
        raise DatasetError(f"The shard {path} is damaged; build the dataset again.") from error


def _song(arrays: Arrays, split: str) -> DatasetSong:
    meta = json.loads(arrays["meta"].tobytes())
    if meta["version"] != VERSION:
        raise ValueError("version")
    times, drums = arrays["times_s"].astype(np.float64), arrays["drums"].astype(np.int8)
    if times.ndim != 1 or times.shape != drums.shape or not _known(drums):
        raise ValueError("strokes")
    song = DatasetSong(
        song_id=str(meta["song_id"]),
        title=str(meta["title"]),
        artist=str(meta["artist"]),
        charter=str(meta["charter"]),
        domain="drums" if meta["domain"] == "drums" else "mix",
        split=split,
        samples=_from_flac(arrays, float(meta["peak"])),
        times_s=times,
        drums=drums,
        velocities=arrays["velocities"].astype(np.float32),
        beats_s=arrays["beats_s"].astype(np.float64),
        downbeats_s=arrays["downbeats_s"].astype(np.float64),
        offset_s=float(meta["offset_s"]),
        reviewed_s=tuple((float(start), float(end)) for start, end in meta["reviewed_s"]),
        rejected_times_s=arrays["rejected_times_s"].astype(np.float64),
        rejected_drums=arrays["rejected_drums"].astype(np.int8),
        duration_s=float(meta["duration_s"]),
    )
    return replace(
        song,
        grid=_grid(arrays, meta["grid"]),
        mel=_optional(arrays, "mel"),
        transient_mel=_optional(arrays, "transient_mel"),
    )


def _known(drums: NDArray[np.int8]) -> bool:
    return not drums.size or (int(drums.min()) >= 0 and int(drums.max()) < DRUM_COUNT)


def _grid(arrays: Arrays, settings: dict[str, Any] | None) -> LabelGrid | None:
    if settings is None:
        return None
    return LabelGrid(
        GridSettings(int(settings["hop"]), int(settings["dilation"])),
        arrays["grid_frames"].astype(np.int32),
        arrays["grid_classes"].astype(np.uint8),
        arrays["grid_onset_any"].astype(np.uint8),
    )


def _optional(arrays: Arrays, name: str) -> Float32Array | None:
    return arrays[name].astype(np.float32) if name in arrays else None
