"""What the window shows: themes, tools, docks, the status bar, preferences."""

import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QDialog,
    QScrollArea,
    QTabBar,
    QToolButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from chart_hero_app.dialogs.preferences import PreferencesDialog
from chart_hero_app.document.state import Selection
from chart_hero_app.document.transport import Follow
from chart_hero_app.main_window.window import MainWindow
from chart_hero_app.settings.theme import DARK, LIGHT
from chart_hero_app.timeline.tools import Mode
from chart_hero_core.base.errors import DeviceError
from chart_hero_core.timing.tempo_map import TempoChange, TempoMap
from tests.app.main_window.driving import NOTES, run


def test_theme_is_switched_and_remembered(window: MainWindow) -> None:
    window.preferences.set_value("theme", "dark")
    assert window.theme is DARK
    run(window, "view.theme")
    assert window.theme is LIGHT
    assert window.preferences.text("theme") == "light"
    easy = window.toolbar.tabs.count() - 1  # without notes, and dimmed therefore
    assert window.toolbar.tabs.tabTextColor(easy) == LIGHT.colour("quiet")


def test_grid_tools_and_follow(opened: MainWindow) -> None:
    run(opened, "view.snap_finer")
    assert opened.document.snap == 20
    assert opened.status.snap.text() == "Snap 1/20"
    run(opened, "view.snap_coarser")
    run(opened, "view.tool_note")
    assert opened.timeline.tool.mode is Mode.NOTE
    assert not opened.book["view.tool_cursor"].isChecked()
    run(opened, "view.tool_note")
    assert opened.book["view.tool_note"].isChecked()
    run(opened, "view.follow")
    assert opened.transport.follow is Follow.OFF
    run(opened, "view.follow")
    assert opened.transport.follow is Follow.PAGE


def test_zoom(opened: MainWindow) -> None:
    run(opened, "view.zoom_all")
    assert opened.timeline.axis.span_s >= 8.0
    whole = opened.timeline.axis.span_s
    run(opened, "view.zoom_in")
    assert opened.timeline.axis.span_s < whole
    opened.document.select(Selection(span_s=(2.0, 3.0)))
    run(opened, "view.zoom_selection")
    assert opened.timeline.axis.start_s == pytest.approx(1.9, abs=0.05)


def test_docks_are_remembered(opened: MainWindow) -> None:
    window = opened
    window.docks.raise_panel("song")
    window.docks.docks["training"].hide()
    window.docks.save(window.preferences)
    assert isinstance(window.preferences.layout("docks"), str)
    run(window, "view.reset_layout")
    assert not window.docks.docks["training"].isHidden()
    window.docks.restore(window.preferences)
    assert window.docks.docks["training"].isHidden()


def test_panels_step_aside_without_a_song(window: MainWindow, sound: Path, qtbot: QtBot) -> None:
    assert all(dock.isHidden() for dock in window.docks.docks.values())
    window.files.open(sound)
    qtbot.waitUntil(lambda: window.document.clip is not None, timeout=20_000)
    assert not window.docks.docks["decode"].isHidden()
    window.docks.docks["training"].close()
    run(window, "file.close")
    assert window.docks.docks["decode"].isHidden()
    window.files.open(sound)
    qtbot.waitUntil(lambda: window.document.clip is not None, timeout=20_000)
    assert not window.docks.docks["decode"].isHidden()
    assert window.docks.docks["training"].isHidden()


def test_resetting_the_panels_leaves_the_window_alone(opened: MainWindow, qtbot: QtBot) -> None:
    opened.resize(1024, 640)
    opened.docks.docks["review"].close()
    run(opened, "view.reset_layout")
    qtbot.wait(50)  # the layout is done with the next turns of the event loop
    assert (opened.width(), opened.height()) == (1024, 640)
    assert not opened.docks.docks["review"].isHidden()
    bars = opened.findChildren(QTabBar, options=Qt.FindChildOption.FindDirectChildrenOnly)
    assert [bar.count() for bar in bars if opened.rect().intersects(bar.geometry())] == [6]


def test_resetting_the_panels_without_a_song_is_for_the_next(
    window: MainWindow, sound: Path, qtbot: QtBot
) -> None:
    window.docks.docks["training"].show()
    run(window, "view.reset_layout")
    assert window.docks.docks["decode"].isHidden()
    window.files.open(sound)
    qtbot.waitUntil(lambda: window.document.clip is not None, timeout=20_000)
    assert not window.docks.docks["decode"].isHidden()


