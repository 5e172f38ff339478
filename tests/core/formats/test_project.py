"""Project files: complete round trips, the golden file of each version, damage."""

import contextlib
import json
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chart_hero_core.base.drums import Lane
from chart_hero_core.base.errors import FormatError
from chart_hero_core.chart.song import (
    Difficulty,
    Dynamic,
    Foreign,
    ForeignItem,
    Metadata,
    Note,
    Origin,
    Phrase,
    PhraseKind,
    Section,
    Song,
    TextEvent,
    Track,
)
from chart_hero_core.formats import project as project_module
from chart_hero_core.formats.project import (
    Project,
    SongReference,
    load_project,
    load_reference,
    migrate,
    project_from_json,
    project_to_json,
    save_project,
)
from chart_hero_core.formats.song_json import song_from_json, song_to_json
from chart_hero_core.timing.tempo_map import TempoChange, TempoMap, TimeSignature
from tests.core.chart.songs import deep, songs

GOLDEN = Path(__file__).parents[2] / "golden" / "project_v1.chproj"


def example() -> Project:
    """A project that uses everything a project can hold."""
    suggested = Note(480, Lane.YELLOW, cymbal=True, origin=Origin(0.75), heard_s=0.501)
    kick = Note(0, Lane.KICK, double_kick=True)
    snare = Note(480, Lane.RED, flam=True, dynamic=Dynamic.ACCENT, origin=Origin(0.5, True))
    ghost = Note(960, Lane.RED, dynamic=Dynamic.GHOST, length=30)
    track = Track(
        (kick, snare, suggested, ghost),
        (Phrase(PhraseKind.STAR_POWER, 0, 960),),
        rejected=(Note(1440, Lane.BLUE, origin=Origin(0.25)),),
        events=(TextEvent(0, "mix 3 drums0d"),),
    )
    song = Song(
        metadata=Metadata(
            "Títle", "Artist", length_ms=5_000, other=MappingProxyType({"icon": "x"})
        ),
        tempo_map=TempoMap(
            480,
            (TempoChange(0, 500_000.0), TempoChange(960, 461_538.46, anchor_us=1_000_000)),
            (TimeSignature(0), TimeSignature(1920, 7, 8)),
        ),
        tracks=MappingProxyType({Difficulty.EXPERT: track, Difficulty.EASY: Track()}),
        sections=(Section(0, "Intro"),),
        end_tick=1920,
        foreign=(Foreign("chart", (ForeignItem("ExpertSingle", 96, "N 0 0"),)),),
        events=(TextEvent(960, "coda"),),
    )
    return Project(
        audio=SongReference("/music/a.ogg", "a.ogg", 1234, "abc"),
        song=song,
        decode=MappingProxyType({"activity_gate": 0.6}),
        micro_spans_s=((1.5, 2.25),),
        view=MappingProxyType({"zoom": 2, "lanes": ["kick"]}),
    )


def contents(project: Project) -> object:
    return (
        project.audio,
        deep(project.song),
        dict(project.decode),
        project.micro_spans_s,
        dict(project.view),
    )


def test_round_trip(tmp_path: Path) -> None:
    save_project(example(), tmp_path / "a.chproj")
    assert contents(load_project(tmp_path / "a.chproj")) == contents(example())


def test_a_project_keeps_how_a_mid_spelt_its_sections() -> None:
    sections = (Section(0, "Intro"), Section(1920, "verse_1", practice=True))
    document = song_to_json(Song(sections=sections))
    assert document["sections"] == [[0, "Intro"], [1920, "verse_1", "prc"]]
    assert song_from_json(document).sections == sections
    with pytest.raises(ValueError, match="no section"):
        song_from_json(document | {"sections": [[0, "Intro", "else"]]})


def test_version_1_stays_readable() -> None:
    """The golden file was written by version 1 and is never written again."""
    assert contents(load_project(GOLDEN)) == contents(example())


def test_version_1_is_what_is_written() -> None:
    """A change of the layout needs a new version, a migration and a golden file of its own."""
    golden = json.loads(GOLDEN.read_bytes())
    assert project_to_json(example()) | {"saved_by": ""} == golden | {"saved_by": ""}


def test_migrations_run_in_turn_and_leave_the_old_document_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    steps = {1: lambda old: {**old, "version": 2, "a": 1}, 2: lambda old: {**old, "version": 3}}
    monkeypatch.setattr(project_module, "MIGRATIONS", steps)
    monkeypatch.setattr(project_module, "VERSION", 3)
    old = {"format": "chart-hero project", "version": 1}
    assert migrate(old) == {"format": "chart-hero project", "version": 3, "a": 1}
    assert old == {"format": "chart-hero project", "version": 1}
    with pytest.raises(FormatError, match="damaged"):
        migrate({"version": 0})


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "not a Chart Hero project"),
        (b"PK\x03\x04", "not a Chart Hero project"),
        (b"[" * 100_000, "not a Chart Hero project"),
        (b'{"a": 1}', "not a Chart Hero project"),
        (b"[]", "not a Chart Hero project"),
        (b'{"format":"chart-hero project","version":1,"au', "damaged"),
        (b'{"format":"chart-hero project","version":1}', "damaged"),
        (b'{"format":"chart-hero project","version":"1"}', "damaged"),
        (b'{"format":"chart-hero project","version":99}', "newer version"),
    ],
)
def test_foreign_and_damaged_files(tmp_path: Path, data: bytes, message: str) -> None:
    path = tmp_path / "a.chproj"
    path.write_bytes(data)
    with pytest.raises(FormatError, match=message):
        load_project(path)


