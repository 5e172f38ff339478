"""The sound files of a song folder: their names, and how others become such."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import soundfile

from chart_hero_core.audio.readers import (
    AUDIO_SUFFIXES,
    ffmpeg_decoding,
    ffmpeg_program,
    open_blocks,
)
from chart_hero_core.base.errors import AudioError, ChartHeroError, FormatError, StorageError
from chart_hero_core.base.files import atomic_write

GAME_SUFFIXES = (".ogg", ".opus", ".mp3", ".wav")
STEMS = (
    *("song", "guitar", "rhythm", "bass", "keys", "vocals", "vocals_1", "vocals_2"),
    *("drums", "drums_1", "drums_2", "drums_3", "drums_4", "crowd", "preview"),
)
NOT_MUSIC = ("preview", "crowd")
_BLOCK_FRAMES = 4096  # libsndfile's Vorbis encoder overflows its stack on long blocks
_VORBIS_QUALITY = 0.7  # about 220 kbit/s in stereo
_PCM_RATE = 44_100


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
    suffix = source.suffix.lower()
    return f"{stem}{suffix if suffix in GAME_SUFFIXES else '.ogg'}"


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
    if source.suffix.lower() == target.suffix:
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
    """Copy a file atomically. Raises :class:`StorageError`."""
    try:
        file = source.open("rb")
    except OSError as error:
        raise StorageError(f"Could not read {source}: {error.strerror or error}.") from error
    with file, atomic_write(target) as out:
        shutil.copyfileobj(file, out, 1 << 20)


def _encode(source: Path, target: Path, silence_s: float = 0.0) -> None:
    try:
        with soundfile.SoundFile(source) as sound:
            _to_vorbis(sound, target, silence_s)
    except (soundfile.LibsndfileError, OSError):
        program = ffmpeg_program()
        if program is None:
            raise AudioError(
                f"{source.name} must be converted for games; please install ffmpeg or "
                "convert it to .ogg yourself."
            ) from None
        _encode_with_ffmpeg(program, source, target, silence_s)


def _encode_with_ffmpeg(program: str, source: Path, target: Path, silence_s: float) -> None:
    with tempfile.TemporaryDirectory(prefix="chart-hero-") as folder:
        wav = Path(folder) / "sound.wav"
        command = [*ffmpeg_decoding(program, source), "-ac", "2", "-ar", str(_PCM_RATE)]
        command.append(os.fspath(wav))
        done = subprocess.run(command, capture_output=True, check=False)
        if done.returncode:
            raise AudioError(f"{source.name} could not be read as sound.")
        try:
            with soundfile.SoundFile(wav) as sound:
                _to_vorbis(sound, target, silence_s)
        except (soundfile.LibsndfileError, OSError) as error:
            raise AudioError(f"{source.name} could not be converted to .ogg.") from error


def _to_vorbis(sound: soundfile.SoundFile, target: Path, silence_s: float) -> None:
    with (
        atomic_write(target) as out,
        soundfile.SoundFile(
            out,
            "w",
            sound.samplerate,
            sound.channels,
            format="OGG",
            subtype="VORBIS",
            compression_level=1 - _VORBIS_QUALITY,
        ) as encoded,
    ):
        silent = round(silence_s * sound.samplerate)
        for first in range(0, silent, _BLOCK_FRAMES):
            frames = min(_BLOCK_FRAMES, silent - first)
            encoded.write(np.zeros((frames, sound.channels), dtype=np.float32))
        for block in sound.blocks(_BLOCK_FRAMES, dtype="float32"):
            encoded.write(block)


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
