"""What a run's folder says, whole or half written."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from chart_hero_app.jobs import child
from chart_hero_app.jobs.child import birth_of, is_alive
from chart_hero_app.jobs.run_folder import RunState, last_words, read_progress, state_of


def write_log(folder: Path, *rows: dict[str, float | str], tail: str = "") -> None:
    folder.mkdir(exist_ok=True)
    text = "".join(json.dumps(row) + "\n" for row in rows)
    (folder / "log.jsonl").write_text(text + tail)


def test_curves_time_and_steps_are_read(tmp_path: Path) -> None:
    write_log(
        tmp_path,
        {"step": 50, "of": 200, "seconds": 100.0, "loss": 2.0},
        {"step": 50, "of": 200, "validation_f": 0.8, "stage": "all layers"},
        {"step": 100, "of": 200, "seconds": 150.0, "seconds_left": 90.5, "loss": 1.5},
        tail='{"step": 150, "lo',
    )
    found = read_progress(tmp_path)
    assert found.curves["loss"] == ((50.0, 2.0), (100.0, 1.5))
    assert found.curves["validation_f"] == ((50.0, 0.8),)
    assert set(found.curves) == {"loss", "validation_f"}
    assert (found.step, found.steps, found.fraction) == (100, 200, 0.5)
    assert found.left_s == 90.5


def test_what_is_done_besides_taking_steps_is_read(tmp_path: Path) -> None:
    write_log(tmp_path, {"step": 200, "of": 200, "seconds_left": 0.0, "loss": 2.0})
    doing = tmp_path / "doing.json"
    doing.write_text('{"fraction": 0.9, "message": "Measuring"}')
    found = read_progress(tmp_path)
    assert (found.beside, found.fraction) == ("Measuring", 0.9)
    doing.write_text('{"fraction": 0.7, "message": "Learning, everything: step 200"}')
    found = read_progress(tmp_path)
    assert (found.beside, found.fraction) == ("", 0.7)
    doing.write_text('{"fraction": "x", "mess')
    found = read_progress(tmp_path)
    assert (found.beside, found.fraction) == ("", 1.0)


@pytest.mark.parametrize("text", ["", "null\n[1]\n", '{"loss": 1}\n', '{"step": "x"}\n', "\0\0"])
def test_a_broken_log_says_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "log.jsonl").write_text(text)
    found = read_progress(tmp_path)
    assert (found.step, found.fraction, found.left_s) == (0, 0.0, None)


def test_states_by_what_lies_in_the_folder(tmp_path: Path) -> None:
    assert state_of(tmp_path) is RunState.NEW
    me = {"pid": os.getpid(), "birth": birth_of(os.getpid())}
    (tmp_path / "child.json").write_text(json.dumps(me))
    assert state_of(tmp_path) is RunState.RUNNING
    # The number was given to another process since.
    (tmp_path / "child.json").write_text(json.dumps({"pid": os.getpid(), "birth": "1"}))
    assert state_of(tmp_path) is (RunState.FAILED if birth_of(os.getpid()) else RunState.RUNNING)
    (tmp_path / "child.json").write_text(json.dumps({"pid": 0}))
    assert state_of(tmp_path) is RunState.FAILED
    (tmp_path / "stop").touch()
    assert state_of(tmp_path) is RunState.PAUSED
    (tmp_path / "result.json").write_text("{}")
    assert state_of(tmp_path) is RunState.FINISHED


@pytest.mark.skipif(shutil.which("ps") is None, reason="it asks ps")
def test_without_proc_a_process_is_told_from_a_later_one_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An id is given again soon; a run that ended must not seem to go on for ever."""
    monkeypatch.setattr(child, "Path", lambda place: tmp_path / place.lstrip("/"))
    me = birth_of(os.getpid())
    assert re.search(r"\d\d:\d\d:\d\d \d{4}", me)
    assert not is_alive(os.getpid(), me.replace(":", "."))
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    assert birth_of(gone.pid) == ""


def test_the_last_words_are_what_it_failed_with(tmp_path: Path) -> None:
    assert last_words(tmp_path) == ""
    (tmp_path / "output.txt").write_bytes(b"loading\n 10 %\r 20 %\nNo songs to train on.\n\n")
    assert last_words(tmp_path) == "No songs to train on."


def test_nobody_has_the_number_nought() -> None:
    assert not is_alive(0)
    assert not is_alive(-1)
