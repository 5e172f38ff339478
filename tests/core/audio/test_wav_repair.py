"""Wav files with the wrong structure: what they should have been, byte by byte."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from chart_hero_core.audio.io import load_audio
from chart_hero_core.audio.wav_repair import RepairedWav, wav_repair
from chart_hero_core.base.errors import AudioError

from .sounds import noise

_FORMAT = b"fmt \x10\0\0\0" + bytes(16)
_SOUND = b"data\x04\0\0\0abcd"


def _riff(*chunks: bytes) -> bytes:
    body = b"WAVE" + b"".join(chunks)
    return b"RIFF" + len(body).to_bytes(4, "little") + body


def _repaired(path: Path, data: bytes) -> bytes | None:
    path.write_bytes(data)
    repair = wav_repair(path)
    if repair is None:
        return None
    with RepairedWav(path, repair) as file:
        whole = file.read()
        for at in range(len(whole)):  # wherever a reader jumps to
            file.seek(at)
            assert file.read(7) == whole[at : at + 7]
        assert file.seek(-2, 2) == len(whole) - 2
    return whole


@pytest.mark.parametrize(
    "chunks",
    [
        (_FORMAT, b"LIST\x05\0\0\0INFOx%", _SOUND),
        (b"JUNK\x01\0\0\0x%", _FORMAT, b"abcd\x03\0\0\0xyz%", _SOUND, b"LIST\x04\0\0\0INFO"),
    ],
)
def test_missing_bytes_are_filled_in_and_others_left_alone(
    tmp_path: Path, chunks: tuple[bytes, ...]
) -> None:
    sound = tmp_path / "a.wav"
    missing = [chunk.replace(b"%", b"") for chunk in chunks]
    whole = _riff(*(chunk.replace(b"%", b"\0") for chunk in chunks))
    assert _repaired(sound, _riff(*missing)) == whole
    assert _repaired(sound, whole) is None
    garbage = _riff(*(chunk.replace(b"%", b"d") for chunk in chunks))  # "d" and "data": not "ddat"
    assert _repaired(sound, garbage) is None


def test_a_file_may_be_unfinished_and_lack_a_byte(tmp_path: Path) -> None:
    odd = b"LIST\x05\0\0\0INFOx"
    unfinished = _riff(_FORMAT, odd, b"data\0\0\0\0\1\2\3\4\5\6\7\x08\t")
    whole = _riff(_FORMAT, odd + b"\0", b"data\x09\0\0\0\1\2\3\4\5\6\7\x08\t")
    assert _repaired(tmp_path / "a.wav", unfinished) == whole


@pytest.mark.parametrize(
    "data", [b"", b"RIFF", _riff(), _riff(_FORMAT), _riff(_FORMAT, b"LIST\xff\xff\xff\x7fab")]
)
def test_what_has_no_sound_is_left_alone(tmp_path: Path, data: bytes) -> None:
    assert _repaired(tmp_path / "a.wav", data) is None


@pytest.mark.parametrize("whole_size", [0, 8, 36, None])
@pytest.mark.parametrize("subtype", ["PCM_16", "PCM_24", "FLOAT"])
def test_a_recording_that_was_never_finished_is_read(
    tmp_path: Path, whole_size: int | None, subtype: str
) -> None:
    path = tmp_path / "stopped.wav"
    sound = noise(22_050, 1.0)
    soundfile.write(path, sound, 22_050, subtype)
    data = path.read_bytes()
    at = data.index(b"data") + 4
    whole = data[4:8] if whole_size is None else whole_size.to_bytes(4, "little")
    path.write_bytes(data[:4] + whole + data[8:at] + bytes(4) + data[at + 4 :])
    clip = load_audio(path)
    assert np.abs(clip.samples - sound.astype(np.float32)).max() < 1e-4
    if whole_size != 8:  # libsndfile itself knows of these
        assert clip.warnings[0].startswith("stopped.wav: Its header says that it is empty")
        assert len(clip.warnings) == 1


@pytest.mark.parametrize("where", [b"fmt ", b"data"])
def test_a_wav_whose_odd_chunk_was_not_filled_up_is_read(tmp_path: Path, where: bytes) -> None:
    path = tmp_path / "odd.wav"
    sound = noise(22_050, 1.0).astype(np.float32)
    soundfile.write(path, sound, 22_050, "FLOAT")
    data = path.read_bytes()
    at = data.index(where)
    odd = b"JUNK\x05\0\0\0abcde" + b"LIST\x07\0\0\0INFOabc"
    path.write_bytes(data[:at] + odd + data[at:])
    with pytest.raises(soundfile.SoundFileError):
        soundfile.read(path)
    clip = load_audio(path)
    assert np.array_equal(clip.samples, sound)
    assert clip.warnings == ()
    path.write_bytes(path.read_bytes()[:-2000])
    assert "cut short" in load_audio(path).warnings[0]


def test_an_empty_wav_that_says_more_of_itself_stays_empty(tmp_path: Path) -> None:
    path = tmp_path / "empty.wav"
    soundfile.write(path, np.zeros(0), 22_050, "PCM_16")
    data = path.read_bytes()
    path.write_bytes(data[: data.index(b"data") + 8] + b"LIST\x04\0\0\0INFO")
    with pytest.raises(AudioError, match="holds no sound"):
        load_audio(path)
