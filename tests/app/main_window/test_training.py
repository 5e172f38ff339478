"""The training panel in the window: folders, scan, table, run, verdict, models."""

import json
import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from chart_hero_app.jobs.run_folder import Progress as RunProgress
from chart_hero_app.jobs.run_folder import RunState
from chart_hero_app.main_window.commands.training import dataset_dir, runs_dir
from chart_hero_app.main_window.window import MainWindow
from chart_hero_core.base.errors import DatasetError
from chart_hero_core.base.files import shipped_checkpoint, write_text
from chart_hero_core.base.model_choice import model_path
from chart_hero_core.base.progress import Progress
from chart_hero_core.tasks.models import add_model, current_name
from tests.app.songs import write_sound
from tests.core.tasks.checkpoints import write_tiny_checkpoint

LEFT = Qt.MouseButton.LeftButton


@dataclass(frozen=True)
class Row:
    """A song of a build."""

    song: str
    verdict: str
    reason: str = ""
    remarks: tuple[str, ...] = ()
    doubtful: bool = False
    path: str = "/nowhere"


@dataclass(frozen=True)
class Report:
    """What a build found."""

    rows: tuple[Row, ...]
    folder: Path
    remarks: tuple[str, ...] = ()


REPORT = Report(
    (
        Row("Band - Good", "used"),
        Row("Band - Odd", "used", remarks=("It starts 40 ms late.",), doubtful=True),
        Row("Band - Wrong", "dropped", "The chart does not fit this audio."),
    ),
    Path("dataset"),
)


@pytest.fixture
def panel_window(window: MainWindow, tmp_path: Path) -> MainWindow:
    """A window with the training panel in front and one folder to look in."""
    window.book["view.training"].trigger()
    window.training.add_folder(tmp_path)
    return window


def scanner(report: Report) -> Callable[[Sequence[Path], Path, Progress], Report]:
    """Stands in for the build."""

    def build(roots: Sequence[Path], folder: Path, progress: Progress) -> Report:
        progress.report(0.5, f"Looking at {len(roots)} folders")
        progress.check_cancelled()
        write_text(folder / "report.html", "<p>")
        return report

    return build


def scan(window: MainWindow, qtbot: QtBot) -> None:
    QTest.mouseClick(window.training_panel.songs.start, LEFT)
    qtbot.waitUntil(lambda: not window.runner.jobs, timeout=20_000)


def test_the_panel_is_there_without_a_song(panel_window: MainWindow) -> None:
    assert panel_window.training_panel.isVisible()
    assert not panel_window.decode_panel.isVisible()


def test_folders_are_kept_and_removed(panel_window: MainWindow, tmp_path: Path) -> None:
    songs = panel_window.training_panel.songs
    assert [songs.folders.item(i).text() for i in range(songs.folders.count())] == [
        "My charts: 0 songs added here",
        str(tmp_path),
    ]
    songs.folders.item(1).setSelected(True)
    QTest.mouseClick(songs.remove, LEFT)
    assert panel_window.training.folders == ()
    assert songs.start.text() == "Add folder…"


