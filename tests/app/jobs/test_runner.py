"""Background work: exactly one end for each job, told in the window's thread."""

import gc
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from functools import partial

import pytest
from PySide6.QtCore import QThread
from pytestqt.qtbot import QtBot

from chart_hero_app.jobs.runner import Job, JobRunner
from chart_hero_core.base.errors import AudioError
from chart_hero_core.base.progress import Progress


@pytest.fixture
def runner(qtbot: QtBot) -> Iterator[JobRunner]:
    made = JobRunner()
    yield made
    made.shut_down()


def ends(job: Job) -> list[str]:
    """Collects how a job ends."""
    told: list[str] = []
    job.succeeded.connect(lambda _result: told.append("succeeded"))
    job.failed.connect(lambda _error: told.append("failed"))
    job.cancelled.connect(lambda: told.append("cancelled"))
    return told


def test_the_result_arrives_in_the_windows_thread(runner: JobRunner, qtbot: QtBot) -> None:
    seen: list[object] = []
    job = runner.start(
        "Adding", lambda _p: 1 + 1, lambda result: seen.append((result, QThread.currentThread()))
    )
    told = ends(job)
    with qtbot.waitSignal(runner.finished):
        pass
    assert seen == [(2, QThread.currentThread())]
    assert told == ["succeeded"]
    assert runner.jobs == ()


def test_the_work_is_done_elsewhere(runner: JobRunner, qtbot: QtBot) -> None:
    where: list[threading.Thread] = []
    runner.start("Looking", lambda _p: where.append(threading.current_thread()))
    with qtbot.waitSignal(runner.finished):
        pass
    assert where[0] is not threading.main_thread()


@pytest.mark.parametrize("error", [AudioError("No sound."), ValueError("bug")])
def test_failures_are_told_with_their_cause(
    runner: JobRunner, qtbot: QtBot, error: Exception
) -> None:
    def work(_progress: Progress) -> None:
        raise error

    job = runner.start("Failing", work)
    told = ends(job)
    with qtbot.waitSignal(runner.failed) as signal:
        pass
    assert signal.args[1] is error
    qtbot.waitUntil(lambda: told == ["failed"])


def test_cancel_is_silent(runner: JobRunner, qtbot: QtBot) -> None:
    def work(progress: Progress) -> None:
        while True:
            progress.check_cancelled()
            time.sleep(0.001)

    job = runner.start("Waiting", work, key="k")
    told = ends(job)
    assert runner.running("k")
    with qtbot.waitSignal(runner.finished):
        job.cancel()
    assert told == ["cancelled"]
    assert not runner.running("k")


def test_a_newer_request_replaces_the_older_one(runner: JobRunner, qtbot: QtBot) -> None:
    go = threading.Event()
    results: list[str] = []

    def slow(_progress: Progress) -> str:
        go.wait(5)
        return "old"

    old = runner.start("Old", slow, results.append, key="same")
    told = ends(old)
    new = runner.start("New", lambda _p: "new", results.append, key="same")
    go.set()
    qtbot.waitUntil(lambda: old.done and new.done)
    assert results == ["new"]
    assert told == ["cancelled"]


@pytest.mark.parametrize("error", [None, AudioError("No sound.")])
def test_what_cannot_be_taken_back_is_told_though_it_was_to_stop(
    runner: JobRunner, qtbot: QtBot, error: Exception | None
) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def work(_progress: Progress) -> str:
        begun.set()
        go_on.wait(5)
        if error is not None:
            raise error
        return "written"

    results: list[str] = []
    job = runner.start("Writing", work, results.append, standing=True)
    told = ends(job)
    assert begun.wait(5)
    with qtbot.waitSignal(runner.finished):
        job.cancel()
        go_on.set()
    assert told == (["succeeded"] if error is None else ["failed"])
    assert results == (["written"] if error is None else [])


def test_progress_is_told_and_throttled(runner: JobRunner, qtbot: QtBot) -> None:
    heard: list[float] = []

    def work(progress: Progress) -> None:
        for step in range(10_000):
            progress.report(step / 10_000, "counting")
        progress.report(1.0, "done")

    job = runner.start("Counting", work)
    job.progressed.connect(lambda fraction, _message: heard.append(fraction))
    with qtbot.waitSignal(runner.finished):
        pass
    assert heard[-1] == 1.0
    assert len(heard) < 1_000
    assert job.message == "done"


def test_shutting_down_waits_for_the_threads(qtbot: QtBot) -> None:
    runner = JobRunner()
    began, ended = threading.Event(), threading.Event()

    def work(progress: Progress) -> None:
        began.set()
        try:
            while True:
                progress.check_cancelled()
                time.sleep(0.001)
        finally:
            ended.set()

    runner.start("Waiting", work)
    assert began.wait(20)
    runner.shut_down()
    assert ended.is_set()
    assert runner.jobs == ()


class Clip:
    """Stands for the minutes of sound that jobs hold."""


def test_a_finished_job_lets_go_of_all_it_held(runner: JobRunner, qtbot: QtBot) -> None:
    clip = Clip()
    gone = weakref.ref(clip)
    told: list[bool] = []
    runner.start("Reading", partial(_pass_on, clip), lambda found: told.append(found is gone()))
    del clip
    qtbot.waitUntil(lambda: not runner.jobs)
    assert told == [True]

    def is_gone() -> bool:
        gc.collect()
        return gone() is None

    qtbot.waitUntil(is_gone)


def _pass_on(clip: Clip, _progress: Progress) -> Clip:
    return clip


def _until(go_on: threading.Event) -> Callable[[Progress], None]:
    """Work that waits for ``go_on`` and then looks whether it is still wanted."""

    def work(progress: Progress) -> None:
        go_on.wait(5)
        progress.check_cancelled()

    return work


def test_leaving_a_song_stops_only_what_belongs_to_it(runner: JobRunner, qtbot: QtBot) -> None:
    go_on = threading.Event()
    told: list[str] = []
    work = _until(go_on)
    runner.start("Transcribing", work, lambda _none: told.append("transcribed"))
    runner.start("Evaluating", work, lambda _none: told.append("evaluated"), lasting=True)
    runner.leave_song()
    go_on.set()
    qtbot.waitUntil(lambda: not runner.jobs)
    assert told == ["evaluated"]


def test_stopping_leaves_quiet_work_alone(runner: JobRunner, qtbot: QtBot) -> None:
    go_on = threading.Event()
    told: list[str] = []
    work = _until(go_on)
    runner.start("Transcribing", work, lambda _none: told.append("transcribed"))
    runner.start("Saving", work, lambda _none: told.append("saved"), quiet=True)
    runner.stop_shown()
    go_on.set()
    qtbot.waitUntil(lambda: not runner.jobs)
    assert told == ["saved"]
