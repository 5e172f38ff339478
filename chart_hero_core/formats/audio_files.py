"""The sound files of a song folder: their names, and converting other files to them."""

import contextlib
import itertools
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import soundfile
import soxr

from chart_hero_core.audio.io import NUMBERED_DRUMS
from chart_hero_core.audio.readers import AUDIO_SUFFIXES, ffmpeg_program, open_blocks
from chart_hero_core.audio.wav_repair import RepairedWav, wav_repair
from chart_hero_core.base.arrays import Float32Array
from chart_hero_core.base.errors import AudioError, ChartHeroError, FormatError, StorageError
from chart_hero_core.base.files import atomic_write, name_for_c, patient

GAME_SUFFIXES = (".ogg", ".opus", ".mp3", ".wav")
STEMS = (
    *("song", "guitar", "rhythm", "bass", "keys", "vocals", "vocals_1", "vocals_2"),
    *("drums", *NUMBERED_DRUMS, "crowd", "preview"),
)
_BLOCK_FRAMES = 4096  # libsndfile's Vorbis encoder overflows its stack on long blocks
_VORBIS_QUALITY = 0.7  # about 220 kbit/s in stereo
# Beyond these the Vorbis encoder refuses or crashes.
_LEAST_RATE, _MOST_RATE = 8_000, 192_000
_USUAL_RATE = 44_100
# Of so many channels, those in the middle and the bass; the others are left and right in turn.
_MIDDLE_CHANNELS = {3: (2,), 5: (2,), 6: (2, 3), 7: (2, 3, 4), 8: (2, 3)}
# What the games play, and how it is called (AIFF: as it came): formats of libsndfile, and codings.
_GAME_FORMATS = {"WAV": ".wav", "WAVEX": ".wav", "MP3": ".mp3", "AIFF": ""}
_GAME_CODINGS = ("VORBIS", "OPUS")


def find_stems(folder: Path) -> dict[str, Path]:
    """The sound files of a folder with the names that games know, by stem.

    Of several for one stem the format that games read wins.

    Raises:
        FormatError: the folder cannot be read.
    """
    found: dict[str, Path] = {}
    try:
        files = sorted(file for file in folder.iterdir() if file.is_file())
    except OSError as error:
        raise FormatError(f"Could not read {folder}: {error.strerror or error}.") from error
    others = (suffix for suffix in AUDIO_SUFFIXES if suffix not in GAME_SUFFIXES)
    for suffix in (*GAME_SUFFIXES, *others):
        for file in files:
            stem = file.stem.lower()
            if stem in STEMS and file.suffix.lower() == suffix:
                found.setdefault(stem, file)
    return {stem: found[stem] for stem in STEMS if stem in found}


def target_name(stem: str, source: Path) -> str:
    """The name of a stem inside a song folder. Raises :class:`FormatError` for a foreign stem."""
    if stem not in STEMS:
        raise FormatError(f"{stem} is no name of a sound file that games know.")
    return f"{stem}{playable_suffix(source) or '.ogg'}"


def playable_suffix(source: Path) -> str | None:
    """What games expect at the end of the file's name; None where they cannot play it as it is.

    That is by what is in it, since a game may go by the name: an mp3 called .wav is an .mp3.
    """
    suffix = source.suffix.lower()
    if suffix not in GAME_SUFFIXES:
        return None
    try:
        info = soundfile.info(name_for_c(source))
    except (soundfile.SoundFileError, RuntimeError, OSError):
        try:
            with open_blocks(source):
                return None
        except AudioError:
            return suffix  # no sound at all: nothing would be won
    if info.format in _GAME_FORMATS:
        return _GAME_FORMATS[info.format] or suffix
    if info.subtype not in _GAME_CODINGS:
        return None
    # Either name is usual for Opus.
    return ".opus" if suffix == ".opus" and info.subtype == "OPUS" else ".ogg"


def place_audio(source: Path, target: Path) -> bool:
    """Bring ``source`` to ``target`` (see :func:`target_name`), encoding it if games need that.

    Returns:
        Whether anything was written; a file that is already there is left alone.

    Raises:
        AudioError: ``source`` cannot be read.
        StorageError: ``target`` cannot be written.
    """
    if not source.is_file():
        raise AudioError(f"There is no sound file {source}.")
    if target.exists() and source.samefile(target):
        return False
    if playable_suffix(source) == target.suffix:
        copy_file(source, target)
    else:
        _encode(source, target)
    return True