def test_a_scan_lists_every_song_with_its_reason(
    panel_window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(panel_window.training, "_build", scanner(REPORT))
    scan(panel_window, qtbot)
    songs = panel_window.training_panel.songs
    assert songs.summary.text() == "2 used, 1 dropped"
    shown = [[songs.table.item(r, c).text() for c in range(2)] for r in range(3)]
    assert shown == [
        ["Band - Wrong", "Dropped: The chart does not fit this audio."],
        ["Band - Odd", "Used: It starts 40 ms late."],
        ["Band - Good", "Used"],
    ]
    assert songs.train.isEnabled()
    assert songs.scan.isVisible()


def test_a_double_click_on_a_song_opens_it(
    panel_window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    sound = write_sound(tmp_path / "Wrong" / "song.wav")
    row = Row("Band - Wrong", "dropped", "It does not fit.", path=str(sound.parent))
    report = Report((row,), Path("dataset"))
    monkeypatch.setattr(panel_window.training, "_build", scanner(report))
    scan(panel_window, qtbot)
    table = panel_window.training_panel.songs.table
    place = table.visualRect(table.model().index(0, 0)).center()
    QTest.mouseClick(table.viewport(), LEFT, pos=place)
    QTest.mouseDClick(table.viewport(), LEFT, pos=place)
    qtbot.waitUntil(lambda: panel_window.document.clip is not None, timeout=60_000)


def test_a_scan_that_fails_says_why_and_can_be_stopped(
    panel_window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: object) -> Report:
        raise DatasetError("There are no songs with charts.")

    songs = panel_window.training_panel.songs
    monkeypatch.setattr(panel_window.training, "_build", fail)
    scan(panel_window, qtbot)
    assert panel_window.bar.notice is not None
    assert panel_window.bar.notice.text == "There are no songs with charts."

    def endless(_roots: object, _folder: object, progress: Progress) -> Report:
        while True:
            progress.check_cancelled()

    monkeypatch.setattr(panel_window.training, "_build", endless)
    QTest.mouseClick(songs.start, LEFT)
    assert songs.stop.isVisible()
    QTest.mouseClick(songs.stop, LEFT)
    qtbot.waitUntil(lambda: not panel_window.runner.jobs, timeout=20_000)
    assert songs.start.isVisible()
    assert not songs.table.isVisible()


def test_training_needs_a_scan_and_is_started_by_the_command_line(
    panel_window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[list[str]] = []
    monkeypatch.setattr(
        panel_window.training.run, "begin", lambda _folder, command: begun.append(list(command))
    )
    page = panel_window.training_panel.run
    panel_window.training_panel.show_page(page)
    QTest.mouseClick(page.start, LEFT)
    assert begun == []
    assert "Scan your songs first" in panel_window.bar.notice.text
    monkeypatch.setattr(panel_window.training, "_build", scanner(REPORT))
    panel_window.training_panel.show_page(panel_window.training_panel.songs)
    scan(panel_window, qtbot)
    assert panel_window.bar.notice is None  # it was done
    QTest.mouseClick(panel_window.training_panel.songs.train, LEFT)
    QTest.mouseClick(page.start, LEFT)
    (command,) = begun
    assert command[-6:-3] == ["fine-tune", str(dataset_dir()), "--name"]
    songs = panel_window.training.folders[0].name
    assert re.fullmatch(re.escape(songs) + r", \d{1,2} [A-Z][a-z]{2} \d{4}", command[-3])
    assert command[-2] == "-o"
    assert Path(command[-1]).parent == runs_dir()


def test_training_waits_for_a_scan(
    panel_window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[Path] = []
    monkeypatch.setattr(
        panel_window.training.run, "begin", lambda folder, _command: begun.append(folder)
    )
    go_on = threading.Event()

    def build(_roots: object, folder: Path, _progress: Progress) -> Report:
        write_text(folder / "report.html", "<p>")
        go_on.wait(20)
        return REPORT

    monkeypatch.setattr(panel_window.training, "_build", build)
    panel_window.training.scan()
    qtbot.waitUntil(lambda: (dataset_dir() / "report.html").exists())
    panel_window.training.start()
    assert begun == []
    assert panel_window.bar.notice is not None
    assert "being scanned" in panel_window.bar.notice.text
    go_on.set()
    qtbot.waitUntil(lambda: not panel_window.runner.jobs, timeout=20_000)
    assert panel_window.bar.notice is None
    panel_window.training.start()
    assert len(begun) == 1


def test_the_page_follows_the_run(panel_window: MainWindow) -> None:
    page = panel_window.training_panel.run
    panel_window.training_panel.show_page(page)
    points = ((1.0, 3.0), (300.0, 1.0))
    progress = RunProgress({"loss": points, "validation_f": points}, 300, 1200, 240.0)
    page.show_run(RunState.RUNNING, progress)
    assert page.doing.text() == ("Step 300 of 1,200. 4 min of training left, then the evaluation")
    assert [curve.name for curve in page.plot.curves] == ["loss", "F on held-out songs"]
    assert page.pause.isVisible()
    assert not page.start.isVisible()
    assert page.progress.value() == 250
    measuring = replace(progress, beside="Measuring", whole=0.9)
    page.show_run(RunState.RUNNING, measuring)
    assert (page.doing.text(), page.progress.value()) == ("Measuring", 900)
    page.show_run(RunState.PAUSED, replace(progress, left_s=None))
    assert page.resume.isVisible()
    assert page.discard.isVisible()
    page.show_run(RunState.FAILED, progress, trouble="The disk is full.")
    assert page.doing.text() == "The disk is full."


def test_a_verdict_is_accepted_and_taken_back(panel_window: MainWindow, qtbot: QtBot) -> None:
    folder = runs_dir() / "2026-01-01 000000"
    write_text(folder / "result.json", RESULT)
    (folder / "model.safetensors").write_bytes(shipped_checkpoint().read_bytes())
    panel_window.training.refresh()
    page = panel_window.training_panel.run
    panel_window.training_panel.show_page(page)
    assert page.verdict.text() == "The new model is not offered: no proof of gain."
    assert [page.table.item(0, c).text() for c in range(3)] == [
        "Your songs, edits per 100",
        "31.5",
        "24.0",
    ]
    assert page.keep.text() == "Use it anyway"
    QTest.mouseClick(page.keep, LEFT)
    qtbot.waitUntil(lambda: current_name() == folder.name, timeout=120_000)
    qtbot.waitUntil(page.back.isVisible, timeout=120_000)
    QTest.mouseClick(page.back, LEFT)
    qtbot.waitUntil(lambda: current_name() == "default", timeout=120_000)
    qtbot.waitUntil(page.keep.isVisible, timeout=120_000)


def test_the_model_of_a_run_is_known_whatever_its_name(
    panel_window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    """Another model that has the name of the run is neither taken for its own, nor replaced."""
    folder = runs_dir() / "2026-01-01 000000"
    write_text(folder / "result.json", RESULT)
    child = {"command": ["chart-hero", "fine-tune", "songs", "--name", "Mine", "-o", "run"]}
    write_text(folder / "child.json", json.dumps(child))
    learned = write_tiny_checkpoint(folder / "model.safetensors")
    other = write_tiny_checkpoint(tmp_path / "Mine.safetensors", talkative=True)
    add_model(other, use=True)
    panel_window.training.refresh()
    page = panel_window.training_panel.run
    panel_window.training_panel.show_page(page)
    assert page.keep.isVisible()  # it is not the one in use
    QTest.mouseClick(page.keep, LEFT)
    qtbot.waitUntil(lambda: current_name() == "Mine (2)", timeout=120_000)
    qtbot.waitUntil(page.back.isVisible, timeout=120_000)
    assert model_path("Mine").read_bytes() == other.read_bytes()
    panel_window.training.models.rename("Mine (2)", "The good one")
    assert page.back.isVisible()
    assert model_path("The good one").read_bytes() == learned.read_bytes()
    QTest.mouseClick(page.back, LEFT)
    qtbot.waitUntil(page.keep.isVisible, timeout=120_000)
    QTest.mouseClick(page.keep, LEFT)
    qtbot.waitUntil(lambda: current_name() == "The good one", timeout=120_000)


def test_a_model_that_is_gone_is_not_offered(panel_window: MainWindow, tmp_path: Path) -> None:
    folder = runs_dir() / "2026-01-01 000000"
    write_text(folder / "result.json", RESULT)
    panel_window.training.refresh()
    page = panel_window.training_panel.run
    panel_window.training_panel.show_page(page)
    assert page.verdict.isVisible()
    assert not page.keep.isVisible()
    add_model(write_tiny_checkpoint(tmp_path / "one.safetensors"), folder.name)
    panel_window.training.refresh()
    assert page.keep.isVisible()  # it is in the list


RESULT = (
    '{"offered": false, "sentence": "The new model is not offered: no proof of gain.", '
    '"weights": "model.safetensors", "verdict": {"own": {"edits_before": 31.5, '
    '"edits_after": 24.0, "f_before": 0.8, "f_after": 0.85}, "general": null}}'
)


def test_models_are_added_used_and_removed(
    panel_window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    page = panel_window.training_panel.models
    panel_window.training_panel.show_page(page)
    assert page.list.count() == 1
    assert not page.use.isEnabled()
    panel_window.training.models.add(shipped_checkpoint())
    qtbot.waitUntil(lambda: panel_window.bar.notice is not None, timeout=120_000)
    assert "default is the model that ships" in panel_window.bar.notice.text
    copy = tmp_path / "other.safetensors"
    copy.write_bytes(shipped_checkpoint().read_bytes())
    panel_window.training.models.add(copy)
    qtbot.waitUntil(lambda: page.list.count() == 2, timeout=120_000)
    page.list.setCurrentRow(1)
    QTest.mouseClick(page.use, LEFT)
    qtbot.waitUntil(lambda: current_name() == "other", timeout=120_000)
    qtbot.waitUntil(lambda: "in use" in page.list.item(1).text(), timeout=120_000)
    QTest.mouseClick(page.remove, LEFT)
    assert page.list.count() == 1
    assert current_name() == "default"
    assert panel_window.bar.notice is not None
    assert panel_window.bar.notice.text == (
        "The model “other” was removed; the one that ships with the program listens now."
    )