def test_nonsense_in_the_saved_layout_gives_the_default(opened: MainWindow) -> None:
    window = opened
    window.preferences.set_layout("docks", "@@@")
    window.preferences.set_layout("geometry", "@@@")
    window.docks.restore(window.preferences)
    assert not window.docks.docks["decode"].isHidden()


def test_the_status_bar_tells_the_place(opened: MainWindow) -> None:
    opened.transport.seek(2.5)
    assert not opened.status.time.isHidden()
    assert opened.status.time.text() == "0:02.500"
    assert opened.status.place.text() == "2:2"
    assert "120.00 BPM" in opened.status.tempo.text()
    opened.document.select_notes(tuple(NOTES[:3]))
    assert opened.status.selection.text() == "3 notes selected"


def test_the_status_bar_says_nothing_of_no_song(window: MainWindow) -> None:
    assert window.status.time.isHidden()


def test_toolbar_words_keep_their_dots(window: MainWindow) -> None:
    button = window.toolbar.widgetForAction(window.book["file.export"])
    assert isinstance(button, QToolButton)
    assert button.text() == "Export chart…"


def test_a_narrow_window_keeps_the_main_steps(window: MainWindow) -> None:
    names = [window.toolbar.tabs.tabText(i) for i in range(4)]
    window.resize(1024, 640)
    QApplication.processEvents()
    for command in ("analyse.transcribe", "file.export"):
        button = window.toolbar.widgetForAction(window.book[command])
        assert button.isVisible()
        assert button.geometry().right() < 1024
    assert [window.toolbar.tabs.tabText(i) for i in range(4)] == ["X", "H", "M", "E"]
    assert window.book["view.tool_note"].isVisible()  # in the menu
    window.resize(1400, 640)
    QApplication.processEvents()
    assert [window.toolbar.tabs.tabText(i) for i in range(4)] == names


def test_an_enlarged_window_on_a_small_screen_keeps_the_main_steps(opened: MainWindow) -> None:
    """1366x768 at 150 %: what is left of the screen beside frame, title and the system's bar."""
    opened.resize(909, 454)
    QApplication.processEvents()
    assert (opened.width(), opened.height()) == (909, 454)
    for command in ("analyse.transcribe", "file.export"):
        button = opened.toolbar.widgetForAction(opened.book[command])
        assert button.isVisible()
        assert button.geometry().right() < 909
    rows = opened.timeline.rows
    assert rows["lanes"].geometry().bottom() < opened.timeline.height()
    assert rows["lanes"].height() >= rows["lanes"].least_height
    assert rows["tempo"].geometry().bottom() < opened.timeline.height()
    for name in opened.docks.docks:
        opened.docks.raise_panel(name)
        QApplication.processEvents()
        assert (opened.width(), opened.height()) == (909, 454), name


def test_a_panel_is_scrolled_only_where_it_does_not_fit(opened: MainWindow) -> None:
    opened.docks.raise_panel("sections")
    area = opened.docks.docks["sections"].widget()
    assert isinstance(area, QScrollArea)
    for height, scrolled in ((800, False), (454, True)):
        opened.resize(1280, height)
        QApplication.processEvents()
        assert (area.verticalScrollBar().maximum() > 0) == scrolled
        assert opened.sections_panel.height() >= opened.sections_panel.minimumSizeHint().height()
    area.ensureWidgetVisible(opened.sections_panel.remove)
    QApplication.processEvents()
    assert opened.sections_panel.remove.visibleRegion().boundingRect().height() > 10


def test_long_names_do_not_widen_the_window(window: MainWindow, qtbot: QtBot) -> None:
    window.resize(1024, 640)
    done = threading.Event()
    window.runner.start(f"Opening {'Long name ' * 40}", lambda _progress: done.wait(20))
    qtbot.waitUntil(lambda: window.status.job_text.isVisible(), timeout=20_000)
    window.bar.error(f"There is no file or folder /{'very_long_name' * 40}.wav.")
    QApplication.processEvents()
    assert window.width() == 1024
    assert window.minimumSizeHint().width() <= 1024
    assert "Long name" in window.status.job_text.toolTip()
    done.set()
    qtbot.waitUntil(lambda: not window.runner.jobs, timeout=20_000)


