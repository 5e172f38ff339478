"""Fine-tuning end to end with a tiny model: log, stop, kill, resume, verdict."""

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from chart_hero_core.base.drums import Hit
from chart_hero_core.base.errors import Cancelled, CheckpointError, DatasetError, StorageError
from chart_hero_core.base.locks import is_in_use
from chart_hero_core.base.progress import CallbackProgress, Progress, SilentProgress
from chart_hero_core.cli import main
from chart_hero_core.dataset.index import Dataset, Entry, open_dataset, readers_dir
from chart_hero_core.dataset.shards import DatasetSong
from chart_hero_core.model.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from chart_hero_core.tasks import fine_tune as task
from chart_hero_core.tasks.fine_tune import (
    FineTuneOptions,
    FineTuneResult,
    check_songs,
    fine_tune,
)
from chart_hero_core.tasks.models import current_name, list_models
from chart_hero_core.training.own_songs import gate
from chart_hero_core.training.own_songs.fine_tune_settings import FineTuneSettings
from chart_hero_core.training.own_songs.gate import Change, Scores, Verdict, compare_scores
from chart_hero_core.training.own_songs.held_out import HeldOutSong, transcribe_held_out
from tests.core.tasks.small_tuning import SETTINGS, StopAt, log_of, write_model
from tests.core.training.datasets import dataset_song, write_dataset


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_dataset(tmp_path_factory.mktemp("data") / "set", 3, 1, 1)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("model") / "start.safetensors")


@pytest.fixture(autouse=True)
def small_check_set(monkeypatch: pytest.MonkeyPatch) -> None:
    other = [HeldOutSong.of(dataset_song("other", "test", 99))]
    monkeypatch.setattr(task, "check_songs", lambda: other)


