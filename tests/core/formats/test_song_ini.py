"""song.ini: what real folders hold, and round trips."""

from types import MappingProxyType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chart_hero_core.base.errors import FormatError
from chart_hero_core.chart.song import Metadata
from chart_hero_core.formats.song_ini import (
    default_folder_name,
    display_text,
    read_song_ini,
    safe_file_name,
    write_song_ini,
)


def test_an_ordinary_file() -> None:
    result = read_song_ini(
        b"[song]\r\nname = Title = Two\r\nartist = A\r\nalbum = B\r\ngenre = Rock\r\n"
        b"year = 1999\r\n"
        b"charter = C\r\nsong_length = 238000\r\npreview_start_time = 55000\r\ndiff_drums = 4\r\n"
        b"pro_drums = True\r\ndelay = -20\r\nicon = ch\r\n"
    )
    assert result.metadata == Metadata(
        name="Title = Two",
        artist="A",
        album="B",
        genre="Rock",
        year="1999",
        charter="C",
        length_ms=238_000,
        preview_start_ms=55_000,
        delay_ms=-20,
        difficulty=4,
        other=MappingProxyType({"icon": "ch"}),
    )
    assert result.mended == ()
    assert "pro_drums" in result.keys
    assert "five_lane_drums" not in result.keys


def test_old_and_odd_spellings() -> None:
    result = read_song_ini(
        b"\xef\xbb\xbf; a comment\n[Song]\nName=T\nFRETS = Old\ncharter =\nname = Last\nnonsense\n"
        b"song_length = 1000.6\nPreview_Start_Time = -1\ndiff_drums = 9\ndiff_guitar = 3\n"
        b"[other]\nname = not this\n"
    )
    metadata = result.metadata
    assert (metadata.name, metadata.charter) == ("Last", "Old")
    assert (metadata.length_ms, metadata.preview_start_ms, metadata.difficulty) == (1001, None, 6)
    assert metadata.other == {"diff_guitar": "3"}
    starts = [sentence[:10] for sentence in result.mended]
    assert starts == ["song.ini b", "Lines of s", "diff_drums"]


def test_without_a_section_line() -> None:
    result = read_song_ini(b"name = T\n")
    assert result.metadata.name == "T"
    assert result.mended == ("song.ini had no [song] line.",)


@pytest.mark.parametrize(
    ("data", "name"),
    [
        ("[song]\nname = Café".encode("utf-16"), "Café"),
        ("[song]\nname = Café…".encode("cp1252"), "Café…"),
        ("[song]\nname = Café".encode(), "Café"),
    ],
)
def test_encodings(data: bytes, name: str) -> None:
    assert read_song_ini(data).metadata.name == name


@pytest.mark.parametrize(
    ("lines", "pro", "five"),
    [
        ("", True, False),
        ("pro_drums = 1", True, False),
        ("pro_drums = false", False, False),
        ("five_lane_drums = True", False, True),
        ("five_lane_drums = True\npro_drums = True", True, False),
    ],
)
def test_drum_type(lines: str, pro: bool, five: bool) -> None:
    metadata = read_song_ini(f"[song]\n{lines}".encode()).metadata
    assert (metadata.pro_drums, metadata.five_lane) == (pro, five)
    text = write_song_ini(metadata).decode()
    assert ("pro_drums = True" in text) == pro
    assert ("five_lane_drums = True" in text) == five


def test_keys_without_a_usable_value_say_nothing() -> None:
    result = read_song_ini(b"[song]\nname =\npro_drums =\ndelay =\nsong_length = 0\ndiff_drums = 4")
    assert result.keys == {"song_length", "diff_drums"}
    assert result.mended == ()
    result = read_song_ini(b"[song]\npro_drums = perhaps\nfive_lane_drums = TRUE")
    assert result.keys == {"five_lane_drums"}
    assert result.metadata.five_lane
    assert result.mended == ("song.ini says neither True nor False for pro_drums ('perhaps').",)