def test_missing_files(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="Could not read"):
        load_project(tmp_path / "none.chproj")


def test_a_song_is_found_beside_a_project_that_moved(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    sound = first / "a.ogg"
    sound.write_bytes(b"12345")
    reference = SongReference.to(sound, first / "p.chproj")
    assert (reference.relative, reference.size) == ("a.ogg", 5)
    assert reference.find(tmp_path / "elsewhere" / "p.chproj") == sound
    first.rename(second)
    assert reference.find(second / "p.chproj") == second / "a.ogg"
    (second / "a.ogg").write_bytes(b"another song")
    assert reference.find(second / "p.chproj") is None
    assert reference.replaced(second / "p.chproj") == second / "a.ogg"
    assert reference.replaced(tmp_path / "elsewhere" / "p.chproj") is None
    outside = SongReference.to(second, tmp_path / "x" / "p.chproj")
    assert (outside.relative, outside.size) == ("", None)
    assert outside.find(tmp_path / "x" / "p.chproj") == second
    assert outside.replaced(tmp_path / "x" / "p.chproj") is None
    assert SongReference().find(tmp_path / "p.chproj") is None


@settings(deadline=None, max_examples=40)
@given(song=songs())
def test_any_song_survives(song: Song) -> None:
    document = json.loads(json.dumps(project_to_json(Project(song=song))))
    assert deep(project_from_json(document).song) == deep(song)


def places(value: object, path: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
    """The paths of all values inside a JSON document."""
    inner: list[tuple[object, ...]] = []
    if isinstance(value, dict):
        inner = [place for key in value for place in places(value[key], (*path, key))]
    elif isinstance(value, list):
        inner = [place for i, v in enumerate(value) for place in places(v, (*path, i))]
    return [path, *inner] if path else inner


PLACES = places(project_to_json(replace(example(), decode={}, view={})))
odd = st.one_of(
    st.none(),
    st.integers(),
    st.floats(),
    st.text(max_size=3),
    st.just([]),
    st.just({}),
    st.just([1]),
    st.just(10**400),
    st.booleans(),
)


@pytest.mark.parametrize("dynamic", [-1, 3])
def test_a_dynamic_that_does_not_exist_is_damage(dynamic: int) -> None:
    document = project_to_json(example())
    document["song"]["tracks"]["expert"]["rejected"][0][3] = dynamic
    with pytest.raises(FormatError):
        project_from_json(document)


@settings(deadline=None, max_examples=100)
@given(place=st.sampled_from(PLACES), value=odd)
def test_any_single_fault_gives_a_project_or_one_clear_error(
    place: tuple[object, ...], value: object
) -> None:
    document = project_to_json(example())
    target: object = document
    for step in place[:-1]:
        target = target[step]  # type: ignore[index]
    target[place[-1]] = value  # type: ignore[index]
    with contextlib.suppress(FormatError):
        assert isinstance(project_from_json(document), Project)


def test_where_the_song_is_is_told_by_the_beginning_alone(tmp_path: Path) -> None:
    path = tmp_path / "one.chproj"
    audio = SongReference('/songs/"audio":/tüne.wav', "tüne.wav", 12, "mark")
    save_project(replace(example(), audio=audio), path)
    assert load_reference(path) == audio
    assert load_reference(GOLDEN) == load_project(GOLDEN).audio
    beginning = path.read_bytes()[: path.read_bytes().index(b'"song"')]
    path.write_bytes(beginning)
    assert load_reference(path) == audio


@pytest.mark.parametrize(
    "text",
    [
        "",
        '{"audio":{"path":"","relative":"","size":null,"fingerprint":""}}',
        '{"format":"chart-hero project"}',
        '{"format":"chart-hero project","audio":{"path":"x"}}',
        '{"format":"chart-hero project","audio":[1]}',
        '{"format":"chart-hero project","audio":' + "[" * 60_000,
    ],
)
def test_a_beginning_that_tells_nothing_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "one.chproj"
    path.write_text(text)
    with pytest.raises(FormatError):
        load_reference(path)


def test_a_project_that_is_not_there_tells_nothing(tmp_path: Path) -> None:
    with pytest.raises(FormatError):
        load_reference(tmp_path / "none.chproj")
