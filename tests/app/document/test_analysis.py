"""What becomes of what the model heard."""

from dataclasses import replace
from pathlib import Path

import pytest

from chart_hero_app.document.analysis import (
    Heard,
    ListenOptions,
    analysis_of,
    has_own_map,
    heard_grids,
    listen,
    redetected,
    transcribed,
    with_tempo_map,
)
from chart_hero_app.document.presets import Preset, refitted
from chart_hero_app.document.reducing import with_easier_tracks
from chart_hero_app.document.state import Passage, State
from chart_hero_core.audio.io import AudioClip, load_song_audio, song_audio
from chart_hero_core.base.calibration import Calibration, PresetLevels
from chart_hero_core.base.drums import DrumClass, Lane
from chart_hero_core.base.errors import ChartError
from chart_hero_core.base.progress import SilentProgress
from chart_hero_core.chart.edits import Keep, tempo
from chart_hero_core.chart.song import Difficulty, Metadata, Note, Origin, Section
from chart_hero_core.decode.settings import DecodePlan
from chart_hero_core.tasks import transcribe
from chart_hero_core.tasks.transcribe import Analysis
from chart_hero_core.timing.beats import TempoCandidate
from chart_hero_core.timing.tempo_map import TempoMap
from tests.app.songs import detection, rock_beat, song, write_sound

PLAN = DecodePlan()
LEVELS = {
    "aggressive": PresetLevels(0.5, (0.31,) * 8),
    "conservative": PresetLevels(0.6, (0.72,) * 8),
}


def candidate(bpm: float) -> TempoCandidate:
    """A reading at one tempo."""
    return TempoCandidate(TempoMap.constant(bpm), 1.0, f"{bpm:g} BPM", bpm, 1.0, 1.0, 1)


def heard(*bpm: float) -> Heard:
    """The rock beat, read at these tempos."""
    return Heard(detection(), tuple(candidate(b) for b in bpm), ((1.0, 2.0),))


def empty() -> State:
    """A song just opened."""
    return State(replace(song(), tempo_map=TempoMap(), tracks={}))


def test_a_new_song_takes_the_likeliest_tempo() -> None:
    state = transcribed(empty(), heard(60.0, 120.0), None, keep_map=False)
    assert state.song.tempo_map.tempos[0].bpm == 60.0
    assert len(state.song.expert.notes) == 48
    assert state.song.sections == (Section(0, "Song"),)
    assert state.micro_flags == ((1.0, 2.0),)


def test_a_song_with_a_map_keeps_it() -> None:
    start = replace(empty(), song=replace(empty().song, tempo_map=TempoMap.constant(90.0)))
    assert has_own_map(start.song)
    assert not has_own_map(empty().song)
    state = transcribed(start, heard(120.0), None, keep_map=True)
    assert state.song.tempo_map.tempos[0].bpm == 90.0


def test_a_persons_notes_and_sections_stay() -> None:
    own = Note(240, Lane.GREEN, cymbal=True)
    start = State(replace(song([own]), sections=(Section(0, "Intro"),)))
    state = transcribed(start, heard(120.0), None, keep_map=True)
    assert own in state.song.expert.notes
    assert state.song.sections == (Section(0, "Intro"),)


def test_suggestions_are_read_anew_on_another_map() -> None:
    state = transcribed(empty(), heard(120.0), None, keep_map=False)
    slower = with_tempo_map(state, TempoMap.constant(60.0), Keep.TIME, detection())
    # The same 48 strokes, half as many ticks apart: eighths have become sixteenths.
    assert len(slower.expert.notes) == 48
    hats = [n.tick for n in slower.expert.notes if n.drum is DrumClass.HIHAT]
    assert hats[:3] == [0, 120, 240]
    on_grid = with_tempo_map(state, TempoMap.constant(60.0), Keep.GRID, detection())
    assert [n.tick for n in on_grid.expert.notes] == [n.tick for n in state.song.expert.notes]


def test_suggestions_of_before_are_not_moved_only_to_be_thrown_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    own = Note(970, Lane.GREEN, cymbal=True)
    start = replace(empty(), song=song([own, Note(7680, Lane.BLUE, origin=Origin(0.9))]))
    moved: list[Note] = []

    def counting(note: Note, tick: int, lane: Lane) -> Note:
        moved.append(note)
        return replace(note, tick=tick, lane=lane)

    monkeypatch.setattr(tempo, "moved_to", counting)
    slower = with_tempo_map(start, TempoMap.constant(60.0), Keep.TIME, detection())
    assert moved == [own]
    assert replace(own, tick=485) in slower.expert.notes
    assert all(note.origin.touched or note.heard_s is not None for note in slower.expert.notes)
    assert len(slower.expert.notes) == 49


def test_a_persons_notes_keep_their_time_on_another_map() -> None:
    start = song([Note(960, Lane.RED)])
    changed = with_tempo_map(State(start), TempoMap.constant(60.0), Keep.TIME, None)
    assert [n.tick for n in changed.expert.notes] == [480]


