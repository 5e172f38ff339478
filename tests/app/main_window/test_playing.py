"""Moving through a song and playing it in the window."""

from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest
from pytestqt.qtbot import QtBot

from chart_hero_app.document.state import Selection
from chart_hero_app.document.transport import Channel
from chart_hero_app.main_window.commands import play as play_commands
from chart_hero_app.main_window.window import MainWindow
from chart_hero_app.playback.outputs import Output
from chart_hero_app.settings.preferences import Preferences
from chart_hero_core.base.errors import DeviceError
from chart_hero_core.chart.song import PREVIEW_END, Section
from tests.app.main_window.driving import run


def test_stepping_through_the_song(opened: MainWindow) -> None:
    transport = opened.transport
    opened.document.set_snap(4)
    run(opened, "play.step_up")
    assert transport.position_s == pytest.approx(0.5)
    run(opened, "play.bar_up")
    assert transport.position_s == pytest.approx(2.0)
    transport.seek(2.7)
    run(opened, "play.bar_down")
    assert transport.position_s == pytest.approx(2.0)
    run(opened, "play.bar_down")
    assert transport.position_s == pytest.approx(0.0)
    transport.seek(0.6)
    run(opened, "play.step_down")
    assert transport.position_s == pytest.approx(0.5)
    run(opened, "play.end")
    assert transport.position_s == transport.duration_s
    run(opened, "play.start")
    assert transport.position_s == 0.0


def test_sections_are_jumped_to(opened: MainWindow) -> None:
    sections = (Section(960, "Verse"), Section(2880, "Chorus"))
    opened.document.change("Sections", song=replace(opened.document.song, sections=sections))
    run(opened, "play.section_up")
    assert opened.transport.position_s == pytest.approx(1.0)
    run(opened, "play.section_up")
    assert opened.transport.position_s == pytest.approx(3.0)
    run(opened, "play.section_down")
    assert opened.transport.position_s == pytest.approx(1.0)


def test_a_place_is_gone_to_as_it_is_typed(
    opened: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    def go(text: str) -> float:
        monkeypatch.setattr(play_commands, "ask_text", lambda *_a: text)
        run(opened, "play.go_to")
        return opened.transport.position_s

    assert go("3") == pytest.approx(4.0)
    assert go("") == pytest.approx(4.0)
    assert go("2:4") == pytest.approx(3.5)
    assert go("0:01.25") == pytest.approx(1.25)
    assert go("9:00") == opened.transport.duration_s
    assert go("nowhere") == opened.transport.duration_s
    assert opened.statusBar().currentMessage() == "There is no bar, time or section nowhere"


def test_the_preview_starts_at_the_playhead(opened: MainWindow) -> None:
    document = opened.document
    other = MappingProxyType({PREVIEW_END: "2000", "icon": "me"})
    chart = replace(document.song, metadata=replace(document.song.metadata, other=other))
    document.change("Chart", song=chart)
    opened.transport.seek(1.5)
    run(opened, "play.preview")
    assert document.song.metadata.preview_start_ms == 1500
    assert document.song.metadata.other == other
    assert opened.statusBar().currentMessage() == "The preview starts at 0:01.500"
    opened.transport.seek(3.0)
    run(opened, "play.preview")
    assert document.song.metadata.preview_start_ms == 3000
    assert document.song.metadata.other == {"icon": "me"}
    run(opened, "edit.undo")
    assert document.song.metadata.preview_start_ms == 1500


def test_play_pause_and_stop(opened: MainWindow, qtbot: QtBot) -> None:
    opened.transport.seek(1.0)
    run(opened, "play.toggle")
    assert opened.book["play.toggle"].text() == "Pause"
    qtbot.waitUntil(lambda: opened.transport.position_s > 1.05, timeout=10_000)
    run(opened, "play.stop")
    assert not opened.transport.playing
    assert opened.transport.position_s == pytest.approx(1.0)
    assert opened.book["play.toggle"].text() == "Play"


def test_stopping_goes_back_to_where_it_began_after_the_end_too(opened: MainWindow) -> None:
    run(opened, "play.end")
    run(opened, "play.toggle")  # from the start
    run(opened, "play.stop")
    assert opened.transport.position_s == 0.0
    opened.transport.seek(1.0)
    opened.transport.toggle()  # as dialogs do
    run(opened, "play.stop")
    assert opened.transport.position_s == 1.0


def test_without_a_sound_device_the_song_runs_on_silently(
    qtbot: QtBot, preferences: Preferences, sound: Path
) -> None:
    def no_device(*_args: object) -> Output:
        raise DeviceError("There is no sound device.")

    made = MainWindow(preferences, no_device)
    qtbot.addWidget(made)
    made.files.open(sound)
    qtbot.waitUntil(lambda: made.document.clip is not None, timeout=20_000)
    qtbot.waitUntil(lambda: not made.runner.jobs, timeout=20_000)
    run(made, "play.toggle")
    qtbot.waitUntil(lambda: made.transport.position_s > 0.05, timeout=10_000)
    assert not made.transport.has_sound
    assert made.bar.notice is not None
    assert "There is no sound device." in made.bar.notice.text
    made.bar.dismiss()
    run(made, "play.stop")
    run(made, "play.toggle")
    assert made.bar.notice is None
    made.close()


def test_loop_and_speed(opened: MainWindow) -> None:
    run(opened, "play.loop")
    assert opened.transport.loop is None
    assert not opened.book["play.loop"].isChecked()
    opened.document.select(Selection(span_s=(1.0, 3.0)))
    run(opened, "play.loop")
    assert opened.transport.loop == (1.0, 3.0)
    assert opened.transport.position_s == 1.0  # playing begins with what is looped
    assert opened.book["play.loop"].isChecked()
    run(opened, "play.loop")
    assert opened.transport.loop is None
    opened.document.select(Selection(span_s=(1.0, 1.02)))
    run(opened, "play.loop")
    assert not opened.book["play.loop"].isChecked()
    assert "too short" in opened.statusBar().currentMessage()
    opened.document.select_notes(opened.document.track.notes[:4])
    run(opened, "play.loop")
    assert opened.transport.loop == (0.0, 1.625)  # a sixteenth later, so that the last one sounds
    run(opened, "play.loop")
    run(opened, "play.slower")
    assert opened.transport.speed == 0.9
    run(opened, "play.normal_speed")
    run(opened, "play.faster")
    assert opened.transport.speed == 1.25


@pytest.mark.parametrize(
    ("name", "end"),
    [
        ("play.faster", "200 % is the fastest speed"),
        ("play.slower", "25 % is the slowest speed"),
        ("view.snap_coarser", "1/1 is the coarsest grid"),
        ("view.snap_finer", "1/192 is the finest grid"),
    ],
)
def test_the_last_speed_and_grid_are_told(opened: MainWindow, name: str, end: str) -> None:
    for _ in range(20):
        run(opened, name)
    assert opened.statusBar().currentMessage() == end


def test_the_mixer_and_the_menu_agree(opened: MainWindow) -> None:
    run(opened, "play.kit")
    assert opened.transport.audible(Channel.KIT)
    opened.transport.set_audible(Channel.KIT, False)
    assert not opened.book["play.kit"].isChecked()
