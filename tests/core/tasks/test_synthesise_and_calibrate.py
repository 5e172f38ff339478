"""Songs rendered to disk carry their truth; a checkpoint calibrated on them claims what is so."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chart_hero_core.audio.io import load_audio
from chart_hero_core.base.calibration import Calibration, Provenance
from chart_hero_core.base.drums import DRUM_COUNT, Activations, DrumClass
from chart_hero_core.base.errors import CheckpointError, DatasetError
from chart_hero_core.base.files import shipped_checkpoint
from chart_hero_core.base.progress import SilentProgress
from chart_hero_core.cli import main
from chart_hero_core.evaluation.strokes import read_tsv
from chart_hero_core.formats.song_folder import load_song_folder
from chart_hero_core.model.checkpoint import load_checkpoint, save_checkpoint
from chart_hero_core.synthesis.articulations import CLASS_OF, Articulation
from chart_hero_core.synthesis.dense import KINDS, compose
from chart_hero_core.tasks import calibrate as calibrate_task
from chart_hero_core.tasks import synthesise as task
from chart_hero_core.tasks.calibrate import calibrate, dense_count
from chart_hero_core.tasks.levels import read_levels, write_levels
from chart_hero_core.tasks.synthesise import SynthesiseOptions, synthesise
from chart_hero_core.training.calibration.fit import fit_calibration
from chart_hero_core.training.calibration.matched_hits import CalibrationSong
from tests.core.synthesis.material import write_material
from tests.core.tasks.checkpoints import write_tiny_checkpoint

OPTIONS = SynthesiseOptions(minutes=0.8, song_s=24.0, heldout=True)


@pytest.fixture(scope="module")
def material(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_material(tmp_path_factory.mktemp("material"))


@pytest.fixture(scope="module")
def songs(material: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("songs")
    cache = tmp_path_factory.mktemp("cache")
    patch = pytest.MonkeyPatch()
    patch.setattr(task, "user_cache_dir", lambda: cache)
    written = synthesise(material, folder, OPTIONS, SilentProgress())
    patch.undo()
    assert len(written) == 2
    return folder


def test_decoys_are_heard_and_not_charted(
    material: Path, songs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(task, "user_cache_dir", lambda: tmp_path / "cache")
    options = replace(OPTIONS, minutes=0.4, distractors=1.0)
    folder = synthesise(material, tmp_path / "decoys", options, SilentProgress())[0]
    plain, decoyed = songs / folder.name, folder
    assert plain.with_suffix(".tsv").read_text() == decoyed.with_suffix(".tsv").read_text()
    before, after = (load_audio(one / "drums.ogg").samples for one in (plain, decoyed))
    gain = float(before @ after / (before @ before))
    added = after - gain * before
    assert np.std(added) > 0.05 * np.std(after)


def test_separated_drums_are_written_without_their_music(
    material: Path, songs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(task, "user_cache_dir", lambda: tmp_path / "cache")
    options = replace(OPTIONS, minutes=0.4, separated=True)
    folder = synthesise(material, tmp_path / "separated", options, SilentProgress())[0]
    plain = songs / folder.name.removesuffix("_separated")
    assert plain.with_suffix(".tsv").read_text() == folder.with_suffix(".tsv").read_text()
    assert not (folder / "song.ogg").exists()
    before, after = (load_audio(one / "drums.ogg").samples for one in (plain, folder))
    assert 0.5 < np.corrcoef(before, after)[0, 1] < 0.999


def test_percussion_may_keep_the_time_alone(
    material: Path, songs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(task, "user_cache_dir", lambda: tmp_path / "cache")
    pulse = (DrumClass.HIHAT, DrumClass.RIDE)
    for source in ("charts", "takes"):
        heldout = source == "charts"
        options = replace(OPTIONS, minutes=0.4, source=source, heldout=heldout)
        options = replace(options, distractors=1.0, alone=1.0)
        folder = synthesise(material, tmp_path / source, options, SilentProgress())[0]
        assert not np.isin(read_tsv(folder.with_suffix(".tsv")).labels, pulse).any()
        notes = load_song_folder(folder).song.expert.notes
        assert notes
        assert not any(note.drum in pulse for note in notes)
    struck = read_tsv(sorted(songs.glob("*.tsv"))[0]).labels
    assert np.isin(struck, pulse).any()


def test_a_song_carries_audio_chart_and_strokes(songs: Path) -> None:
    folder = sorted(path for path in songs.iterdir() if path.is_dir())[0]
    loaded = load_song_folder(folder)
    strokes = read_tsv(songs / f"{folder.name}.tsv")
    notes = loaded.song.expert.notes
    assert len(notes) == len(strokes.times_s)
    charted = np.sort([loaded.song.tempo_map.seconds(note.tick) for note in notes])
    # The strokes are the notes, with a drummer's spread.
    assert np.abs(charted - np.sort(strokes.times_s)).max() < 0.03
    assert load_audio(folder / "drums.ogg").duration_s == pytest.approx(24.0, abs=0.1)
    assert load_audio(folder / "song.ogg").duration_s == pytest.approx(24.0, abs=0.1)


def test_drums_sound_where_the_list_says(songs: Path) -> None:
    folder = sorted(path for path in songs.iterdir() if path.is_dir())[0]
    clip = load_audio(folder / "drums.ogg")
    strokes = read_tsv(songs / f"{folder.name}.tsv")
    power = clip.samples**2
    after = before = 0.0
    for time_s in strokes.times_s[5:60]:
        place = int(time_s * clip.sample_rate)
        after += float(power[place : place + 200].sum())
        before += float(power[max(place - 200, 0) : place].sum())
    assert after > 3 * before


def test_the_same_seed_renders_the_same_song(
    material: Path, songs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(task, "user_cache_dir", lambda: tmp_path / "cache")
    synthesise(material, tmp_path / "again", OPTIONS, SilentProgress())
    for path in songs.glob("*.tsv"):
        assert (tmp_path / "again" / path.name).read_text() == path.read_text()


def test_calibrating_writes_both_domains(songs: Path, tmp_path: Path) -> None:
    source = write_tiny_checkpoint(tmp_path / "a.safetensors")
    output = tmp_path / "b.safetensors"
    calibrate(source, songs, output, SilentProgress())
    loaded = load_checkpoint(output)
    assert set(loaded.calibrations) == {"drums", "mix"}
    assert loaded.calibrations["mix"].provenance.data.startswith("2 rendered songs")
    write_levels(loaded.calibrations, tmp_path / "class_thresholds.json")
    assert read_levels(tmp_path / "class_thresholds.json") == dict(loaded.calibrations)


def test_separated_drums_count_as_drums_alone(
    material: Path, songs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(task, "user_cache_dir", lambda: tmp_path / "cache")
    source = write_tiny_checkpoint(tmp_path / "a.safetensors")
    folder = tmp_path / "separated"
    synthesise(material, folder, replace(OPTIONS, separated=True), SilentProgress())
    with pytest.raises(DatasetError, match="need whole songs"):
        calibrate(source, folder, tmp_path / "b.safetensors", SilentProgress())
    synthesise(material, folder, OPTIONS, SilentProgress())
    heard: dict[str, int] = {}

    def counting(songs: list[CalibrationSong], domain: Any, *args: Any) -> Calibration:
        heard[domain] = len(songs)
        return fit_calibration(songs, domain, *args)

    monkeypatch.setattr(calibrate_task, "fit_calibration", counting)
    calibrate(source, folder, tmp_path / "b.safetensors", SilentProgress())
    assert heard == {"drums": 4, "mix": 2}


def test_the_shipped_levels_are_those_of_the_shipped_checkpoint(tmp_path: Path) -> None:
    shipped = shipped_checkpoint()
    write_levels(load_checkpoint(shipped).calibrations, tmp_path / "levels.json")
    beside = shipped.with_name("class_thresholds.json")
    assert (tmp_path / "levels.json").read_text("utf-8") == beside.read_text("utf-8")


def test_a_folder_without_songs_is_refused(tmp_path: Path) -> None:
    source = write_tiny_checkpoint(tmp_path / "a.safetensors")
    with pytest.raises(DatasetError, match="no rendered songs"):
        calibrate(source, tmp_path, tmp_path / "b.safetensors", SilentProgress())


def _song_with_known_errors(seed: int) -> CalibrationSong:
    """Kicks at peak height 0.8, 10 ms early; as many false peaks at 0.3 between them."""
    hop_s = 0.005
    frames = 20_000
    rng = np.random.default_rng(seed)
    classes = np.full((DRUM_COUNT, frames), 0.001, np.float32)
    onset = np.full(frames, 0.001, np.float32)
    places = np.arange(50, frames - 50, 60)
    heights = np.clip(rng.normal(0.8, 0.05, len(places)), 0.5, 0.99)
    classes[DrumClass.KICK, places] = heights
    false = places + 30
    classes[DrumClass.KICK, false] = np.clip(rng.normal(0.3, 0.05, len(false)), 0.1, 0.45)
    onset[places], onset[false] = 0.9, 0.5
    times = np.asarray(places * hop_s + 0.010, np.float64)
    return CalibrationSong(Activations(classes, onset, hop_s), times, np.zeros(len(times), np.intp))


def test_the_fit_finds_what_was_put_in() -> None:
    fitted = fit_calibration([_song_with_known_errors(s) for s in (1, 2)], "drums", Provenance())
    assert fitted.offset_ms[DrumClass.KICK] == pytest.approx(10.0, abs=1.0)
    for levels in fitted.presets.values():
        assert 0.4 < levels.thresholds[DrumClass.KICK] < 0.8
    kick = np.zeros(1, np.intp)
    assert fitted.confidence(kick, np.array([0.8]))[0] > 0.9
    assert fitted.confidence(kick, np.array([0.3]))[0] < 0.1
    # Classes without a stroke keep sane levels.
    assert fitted.presets["conservative"].thresholds[DrumClass.RIDE] == 0.5


def test_strokes_that_nobody_hears_count_neither_way() -> None:
    song = _song_with_known_errors(1)
    false_s = (np.arange(50, 19_950, 60) + 30) * 0.005
    times = np.concatenate([song.times_s, false_s])
    order = np.argsort(times)
    masked = (np.arange(len(times)) >= len(song.times_s))[order]
    kicks = np.zeros(len(times), np.intp)
    excusing = CalibrationSong(song.activations, times[order], kicks, masked)
    assert excusing.audible(DrumClass.KICK) == pytest.approx(song.times_s)
    hits = np.array([song.times_s[0], false_s[0], 0.001])
    assert excusing.excused(DrumClass.KICK, hits).tolist() == [False, True, False]
    asking = CalibrationSong(song.activations, times[order], kicks)
    low = fit_calibration([asking], "drums", Provenance()).presets["conservative"]
    high = fit_calibration([excusing], "drums", Provenance()).presets["conservative"]
    # Strokes that must be found although nobody hears them pull the threshold down to the noise.
    assert low.thresholds[DrumClass.KICK] < 0.4 < high.thresholds[DrumClass.KICK]


def _passage_of_faint_strokes(seed: int) -> CalibrationSong:
    """Kicks in a roll: the model believes 0.3 of each, and nothing between them."""
    rng = np.random.default_rng(seed)
    frames = 1000
    classes = np.full((DRUM_COUNT, frames), 0.001, np.float32)
    onset = np.full(frames, 0.001, np.float32)
    places = np.arange(10, frames - 10, 8)
    classes[DrumClass.KICK, places] = rng.uniform(0.25, 0.35, len(places))
    onset[places] = classes[DrumClass.KICK, places]
    drums = np.zeros(len(places), np.intp)
    return CalibrationSong(
        Activations(classes, onset, 0.0025), np.asarray(places * 0.0025, np.float64), drums
    )


def test_micro_mode_has_levels_of_its_own() -> None:
    songs = [_song_with_known_errors(seed) for seed in (1, 2)]
    passages = [_passage_of_faint_strokes(seed) for seed in (1, 2)]
    fitted = fit_calibration(songs, "drums", Provenance(), passages)
    assert fitted.micro is not None
    for name, levels in fitted.presets.items():
        fine = fitted.micro.presets[name]
        assert fine.thresholds[DrumClass.KICK] < 0.3 < levels.thresholds[DrumClass.KICK]
        # Nothing was learned about the others: what holds for the whole song holds here.
        assert fine.thresholds[DrumClass.RIDE] == levels.thresholds[DrumClass.RIDE]
        assert fine.activity_gate <= 0.25
    assert fitted.micro.offset_ms[DrumClass.KICK] == pytest.approx(0.0, abs=1.0)
    few = fit_calibration(songs, "drums", Provenance(), passages[:1])
    assert few.micro == replace(few, micro=None)


def _song_of_doubtful_strokes(seed: int) -> CalibrationSong:
    """As :func:`_song_with_known_errors`, but what is struck and what is not look much alike."""
    song = _song_with_known_errors(seed)
    curves = song.activations.classes.copy()
    kicks = curves[DrumClass.KICK]
    struck, false = kicks > 0.5, (kicks > 0.05) & (kicks < 0.5)
    kicks[struck] = np.linspace(0.44, 0.52, int(struck.sum()))
    kicks[false] = np.linspace(0.4, 0.48, int(false.sum()))
    return replace(song, activations=replace(song.activations, classes=curves))


def test_mixes_learn_how_sure_the_strokes_about_must_be() -> None:
    sure = [_song_with_known_errors(seed) for seed in (1, 2)]
    passages = [_passage_of_faint_strokes(seed) for seed in (1, 2)]
    fitted = fit_calibration(sure, "mix", Provenance(), passages)
    assert fitted.presets["conservative"].presence == 0.97
    assert fitted.presets["aggressive"].presence is None
    assert fitted.micro is not None
    assert fitted.micro.presets["conservative"].presence == 0.97
    # Where it would cost strokes it is not asked for, and of drums alone never.
    doubtful = fit_calibration([*sure, _song_of_doubtful_strokes(3)], "mix", Provenance())
    presence = doubtful.presets["conservative"].presence
    assert presence is not None
    assert presence < 0.97
    alone = fit_calibration(sure, "drums", Provenance())
    assert alone.presets["conservative"].presence is None


def test_rolls_are_rendered_to_calibrate_micro_mode_with(
    material: Path, songs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calibrate_task, "user_cache_dir", lambda: tmp_path / "cache")
    taught: list[int] = []

    def fit(*arguments: Any) -> Calibration:
        taught.append(len(arguments[3]))
        return fit_calibration(*arguments)

    monkeypatch.setattr(calibrate_task, "fit_calibration", fit)
    shipped = shipped_checkpoint()
    calibrate(shipped, songs, tmp_path / "a.safetensors", SilentProgress())
    calibrate(shipped, songs, tmp_path / "b.safetensors", SilentProgress(), material)
    plain, dense = taught[:2], taught[2:]
    assert all(more > less for more, less in zip(dense, plain, strict=True))


def test_more_songs_to_calibrate_on_have_more_dense_ones_beside_them() -> None:
    """They stayed four while the songs became seven times as many: rolls were charted thinner."""

    def song(minutes: int) -> CalibrationSong:
        frames = 60 * minutes
        nothing = np.zeros((DRUM_COUNT, frames), np.float32)
        silence = Activations(nothing, nothing[0], hop_s=1.0)
        return CalibrationSong(silence, np.zeros(0), np.zeros(0, np.intp))

    assert dense_count([song(5)] * 4) == 4
    assert dense_count([song(5)] * 28) == 28
    assert dense_count([song(1)]) == 1


def test_dense_songs_hold_every_kind_of_passage() -> None:
    take, passages = compose(np.random.default_rng(3))
    assert sorted(passage.kind for passage in passages) == sorted(KINDS)
    drums = np.array([int(CLASS_OF[Articulation(int(a))]) for a in take.articulations])
    for passage in passages:
        inside = (take.times_s >= passage.start_s) & (take.times_s <= passage.end_s)
        here = take.times_s[inside & np.isin(drums, [int(d) for d in passage.drums])]
        assert len(here) >= 8
        if passage.kind == "128ths":
            assert 0.0075 < np.diff(here).mean() < 0.015


def test_too_little_to_learn_from() -> None:
    song = _song_with_known_errors(1)
    short = CalibrationSong(song.activations, song.times_s[:10], song.drums[:10])
    with pytest.raises(DatasetError, match="too few"):
        fit_calibration([short], "mix", Provenance())


def test_timing_corrections_are_learned_and_stored(
    songs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A checkpoint that is 12 ms late by its own calibration is told so."""
    shipped = load_checkpoint()
    late = replace(shipped.calibrations["drums"], offset_ms=(12.0,) * DRUM_COUNT, micro=None)
    source = tmp_path / "late.safetensors"
    save_checkpoint(replace(shipped, calibrations={"drums": late}), source)
    corrections, output = tmp_path / "offsets.json", tmp_path / "right.safetensors"
    arguments = ["calibrate", str(source), str(songs), "--offsets", str(corrections)]
    assert main([*arguments, "-o", str(output)]) == 0
    assert "kick" in capsys.readouterr().out
    fitted = load_checkpoint(output).calibrations["drums"]
    assert fitted.offset_ms[DrumClass.KICK] == pytest.approx(0.0, abs=4.0)
    assert fitted.provenance.data.startswith("2 songs")
    assert corrections.exists()


def test_some_drums_are_calibrated_alone(
    songs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fitted(_: list[CalibrationSong], domain: Any, *__: Any) -> Calibration:
        return Calibration(domain=domain, scale=(7.0,) * DRUM_COUNT)

    monkeypatch.setattr(calibrate_task, "_analyse_all", lambda *_: ([], []))
    monkeypatch.setattr(calibrate_task, "fit_calibration", fitted)
    output, snare = tmp_path / "b.safetensors", (DrumClass.SNARE,)
    calibrate(shipped_checkpoint(), songs, output, SilentProgress(), drums=snare)
    before, after = load_checkpoint().calibrations, load_checkpoint(output).calibrations
    for domain, old in before.items():
        assert after[domain] == old.with_drums_of(fitted([], domain), snare)
        assert after[domain].scale[DrumClass.SNARE] == 7.0
    tiny = tmp_path / "tiny.safetensors"
    save_checkpoint(replace(load_checkpoint(), calibrations={}), tiny)
    with pytest.raises(CheckpointError, match="not calibrated yet"):
        calibrate(tiny, songs, output, SilentProgress(), drums=snare)
