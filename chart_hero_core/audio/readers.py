"""Reading sound files block by block, as mono, through soundfile or the ffmpeg program."""

import contextlib
import io
import os
import re
import shutil
import struct
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np
import soundfile

from chart_hero_core.audio.mp3_start import Mp3Start, mp3_start
from chart_hero_core.audio.wav_repair import RepairedWav, wav_repair
from chart_hero_core.base.arrays import Float32Array
from chart_hero_core.base.errors import AudioError
from chart_hero_core.base.files import name_for_c

# What file dialogs and folder scans take for sound, the best copy of a stem first.
SOUNDFILE_SUFFIXES = (".wav", ".flac", ".opus", ".ogg", ".oga", ".mp3", ".aiff", ".aif", ".w64")
FFMPEG_SUFFIXES = (".m4a", ".aac", ".wma", ".mp4", ".m4v", ".mkv", ".webm", ".mov", ".avi", ".wv")
AUDIO_SUFFIXES = SOUNDFILE_SUFFIXES + FFMPEG_SUFFIXES

_BLOCK_VALUES = 1 << 18  # samples of all channels together in one block: 1 MB of float32
_SMALL_BLOCK = 1024  # frames
_CANCELLED_SHARE = 0.03  # of the energy; two channels that have nothing in common keep half of it
_MAX_VALUE = 1e4  # 80 dB above full scale: no recording, a damaged or mislabelled float file
_MAX_RATE = 1 << 20
_MAX_CHANNELS = 1024  # libsndfile's own limit

# Playlists and concatenation scripts are not among these: a file can only ever mean itself.
_FFMPEG_FORMATS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mp3,aac,flac,wav,ogg,asf,aiff,wv,ape,tta,caf,amr,"
    "ac3,eac3,dts,flv,mpegts,mpeg,w64"
)
_AU_HEADER = struct.Struct(">4sIIIII")  # magic, data offset, data size, encoding, rate, channels
_AU_FLOAT = 6
_START = re.compile(r"^ +Duration: .*, start: (-[0-9.]+),", re.MULTILINE)
# What libsndfile's log says of sizes beyond the end of a file. Of wav files only that of the sound
# counts; those of W64 and RF64 files, which it does not check, are in the size of the whole.
_TOO_LARGE = re.compile(
    r"^ *(?:data|SSND|riff|Riff size) : (\d+) \(should be (\d+)\)", re.MULTILINE
)
_UNKNOWN_SIZE = 0xFFFF_FFFF  # what a program writes into a wav file that it sends to a pipe
_LARGEST_SIZE = 1 << 62  # the same in files that have room for more


class BlockReader:
    """A sound file being read. Iterating yields mono float32 blocks ``[n]``, the channel mean.

    Attributes:
        sample_rate: in Hz.
        frames: how many the file promises; 0 when it does not say.
        warnings: what was wrong but could be lived with; complete when the iteration ends.
        failed: the reading broke off before the end of the file.
        second_inverted: take the second of two channels upside down for the mean.
    """

    def __init__(self, sample_rate: int, frames: int) -> None:
        self.sample_rate = sample_rate
        self.frames = frames
        self.warnings: list[str] = []
        self.failed = False
        self.second_inverted = False
        self._damaged_values = 0
        self._energy = self._mean_energy = 0.0  # of two channels and of their mean

    @property
    def cancels(self) -> bool:
        """Whether next to nothing of two channels was left in the means yielded so far.

        A cable or a plug-in that inverts one channel is hardly noticed in headphones.
        """
        return self._mean_energy < _CANCELLED_SHARE * self._energy

    def __iter__(self) -> Iterator[Float32Array]:
        for block in self.channels():
            if block.shape[1] == 1:
                yield block[:, 0]
            elif block.shape[1] == 2:
                yield self._mean_of_two(block)
            else:
                yield block.mean(axis=1, dtype=np.float32)

    def _mean_of_two(self, block: Float32Array) -> Float32Array:
        if self.second_inverted:
            block = block * np.array([1.0, -1.0], dtype=np.float32)
        mean: Float32Array = block.mean(axis=1, dtype=np.float32)
        self._energy += float(np.vdot(block, block)) / 2
        self._mean_energy += float(np.vdot(mean, mean))
        return mean

    def channels(self) -> Iterator[Float32Array]:
        """The same blocks with their channels apart, ``[n, channels]``; for one iteration."""
        for block in self._blocks():
            sound = np.abs(block) <= _MAX_VALUE  # false for NaN, too
            if not sound.all():
                self._damaged_values += int(sound.size - np.count_nonzero(sound))
                block = np.where(sound, block, np.float32(0.0))
            yield block
        if self._damaged_values:
            self.warnings.append(
                f"{self._damaged_values} samples held no usable number and were muted."
            )

    def _blocks(self) -> Iterator[Float32Array]:
        raise NotImplementedError

    def close(self) -> None:
        """Let go of the file."""


