"""Work in a child process."""

import sys

import pytest
from pytestqt.qtbot import QtBot

from chart_hero_app.jobs.process import ProcessJob

GOOD = """
import json
print("hello")
for i in range(3):
    print(json.dumps({"progress": i / 2, "message": f"epoch {i}"}))
print("{not json")
print(json.dumps({"result": {"loss": 0.25}}))
"""
BAD = "import sys; print('The data are gone.'); sys.exit(3)"
LONG = "import time; print('on', flush=True); time.sleep(60)"


@pytest.fixture
def job(qtbot: QtBot) -> ProcessJob:
    return ProcessJob("Training")


def test_messages_progress_and_result(job: ProcessJob, qtbot: QtBot) -> None:
    fractions: list[float] = []
    lines: list[str] = []
    messages: list[dict[str, object]] = []
    job.progressed.connect(lambda fraction, _text: fractions.append(fraction))
    job.lineReceived.connect(lines.append)
    job.messageReceived.connect(messages.append)
    with qtbot.waitSignal(job.succeeded, timeout=20_000) as signal:
        job.start(sys.executable, ["-c", GOOD])
    assert signal.args == [{"loss": 0.25}]
    assert fractions == [0.0, 0.5, 1.0]
    assert lines == ["hello", "{not json"]
    assert len(messages) == 4
    qtbot.waitUntil(lambda: not job.running)


def test_failure_says_the_last_line(job: ProcessJob, qtbot: QtBot) -> None:
    with qtbot.waitSignal(job.failed, timeout=20_000) as signal:
        job.start(sys.executable, ["-c", BAD])
    assert "The data are gone." in str(signal.args[0])


def test_a_program_that_is_not_there_fails_once(job: ProcessJob, qtbot: QtBot) -> None:
    ends: list[object] = []
    job.failed.connect(ends.append)
    with qtbot.waitSignal(job.finished, timeout=20_000):
        job.start("/nowhere/python", [])
    assert len(ends) == 1


def test_cancel_ends_the_child(job: ProcessJob, qtbot: QtBot) -> None:
    with qtbot.waitSignal(job.lineReceived, timeout=20_000):
        job.start(sys.executable, ["-c", LONG])
    with qtbot.waitSignal(job.cancelled, timeout=20_000):
        job.cancel()
    assert not job.running