def test_it_learns_says_so_and_judges(dataset: Path, model: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    result = fine_tune(dataset, run, FineTuneOptions(model, settings=SETTINGS), SilentProgress())
    lines = log_of(run)
    looks = [line["validation_f"] for line in lines if "validation_f" in line]
    assert looks[0] < 0.3 < max(looks)
    losses = [line["loss"] for line in lines if "loss" in line]
    assert losses[-1] < losses[0]
    assert lines[-1]["step"] <= lines[-1]["of"] == 50
    assert all(line["seconds_left"] >= 0 for line in lines)
    told = json.loads((run / "result.json").read_text())
    assert told["sentence"] == result.sentence
    assert told["offered"] is result.offered
    assert result.verdict.own.edits_after < result.verdict.own.edits_before
    learned = load_checkpoint(result.weights)
    assert learned.provenance["started_from"] == "start"
    assert learned.provenance["note"] == result.sentence


def test_a_run_that_has_ended_is_not_measured_again(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset, run = write_dataset(tmp_path / "set", 2, 1, 1), tmp_path / "run"
    options = FineTuneOptions(model, settings=replace(SETTINGS, last_steps=2, all_steps=0))
    first = fine_tune(dataset, run, options, SilentProgress())
    judged: list[str] = []
    judge = gate.judge

    def noted(own: Change, general: Change | None) -> Verdict:
        judged.append("again")
        return judge(own, general)

    monkeypatch.setattr(gate, "judge", noted)
    again = fine_tune(dataset, run, options, SilentProgress())
    assert (again.verdict, again.weights) == (first.verdict, first.weights)
    assert again.sentence == first.sentence
    assert not judged
    # Another model than the one that was measured proves nothing.
    first.weights.write_bytes(model.read_bytes())
    fine_tune(dataset, run, options, SilentProgress())
    assert judged == ["again"]
    index = dataset / "index.json"
    index.write_text(
        re.sub(r'"reviewed_s": [\d.]+', '"reviewed_s": 1.5', index.read_text(), count=1)
    )
    fine_tune(dataset, run, options, SilentProgress())
    assert judged == ["again", "again"]


def test_whoever_watches_is_told_what_it_does(dataset: Path, model: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    told: list[str] = []

    def read(fraction: float, message: str) -> None:
        if (run / "doing.json").exists():
            told.append(json.loads((run / "doing.json").read_text())["message"])

    settings = replace(SETTINGS, last_steps=2, all_steps=1)
    fine_tune(dataset, run, FineTuneOptions(model, settings=settings), CallbackProgress(read))
    begins = list(dict.fromkeys(message.partition(" ")[0] for message in told))
    assert begins == ["Reading", "Listening", "Learning,", "Setting", "Measuring"]


def test_the_gate_holds_one_song_in_memory_at_a_time(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = write_dataset(tmp_path / "set", 1, 1, 3)
    events: list[str] = []
    read = Dataset.read

    def noted_read(data: Dataset, entry: Entry) -> DatasetSong:
        events.append("read")
        return read(data, entry)

    def noted_hearing(checkpoint: Checkpoint, song: HeldOutSong) -> list[Hit]:
        events.append("heard")
        return transcribe_held_out(checkpoint, song)

    monkeypatch.setattr(Dataset, "read", noted_read)
    monkeypatch.setattr(gate, "transcribe_held_out", noted_hearing)
    settings = replace(SETTINGS, last_steps=1, all_steps=0)
    options = FineTuneOptions(model, settings=settings)
    verdict = fine_tune(dataset, tmp_path / "run", options, SilentProgress()).verdict
    assert verdict.own.songs == 3
    own, general = ["read", "heard", "heard"], ["heard", "heard"]
    assert events[events.index("heard") - 1 :] == [*own * 3, *general]


def test_stopped_or_killed_it_goes_on_as_if_nothing_had_happened(
    dataset: Path, model: Path, tmp_path: Path
) -> None:
    options = FineTuneOptions(model, settings=SETTINGS)
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    fine_tune(dataset, whole, options, SilentProgress())
    for step in (17, 44):
        with pytest.raises(Cancelled):
            fine_tune(dataset, parts, options, StopAt(step).progress())
    # A kill leaves lines in the log that the state knows nothing of.
    with (parts / "log.jsonl").open("a") as file:
        file.write('{"step": 49, "loss": 1.0}\n{"step"')
    fine_tune(dataset, parts, options, SilentProgress())
    one, two = (load_checkpoint(f / "model.safetensors").network for f in (whole, parts))
    for a, b in zip(one.parameters(), two.parameters(), strict=True):
        torch.testing.assert_close(a, b)
    steps = [(line["step"], "loss" in line) for line in log_of(parts)]
    assert steps == [(line["step"], "loss" in line) for line in log_of(whole)]


@pytest.mark.parametrize(("killed_at", "step"), [(2, 4), (3, 6), (4, 8)])
def test_killed_before_a_look_it_has_that_look_still_to_take(
    dataset: Path,
    model: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    killed_at: int,
    step: int,
) -> None:
    settings = replace(SETTINGS, last_steps=4, all_steps=4, validate_every=2)
    options, run = FineTuneOptions(model, settings=settings), tmp_path / "run"
    looks: list[int] = []

    def killed(songs: object, heard: object) -> float:
        looks.append(len(looks))
        if len(looks) == killed_at:
            raise KeyboardInterrupt
        return 0.5

    with monkeypatch.context() as patched:
        patched.setattr("chart_hero_core.training.own_songs.held_out.event_f", killed)
        with pytest.raises(KeyboardInterrupt):
            fine_tune(dataset, run, options, SilentProgress())
    assert torch.load(run / "state", weights_only=True)["step"] == step
    fine_tune(dataset, run, options, SilentProgress())
    looked = [(line["step"], line["stage"]) for line in log_of(run) if "validation_f" in line]
    last, everything = "last layers", "everything"
    assert looked == [(0, last), (4, last), (6, everything), (8, everything)]
    fine_tune(dataset, run, options, SilentProgress())  # done: nothing is looked at again
    assert len([line for line in log_of(run) if "validation_f" in line]) == 4


def test_of_what_was_learned_nothing_kept_is_the_old_model(
    dataset: Path, model: Path, tmp_path: Path
) -> None:
    settings = replace(SETTINGS, last_steps=2, all_steps=0, blend=0.0)
    options = FineTuneOptions(model, settings=settings)
    result = fine_tune(dataset, tmp_path / "run", options, SilentProgress())
    assert not result.offered
    assert result.verdict.own.edits_after == result.verdict.own.edits_before
    old, new = (load_checkpoint(path).network for path in (model, result.weights))
    for a, b in zip(old.parameters(), new.parameters(), strict=True):
        torch.testing.assert_close(a, b)


def test_the_stop_file_stops_it_once(dataset: Path, model: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    run.mkdir()
    options = FineTuneOptions(model, settings=SETTINGS)

    def stop(fraction: float, message: str) -> None:
        if message.endswith("step 3"):
            (run / "stop").touch()

    with pytest.raises(Cancelled):
        fine_tune(dataset, run, options, CallbackProgress(stop))
    assert not (run / "result.json").exists()
    assert torch.load(run / "state", weights_only=True)["step"] == 3
    # Running again is asking to go on: an old stop file does not count.
    with pytest.raises(Cancelled):
        fine_tune(dataset, run, options, StopAt(5).progress())
    assert torch.load(run / "state", weights_only=True)["step"] == 5


@pytest.mark.parametrize("when", ["Setting thresholds", "Measuring"])
def test_the_stop_file_stops_it_after_the_learning_too(
    dataset: Path, model: Path, tmp_path: Path, when: str
) -> None:
    run = tmp_path / "run"
    run.mkdir()
    settings = replace(SETTINGS, last_steps=2, all_steps=1)
    told: list[str] = []

    def stop(fraction: float, message: str) -> None:
        told.append(message)
        if message.startswith(when):
            (run / "stop").touch()

    options = FineTuneOptions(model, settings=settings)
    with pytest.raises(Cancelled):
        fine_tune(dataset, run, options, CallbackProgress(stop))
    assert sum(message.startswith(when) for message in told) == 1
    assert not (run / "result.json").exists()
    fine_tune(dataset, run, options, SilentProgress())
    assert (run / "result.json").exists()


def test_songs_of_which_nothing_was_reviewed_are_not_measured_on(tmp_path: Path) -> None:
    data = open_dataset(write_dataset(tmp_path / "set", 3, 2, 2))
    unseen = ("song3", "song5", "song6")
    entries = tuple(
        replace(entry, reviewed_s=0.0) if entry.song_id in unseen else entry
        for entry in data.entries
    )
    songs = task._split(replace(data, entries=entries))
    assert [entry.song_id for entry in songs.validation] == ["song4"]
    assert [entry.song_id for entry in songs.test] == ["song4"]
    assert not songs.honest
    nothing = tuple(replace(entry, reviewed_s=0.0) for entry in data.entries)
    with pytest.raises(DatasetError, match="holds 0 reviewed songs"):
        task._split(replace(data, entries=nothing))


def test_a_run_goes_on_from_the_model_it_began_with_only(
    dataset: Path, model: Path, tmp_path: Path
) -> None:
    run, other = tmp_path / "run", tmp_path / "other.safetensors"
    with pytest.raises(Cancelled):
        fine_tune(dataset, run, FineTuneOptions(model, settings=SETTINGS), StopAt(3).progress())
    checkpoint = load_checkpoint(model)
    with torch.no_grad():
        checkpoint.network.head.weight.mul_(2)
    save_checkpoint(checkpoint, other)
    options = FineTuneOptions(other, settings=SETTINGS)
    with pytest.raises(CheckpointError, match="another model"):
        fine_tune(dataset, run, options, SilentProgress())
    state = torch.load(run / "state", weights_only=True)
    del state["teacher"]  # as versions before wrote it
    torch.save(state, run / "state")
    with pytest.raises(Cancelled):
        fine_tune(dataset, run, options, StopAt(5).progress())


def test_while_it_runs_its_songs_are_marked_as_in_use(
    dataset: Path, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[bool] = []

    def learn(*_: object) -> None:
        seen.append(is_in_use(readers_dir(dataset)))
        raise Cancelled

    monkeypatch.setattr(task, "_trained", learn)
    with pytest.raises(Cancelled):
        fine_tune(dataset, tmp_path, FineTuneOptions(model, settings=SETTINGS), SilentProgress())
    assert seen == [True]
    assert not is_in_use(readers_dir(dataset))


def test_two_programs_do_not_learn_in_one_folder(
    dataset: Path, model: Path, tmp_path: Path
) -> None:
    options = FineTuneOptions(model, settings=replace(SETTINGS, last_steps=2, all_steps=0))
    run = tmp_path / "run"
    refused: list[str] = []

    def meanwhile(fraction: float, message: str) -> None:
        if message.endswith("step 1"):
            with pytest.raises(StorageError, match="Another program is learning in") as error:
                fine_tune(dataset, run, options, SilentProgress())
            refused.append(str(error.value))

    fine_tune(dataset, run, options, CallbackProgress(meanwhile))
    assert len(refused) == 1
    fine_tune(dataset, run, options, SilentProgress())


def test_what_cannot_be_used_is_refused(dataset: Path, model: Path, tmp_path: Path) -> None:
    options = FineTuneOptions(model, settings=SETTINGS)
    with pytest.raises(DatasetError, match="holds no dataset"):
        fine_tune(tmp_path, tmp_path / "run", options, SilentProgress())
    few = write_dataset(tmp_path / "few", 1, 1, 0)
    with pytest.raises(DatasetError, match="holds 2 reviewed songs"):
        fine_tune(few, tmp_path / "run", options, SilentProgress())
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "state").write_bytes(b"not a state")
    with pytest.raises(CheckpointError, match="damaged"):
        fine_tune(dataset, tmp_path / "run", options, SilentProgress())


def test_the_command_line_keeps_what_is_better(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    asked: list[FineTuneOptions] = []

    def fake(
        dataset: Path, run: Path, options: FineTuneOptions, progress: Progress
    ) -> FineTuneResult:
        asked.append(options)
        better = len(asked) > 1
        change = compare_scores(Scores(("a",), np.ones((1, 5))), Scores(("a",), np.ones((1, 5))))
        verdict = Verdict(better, "Figures.", change, change)
        return FineTuneResult(run, better, "Figures.", model, verdict, 1.0)

    monkeypatch.setattr(task, "fine_tune", fake)
    arguments = ["fine-tune", str(tmp_path), "-o", str(tmp_path / "mine"), "--all-steps", "3"]
    assert main(arguments) == 0
    assert asked[0].settings == FineTuneSettings(all_steps=3)
    assert capsys.readouterr().out == "Figures.\n"
    assert [m.name for m in list_models()] == ["default"]
    assert main([*arguments, "--use"]) == 0
    assert "in use as mine" in capsys.readouterr().out
    assert current_name() == "mine"


@pytest.mark.parametrize(
    "setting",
    [
        "--seed=-1",
        "--threads=-2",
        "--last-rate=-1",
        "--all-rate=nan",
        "--clip-s=nan",
        "--replay-share=7",
        "--patience=0",
        "--distillation=-1",
        "--spring=inf",
        "--snapshot-s=nan",
    ],
)
def test_a_setting_out_of_bounds_is_refused_in_a_sentence(
    setting: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["fine-tune", str(tmp_path / "none"), "-o", str(tmp_path / "run"), setting]) == 1
    said = capsys.readouterr().err
    assert "none" not in said  # before anything is looked for
    assert said.startswith("chart-hero: ")
    assert "must" in said or "needs" in said


def test_a_folder_that_cannot_be_written_is_said(
    dataset: Path, model: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="Could not write"):
        fine_tune(
            dataset,
            tmp_path / "file" / "run",
            FineTuneOptions(model, settings=SETTINGS),
            SilentProgress(),
        )


def test_the_shipped_check_set_is_whole() -> None:
    songs = check_songs()
    assert {song.domain for song in songs} == {"drums", "mix"}
    assert len(songs) == 18
    strokes = sum(len(song.known.times_s) for song in songs)
    assert strokes > 1500