class _SoundfileReader(BlockReader):
    def __init__(self, path: Path) -> None:
        self._path = path
        self._start = Mp3Start()
        self._repaired: RepairedWav | None = None
        self._file = self._opened_or_repaired()
        unfinished = self._reopen_from_its_start()
        frames = max(int(self._file.frames) - self._start.lead, 0)
        super().__init__(int(self._file.samplerate), frames)
        self._frames_a_block = max(_BLOCK_VALUES // self._file.channels, 1)
        if unfinished:
            self.warnings.append("Its header says that it is empty; the sound behind it was used.")
        if not self._start.certain:
            self.warnings.append(
                "It does not say where its sound begins, and games start it some 12 ms apart; "
                "chart an .ogg of it to be sure."
            )

    def _opened_or_repaired(self) -> Any:
        """The file; as it should be where it cannot be read as it is."""
        try:
            return self._opened()
        except soundfile.SoundFileError:
            repair = wav_repair(self._path)
            if repair is None:
                raise
            self._repaired = RepairedWav(self._path, repair)
            return self._opened()

    def _reopen_from_its_start(self) -> bool:
        """Where the header misleads, an unfinished wav file (the answer is whether it is one)
        or an mp3 file."""
        repair = None if self._file.frames else wav_repair(self._path)
        if repair is not None and repair.unfinished:
            self._repaired = RepairedWav(self._path, repair)
        elif self._file.format == "MP3":
            self._start = mp3_start(self._path)
        else:
            return False
        self._file.close()
        self._file = self._opened()
        return self._repaired is not None

    def _opened(self) -> Any:
        if self._repaired is not None:
            self._repaired.seek(0)
            return soundfile.SoundFile(self._repaired)
        counted = self._start.counted
        return soundfile.SoundFile(
            name_for_c(self._path) if counted is None else io.BytesIO(counted)
        )

    def _blocks(self) -> Iterator[Float32Array]:
        done = 0
        lead = self._start.lead
        if lead < 0:
            yield np.zeros((-lead, self._file.channels), dtype=np.float32)
        try:
            done = len(self._file.read(max(lead, 0), dtype="float32", always_2d=True))
            while True:
                block = self._file.read(self._frames_a_block, dtype="float32", always_2d=True)
                if not len(block):
                    break
                done += len(block)
                yield block
        except (soundfile.SoundFileError, RuntimeError):
            self.failed = True
            for block in self._last_blocks(done):
                done += len(block)
                yield block
        # Ogg and mp3 may promise a few frames more or less than they hold.
        missing_s = (lead + self.frames - done) / self.sample_rate
        if self.failed or missing_s > 0.1 or _is_cut_off(self._path, self._file.extra_info):
            self.warnings.append("The file is damaged or cut short; its readable part was used.")
        elif _goes_on(self._path):
            self.warnings.append(
                "It is several pieces of sound one after the other; only the first was read."
            )

    def _last_blocks(self, start: int) -> Iterator[Float32Array]:
        """The sound before the damage, in small blocks: a block that fails is lost whole."""
        with contextlib.suppress(soundfile.SoundFileError, RuntimeError):
            self._file.close()
            self._file = self._opened()
            self._file.seek(start)
            for _ in range(self._frames_a_block // _SMALL_BLOCK + 1):
                block = self._file.read(_SMALL_BLOCK, dtype="float32", always_2d=True)
                if not len(block):
                    break
                yield block

    def close(self) -> None:
        self._file.close()
        if self._repaired is not None:
            self._repaired.close()


class _FfmpegReader(BlockReader):
    """Has ffmpeg decode to a stream of big-endian floats with the smallest of headers (AU)."""

    def __init__(self, program: str, path: Path) -> None:
        with contextlib.ExitStack() as cleanup:
            self._complaints: IO[bytes] = cleanup.enter_context(tempfile.TemporaryFile())
            self._process = subprocess.Popen(
                _ffmpeg_command(program, path),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=self._complaints,
            )
            cleanup.callback(self._end_process)
            assert self._process.stdout is not None
            self._pipe: IO[bytes] = self._process.stdout
            rate, self._channels = self._read_header()
            super().__init__(rate, 0)
            self._cleanup = cleanup.pop_all()

    def _read_header(self) -> tuple[int, int]:
        head = self._pipe.read(_AU_HEADER.size)
        if len(head) == _AU_HEADER.size:
            magic, offset, _, encoding, rate, channels = _AU_HEADER.unpack(head)
            sane = 0 < rate <= _MAX_RATE and 0 < channels <= _MAX_CHANNELS
            if magic == b".snd" and encoding == _AU_FLOAT and sane and 24 <= offset <= 4096:
                self._pipe.read(offset - _AU_HEADER.size)
                return rate, channels
        raise AudioError("ffmpeg found no sound in it.")

    def _blocks(self) -> Iterator[Float32Array]:
        frame_bytes = 4 * self._channels
        block_bytes = max(_BLOCK_VALUES // self._channels, 1) * frame_bytes
        while data := self._pipe.read(block_bytes):
            whole = len(data) // frame_bytes * frame_bytes
            values = np.frombuffer(data[:whole], dtype=">f4").astype(np.float32)
            yield values.reshape(-1, self._channels)
        self.failed = self._process.wait() != 0
        if self.failed or os.fstat(self._complaints.fileno()).st_size:
            self.warnings.append("The file is damaged or cut short; its readable part was used.")

    def _end_process(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._process.wait()

    def close(self) -> None:
        self._cleanup.close()


def _ffmpeg_command(program: str, path: Path) -> list[str]:
    """Decode the first sound stream; a late start and gaps in its time stamps become silence."""
    return [
        *(program, "-nostdin", "-hide_banner", "-v", "error"),
        *("-itsoffset", _early_s(program, path), *_ffmpeg_input(path)),
        *("-map", "0:a:0", "-af", "aresample=async=1:first_pts=0"),
        *("-c:a", "pcm_f32be", "-f", "au", "pipe:1"),
    ]


def _ffmpeg_input(path: Path) -> list[str]:
    protocols = ("-protocol_whitelist", "file,pipe", "-format_whitelist", _FFMPEG_FORMATS)
    return [*protocols, "-i", f"file:{path.absolute()}"]


def _early_s(program: str, path: Path) -> str:
    """By how much a file says to start before its zero; ffmpeg would take that for the zero.

    What lies before is what a codec needs to start up, and is dropped in decoding: in WebM files
    with Opus all sound would come 7 ms late.
    """
    command = [program, "-nostdin", "-hide_banner", *_ffmpeg_input(path)]
    # Without anything to write it describes its input, and fails.
    stated = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    found = _START.search(stated.stderr.decode("utf-8", "replace"))
    return found[1] if found else "0"


@contextlib.contextmanager
def open_blocks(path: Path, *, force_ffmpeg: bool = False) -> Iterator[BlockReader]:
    """Open ``path`` for reading in blocks; closed again at the end of the ``with`` block.

    Args:
        path: the sound file.
        force_ffmpeg: do not try soundfile first.

    Raises:
        AudioError: not a file, not a sound, or a format that needs ffmpeg and there is none.
    """
    reader = _open(path, force_ffmpeg)
    try:
        yield reader
    finally:
        reader.close()


def ffmpeg_program() -> str | None:
    """The ffmpeg program on this machine, if any."""
    return shutil.which("ffmpeg")


def _open(path: Path, force_ffmpeg: bool) -> BlockReader:
    _check_is_file(path)
    cause: Exception | None = None
    if not force_ffmpeg and path.suffix.lower() not in FFMPEG_SUFFIXES:
        try:
            return _SoundfileReader(path)
        # soundfile raises TypeError for headerless formats that it knows by their suffix
        except (soundfile.SoundFileError, RuntimeError, TypeError, ValueError, OSError) as error:
            cause = error
    program = ffmpeg_program()
    if program is None:
        if path.suffix.lower() in FFMPEG_SUFFIXES:
            raise AudioError(
                f"Reading {path.name} needs ffmpeg: please install it, or convert the file to "
                "wav, flac, ogg, opus or mp3."
            ) from cause
        raise AudioError(f"{path.name} is not a sound file that can be read.") from cause
    try:
        return _FfmpegReader(program, path)
    except (AudioError, OSError) as error:
        raise AudioError(f"{path.name} is not a sound file that can be read.") from error


def _check_is_file(path: Path) -> None:
    try:
        if path.is_dir():
            raise AudioError(f"{path} is a folder, not a sound file.")
        if not path.is_file():
            raise AudioError(f"There is no file {path}.")
        if path.stat().st_size == 0:
            raise AudioError(f"{path.name} is empty.")
        with path.open("rb"):
            pass
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise AudioError(f"{path.name} cannot be opened: {_reason(error)}.") from error


def _reason(error: Any) -> str:
    return str(getattr(error, "strerror", None) or error)


def _is_cut_off(path: Path, log: str) -> bool:
    """Whether a file ends before its own structure does (soundfile only corrects the length)."""
    for stated, there in _TOO_LARGE.findall(log):
        if int(there) < int(stated) < _LARGEST_SIZE and int(stated) != _UNKNOWN_SIZE:
            return True
    page = _last_page(path)
    if page is None:
        return False
    segments = page[27 : 27 + page[26]] if len(page) >= 27 else b""
    ends_stream = len(page) >= 27 and bool(page[5] & 4)
    return not ends_stream or len(page) < 27 + len(segments) + sum(segments)


def _last_page(path: Path) -> bytes | None:
    """The last page of an Ogg file, empty where there is none; None for other files."""
    try:
        with path.open("rb") as file:
            if file.read(4) != b"OggS":
                return None
            file.seek(max(path.stat().st_size - 0x1_0000 - 512, 0))
            tail = file.read()
    except OSError:  # gone since it was opened; what was missing of it is told by its length
        return None
    page = tail.rfind(b"OggS")
    return tail[page:] if page >= 0 else b""


def _goes_on(path: Path) -> bool:
    """Whether an Ogg file ends with another stream than those that it begins with."""
    page = _last_page(path)
    if page is None or len(page) < 27:
        return False
    with contextlib.suppress(OSError), path.open("rb") as file:
        while len(head := file.read(27)) == 27 and head[5] & 2:  # the first page of a stream
            if head[14:18] == page[14:18]:
                return False
            file.seek(sum(file.read(head[26])), os.SEEK_CUR)
        return True
    return False
