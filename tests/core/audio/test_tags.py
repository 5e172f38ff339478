"""Tags come out of every format we read, and broken tags break nothing."""

import base64
from collections.abc import Callable
from pathlib import Path

import mutagen
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mutagen.flac import FLAC, Picture
from mutagen.id3 import APIC, ID3, TALB, TCON, TDRC, TIT2, TPE1
from mutagen.oggvorbis import OggVorbis

from chart_hero_core.audio.tags import Tags, read_tags, tags_or_name

from .sounds import write

Tagger = Callable[[Path], Path]

SILENCE = np.zeros(4000, dtype=np.float32)
COVER = b"\x89PNG\r\n\x1a\n" + bytes(200)
EXPECTED = Tags("A Söng", "The Band", "An Album", "1999", "Rock", COVER)


def _picture(kind: int, data: bytes) -> Picture:
    picture = Picture()
    picture.type, picture.mime, picture.data = kind, "image/png", data
    return picture


def _id3(path: Path) -> Path:
    tags = ID3()
    tags.add(TIT2(encoding=3, text="A Söng"))
    tags.add(TPE1(encoding=3, text=["The Band", "Someone"]))
    tags.add(TALB(encoding=3, text="An Album"))
    tags.add(TDRC(encoding=3, text="1999-05-01"))
    tags.add(TCON(encoding=3, text="Rock"))
    tags.add(APIC(encoding=3, mime="image/png", type=4, desc="back", data=b"back"))
    tags.add(APIC(encoding=3, mime="image/png", type=3, desc="front", data=COVER))
    tags.save(path)
    return path


def _comments(file: FLAC | OggVorbis) -> None:
    file["TITLE"], file["Artist"], file["album"] = "A Söng", ["The Band", "Someone"], "An Album"
    file["date"], file["genre"] = "1999-05-01", "Rock"


def _flac(path: Path) -> Path:
    file = FLAC(path)
    _comments(file)
    file.add_picture(_picture(4, b"back"))
    file.add_picture(_picture(3, COVER))
    file.save()
    return path


def _ogg(path: Path) -> Path:
    file = OggVorbis(path)
    _comments(file)
    file["metadata_block_picture"] = [
        "not base64 at all!",
        base64.b64encode(_picture(3, COVER).write()).decode(),
    ]
    file.save()
    return path


@pytest.mark.parametrize(("suffix", "tag"), [(".mp3", _id3), (".flac", _flac), (".ogg", _ogg)])
def test_every_format_says_the_same(tmp_path: Path, suffix: str, tag: Tagger) -> None:
    path = tag(write(tmp_path / f"a{suffix}", SILENCE, 22050))
    assert read_tags(path) == EXPECTED


def test_wav_tags(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", SILENCE, 22050)
    file = mutagen.File(path)
    assert file is not None
    file.add_tags()
    file.tags.add(TIT2(encoding=3, text="  A \n Song "))
    file.save()
    assert read_tags(path) == Tags(title="A Song")


def test_nothing_to_say(tmp_path: Path) -> None:
    assert read_tags(write(tmp_path / "a.wav", SILENCE, 22050)) == Tags()
    (tmp_path / "text.mp3").write_text("no sound")
    assert read_tags(tmp_path / "text.mp3") == Tags()
    assert read_tags(tmp_path / "absent.mp3") == Tags()
    assert read_tags(tmp_path) == Tags()


def test_an_endless_title_is_cut(tmp_path: Path) -> None:
    path = write(tmp_path / "a.ogg", SILENCE, 22050)
    file = OggVorbis(path)
    file["title"] = "x" * 100_000
    file.save()
    assert len(read_tags(path).title) == 500


@pytest.mark.parametrize(
    ("name", "artist", "title"),
    [
        ("Band - Song", "Band", "Song"),
        ("03 - Band - Song", "Band", "Song"),
        ("03. Band - Song", "Band", "Song"),
        ("03 Song", "", "Song"),
        ("12. Song", "", "Song"),
        ("3 Doors - Song", "3 Doors", "Song"),
        ("311 - Song", "311", "Song"),
        ("112 - Band - Song", "Band", "Song"),
        ("Band \N{EN DASH} Song", "Band", "Song"),
        ("Band - Song (Drums)", "Band", "Song"),
        ("Song_drums", "", "Song"),
        ("Song.mix", "", "Song"),
        ("Song (Club Mix)", "", "Song (Club Mix)"),
        ("Band - Drums", "Band", "Drums"),
        ("drums", "", "drums"),
        ("07. - Song", "", "Song"),
        ("Band - Song - Live", "Band", "Song - Live"),
        ("99 Luftballons", "", "99 Luftballons"),
        ("Semi-Charmed", "", "Semi-Charmed"),
        (" - ", "", " - "),
    ],
)
def test_a_name_tells_what_the_tags_do_not(
    tmp_path: Path, name: str, artist: str, title: str
) -> None:
    path = write(tmp_path / "a.wav", SILENCE, 22050)
    assert tags_or_name(path, name) == Tags(title=title, artist=artist)


def test_tags_outweigh_the_name(tmp_path: Path) -> None:
    path = _ogg(write(tmp_path / "a.ogg", SILENCE, 22050))
    assert tags_or_name(path, "Other - Thing") == EXPECTED


@pytest.fixture(scope="module")
def tagged(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("tagged")
    makers = {".mp3": _id3, ".flac": _flac, ".ogg": _ogg}
    return {
        suffix: make(write(folder / f"a{suffix}", SILENCE, 22050)).read_bytes()
        for suffix, make in makers.items()
    }


@settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_broken_tags_never_end_in_a_traceback(
    tmp_path: Path, tagged: dict[str, bytes], data: st.DataObject
) -> None:
    suffix = data.draw(st.sampled_from(sorted(tagged)))
    broken = bytearray(tagged[suffix])
    places = st.integers(0, min(len(broken) - 1, 900))
    for place in data.draw(st.lists(places, max_size=12)):
        broken[place] = data.draw(st.integers(0, 255))
    path = tmp_path / f"broken{suffix}"
    path.write_bytes(broken[: data.draw(st.integers(0, len(broken)))])
    assert isinstance(read_tags(path), Tags)
