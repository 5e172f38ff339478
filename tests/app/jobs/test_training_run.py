"""A training run as a child process that a window starts, leaves, finds again and pauses."""

import json
import os
import signal
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from chart_hero_app.jobs.run_folder import RunState
from chart_hero_app.jobs.training_run import TrainingRun
from chart_hero_core.base.errors import ChartHeroError, StorageError

# Stands in for `chart-hero fine-tune`: counts steps, obeys RUN/stop, goes on where it was.
CHILD = textwrap.dedent(
    """
    import json, pathlib, sys, time
    folder, steps = pathlib.Path(sys.argv[1]), int(sys.argv[2])
    log = folder / "log.jsonl"
    step = len(log.read_text().splitlines()) if log.exists() else 0
    while step < steps:
        step += 1
        with log.open("a") as file:
            file.write(json.dumps({"step": step, "of": steps, "seconds": step, "loss": 1}))
            file.write(chr(10))
        if (folder / "stop").exists():
            sys.exit()
        time.sleep(0.01)
    (folder / "result.json").write_text(json.dumps({"sentence": "Better.", "better": True}))
    """
)


def command(folder: Path, steps: int) -> list[str]:
    return [sys.executable, "-c", CHILD, str(folder), str(steps)]


@pytest.fixture
def run(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Iterator[TrainingRun]:
    monkeypatch.setattr("chart_hero_app.jobs.training_run.POLL_MS", 20)
    made = TrainingRun()
    yield made
    made.close_down()


def test_it_is_paused_found_again_and_brought_to_its_end(
    run: TrainingRun, tmp_path: Path, qtbot: QtBot
) -> None:
    folder = tmp_path / "run"
    run.begin(folder, command(folder, 100_000))
    qtbot.waitUntil(lambda: run.progress.step > 0, timeout=30_000)
    assert run.state is RunState.RUNNING
    # Another window takes over while the child works, and pauses it.
    run.close_down()
    other = TrainingRun()
    other.attach(folder)
    assert other.state is RunState.RUNNING
    with qtbot.waitSignal(other.ended, timeout=30_000) as ended:
        other.pause()
        assert other.pausing
    assert ended.args == [RunState.PAUSED]
    done = other.progress.step
    # It goes on where it was, by the same command.
    short = command(folder, done + 3)
    other.begin(folder, short)
    qtbot.waitUntil(lambda: other.state is RunState.FINISHED, timeout=30_000)
    assert other.progress.step == done + 3
    assert other.result == {"sentence": "Better.", "better": True}
    other.close_down()


def test_a_child_that_fails_leaves_its_sentence(
    run: TrainingRun, tmp_path: Path, qtbot: QtBot
) -> None:
    words = "print('chart-hero: The dataset is empty.'); raise SystemExit(1)"
    run.begin(tmp_path / "run", [sys.executable, "-c", words])
    qtbot.waitUntil(lambda: run.state is RunState.FAILED, timeout=30_000)
    assert run.trouble == "The dataset is empty."
    run.discard()
    assert run.folder is None
    assert not (tmp_path / "run").exists()


def test_a_child_that_was_killed_does_not_say_what_an_earlier_one_said(
    run: TrainingRun, tmp_path: Path, qtbot: QtBot
) -> None:
    folder = tmp_path / "run"
    words = "print('chart-hero: stopped; nothing was left half-written.'); raise SystemExit(130)"
    run.begin(folder, [sys.executable, "-c", words])
    qtbot.waitUntil(lambda: run.state is RunState.FAILED, timeout=30_000)
    assert run.trouble == "Stopped; nothing was left half-written."
    run.begin(folder, command(folder, 100_000))
    qtbot.waitUntil(lambda: run.progress.step > 0, timeout=30_000)
    os.kill(json.loads((folder / "child.json").read_text("utf-8"))["pid"], signal.SIGTERM)
    qtbot.waitUntil(lambda: run.state is RunState.FAILED, timeout=30_000)
    assert (
        run.trouble == "It ended without an error message. “Resume” continues from its last save."
    )


def test_what_cannot_start_says_so(run: TrainingRun, tmp_path: Path) -> None:
    with pytest.raises(ChartHeroError, match="could not be started"):
        run.begin(tmp_path / "run", [str(tmp_path / "no such program")])
    (tmp_path / "file").write_text("x")
    with pytest.raises(StorageError):
        run.begin(tmp_path / "file" / "run", command(tmp_path, 1))
    with pytest.raises(StorageError, match="start a new one"):
        run.resume()
