"""Songs opened lately: from the menu, and what became of those that are gone."""

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from chart_hero_app.main_window.recent_menu import RecentMenu
from chart_hero_app.main_window.window import MainWindow
from tests.app.songs import write_sound


def recent_menu(window: MainWindow) -> RecentMenu:
    (found,) = window.menus["file"].findChildren(QMenu) or window.findChildren(RecentMenu)
    assert isinstance(found, RecentMenu)
    return found


def texts(menu: QMenu) -> list[str]:
    return [action.text() for action in menu.actions() if not action.isSeparator()]


def test_a_recent_song_is_opened_from_the_menu(
    window: MainWindow, sound: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    menu = recent_menu(window)
    assert menu.menuAction() in window.menus["file"].actions()
    assert not menu.menuAction().isEnabled()
    other = write_sound(tmp_path / "songs" / "R&B.wav", 2.0)
    window.preferences.add_recent(sound)
    window.preferences.add_recent(other)
    assert menu.menuAction().isEnabled()
    menu.popup(window.pos())
    first, second = texts(menu)
    assert first.startswith("&1  R&&B")
    assert second.startswith("&2  tune")
    qtbot.keyClick(menu, Qt.Key.Key_2)
    qtbot.waitUntil(lambda: window.document.clip is not None, timeout=20_000)
    assert window.document.source == sound


def test_songs_that_are_gone_can_be_forgotten(
    window: MainWindow, sound: Path, tmp_path: Path
) -> None:
    window.preferences.add_recent(tmp_path / "gone.ogg")
    window.preferences.add_recent(sound)
    menu = recent_menu(window)
    menu.refresh()
    assert [action.isEnabled() for action in menu.actions()[:2]] == [True, False]
    assert menu.actions()[1].text().endswith("(missing)")
    menu.actions()[-1].trigger()
    assert window.preferences.recent == (sound,)
    menu.refresh()
    assert len(texts(menu)) == 1


def test_a_click_on_a_song_that_is_gone_offers_to_take_it_off_the_list(
    window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    gone = tmp_path / "gone.ogg"
    window.preferences.add_recent(gone)
    shown = window.start_page.list
    qtbot.mouseClick(
        shown.viewport(),
        Qt.MouseButton.LeftButton,
        pos=shown.visualItemRect(shown.item(0)).center(),
    )
    notice = window.bar.notice
    assert notice is not None
    assert notice.text == f"{gone} is no longer there: it was moved, renamed or deleted."
    ((words, forget),) = notice.actions
    assert words == "Remove from the list"
    forget()
    assert window.preferences.recent == ()
    assert shown.count() == 0
