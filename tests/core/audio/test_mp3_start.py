"""Where an mp3 begins: the expected numbers are what BASS 2.4.16.7 gave for the same files."""

import struct
from pathlib import Path

import pytest

from chart_hero_core.audio.io import load_audio
from chart_hero_core.audio.mp3_start import Mp3Start, mp3_start
from chart_hero_core.audio.readers import open_blocks

from .sounds import impulse, noise, peak_time_s, write

RATE = 44_100
ENCODER_DELAY = 1105  # frames by which libsndfile's own encoder makes a sound late


@pytest.fixture
def tagged(tmp_path: Path) -> bytes:
    """Two seconds with a stroke at 0.9 s, as libmp3lame writes them."""
    return write(tmp_path / "tagged.mp3", impulse(RATE, 2.0, 0.9), RATE).read_bytes()


def _first_frame(data: bytes) -> tuple[int, int]:
    """Where the first frame starts and the second one does."""
    start = data.index(b"\xff\xfb")
    return start, data.index(b"\xff\xfb", start + 4)


def _as_fraunhofer(tagged: bytes, delay: int) -> bytes:
    start, end = _first_frame(tagged)
    head = bytearray(tagged[start:end])
    head[4:] = bytes(len(head) - 4)
    head[36:62] = struct.pack(">4sHHHIIHHHH", b"VBRI", 1, delay, 75, len(tagged), 70, 1, 1, 2, 70)
    return tagged[:start] + bytes(head) + tagged[end:]


def test_what_a_file_with_lames_tag_says_is_left_to_the_decoder(
    tmp_path: Path, tagged: bytes
) -> None:
    path = tmp_path / "a.mp3"
    tag = b"ID3\x04\0\0\0\0\x0f\x50" + bytes(2000)  # as long as a small cover
    for start in (b"", tag, tag + tag, bytes(3000)):
        path.write_bytes(start + tagged)
        assert mp3_start(path) == Mp3Start()
        clip = load_audio(path)
        assert clip.duration_s == pytest.approx(2.0, abs=1e-4)
        assert clip.warnings == ()
        assert peak_time_s(clip.samples, clip.sample_rate) == pytest.approx(0.9, abs=1e-4)


@pytest.mark.parametrize(("delay", "lead"), [(0, 529), (576, 576), (1105, 1105), (2000, 2000)])
def test_fraunhofers_tag_is_heeded_as_games_do(
    tmp_path: Path, tagged: bytes, delay: int, lead: int
) -> None:
    path = tmp_path / "a.mp3"
    path.write_bytes(_as_fraunhofer(tagged, delay))
    clip = load_audio(path)
    assert clip.warnings == ()
    late_s = (1152 + ENCODER_DELAY - lead) / RATE  # the tag's own frame is played
    assert peak_time_s(clip.samples, clip.sample_rate) == pytest.approx(0.9 + late_s, abs=1e-4)
    with open_blocks(path) as reader:
        assert reader.frames == sum(len(block) for block in reader)


def test_a_file_that_says_nothing_is_read_whole_and_told(tmp_path: Path, tagged: bytes) -> None:
    path = tmp_path / "a.mp3"
    path.write_bytes(tagged[_first_frame(tagged)[1] :] + b"TAG" + bytes(125))
    clip = load_audio(path)
    assert len(clip.warnings) == 1
    assert "some 12 ms apart" in clip.warnings[0]
    late_s = ENCODER_DELAY / RATE
    assert peak_time_s(clip.samples, clip.sample_rate) == pytest.approx(0.9 + late_s, abs=1e-4)


def test_a_tag_without_the_delay_says_nothing_either(tmp_path: Path, tagged: bytes) -> None:
    path = tmp_path / "a.mp3"
    lame = tagged.index(b"LAME")
    path.write_bytes(tagged[:lame] + bytes(36) + tagged[lame + 36 :])
    assert mp3_start(path) == Mp3Start(certain=False)


def test_a_changing_bit_rate_without_a_tag_is_no_damage(tmp_path: Path) -> None:
    """Decoders guess the length by the first frame, and cut off what lies behind."""
    sound = noise(RATE, 10.0)
    sound[RATE:] *= 1e-5
    loud_first = write(tmp_path / "loud.mp3", sound, RATE).read_bytes()
    loud_last = write(tmp_path / "quiet.mp3", sound[::-1], RATE).read_bytes()
    path = tmp_path / "a.mp3"
    for data in (loud_first, loud_last):
        path.write_bytes(data[_first_frame(data)[1] :])
        with open_blocks(path) as reader:
            assert reader.frames == sum(len(block) for block in reader)
            assert reader.frames / RATE == pytest.approx(10.0, abs=0.1)
            assert not any("damaged" in warning for warning in reader.warnings)


def test_what_is_no_mp3_says_nothing(tmp_path: Path) -> None:
    for data in (
        b"\xff",
        b"ID3",
        b"\xff\xfb\x90\x64" * 3,
        bytes(50),
        b"ID3\x03\0\0\x7f\x7f\x7f\x7f",
    ):
        path = tmp_path / "a.mp3"
        path.write_bytes(data)
        assert mp3_start(path) == Mp3Start()
