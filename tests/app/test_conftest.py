"""What the fixtures of the app's tests promise: no test waits for an answer that never comes."""

import threading
from collections.abc import Callable

import pytest
from PySide6.QtWidgets import QMessageBox

from chart_hero_app.main_window.window import MainWindow
from chart_hero_app.settings.preferences import Preferences
from chart_hero_core.base.progress import Progress


def test_a_question_that_nobody_expects_is_an_error() -> None:
    with pytest.raises(AssertionError, match="nobody expects the question 'Quit'"):
        QMessageBox.question(None, "Quit", "Really?")


@pytest.fixture
def left_running(new_window: Callable[[Preferences], MainWindow]) -> MainWindow:
    window = new_window(Preferences())
    begun = threading.Event()

    def work(progress: Progress) -> None:
        begun.set()
        while True:
            progress.check_cancelled()

    window.runner.start("Learning for ever", work, lasting=True)
    assert begun.wait(20)
    return window


def test_a_job_that_is_still_running_is_stopped_without_a_question(
    left_running: MainWindow,
) -> None:
    assert [job.title for job in left_running.runner.jobs] == ["Learning for ever"]
