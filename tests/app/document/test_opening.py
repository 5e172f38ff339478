"""What is found at a path."""

from dataclasses import replace
from pathlib import Path

import pytest

from chart_hero_app.document.dropped import meant_by, with_others_told
from chart_hero_app.document.opening import (
    Opened,
    domains_of,
    load_sound,
    open_path,
)
from chart_hero_app.document.state import Sound, State
from chart_hero_app.document.storage import Saving, default_plan, draft_path, save
from chart_hero_core.base.drums import Lane
from chart_hero_core.base.errors import AudioError, ChartHeroError
from chart_hero_core.base.progress import SilentProgress
from chart_hero_core.chart.song import Note
from chart_hero_core.formats.package import save_package
from chart_hero_core.formats.song_folder import save_song_folder
from tests.app.songs import song, write_header_alone, write_sound

NOTES = [Note(0, Lane.KICK), Note(480, Lane.RED)]


def opened(path: Path, *, use_draft: bool = True, use_chart: bool = True) -> Opened:
    """Open and do not watch."""
    return open_path(path, SilentProgress(), use_draft=use_draft, use_chart=use_chart)


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    return write_sound(tmp_path / "plain" / "tune.wav", 1.0)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A song folder with stems and a chart."""
    made = tmp_path / "song folder"
    write_sound(made / "song.wav", 1.0)
    write_sound(made / "drums.wav", 2.0)
    save_song_folder(song(NOTES, name="Charted"), made)
    return made


def test_a_sound_file(sound: Path) -> None:
    found = opened(sound)
    assert found.audio is not None
    assert found.audio.mix == (sound,)
    assert found.state.song.metadata.name == "tune"
    assert found.state.settings == default_plan()
    assert not found.charted


def test_a_folder_of_sound_alone_gives_its_name(tmp_path: Path) -> None:
    """Exports of songs without a name all went to a folder called Song."""
    made = tmp_path / "Band - Tune"
    write_sound(made / "song.wav", 1.0)
    found = opened(made).state.song.metadata
    assert (found.artist, found.name) == ("Band", "Tune")
    (made / "song.ini").write_text("[song]\nartist = Others\n")
    found = opened(made, use_chart=False).state.song.metadata
    assert (found.artist, found.name) == ("Others", "Tune")


def test_a_folder_brings_its_chart(folder: Path) -> None:
    found = opened(folder)
    assert found.charted
    assert len(found.state.song.expert.notes) == 2
    assert found.state.song.metadata.name == "Charted"
    assert found.audio is not None
    assert domains_of(found.audio) == ("drums", "mix")


@pytest.mark.parametrize("name", ["notes.chart", "notes.mid", "drums.wav", "song.ini"])
def test_a_file_of_the_folder_opens_the_folders_chart(folder: Path, name: str) -> None:
    found = opened(folder / name)
    assert len(found.state.song.expert.notes) == 2
    assert found.audio is not None


@pytest.mark.parametrize("first_tick", [0, 960])
def test_a_delayed_chart_lies_where_its_sound_is(tmp_path: Path, first_tick: int) -> None:
    delayed = song([Note(first_tick, Lane.KICK), Note(first_tick + 480, Lane.RED)])
    delayed = replace(delayed, metadata=replace(delayed.metadata, delay_ms=150))
    made = tmp_path / "delayed"
    write_sound(made / "song.wav", 4.0)
    save_song_folder(delayed, made)
    found = opened(made)
    first_s = delayed.tempo_map.seconds(first_tick)
    shown = found.state.song
    times_s = [shown.tempo_map.seconds(note.tick) for note in shown.expert.notes]
    assert times_s == pytest.approx([first_s + 0.15, first_s + 0.65], abs=1e-4)
    assert shown.metadata.delay_ms == 0  # games would shift it once more
    assert any("150 ms" in note for note in found.notes)


def test_a_delay_with_no_room_for_it_is_told(tmp_path: Path) -> None:
    early = song([Note(0, Lane.KICK)])
    early = replace(early, metadata=replace(early.metadata, delay_ms=-500_000))
    made = tmp_path / "early"
    write_sound(made / "song.wav", 4.0)
    save_song_folder(early, made)
    found = opened(made)
    assert found.state.song.metadata.delay_ms == -500_000
    assert any("500000 ms off its audio" in note for note in found.notes)


def test_the_chart_can_be_left_alone(folder: Path) -> None:
    found = opened(folder, use_chart=False)
    assert found.state.song.expert.notes == ()
    assert found.state.song.metadata.name == "Charted"
    assert found.audio is not None


def test_a_chart_without_sound_opens_and_says_so(folder: Path) -> None:
    (folder / "song.wav").unlink()
    (folder / "drums.wav").unlink()
    found = opened(folder)
    assert found.audio is None
    assert "without sound" in found.silent


def test_a_project_opens_its_song(sound: Path, tmp_path: Path) -> None:
    project = tmp_path / "p.chproj"
    save(Saving(State(song(NOTES)), sound, project), project)
    found = opened(project)
    assert (found.source, found.project, found.missing) == (sound, project, "")
    sound.unlink()
    lost = opened(project)
    assert lost.audio is None
    assert lost.missing == str(sound)
    assert len(lost.state.song.expert.notes) == 2


def test_a_draft_is_taken_up(sound: Path) -> None:
    save(Saving(State(song(NOTES)), sound), draft_path(sound))
    found = opened(sound)
    assert found.continued is not None
    assert len(found.state.song.expert.notes) == 2
    again = opened(sound, use_draft=False)
    assert again.continued is None
    assert again.state.song.expert.notes == ()


def test_a_damaged_draft_is_passed_over(sound: Path) -> None:
    draft = draft_path(sound)
    draft.parent.mkdir(parents=True)
    draft.write_text("{")
    assert opened(sound).continued is None


def test_edits_that_only_the_draft_of_a_project_holds_are_not_lost(
    sound: Path, tmp_path: Path
) -> None:
    import os

    project = tmp_path / "p.chproj"
    save(Saving(State(song()), sound, project), project)
    os.utime(project, (1_000_000, 1_000_000))
    save(Saving(State(song(NOTES)), sound, project), draft_path(sound))
    found = opened(project)
    assert found.continued is not None
    assert len(found.state.song.expert.notes) == 2
    assert len(opened(project, use_draft=False).state.song.expert.notes) == 0


@pytest.mark.parametrize("name", ["nothing.wav", "text.txt"])
def test_what_cannot_be_opened_is_refused_in_a_sentence(tmp_path: Path, name: str) -> None:
    if name == "text.txt":
        (tmp_path / name).write_text("words")
    with pytest.raises(ChartHeroError):
        opened(tmp_path / name)


def test_sounds_come_one_after_the_other(folder: Path) -> None:
    files = opened(folder).audio
    assert files is not None
    drums = load_sound(files, "drums", Sound(files=files), SilentProgress())
    assert set(drums.clips) == {"drums"}
    assert drums.duration_s == pytest.approx(2.0, abs=0.01)
    both = load_sound(files, "mix", drums, SilentProgress())
    assert set(both.clips) == set(both.pyramids) == {"drums", "mix"}
    assert both.files is files


@pytest.mark.parametrize("name", ["", "notes.chart"])
def test_a_project_of_a_chart_without_sound_opens_again(
    tmp_path: Path, name: str, own_folders: Path
) -> None:
    folder = tmp_path / "silent"
    save_song_folder(song(NOTES), folder)
    project = tmp_path / "p.chproj"
    save(Saving(State(song(NOTES)), folder / name, project), project)
    found = opened(project)
    assert len(found.state.song.expert.notes) == 2
    assert found.audio is None
    assert found.missing == ""
    assert "without sound" in found.silent


def test_a_project_of_a_package_finds_the_sound_inside(sound: Path, tmp_path: Path) -> None:
    package, project = tmp_path / "tune.sng", tmp_path / "p.chproj"
    save_package(song(NOTES), package, formats=("chart",), audio={"song": sound})
    save(Saving(State(song(NOTES)), package, project), project)
    found = opened(project)
    assert found.audio is not None
    clip = load_sound(found.audio, "mix", Sound(), SilentProgress()).clips["mix"]
    assert clip.duration_s == pytest.approx(1.0, abs=0.1)


def test_a_draft_outlives_damage_to_the_chart_it_began_with(folder: Path) -> None:
    save(Saving(State(song(NOTES[:1])), folder), draft_path(folder))
    (folder / "notes.mid").write_bytes(b"damaged")
    (folder / "notes.chart").write_bytes(b"damaged")
    found = opened(folder)
    assert len(found.state.song.expert.notes) == 1
    assert found.audio is not None


def test_stems_that_are_dropped_together_are_one_song(folder: Path, sound: Path) -> None:
    song_file, drums = folder / "song.wav", folder / "drums.wav"
    assert meant_by([drums, song_file]) == folder
    assert opened(meant_by([drums, song_file])).source == folder
    assert meant_by([drums]) == drums
    assert meant_by([drums, sound]) == drums
    assert meant_by([sound, song_file]) == sound
    assert meant_by([folder, sound.parent]) == folder


def test_what_a_separator_wrote_is_opened_as_one_song(tmp_path: Path) -> None:
    (together := tmp_path / "separated").mkdir()
    mix, drums, other = (
        write_sound(together / name, 0.2) for name in ("a.wav", "a (Drums).wav", "b.wav")
    )
    assert meant_by([mix, drums]) == mix  # b.wav may be what they are parts of
    other.unlink()
    assert meant_by([mix, drums]) == together
    audio = opened(together).audio
    assert audio is not None
    assert (audio.drums, audio.mix) == ((drums,), (mix,))


def test_songs_that_were_left_are_told(folder: Path, sound: Path, tmp_path: Path) -> None:
    def told(*dropped: Path) -> tuple[str, ...]:
        path = meant_by(dropped)
        return with_others_told(opened(path), path, dropped).notes[len(opened(path).notes) :]

    other, third = (write_sound(tmp_path / name, 0.2) for name in ("a.wav", "b.wav"))
    only = "Only one song can be open: "
    assert told(sound, other) == (f"{only}tune.wav was opened, a.wav was not.",)
    assert told(sound, other, third) == (f"{only}tune.wav was opened, the 2 others were not.",)
    assert told(folder, sound.parent) == (
        f"{only}{folder.name} was opened, {sound.parent.name} was not.",
    )
    chart, drums = folder / "notes.chart", folder / "drums.wav"
    assert told(drums, other) == (f"{only}drums.wav was opened, a.wav was not.",)
    text = tmp_path / "read me.txt"
    for dropped in ((sound,), (folder / "song.wav", drums), (chart, drums), (drums, chart, text)):
        assert told(*dropped) == ()


def test_a_folder_without_chart_and_readable_sound_is_no_song(tmp_path: Path) -> None:
    (tmp_path / "song.ogg").write_bytes(b"no sound at all")
    with pytest.raises(AudioError, match=r"song\.ogg"):
        opened(tmp_path)
    write_sound(tmp_path / "drums.wav", 1.0)
    assert opened(tmp_path).audio is not None  # the drums can be shown


@pytest.mark.parametrize("name", ["tune.flac", "tune.wav"])
def test_a_header_without_sound_behind_it_is_no_song(tmp_path: Path, name: str) -> None:
    broken = write_header_alone(tmp_path / name)
    with pytest.raises(AudioError, match=rf"^{name} holds no sound\.$"):
        opened(broken)
