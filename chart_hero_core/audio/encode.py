"""Writing a song's audio in a form the games play."""

import contextlib
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import soundfile as sf
import soxr

from chart_hero_core.audio.readers import ffmpeg_program
from chart_hero_core.base.drums import FloatArray
from chart_hero_core.base.errors import AudioError
from chart_hero_core.base.files import atomic_write
from chart_hero_core.base.progress import Progress

PLAYABLE = (".ogg", ".opus", ".mp3", ".wav")
_BLOCK_FRAMES = 65536  # libsndfile's Vorbis encoder overflows its stack on very long blocks
_VORBIS_QUALITY = 0.2  # libsndfile's compression level, 0 (best) to 1; this is about 200 kbit/s


def provide_playable(source: Path, folder: Path, stem: str, progress: Progress) -> Path:
    """Put ``source`` into ``folder`` as ``stem`` plus an extension the games know.

    Files they play are copied as they are, others encoded as Ogg Vorbis. Written atomically.

    Raises:
        AudioError: the source cannot be read.
        StorageError: the folder cannot be written.
    """
    suffix = source.suffix.lower()
    if suffix in PLAYABLE:
        target = folder / f"{stem}{suffix}"
        if target.exists() and target.samefile(source):
            return target
        with source.open("rb") as original, atomic_write(target) as copy:
            shutil.copyfileobj(original, copy)
        return target
    target = folder / f"{stem}.ogg"
    _encode_vorbis(source, target, progress)
    return target


def _encode_vorbis(source: Path, target: Path, progress: Progress) -> None:
    """Through soundfile where it can read the source (channels kept), else through ffmpeg."""
    try:
        reader = sf.SoundFile(str(source))
    except (sf.SoundFileError, RuntimeError, OSError):
        _encode_with_ffmpeg(source, target)
        return
    with reader, atomic_write(target) as file:
        rate = reader.samplerate if 8000 <= reader.samplerate <= 48000 else 44100
        resampler = soxr.ResampleStream(reader.samplerate, rate, reader.channels, dtype="float32")
        with sf.SoundFile(
            file,
            "w",
            rate,
            reader.channels,
            format="OGG",
            subtype="VORBIS",
            compression_level=_VORBIS_QUALITY,
        ) as encoder:
            for block in _blocks(reader, source):
                progress.check_cancelled()
                encoder.write(resampler.resample_chunk(block))
                progress.report(reader.tell() / max(reader.frames, 1), "Encoding the audio")
            silence = np.zeros((0, reader.channels), np.float32)
            encoder.write(resampler.resample_chunk(silence, last=True))


def _blocks(reader: sf.SoundFile, source: Path) -> Iterator[FloatArray]:
    """What can be read; a damaged file ends where the damage begins."""
    empty = True
    with contextlib.suppress(sf.SoundFileError, RuntimeError):
        while len(block := reader.read(_BLOCK_FRAMES, dtype="float32", always_2d=True)):
            empty = False
            yield block
    if empty:
        raise AudioError(f"{source.name} holds no sound.")


def _encode_with_ffmpeg(source: Path, target: Path) -> None:
    program = ffmpeg_program()
    if program is None:
        raise AudioError(f"{source.name} needs ffmpeg to be read; install it and try again.")
    with atomic_write(target) as file:
        command = [program, "-nostdin", "-v", "error", "-protocol_whitelist", "file", "-i"]
        command += [
            str(source.resolve()),
            "-vn",
            "-c:a",
            "libvorbis",
            "-q:a",
            "6",
            "-f",
            "ogg",
            "-",
        ]
        done = subprocess.run(command, stdout=file, stderr=subprocess.PIPE, check=False)
        if done.returncode != 0:
            raise AudioError(f"{source.name} could not be encoded as Ogg Vorbis.")
