"""Sound files that are damaged, cut short, or no sound at all."""

import contextlib
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chart_hero_core.audio import io, readers
from chart_hero_core.audio.io import load_audio
from chart_hero_core.base.errors import AudioError
from chart_hero_core.base.progress import CallbackProgress

from .sounds import noise, write


def _bad_files(folder: Path) -> dict[str, Path]:
    (folder / "dir.wav").mkdir()
    (folder / "empty.wav").touch()
    (folder / "text.wav").write_text("Dear diary, this is not a sound.\n" * 50)
    (folder / "list.wav").write_text("ffconcat version 1.0\nfile '/etc/hostname'\n")
    write(folder / "none.wav", np.zeros(0, dtype=np.float32), 22050)
    (folder / "riff.wav").write_bytes((folder / "none.wav").read_bytes()[:20])
    (folder / "x.raw").write_bytes(b"\x00" * 64)
    names = ("dir.wav", "empty.wav", "text.wav", "list.wav", "none.wav", "riff.wav", "x.raw")
    return {name: folder / name for name in (*names, "absent.wav", "nul\0.wav")}


@pytest.mark.parametrize("with_ffmpeg", [True, False])
def test_what_is_no_sound_gives_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, with_ffmpeg: bool
) -> None:
    if not with_ffmpeg:
        monkeypatch.setattr(readers, "ffmpeg_program", lambda: None)
    for name, path in _bad_files(tmp_path).items():
        with pytest.raises(AudioError) as caught:
            load_audio(path)
        text = str(caught.value)
        assert text.endswith(".")
        assert "\n" not in text, name


@pytest.mark.parametrize("suffix", [".wav", ".flac", ".ogg", ".opus", ".mp3"])
def test_a_truncated_file_gives_its_first_part(tmp_path: Path, suffix: str) -> None:
    sound = noise(48000, 4.0)
    whole = write(tmp_path / f"whole{suffix}", sound, 48000)
    data = whole.read_bytes()
    cut = tmp_path / f"cut{suffix}"
    cut.write_bytes(data[: len(data) * 6 // 10])
    clip = load_audio(cut)
    assert 1.5 < clip.duration_s < 2.8
    cut_short = f"cut{suffix}: The file is damaged or cut short; its readable part was used."
    assert clip.warnings == (cut_short,)
    reference = load_audio(whole)
    assert reference.warnings == ()
    count = int(1.4 * 22050)  # mp3 and ogg fade into the cut
    assert np.allclose(clip.samples[:count], reference.samples[:count], atol=1e-3)


@pytest.mark.parametrize(
    ("form", "coding"),
    [("AIFF", "PCM_16"), ("AIFF", "FLOAT"), ("W64", "PCM_24"), ("RF64", "PCM_16"), ("WAV", "ULAW")],
)
def test_a_header_that_promises_more_than_there_is(tmp_path: Path, form: str, coding: str) -> None:
    path = tmp_path / "a.aiff"
    soundfile.write(path, noise(48000, 4.0), 48000, coding, format=form)
    assert load_audio(path).warnings == ()
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 6 // 10])
    clip = load_audio(path)
    assert clip.duration_s == pytest.approx(2.4, abs=0.01)
    assert clip.warnings == (
        "a.aiff: The file is damaged or cut short; its readable part was used.",
    )


def test_of_ogg_files_one_after_the_other_only_the_first_is_read(tmp_path: Path) -> None:
    one = write(tmp_path / "one.ogg", noise(48000, 1.5), 48000).read_bytes()
    other = write(tmp_path / "other.ogg", noise(44100, 1.0), 44100).read_bytes()
    path = tmp_path / "both.ogg"
    path.write_bytes(one + other)
    clip = load_audio(path)
    assert clip.duration_s == pytest.approx(1.5, abs=0.01)
    assert clip.warnings == (
        "both.ogg: It is several pieces of sound one after the other; only the first was read.",
    )


@pytest.mark.parametrize("suffix", [".wav", ".ogg", ".mp3"])
def test_a_file_that_is_deleted_while_it_is_read(tmp_path: Path, suffix: str) -> None:
    path = write(tmp_path / f"a{suffix}", noise(44100, 8.0), 44100)

    def delete(_fraction: float, _message: str) -> None:
        # Windows keeps a file that is open.
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)

    clip = load_audio(path, progress=CallbackProgress(delete))
    assert clip.duration_s == pytest.approx(8.0, abs=0.1)


def test_damage_in_the_middle_says_where(tmp_path: Path) -> None:
    path = write(tmp_path / "a.flac", noise(44100, 8.0), 44100)
    data = bytearray(path.read_bytes())
    third = len(data) // 2
    for index in range(third, third + 3000):
        data[index] ^= 0x5A
    path.write_bytes(data)
    clip = load_audio(path)
    assert len(clip.warnings) == 1
    assert "damaged" in clip.warnings[0]
    assert clip.duration_s > 3.9


@pytest.fixture(scope="module")
def encoded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("encoded")
    sound = noise(22050, 0.3)
    return {
        suffix: write(folder / f"a{suffix}", sound, 22050).read_bytes()
        for suffix in (".wav", ".flac", ".ogg", ".aiff")
    }


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_broken_bytes_never_end_in_a_traceback(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    encoded: dict[str, bytes],
    data: st.DataObject,
) -> None:
    monkeypatch.setattr(readers, "ffmpeg_program", lambda: None)
    monkeypatch.setattr(io, "ffmpeg_program", lambda: None)
    suffix = data.draw(st.sampled_from(sorted(encoded)))
    broken = bytearray(encoded[suffix])
    for place in data.draw(st.lists(st.integers(0, len(broken) - 1), max_size=8)):
        broken[place] = data.draw(st.integers(0, 255))
    path = tmp_path / f"broken{suffix}"
    path.write_bytes(broken[: data.draw(st.integers(1, len(broken)))])
    with contextlib.suppress(AudioError):
        clip = load_audio(path)
        assert np.isfinite(clip.samples).all()


def test_endless_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(io, "MAX_DURATION_S", 3600.0 / 3600)
    path = write(tmp_path / "a.wav", np.zeros(30000, dtype=np.float32), 22050)
    with pytest.raises(AudioError, match="longer than"):
        load_audio(path)
