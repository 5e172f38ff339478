"""From sound files and song folders to one mono clip, whatever the files' length and rate."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soxr

from chart_hero_core.audio.readers import (
    AUDIO_SUFFIXES,
    BlockReader,
    ffmpeg_program,
    open_blocks,
)
from chart_hero_core.base.arrays import Float32Array
from chart_hero_core.base.domains import Domain, WantedDomain
from chart_hero_core.base.errors import AudioError
from chart_hero_core.base.progress import Progress, SilentProgress, SubProgress

DEFAULT_SAMPLE_RATE = 22050
MAX_DURATION_S = 4 * 3600.0  # a few kilobytes of flac can promise days of silence
_PREALLOCATE_S = 3600.0  # trust a header's promise only so far
SILENCE_PEAK = 1e-5  # -100 dBFS: below the last bit of 16-bit audio
_CANCELLING = (
    "Its two channels cancel each other out, so one of them was inverted for listening; in mono "
    "nobody would hear the song, please mend the file."
)


@dataclass(frozen=True, slots=True, eq=False)
class AudioClip:
    """Mono sound. ``samples`` is read-only float32 ``[T]``, full scale at 1 (may exceed it).

    ``warnings`` are sentences about what was wrong with the source but could be lived with.
    """

    samples: Float32Array
    sample_rate: int
    warnings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.samples.ndim != 1 or self.sample_rate <= 0:
            raise ValueError(f"not mono sound: {self.samples.shape} at {self.sample_rate} Hz")
        view = np.asarray(self.samples, dtype=np.float32).view()
        view.flags.writeable = False
        object.__setattr__(self, "samples", view)

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return len(self.samples) / self.sample_rate


@dataclass(frozen=True, slots=True)
class SongAudio:
    """Which files of a song to listen to.

    Attributes:
        source: what was asked for: a sound file or a song folder.
        folder: the song's folder.
        title: a name to show: the file's or the folder's.
        drums: files that together are the drums alone; empty when there are none.
        mix: files that together are the whole song.
    """

    source: Path
    folder: Path
    title: str
    drums: tuple[Path, ...]
    mix: tuple[Path, ...]


class _Buffer:
    """A float32 array that grows in place, so that a long song is held only once."""

    def __init__(self, expected: int) -> None:
        self._values = np.empty(max(expected, 1024), dtype=np.float32)
        self.size = 0

    def append(self, block: Float32Array) -> None:
        needed = self.size + len(block)
        if needed > len(self._values):
            grown = max(needed, len(self._values) + len(self._values) // 4)
            self._values.resize(grown, refcheck=False)
        self._values[self.size : needed] = block
        self.size = needed

    def finish(self) -> Float32Array:
        self._values.resize(self.size, refcheck=False)
        return self._values


def load_audio(
    path: Path, sample_rate: int = DEFAULT_SAMPLE_RATE, *, progress: Progress | None = None
) -> AudioClip:
    """Decode ``path`` to mono (the mean of its channels) at ``sample_rate``.

    Reads in blocks, so memory stays at the size of the result. Resampling (soxr HQ) has zero
    delay. A damaged file gives its readable part and a warning; of two channels that cancel each
    other out, one is inverted.

    Raises:
        AudioError: not a sound file, nothing readable in it, or longer than ``MAX_DURATION_S``.
    """
    progress = progress or SilentProgress()
    with open_blocks(path) as reader:
        samples = _read_all(path, reader, sample_rate, progress)
        warnings, failed = reader.warnings, reader.failed
    if reader.cancels:
        samples = _read_inverted(path, sample_rate, progress)
        warnings = [*warnings, _CANCELLING]
    elif failed and ffmpeg_program() is not None:
        salvaged = _read_with_ffmpeg(path, sample_rate, progress)
        if len(salvaged) > len(samples) + sample_rate:  # worth more than a second
            broken_s = len(samples) / sample_rate
            warnings = [f"It is damaged at {broken_s:.1f} s; what follows may be out of time."]
            samples = salvaged
    if not len(samples):
        raise AudioError(f"{path.name} holds no sound.")
    if max(float(samples.max()), -float(samples.min())) < SILENCE_PEAK:
        warnings = [*warnings, "The file is silent."]
    progress.report(1.0, f"Read {path.name}")
    return AudioClip(samples, sample_rate, tuple(f"{path.name}: {text}" for text in warnings))


def _read_all(
    path: Path, reader: BlockReader, sample_rate: int, progress: Progress
) -> Float32Array:
    rate = reader.sample_rate
    expected_s = reader.frames / rate
    buffer = _Buffer(int(min(expected_s, _PREALLOCATE_S) * sample_rate) + 64)
    resampler = None
    if rate != sample_rate:
        resampler = soxr.ResampleStream(rate, sample_rate, 1, dtype="float32")
    frames = 0
    for block in reader:
        progress.check_cancelled()
        frames += len(block)
        if frames > MAX_DURATION_S * rate:
            raise AudioError(f"{path.name} is longer than {MAX_DURATION_S / 3600:.0f} hours.")
        buffer.append(block if resampler is None else resampler.resample_chunk(block))
        if reader.frames:
            progress.report(frames / reader.frames, f"Reading {path.name}")
    if resampler is not None and frames:
        buffer.append(resampler.resample_chunk(np.zeros(0, dtype=np.float32), last=True))
        if not buffer.size:
            buffer.append(np.zeros(1, dtype=np.float32))  # shorter than one sample of the result
    return buffer.finish()


def _read_inverted(path: Path, sample_rate: int, progress: Progress) -> Float32Array:
    with open_blocks(path) as reader:
        reader.second_inverted = True
        return _read_all(path, reader, sample_rate, progress)


def _read_with_ffmpeg(path: Path, sample_rate: int, progress: Progress) -> Float32Array:
    """What ffmpeg, which skips damage and goes on, reads of the file; nothing if it cannot."""
    try:
        with open_blocks(path, force_ffmpeg=True) as reader:
            return _read_all(path, reader, sample_rate, progress)
    except AudioError:
        return np.zeros(0, dtype=np.float32)


def song_audio(path: Path) -> SongAudio:
    """Find what to listen to for a sound file, a song folder, or a chart inside one.

    Drums: ``drums.*``, else ``drums_1..4.*``. Mix: the only sound there is, or ``song.*`` with all
    the other stems (beside stems ``song`` is only the backing). ``preview`` and ``crowd`` are
    not listened to. What source separators write is known by the words in its name:
    ``Title (drums).wav`` beside ``Title.mp3`` or beside the rest of the song in stems.

    Raises:
        AudioError: nothing there, or no telling which of several files is the song.
    """
    if path.is_dir():
        return _folder_audio(path, path)
    if path.suffix.lower() in (".chart", ".mid", ".midi", ".ini") and path.is_file():
        return _folder_audio(path, path.parent)
    if not path.is_file():
        raise AudioError(f"There is no file or folder {path}.")
    if (way_out := _UNPACKED_BY.get(path.suffix.lower())) is not None:
        raise AudioError(f"{path.name} is packed: {way_out}, and give the folder.")
    drums = (path,) if _is_drum_stem(path.stem.lower()) else ()
    return SongAudio(path, path.parent, path.stem, drums, (path,))


# What holds songs, and how to get at them.
_UNPACKED_BY = {
    ".sng": "unpack it with 'chart-hero convert PACKAGE.sng FOLDER'",
    ".zip": "unpack it",
}
NUMBERED_DRUMS = ("drums_1", "drums_2", "drums_3", "drums_4")
_OTHER_STEMS = (
    *("guitar", "rhythm", "bass", "keys", "vocals", "vocals_1", "vocals_2"),
    *("guitar_coop", "other", "backing", "no_drums"),
)
NOT_MUSIC = ("preview", "crowd")


# "drums" as a word of its own, as stems are named by hand: "My Song (drums)", "song.drums"; the
# rest of a song is "My Song (no drums)".
_DRUMS_WORD = re.compile(r"(?<![a-z])(?<!no[ _-])(?<!without[ _-])drums?(?![a-z])")
_REST_WORD = re.compile(
    r"(?<![a-z])(no[ _-]drums|without[ _-]drums|drumless|instrumental|bass|vocals?|guitar|piano"
    r"|keys|other)(?![a-z])"
)


def _is_drum_stem(name: str) -> bool:
    return name in NUMBERED_DRUMS or _DRUMS_WORD.search(name) is not None


def _folder_audio(source: Path, folder: Path) -> SongAudio:
    files = _sound_files(folder)
    music = [file for name, file in files.items() if name not in NOT_MUSIC]
    drums = _present(files, ["drums"]) or _present(files, NUMBERED_DRUMS)
    mix = _present(files, ["song"]) + drums + _present(files, _OTHER_STEMS)
    if not drums:
        drums, rest = _separated(music)
        mix = mix if "song" in files else rest or mix
    if not mix:
        if not music:
            raise AudioError(f"There is no sound file in {folder}.")
        if len(music) > 1:
            names = ", ".join(file.name for file in music[:4])
            raise AudioError(
                f"{folder} holds several sound files ({names}) and none is called song or drums; "
                "please choose one of them."
            )
        mix = tuple(music)
    title = folder.name or folder.resolve().name
    return SongAudio(source, folder, title, drums, mix)


def _separated(music: Sequence[Path]) -> tuple[tuple[Path, ...], tuple[Path, ...]]:
    """The drums and the mix of a song among files as separators name them; empty where unclear."""
    drums = tuple(file for file in music if _is_drum_stem(file.stem.lower()))
    if len(drums) != 1:
        return (), ()
    title = _DRUMS_WORD.split(drums[0].stem.lower())[0].rstrip(" _-.([")
    others = [file for file in music if file not in drums]
    rest = [file for file in others if _REST_WORD.search(file.stem.lower().removeprefix(title))]
    whole = [file for file in others if file not in rest]
    if len(whole) > 1:
        return (), ()
    return drums, tuple(whole or [*drums, *rest])


def _sound_files(folder: Path) -> dict[str, Path]:
    """Sound files by lower-case name without suffix; of several copies the best format."""
    best: dict[str, Path] = {}
    try:
        entries = sorted(folder.iterdir())
    except OSError as error:
        raise AudioError(f"{folder} cannot be read: {error.strerror or error}.") from error
    for file in entries:
        suffix = file.suffix.lower()
        # Videos beside a chart are its background, not its sound.
        if suffix not in AUDIO_SUFFIXES or file.stem.lower() == "video" or not file.is_file():
            continue
        rival = best.get(file.stem.lower())
        if rival is None or _rank(file) < _rank(rival):
            best[file.stem.lower()] = file
    return best


def _rank(file: Path) -> int:
    return AUDIO_SUFFIXES.index(file.suffix.lower())


def _present(files: dict[str, Path], names: Iterable[str]) -> tuple[Path, ...]:
    return tuple(files[name] for name in names if name in files)


def load_song_audio(
    song: SongAudio,
    domain: WantedDomain = "auto",
    sample_rate: int = DEFAULT_SAMPLE_RATE,
    progress: Progress | None = None,
) -> tuple[AudioClip, Domain]:
    """The drums or the whole of a song as one clip, and which of the two it is.

    Stems are added at equal level, the shorter ones padded with silence. ``auto`` takes the drums
    where they exist. A single file is taken for whatever ``domain`` says it is.

    Raises:
        AudioError: drums were asked for and there are none, or a file cannot be read.
    """
    given_as_file = song.mix == (song.source,)
    chosen: Domain = "drums" if domain == "drums" or (domain == "auto" and song.drums) else "mix"
    files = song.drums if chosen == "drums" else song.mix
    if not files and given_as_file:
        files = song.mix
    if not files:
        raise AudioError(f"{song.title} has no drum stem; please use the whole mix instead.")
    return _add_up(files, sample_rate, progress or SilentProgress()), chosen


def _add_up(files: tuple[Path, ...], sample_rate: int, progress: Progress) -> AudioClip:
    if len(files) == 1:
        return load_audio(files[0], sample_rate, progress=progress)
    total = np.zeros(0, dtype=np.float32)
    warnings: list[str] = []
    for index, file in enumerate(files):
        part = SubProgress(progress, index / len(files), (index + 1) / len(files))
        clip = load_audio(file, sample_rate, progress=part)
        if len(clip.samples) > len(total):
            total.resize(len(clip.samples), refcheck=False)  # new values are zero
        total[: len(clip.samples)] += clip.samples
        warnings.extend(clip.warnings)
    return AudioClip(total, sample_rate, tuple(warnings))
