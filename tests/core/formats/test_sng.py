"""The .sng container: its bytes, round trips, and hostile files."""

import contextlib
import struct
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chart_hero_core.base.errors import FormatError
from chart_hero_core.formats.sng import read_sng, write_sng

MASK = bytes(range(16, 32))


def make(path: Path, files: dict[str, bytes], metadata: dict[str, str] | None = None) -> Path:
    sources = {}
    for number, (name, data) in enumerate(files.items()):
        source = path.with_name(f"source{number}")
        source.write_bytes(data)
        sources[name] = source
    write_sng(path, metadata or {}, sources, MASK)
    return path


def test_the_bytes_follow_the_layout(tmp_path: Path) -> None:
    data = make(tmp_path / "a.sng", {"b": b"\x00\x01"}, {"k": "vé"}).read_bytes()
    pair = struct.pack("<i", 1) + b"k" + struct.pack("<i", 3) + "vé".encode()
    head = b"SNGPKG" + struct.pack("<I", 1) + MASK
    meta = struct.pack("<QQ", 8 + len(pair), 1) + pair
    place = len(head) + len(meta) + 16 + (1 + 1 + 16) + 8
    index = struct.pack("<QQ", 8 + 18, 1) + b"\x01b" + struct.pack("<QQ", 2, place)
    body = struct.pack("<Q", 2) + bytes([0 ^ 16 ^ 0, 1 ^ 17 ^ 1])
    assert data == head + meta + index + body


def test_round_trip_across_the_chunk_border(tmp_path: Path) -> None:
    big = bytes(range(256)) * 4097 + b"end"
    files = {"song.ogg": big, "notes.chart": b"", "extra/pic.png": b"x"}
    sng = read_sng(make(tmp_path / "a.sng", files, {"name": "T", "empty": ""}))
    assert dict(sng.metadata) == {"name": "T", "empty": ""}
    assert list(sng.entries) == list(files)
    assert {name: sng.read(name) for name in sng.entries} == files
    sng.extract("song.ogg", tmp_path / "out" / "song.ogg")
    assert (tmp_path / "out" / "song.ogg").read_bytes() == big


def test_reading_is_bounded(tmp_path: Path) -> None:
    sng = read_sng(make(tmp_path / "a.sng", {"b": b"12345"}))
    with pytest.raises(FormatError, match="too large"):
        sng.read("b", max_bytes=4)
    with pytest.raises(FormatError, match="no c in"):
        sng.read("c")


@pytest.mark.parametrize(
    "name", ["../evil", "/etc/passwd", "C:\\x", "a//b", ".", "a/..", "nul\x00", "", "a\\b", " x"]
)
def test_names_that_leave_the_folder_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(FormatError, match="not allowed"):
        make(tmp_path / "a.sng", {name: b""})
    encoded = name.encode()
    good = make(tmp_path / "a.sng", {"x" * len(encoded): b""}) if encoded else None
    if good is not None:
        good.write_bytes(good.read_bytes().replace(b"x" * len(encoded), encoded))
        with pytest.raises(FormatError, match="not allowed"):
            read_sng(good)


def test_files_that_overlap_are_refused(tmp_path: Path) -> None:
    path = make(tmp_path / "a.sng", {"a": bytes(400), "b": bytes(400)})
    data = bytearray(path.read_bytes())
    first = data.index(b"\x01a") + 2
    place = struct.unpack("<QQ", data[first : first + 16])[1]
    for name in (b"\x01a", b"\x01b"):
        at = data.index(name) + 2
        data[at : at + 16] = struct.pack("<QQ", 800, place)
    path.write_bytes(data)
    with pytest.raises(FormatError, match="damaged"):
        read_sng(path)


def test_other_files_and_versions(tmp_path: Path) -> None:
    path = tmp_path / "a.sng"
    path.write_bytes(b"PK\x03\x04" + bytes(60))
    with pytest.raises(FormatError, match=r"a\.sng is not a \.sng file"):
        read_sng(path)
    path.write_bytes(b"SNGPKG" + struct.pack("<I", 2) + bytes(16))
    with pytest.raises(FormatError, match="version 2"):
        read_sng(path)
    with pytest.raises(FormatError, match="Could not read"):
        read_sng(tmp_path / "missing.sng")


def test_a_missing_source_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="Could not read"):
        write_sng(tmp_path / "a.sng", {}, {"b": tmp_path / "missing"})
    assert list(tmp_path.iterdir()) == []


@settings(deadline=None, max_examples=60)
@given(
    flips=st.lists(st.tuples(st.integers(0, 200), st.integers(0, 255)), max_size=6),
    cut=st.integers(0, 200),
)
def test_damaged_files_give_a_result_or_one_clear_error(
    tmp_path_factory: pytest.TempPathFactory, flips: list[tuple[int, int]], cut: int
) -> None:
    folder = tmp_path_factory.mktemp("sng")
    path = make(folder / "a.sng", {"notes.chart": b"[Song]", "song.ogg": b"12"}, {"name": "T"})
    data = bytearray(path.read_bytes())
    for place, value in flips:
        data[place % len(data)] = value
    path.write_bytes(data[: len(data) - cut] if cut < len(data) else b"")
    with contextlib.suppress(FormatError):
        sng = read_sng(path)
        assert sum(len(sng.read(name)) for name in sng.entries) <= len(data)
