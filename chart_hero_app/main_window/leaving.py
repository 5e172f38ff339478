"""Before the program ends: work in the background that would be lost with it."""

from __future__ import annotations

from PySide6.QtWidgets import QMessageBox, QWidget

from chart_hero_app.jobs.runner import JobRunner


def may_stop(window: QWidget, runner: JobRunner) -> bool:
    """Whether everything in the background may be stopped; asks where it would be missed.

    What belongs to the song on screen is seen to stop, and saving waits for its end anyway.
    """
    titles = [job.title for job in runner.jobs if job.lasting and job.wanted and not job.quiet]
    if not titles:
        return True
    running = titles[0] if len(titles) == 1 else f"{titles[0]} and {len(titles) - 1} more"
    answer = QMessageBox.question(
        window,
        "Stop and quit?",
        f"Still running: {running}. Quitting stops it. Quit anyway?",
        QMessageBox.StandardButton.Yes | QMessageBox.StandardButton.No,
        QMessageBox.StandardButton.No,
    )
    return answer == QMessageBox.StandardButton.Yes
