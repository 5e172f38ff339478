"""``chart-hero evaluate`` on files: TSV, charts, song folders, and what is refused."""

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from chart_hero_core.base.drums import DrumClass
from chart_hero_core.base.errors import EvaluationError
from chart_hero_core.base.progress import CallbackProgress, SilentProgress
from chart_hero_core.chart.song import Difficulty, Note, Song, Track
from chart_hero_core.cli import main
from chart_hero_core.evaluation.report.chart_tables import drumless_minutes
from chart_hero_core.evaluation.report.folder import read_report
from chart_hero_core.evaluation.results import AUDIO_ALONE, TRUE_MAP, Options
from chart_hero_core.formats.song_folder import save_song_folder
from chart_hero_core.tasks.evaluate import (
    EvaluateOptions,
    evaluate,
    learn_offset_corrections,
    read_corrections,
)
from chart_hero_core.tasks.evaluate_sources import find_sources
from chart_hero_core.tasks.models import add_model
from chart_hero_core.timing.tempo_map import TempoMap
from tests.core.tasks.checkpoints import write_tiny_checkpoint
from tests.golden.evaluation import make

REF, EST = make.FOLDER / "ref", make.FOLDER / "est"
FEW = EvaluateOptions(scoring=Options(samples=20))


def write(folder: Path, name: str, rows: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(rows)
    return path


def song(bpm: float = 120.0, second: DrumClass = DrumClass.RIDE) -> Song:
    drums = (DrumClass.KICK, second)
    notes = tuple(
        Note(480 * i, drums[i % len(drums)].lane, drums[i % len(drums)].cymbal) for i in range(16)
    )
    return Song(tempo_map=TempoMap.constant(bpm), tracks={Difficulty.EXPERT: Track(notes)})


def test_folders_of_tsv_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", str(REF), str(EST), "-o", str(tmp_path)]) == 0
    out, err = capsys.readouterr()
    lines = out.splitlines()
    assert lines[0].endswith("4 songs, within 50 ms, 8 classes")
    assert lines[1].split()[:7] == ["class", "ref", "est", "tp", "P", "R", "F"]
    assert lines[11].startswith("micro")
    assert err == ""
    assert (tmp_path / "report.html").is_file()


def test_json_is_all_that_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", str(REF), str(EST), "--json", "--songs", "fast,slow"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["songs"] == ["fast", "slow"]
    assert data["tables"]["scores_overall"]["columns"][:3] == ["view", "tolerance_ms", "average"]


def test_tolerances_and_classes_can_be_chosen(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--tolerances", "10", "--table", "30", "--classes", "5", "--detail", "30"]
    assert main(["evaluate", str(REF), str(EST), *arguments]) == 0
    out = capsys.readouterr().out
    assert "within 30 ms, 5 classes" in out
    assert "5 classes     10 ms" in out
    assert "8 classes" not in out


def test_acceptance_decides_the_exit_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evaluate", str(REF), str(EST), "--acceptance"]) == 1
    assert "Not accepted" in capsys.readouterr().out
    rows = "".join(f"{k * 60 / 200 / 16:.6f}\t{DrumClass(k % 8).label}\n" for k in range(480))
    beats = "".join(f"{i * 0.3:.6f}\t{i % 4 + 1}\n" for i in range(40))
    write(tmp_path, "a.tsv", rows)
    write(tmp_path, "a.beats", beats)
    assert main(["evaluate", str(tmp_path), str(tmp_path), "--acceptance"]) == 0
    assert capsys.readouterr().out.endswith("Accepted.\n")


def test_reports_and_estimates_can_be_compared(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, side in (("a", EST), ("b", REF)):
        assert main(["evaluate", str(REF), str(side), "-o", str(tmp_path / name)]) == 0
    capsys.readouterr()
    reports = [str(tmp_path / name) for name in ("a", "b")]
    assert main(["evaluate", "--compare", *reports, "-o", str(tmp_path)]) == 0
    first = capsys.readouterr().out
    assert "8 classes, 25 ms" in first
    assert (tmp_path / "comparison.csv").read_text().startswith("group,measure,a,b,difference")
    assert main(["evaluate", str(REF), "--compare", str(EST), str(REF), "--all"]) == 0
    assert len(capsys.readouterr().out) >= len(first)
    assert main(["evaluate", "--compare", *reports, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["measure"] == "kick F"


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ([], "Nothing to score"),
        (["/nowhere", "/nowhere"], "There is no file or folder /nowhere"),
        ([str(REF), "/nowhere"], "There is no file or folder /nowhere"),
        ([str(REF), str(EST), "--songs", "polka"], "No reference for polka"),
        ([str(REF), str(EST), "--detail", "0"], "tolerance"),
        ([str(REF), str(EST), "--compare", "a", "b"], "leave out EST"),
        ([str(REF), "--compare", "a", "b", "--acceptance"], "leave out --compare"),
        (["--compare", "/nowhere/a", "/nowhere/b"], "No report at /nowhere/a"),
        ([str(REF), str(EST), "--offsets", "/nowhere.json"], "Could not read /nowhere.json"),
    ],
)
def test_bad_requests_are_one_sentence(
    arguments: list[str], reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evaluate", *arguments]) == 1
    err = capsys.readouterr().err
    assert reason in err
    assert err.startswith("chart-hero: ")
    assert err.count("\n") == 1


def test_a_malformed_row_names_file_and_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    reference = write(tmp_path / "ref", "a.tsv", "1.0\tkick\n")
    estimate = write(tmp_path / "est", "a.tsv", "1.0\tkick\nnan\tsnare\n")
    assert main(["evaluate", str(reference.parent), str(estimate.parent)]) == 1
    assert f"{estimate}:2:" in capsys.readouterr().err


def test_unsorted_rows_are_scored_and_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path, "a.tsv", "1.0\tkick\n0.5\tsnare\n")
    assert main(["evaluate", str(path), str(path)]) == 0
    assert f"{path}:2: rows are not in time order" in capsys.readouterr().err


def test_songs_without_an_estimate_are_named_or_left_out(tmp_path: Path) -> None:
    write(tmp_path, "fast.tsv", (EST / "fast.tsv").read_text())
    with pytest.raises(EvaluationError, match="for silent, slow, waltz"):
        evaluate(REF, tmp_path, FEW, SilentProgress())
    partly = evaluate(
        REF, tmp_path, EvaluateOptions(FEW.scoring, skip_missing=True), SilentProgress()
    )
    assert [song.pair.name for song in partly.songs] == ["fast"]


def test_a_suffix_chooses_between_two_estimates(tmp_path: Path) -> None:
    write(tmp_path / "ref", "a.tsv", "1.0\tkick\n")
    write(tmp_path / "est", "a.tsv", "")
    write(tmp_path / "est", "a.drums.tsv", "1.0\tkick\n")
    write(tmp_path / "est", "a.mix.tsv", "5.0\tkick\n")
    found = {}
    for suffix in (None, "drums", "mix"):
        options = EvaluateOptions(FEW.scoring, suffix=suffix)
        result = evaluate(tmp_path / "ref", tmp_path / "est", options, SilentProgress())
        found[suffix] = result.songs[0].counts["8", 50.0].sum(axis=0).tolist()
    assert found == {None: [0, 1, 0], "drums": [1, 1, 1], "mix": [0, 1, 1]}


@pytest.mark.parametrize(
    ("listed", "scored"),
    [
        ("Crosby, Stills - X", ["Crosby, Stills - X"]),
        ("a, 10,000 Maniacs", ["10,000 Maniacs", "a"]),
        ("Crosby,Stills - X,a", ["Crosby, Stills - X", "a"]),
    ],
)
def test_songs_with_commas_in_their_names_can_be_chosen(
    listed: str, scored: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("Crosby, Stills - X", "10,000 Maniacs", "a", "b"):
        write(tmp_path, f"{name}.tsv", "1.0\tkick\n")
    assert main(["evaluate", str(tmp_path), str(tmp_path), "--json", "--songs", listed]) == 0
    assert json.loads(capsys.readouterr().out)["songs"] == scored


def test_a_lone_file_has_what_lies_beside_it(tmp_path: Path) -> None:
    rows = "".join(f"{i / 2:.6f}\tkick\n" for i in range(8))
    reference = write(tmp_path, "a.tsv", rows)
    write(tmp_path, "a.beats", "".join(f"{i / 2}\t{i % 4 + 1}\n" for i in range(10)))
    estimate = write(tmp_path / "est", "guess.tsv", rows)
    (scored,) = evaluate(reference, estimate, FEW, SilentProgress()).songs
    assert scored.subdivisions is not None
    save_song_folder(song(), tmp_path / "a")
    (scored,) = evaluate(reference, estimate, FEW, SilentProgress()).songs
    assert scored.edits[TRUE_MAP].notes.sum() == 16
    for name in ("b.mix.wav", "b.drums.wav"):
        sf.write(tmp_path / name, np.zeros(100), 8000)
    lone = write(tmp_path, "b.tsv", rows)
    assert find_sources(lone, "drums")["b"].audio == tmp_path / "b.drums.wav"


def test_of_a_song_in_stems_the_drums_are_linked(tmp_path: Path) -> None:
    save_song_folder(song(), tmp_path / "a")
    for name in ("drums.ogg", "song.ogg"):
        sf.write(tmp_path / "a" / name, np.zeros(100), 8000)
    (scored,) = evaluate(tmp_path / "a", tmp_path / "a", FEW, SilentProgress()).songs
    assert scored.pair.audio == (tmp_path / "a" / "drums.ogg").resolve().as_uri()


def test_other_files_in_a_folder_are_ignored(tmp_path: Path) -> None:
    for name in ("manifest.tsv", "README.md", "a.wav", "cover.png", "README.tsv"):
        write(tmp_path, name, "not drums")
    with pytest.raises(EvaluationError, match="nothing to score"):
        find_sources(tmp_path)
    write(tmp_path, "a.tsv", "1.0\tkick\n")
    sources = find_sources(tmp_path)
    assert list(sources) == ["a"]
    assert sources["a"].audio == tmp_path / "a.wav"


def test_song_folders_give_edits_and_tempo_figures(tmp_path: Path) -> None:
    truth, guess = tmp_path / "ref" / "tune", tmp_path / "est" / "tune"
    save_song_folder(song(), truth, formats=("mid",))
    save_song_folder(song(240.0, DrumClass.CRASH), guess, formats=("chart",))
    result = evaluate(truth.parent, guess.parent, FEW, SilentProgress()).songs[0]
    assert result.pair.name == "tune"
    assert result.tempo is not None
    assert result.tempo.octave == "double tempo"
    assert set(result.edits) == {TRUE_MAP, AUDIO_ALONE}
    same = evaluate(truth, truth, FEW, SilentProgress()).songs[0]
    assert same.edits[TRUE_MAP].total == 0
    assert same.tempo is not None
    assert same.tempo.beat_f == 1.0
    assert same.counts["8", 20.0].sum(axis=0).tolist() == [16, 16, 16]


def test_strokes_beside_a_song_folder_are_its_truth(tmp_path: Path) -> None:
    save_song_folder(song(), tmp_path / "ref" / "tune", formats=("mid",))
    rows = [f"{i * 0.5 + 0.012:.3f}\t{('kick', 'ride')[i % 2]}\n" for i in range(16)]
    write(tmp_path / "ref", "tune.tsv", "".join(rows))
    write(tmp_path / "est", "tune.tsv", "".join(rows))
    result = evaluate(tmp_path / "ref", tmp_path / "est", FEW, SilentProgress()).songs[0]
    assert result.pair.reference.times_s[0] == 0.012
    assert result.subdivisions is not None
    # Played 12 ms late, written on the quarters.
    assert result.subdivisions[:, 0].sum() == result.subdivisions.sum()
    assert result.edits[TRUE_MAP].total == 0


def test_five_class_estimates_are_charted_at_their_fixed_places(tmp_path: Path) -> None:
    save_song_folder(song(), tmp_path / "ref" / "tune", formats=("mid",))
    rows = [f"{i * 0.5:.3f}\t{('kick', 'cymbal')[i % 2]}\n" for i in range(16)]
    write(tmp_path / "est", "tune.tsv", "".join(rows))
    result = evaluate(tmp_path / "ref", tmp_path / "est", FEW, SilentProgress())
    assert result.view.name == "5"
    assert result.songs[0].edits[TRUE_MAP].total == 0


def test_timing_is_learned_and_applied(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    truth = [(i * 0.25, ("kick", "snare")[i % 2]) for i in range(100)]
    write(tmp_path / "ref", "a.tsv", "".join(f"{t:.3f}\t{label}\n" for t, label in truth))
    late = "".join(f"{t + 0.006:.3f}\t{label}\n" for t, label in truth)
    write(tmp_path / "est", "a.tsv", late)
    found = learn_offset_corrections(tmp_path / "ref", tmp_path / "est", FEW, SilentProgress())
    assert [round(c.shift_s, 6) for c in found.classes] == [-0.006, -0.006]
    assert found.data == "1 song of ref"
    path = write(tmp_path, "offsets.json", json.dumps(found.to_json()))
    assert read_corrections(path).learned_on == found.learned_on
    with pytest.raises(EvaluationError, match="not JSON"):
        read_corrections(write(tmp_path, "deep.json", "[" * 100_000))
    sides = [str(tmp_path / side) for side in ("ref", "est")]
    assert main(["evaluate", *sides, "--offsets", str(path)]) == 0
    out = capsys.readouterr().out
    rows = {
        tuple(line.split()[:3]): line.split()[4] for line in out.splitlines() if " kick " in line
    }
    assert rows["before", "corrections", "kick"] == "+6.0"
    assert rows["after", "corrections", "kick"] == "+0.0"


def test_an_unreadable_chart_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "song.mid"
    path.write_bytes(b"not midi")
    assert main(["evaluate", str(path), str(path)]) == 1
    assert "song.mid" in capsys.readouterr().err


def test_a_checkpoint_transcribes_the_references(tmp_path: Path) -> None:
    checkpoint = write_tiny_checkpoint(tmp_path / "tiny.safetensors")
    write(tmp_path / "ref", "a.tsv", "1.0\tkick\n2.0\tsnare\n")
    write(tmp_path / "ref", "silent.tsv", "")
    samples = np.random.default_rng(0).normal(0, 0.1, 22050 * 4).astype(np.float32)
    for name in ("a.drums.wav", "silent.drums.wav"):
        sf.write(tmp_path / "ref" / name, samples, 22050)
    options = EvaluateOptions(FEW.scoring, suffix="drums")
    result = evaluate(tmp_path / "ref", checkpoint, options, SilentProgress())
    assert [song.pair.duration_s for song in result.songs] == [4.0, 4.0]
    assert result.songs[0].pair.reference.times_s.tolist() == [1.0, 2.0]
    assert result.songs[0].pair.audio is not None
    assert result.songs[0].pair.audio.endswith("a.drums.wav")
    assert drumless_minutes(result.songs[1]) == pytest.approx(4 / 60)


def test_the_report_names_the_model_that_was_in_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    add_model(write_tiny_checkpoint(tmp_path / "mine.safetensors"), use=True)
    write(tmp_path / "ref", "a.tsv", "1.0\tkick\n2.0\tsnare\n")
    write(tmp_path / "ref", "b.tsv", "1.0\tkick\n2.0\tsnare\n")
    sf.write(tmp_path / "ref" / "a.wav", np.zeros(22050 * 3), 22050)
    sf.write(tmp_path / "ref" / "b.wav", np.zeros(22050 * 3), 22050)
    arguments = ["evaluate", str(tmp_path / "ref"), "-o", str(tmp_path / "out"), "--songs", "a, b"]
    assert main(arguments) == 0
    assert capsys.readouterr().out.startswith(f"the model mine vs {tmp_path / 'ref'}: 2 songs")
    assert read_report(tmp_path / "out").name == "the model mine"


def test_a_song_without_audio_cannot_be_transcribed(tmp_path: Path) -> None:
    checkpoint = write_tiny_checkpoint(tmp_path / "tiny.safetensors")
    write(tmp_path / "ref", "a.tsv", "1.0\tkick\n")
    with pytest.raises(EvaluationError, match="no audio of a"):
        evaluate(tmp_path / "ref", checkpoint, FEW, SilentProgress())


def test_song_folders_that_cannot_be_heard_do_not_end_the_others(tmp_path: Path) -> None:
    checkpoint = write_tiny_checkpoint(tmp_path / "tiny.safetensors")
    songs = tmp_path / "songs"
    for name in ("a", "b without sound", "c broken"):
        save_song_folder(song(), songs / name)
    samples = np.random.default_rng(0).normal(0, 0.1, 22050 * 4).astype(np.float32)
    sf.write(songs / "a" / "song.wav", samples, 22050)
    (songs / "c broken" / "song.ogg").write_bytes(b"")
    heard: list[str] = []
    progress = CallbackProgress(lambda _, message: heard.append(message))
    with pytest.raises(EvaluationError, match="no audio of b without sound"):
        evaluate(songs, checkpoint, FEW, progress)
    assert heard == []
    skip = EvaluateOptions(FEW.scoring, skip_missing=True)
    result = evaluate(songs, checkpoint, skip, SilentProgress())
    assert [each.pair.name for each in result.songs] == ["a"]


def test_a_broken_chart_is_said_before_the_first_song_is_heard(tmp_path: Path) -> None:
    checkpoint = write_tiny_checkpoint(tmp_path / "tiny.safetensors")
    for name in ("a", "b"):
        save_song_folder(song(), tmp_path / "songs" / name)
        sf.write(tmp_path / "songs" / name / "song.wav", np.zeros(22050), 22050)
    for name in ("notes.mid", "notes.chart"):  # one of them alone would make way for the other
        (tmp_path / "songs" / "b" / name).write_bytes(b"neither")
    heard: list[str] = []
    progress = CallbackProgress(lambda _, message: heard.append(message))
    with pytest.raises(EvaluationError, match=r"songs.b"):
        evaluate(tmp_path / "songs", checkpoint, FEW, progress)
    assert heard == []


def test_played_strokes_without_a_chart_are_put_on_the_grid_first(tmp_path: Path) -> None:
    # 8ths at 120 BPM, each up to 9 ms beside its line.
    jitter = np.random.default_rng(2).uniform(-0.009, 0.009, 64)
    times = np.arange(64) * 0.25 + 0.5 + jitter
    write(tmp_path, "a.tsv", "".join(f"{t:.4f}\thihat\n" for t in times))
    write(tmp_path, "a.beats", "".join(f"{i * 0.5:.3f}\t{i % 4 + 1}\n" for i in range(40)))
    result = evaluate(tmp_path, tmp_path, FEW, SilentProgress()).songs[0]
    assert result.subdivisions is not None
    lines = result.subdivisions[..., 0].sum(axis=(0, 2))
    assert lines[:2].tolist() == [32, 32]
    assert not result.edits


def test_songs_are_named_between_commas(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", str(REF), str(EST), "--songs", " fast,, waltz,"]) == 0
    assert "2 songs, within" in capsys.readouterr().out
    assert main(["evaluate", str(REF), str(EST), "--songs", " ,"]) == 1
    assert "--songs needs the names" in capsys.readouterr().err


def test_a_folder_that_cannot_be_written_is_said_before_anything_is_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write(tmp_path, "file", "")
    assert main(["evaluate", "/nowhere", "/nowhere", "-o", str(file / "report")]) == 1
    assert f"{file} is not a folder" in capsys.readouterr().err


def test_one_song_in_common_is_one_song(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one = write(tmp_path, "a.tsv", "1.0\tkick\n")
    assert main(["evaluate", str(one), "--compare", str(one), str(one)]) == 0
    assert "1 song in common" in capsys.readouterr().out