def test_numbers_that_are_none() -> None:
    result = read_song_ini(b"[song]\nsong_length = long\ndelay = 1e99\npreview_start_time = nan")
    assert result.metadata == Metadata()
    assert len(result.mended) == 3


def test_what_is_written() -> None:
    metadata = Metadata(
        name="Line\nbreak",
        artist="A",
        length_ms=5,
        difficulty=0,
        other=MappingProxyType({"modchart": "true", "x=": "1", "Name": "lost", "[k]": "v"}),
    )
    assert write_song_ini(metadata).decode() == (
        "[song]\r\nname = Line break\r\nartist = A\r\n"
        "song_length = 5\r\ndiff_drums = 0\r\npro_drums = True\r\nmodchart = True\r\nx = 1\r\n"
        "k] = v\r\n"
    )


def test_rich_text_is_stripped_on_display_only() -> None:
    metadata = read_song_ini(b"[song]\ncharter = <color=#0F0>Me</color> <3").metadata
    assert metadata.charter == "<color=#0F0>Me</color> <3"
    assert display_text(metadata.charter) == "Me <3"


def test_folder_names_are_safe() -> None:
    metadata = Metadata(name="A/B: C?", artist="<b>A.</b>", charter="x" * 200)
    assert default_folder_name(metadata).startswith("A. - A_B_ C_ (xxx")
    assert len(default_folder_name(metadata)) == 120
    assert default_folder_name(Metadata()) == "Unknown Artist - Unknown Title"
    hidden = Metadata(name="Tune", artist="...And So On", charter="Me")
    assert default_folder_name(hidden) == "And So On - Tune (Me)"
    assert default_folder_name(Metadata(name="Tune", artist="..")) == "Unknown Artist - Tune"
    long = default_folder_name(Metadata(name="長" * 100, artist="曲"))
    assert long.startswith("曲 - 長長")
    assert 190 < len(long.encode()) <= 200  # files under way have longer names, of 255 bytes


def test_names_that_windows_keeps_for_devices_are_changed() -> None:
    names = ("Con", "nul", "LPT1", "aux.live", "Contact", "Nullified")
    assert [safe_file_name(name) for name in names] == [
        *("_Con", "_nul", "_LPT1", "_aux.live", "Contact", "Nullified")
    ]


def test_huge_files_are_refused() -> None:
    with pytest.raises(FormatError, match="larger than 4 MB"):
        read_song_ini(b"x" * (4 * 1024 * 1024 + 1))


ini_like = st.text(alphabet="[]song=\n;\x00 #1é\r", max_size=80).map(str.encode)


@settings(deadline=None, max_examples=60)
@given(st.binary(max_size=300) | ini_like)
def test_anything_reads_and_then_stays_the_same(data: bytes) -> None:
    once = read_song_ini(data).metadata
    again = read_song_ini(write_song_ini(once))
    assert again.metadata.name == once.name
    assert write_song_ini(again.metadata) == write_song_ini(once)


lines = st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=20).map(str.strip)
plain = lines.filter(lambda text: text.lower() not in ("true", "false"))


@settings(deadline=None, max_examples=50)
@given(
    st.builds(
        Metadata,
        name=lines,
        artist=lines,
        charter=lines,
        length_ms=st.none() | st.integers(1, 10**9),
        preview_start_ms=st.none() | st.integers(0, 10**9),
        delay_ms=st.integers(-(10**6), 10**6),
        difficulty=st.integers(-1, 6),
        other=st.dictionaries(st.sampled_from(["icon", "diff_guitar", "Tags"]), plain),
    )
)
def test_round_trip(metadata: Metadata) -> None:
    back = read_song_ini(write_song_ini(metadata))
    assert back.mended == ()
    assert back.metadata.name == metadata.name
    assert back.metadata.other == metadata.other
    fields = ("length_ms", "preview_start_ms", "delay_ms", "difficulty", "artist", "charter")
    assert [getattr(back.metadata, f) for f in fields] == [getattr(metadata, f) for f in fields]