def test_what_is_said_of_a_song_does_not_widen_the_window(heard: MainWindow, qtbot: QtBot) -> None:
    heard.resize(1024, 640)
    heard.bar.clear()
    done, status = threading.Event(), heard.status
    status.show_edits(123.4, "")
    heard.document.select(Selection(span_s=(2.0, 4.0)))
    status.pointed.setText("Hi-hat at 2:1, 0:02.000, 93 % sure")
    heard.runner.start(f"Reading {'Long name ' * 40}", lambda _progress: done.wait(20))
    qtbot.waitUntil(lambda: status.job_text.isVisible(), timeout=20_000)
    QApplication.processEvents()
    assert heard.width() == 1024
    assert heard.minimumSizeHint().width() <= 1024
    assert status.job_stop.geometry().right() < status.width()
    done.set()
    qtbot.waitUntil(lambda: not heard.runner.jobs, timeout=20_000)


def test_job_progress_is_shown_and_can_be_stopped(window: MainWindow, qtbot: QtBot) -> None:
    def work(progress: object) -> None:
        for step in range(1000):
            progress.check_cancelled()  # type: ignore[attr-defined]
            progress.report(step / 1000, "Counting sheep")  # type: ignore[attr-defined]
            time.sleep(0.005)

    window.runner.start("Counting", work)
    qtbot.waitUntil(lambda: window.status.job_bar.isVisible(), timeout=20_000)
    qtbot.waitUntil(lambda: window.status.job_text.text() == "Counting sheep", timeout=20_000)
    with qtbot.waitSignal(window.runner.finished):
        window.status.job_stop.click()
    assert not window.status.job_bar.isVisible()


def test_preferences_open_at_the_keys(window: MainWindow, qtbot: QtBot) -> None:
    run(window, "help.keys")
    dialog = window.findChildren(PreferencesDialog)[0]
    assert dialog.pages.currentItem().text() == "Keyboard"
    dialog.close()
    assert [d for d in window.findChildren(QDialog) if d.isVisible()] == []


def test_preferences_open_without_a_sound_library(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing() -> tuple[str, ...]:
        raise DeviceError("PortAudio is missing.")

    monkeypatch.setattr("chart_hero_app.main_window.sound.device_names", missing)
    run(window, "file.preferences")
    [dialog] = [d for d in window.findChildren(PreferencesDialog) if d.isVisible()]
    outputs = dialog.editors["audio_device"]
    assert isinstance(outputs, QComboBox)
    assert [outputs.itemText(i) for i in range(outputs.count())] == ["System default"]
    dialog.close()


def test_whatever_the_tab_key_reaches_has_a_name(opened: MainWindow) -> None:
    opened.show()
    nameless: set[str] = set()
    for name in opened.docks.docks:
        opened.docks.raise_panel(name)
        QApplication.processEvents()
        for widget in opened.findChildren(QWidget):
            by_tab = bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus)
            if by_tab and widget.isVisible() and widget.focusProxy() is None:
                text = getattr(widget, "text", str)()
                if not (text or widget.accessibleName()):
                    nameless.add(f"{type(widget).__name__} of {name}")
    assert nameless == set()


def test_all_places_name_the_bar_that_was_gone_to(opened: MainWindow) -> None:
    before, after = TempoMap.constant(97.0), TempoChange(1920, 400_000)
    tempo_map = replace(before, tempos=(*before.tempos, after))  # begins a hair before its tick
    opened.document.change("Tempo", song=replace(opened.document.song, tempo_map=tempo_map))
    run(opened, "play.bar_up")
    assert opened.timeline.ruler.position_text[1] == "2:1"
    assert opened.status.place.text() == "2:1"
    assert opened.status.tempo.text().startswith("150.00 BPM")
    run(opened, "tempo.faster")
    assert [round(change.bpm) for change in opened.document.song.tempo_map.tempos] == [97, 151]


def test_a_tempo_beyond_the_bounds_is_not_pulled_back_by_raising_it(opened: MainWindow) -> None:
    tempo_map = TempoMap.constant(2000.0)
    opened.document.change("Tempo", song=replace(opened.document.song, tempo_map=tempo_map))
    run(opened, "tempo.faster")
    assert opened.document.song.tempo_map is tempo_map
    assert opened.statusBar().currentMessage() == "Tempos are set from 20 to 400 BPM"
    run(opened, "tempo.slower")
    assert opened.document.song.tempo_map.tempos[0].bpm == pytest.approx(400.0, abs=0.01)