def encode_later(source: Path, target: Path, silence_s: float) -> None:
    """Write ``source`` as Ogg Vorbis to ``target``, with silence before it.

    Raises:
        AudioError: ``source`` cannot be read.
        StorageError: ``target`` cannot be written.
    """
    if not source.is_file():
        raise AudioError(f"There is no sound file {source}.")
    _encode(source, target, silence_s)


def copy_file(source: Path, target: Path) -> None:
    """Copy a file atomically; a wav file becomes well formed. Raises :class:`StorageError`."""
    is_wav = ".wav" in (source.suffix.lower(), target.suffix.lower())
    try:
        repair = wav_repair(source) if is_wav else None
        file = source.open("rb") if repair is None else RepairedWav(source, repair)
    except OSError as error:
        raise StorageError(f"Could not read {source}: {error.strerror or error}.") from error
    with file, atomic_write(target) as out:
        shutil.copyfileobj(file, out, 1 << 20)


def _encode(source: Path, target: Path, silence_s: float = 0.0) -> None:
    """Write as Ogg Vorbis what was listened to, with whatever reads it."""
    broken = _encode_blocks(source, target, silence_s)
    if broken and ffmpeg_program() is not None:
        with contextlib.suppress(AudioError):
            _encode_blocks(source, target, silence_s, force_ffmpeg=True)


def _encode_blocks(
    source: Path, target: Path, silence_s: float, *, force_ffmpeg: bool = False
) -> bool:
    """Returns whether the reading broke off before the end of the file."""
    with open_blocks(source, force_ffmpeg=force_ffmpeg) as reader:
        rate = reader.sample_rate
        if not _LEAST_RATE <= rate <= _MOST_RATE:
            rate = _USUAL_RATE
        blocks = _at_rate(_for_two_ears(reader.channels()), reader.sample_rate, rate)
        first = next(blocks, None)
        if first is None:
            raise AudioError(f"{source.name} holds no sound.")
        silence = np.zeros((round(silence_s * rate), first.shape[1]), dtype=np.float32)
        _to_vorbis(itertools.chain((silence, first), blocks), target, rate, first.shape[1])
        return reader.failed


def _for_two_ears(blocks: Iterable[Float32Array]) -> Iterator[Float32Array]:
    """Blocks of one or two channels; more would be in another order in Vorbis."""
    for block in blocks:
        count = block.shape[1]
        if count <= 2:
            yield block
            continue
        shared = _MIDDLE_CHANNELS.get(count, ())
        sided = [channel for channel in range(count) if channel not in shared]
        sides = [block[:, [*sided[side::2], *shared]].mean(axis=1) for side in (0, 1)]
        yield np.stack(sides, axis=1)


def _at_rate(blocks: Iterator[Float32Array], old: int, new: int) -> Iterator[Float32Array]:
    first = next(blocks, None)
    if old == new or first is None:
        yield from () if first is None else itertools.chain((first,), blocks)
        return
    resampler = soxr.ResampleStream(old, new, first.shape[1], dtype="float32")
    for block in itertools.chain((first,), blocks):
        yield resampler.resample_chunk(block)
    yield resampler.resample_chunk(first[:0], last=True)


def _to_vorbis(blocks: Iterable[Float32Array], target: Path, rate: int, channels: int) -> None:
    with (
        atomic_write(target) as file,
        patient(file) as out,
        soundfile.SoundFile(
            out,
            "w",
            rate,
            channels,
            format="OGG",
            subtype="VORBIS",
            compression_level=1 - _VORBIS_QUALITY,
        ) as encoded,
    ):
        for block in blocks:
            for first in range(0, len(block), _BLOCK_FRAMES):
                encoded.write(block[first : first + _BLOCK_FRAMES])


def audio_length_s(files: list[Path]) -> float | None:
    """The length of the longest sound file that tells its own, None without one."""
    lengths: list[float] = []
    for file in files:
        try:
            with open_blocks(file) as reader:
                if reader.frames:
                    lengths.append(reader.frames / reader.sample_rate)
        except ChartHeroError:
            continue
    return max(lengths, default=None)