def test_passages_alone_are_made_anew() -> None:
    made = redetected(song(), detection(), PLAN, ((0.0, 2.0), (4.0, 6.0)))
    assert {note.tick // 1920 for note in made.expert.notes} == {0, 2}


def test_nothing_is_suggested_where_a_person_has_said_all() -> None:
    own = Note(240, Lane.GREEN, cymbal=True)
    start = replace(empty(), song=song([own]), reviewed=((0.0, 2.0),))
    state = transcribed(start, heard(120.0), None, keep_map=True)
    assert [n for n in state.song.expert.notes if n.tick < 1920] == [own]
    assert len(state.song.expert.notes) == 37
    again = redetected(state.song, detection(), PLAN, ((0.0, 4.0),), state.reviewed)
    assert again.expert.notes == state.song.expert.notes


def test_the_grid_of_a_plain_beat_is_heard() -> None:
    found = heard_grids(detection(rock_beat(4)), PLAN)
    assert found
    assert any(c.bpm == pytest.approx(120.0, rel=0.02) for c in found)


def test_easier_tracks_keep_a_persons_notes() -> None:
    made = transcribed(empty(), heard(120.0), None, keep_map=False).song
    easier = with_easier_tracks(made)
    assert list(easier.tracks) == sorted(Difficulty, reverse=True)
    assert len(easier.tracks[Difficulty.EASY].notes) < len(easier.tracks[Difficulty.HARD].notes)
    own = Note(1, Lane.GREEN)
    hard = easier.tracks[Difficulty.HARD]
    mine = replace(hard, notes=(hard.notes[0], own, *hard.notes[1:]))
    again = with_easier_tracks(replace(easier, tracks={**easier.tracks, Difficulty.HARD: mine}))
    assert own in again.tracks[Difficulty.HARD].notes
    with pytest.raises(ChartError):
        with_easier_tracks(song())


def test_tags_fill_what_is_empty_only() -> None:
    start = replace(empty(), song=replace(empty().song, metadata=Metadata(artist="Mine")))
    state = transcribed(start, heard(120.0), None, keep_map=False)
    assert state.song.metadata.artist == "Mine"


def test_the_chosen_preset_is_fitted_anew_and_keeps_what_was_turned() -> None:
    preset = Preset("aggressive", PLAN)
    state = replace(empty(), settings=PLAN.with_value("thresholds.ride", 0.9), preset=preset)
    calibration = Calibration(presets=LEVELS)
    said = replace(heard(120.0), detection=replace(detection(), calibration=calibration))
    after = transcribed(state, said, None, keep_map=False)
    assert after.settings.baseline.thresholds == (*(0.31,) * 7, 0.9)
    assert after.preset.name == "aggressive"
    assert after.preset.plan.value("thresholds.ride") == 0.31
    again = transcribed(after, heard(120.0), None, keep_map=True)
    assert again.settings.value("thresholds.ride") == 0.9
    assert again.settings.value("thresholds.kick") != 0.31


def test_a_tuned_passage_is_fitted_anew_too() -> None:
    own = Passage((0.0, 2.0), PLAN.with_value("thresholds.hihat", 1.0))
    state = replace(empty(), settings=PLAN, preset=Preset("aggressive", PLAN), passages=(own,))
    calibration = Calibration(presets=LEVELS)
    said = replace(heard(120.0), detection=replace(detection(), calibration=calibration))
    after = transcribed(state, said, None, keep_map=False)
    assert len(after.song.expert.notes) == 40
    assert after.passages[0].span_s == (0.0, 2.0)
    assert after.passages[0].plan.value("thresholds.hihat") == 1.0
    assert after.passages[0].plan.value("thresholds.kick") == 0.31


def test_a_preset_that_was_deleted_stays_as_it_was() -> None:
    own = PLAN.with_value("thresholds.kick", 0.44)
    settings, preset = refitted(own, Preset("Gone", own), Calibration(presets=LEVELS))
    assert settings == own
    assert preset.name == "Gone"


def test_a_mix_that_is_not_read_yet_is_read_for_its_harmony(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "stems"
    for stem in ("drums", "song"):
        write_sound(folder / f"{stem}.wav", 1.0)
    given: list[object] = []

    def analyse_clip(clip: AudioClip, *_: object, music: AudioClip | None) -> Analysis:
        given.append(music)
        return analysis_of(clip, detection())

    monkeypatch.setattr(transcribe, "analyse_clip", analyse_clip)
    files = song_audio(folder)
    clip, _ = load_song_audio(files, "drums")
    listen(clip, "drums", ListenOptions(), SilentProgress(), music=files)
    (mix,) = given
    assert isinstance(mix, AudioClip)
    assert mix.duration_s == pytest.approx(1.0, abs=0.01)
