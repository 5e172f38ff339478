"""Pictures of every view in light and dark: ``python -m tests.screenshots FOLDER [--fast]``.

``python -m tests.screenshots docs/pictures --readme`` makes the four of the README alone.

``--percent 150 --screen 1366x768`` takes them as they are on such a screen with a larger interface.

Opens the demo, transcribes it with the shipped model and photographs the window at 1280x800 and
1920x1080 without a screen. Nothing of the person's own settings is read or written.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from chart_hero_app.main_window.verdicts import verdict_of
from chart_hero_core.chart.edits import notes_between
from chart_hero_core.dataset.report import DROPPED, USED, BuildReport, SongRow

SIZES = ((1280, 800), (1920, 1080))
_WAIT_S = 600.0
_TAKEN_PX = (2, 58)  # of a screen: the frame and title of a window, and the system's own bar
_HEARD_S = (3.0, 13.0)  # of the demo: a groove, a fill over the toms, a crash


def main() -> int:
    """Take all pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--fast", action="store_true", help="the small size in dark only")
    parser.add_argument("--readme", action="store_true", help="the pictures of the README only")
    parser.add_argument("--percent", type=int, default=100, help="the size of the interface")
    parser.add_argument("--screen", type=_size, help="fill a screen of this size, e.g. 1366x768")
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home:
        for name in ("DATA", "CONFIG", "CACHE", "STATE"):
            os.environ[f"XDG_{name}_HOME"] = str(Path(home) / name.lower())
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
        sizes = SIZES[:1] if args.fast else SIZES
        if args.screen is not None:
            _put_up(args.screen, Path(home))
            width, height = (round(px * 100 / args.percent) for px in args.screen)
            sizes = ((width - _TAKEN_PX[0], height - _TAKEN_PX[1]),)
        names = README if args.readme else None
        themes = ("dark",) if args.fast else ("dark", "light")
        _Photographer(args.folder, names, sizes, themes, args.percent).run()
    return 0


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.partition("x")
    return int(width), int(height)


def _put_up(screen: tuple[int, int], folder: Path) -> None:
    """Have Qt believe in a screen of this size (the usual one without a screen is 800x800)."""
    told = {"name": "one", "x": 0, "y": 0, "width": screen[0], "height": screen[1]}
    file = folder / "screen.json"
    file.write_text(json.dumps({"screens": [{**told, "logicalDpi": 96, "dpr": 1}]}))
    os.environ["QT_QPA_PLATFORM"] = f"offscreen:configfile={file}"


# Name of a picture here -> its file in docs/pictures.
README = {
    "transcribed_dark_1280x800": "transcribed_dark",
    "panel_review_light_1280x800": "panel_review_light",
    "sliding_dark_1280x800": "sliding_dark",
    "export_dark": "export_dark",
}
RESULT = {
    "offered": True,
    "sentence": "The new model is better. On 9 songs it was not trained on: 21.3 edits per 100 "
    "notes instead of 28.4 (difference -9.2 to -4.9), F 0.894 instead of 0.861.",
    "verdict": {
        "own": {"edits_before": 28.4, "edits_after": 21.3, "f_before": 0.861, "f_after": 0.894},
        "general": {"edits_before": 18.2, "edits_after": 18.0, "f_before": 0.912, "f_after": 0.913},
    },
}


def sample_report() -> BuildReport:
    """What a scan of some songs may find."""
    rows = [
        SongRow("The Long Nights - Harbour", "/s/1", USED, domains=("drums", "mix")),
        SongRow("Ana Lind - Copper", "/s/2", USED, remarks=("Starts 38 ms late; moved.",)),
        SongRow("Ferry - Half Past", "/s/3", USED, doubtful=True, remarks=("Drifts by 12 ms.",)),
        SongRow("Ferry - Low Water", "/s/4", USED),
        SongRow("Old Mill - Sparks", "/s/5", DROPPED, "The chart does not fit this audio."),
        SongRow("Old Mill - Weir", "/s/6", DROPPED, "A duplicate of Old Mill - Sparks."),
    ]
    return BuildReport(tuple(rows), processed=6)


class _Photographer:
    def __init__(
        self,
        folder: Path,
        names: Mapping[str, str] | None,
        sizes: Sequence[tuple[int, int]],
        themes: Sequence[str],
        percent: int,
    ) -> None:
        """``names``: which pictures to take and how to call them; None takes all."""
        from chart_hero_app.main_window.application import make_application
        from chart_hero_app.main_window.window import MainWindow
        from chart_hero_app.playback.outputs import SilentOutput
        from chart_hero_app.settings.preferences import Preferences

        self.folder = folder
        self._names = names
        self.in_view_s: tuple[float, float] | None = None  # as the window shows it by itself
        self.sizes = sizes
        self.themes = themes
        self.app = make_application([sys.argv[0]], str(percent))
        self.window = MainWindow(
            Preferences(), lambda fill, rate, _device, _latency: SilentOutput(fill, rate)
        )
        self.window.show()

    def run(self) -> None:
        window = self.window
        self.everywhere("start", lambda: None)
        window.book["file.demo"].trigger()
        self.wait(lambda: len(window.document.clips) == 2 and not window.runner.jobs)
        self.pause(3.0)
        self.everywhere("opened", lambda: window.docks.raise_panel("decode"))
        window.book["analyse.transcribe"].trigger()
        self.wait(lambda: window.document.detection is not None)
        self.wait(lambda: not window.runner.jobs)
        self.in_view_s = _HEARD_S
        self.everywhere("transcribed", lambda: None)
        window.bar.clear()
        window.transport.seek(6.4)
        for name in ("decode", "review", "sections", "song", "evaluation"):
            self.everywhere(f"panel_{name}", partial(window.docks.raise_panel, name))
        self._train()
        self._slide()
        self._tune_a_stretch()
        self._edit()
        self._dialogs()
        window.close()

    def _train(self) -> None:
        from chart_hero_app.jobs.run_folder import Progress, RunState

        self.window.docks.raise_panel("training")
        panel = self.window.training_panel
        self.window.training.add_folder(Path("/home/ana/Clone Hero/Songs/Finished"))
        panel.songs.show_report(sample_report())
        self.everywhere("training_songs", lambda: panel.show_page(panel.songs))
        loss = tuple((5.0 * i, 0.6 + 1.4 * 0.97**i + 0.05 * (i * 7 % 3)) for i in range(1, 49))
        held = tuple((150.0 + 25 * i, 0.81 + 0.06 * (1 - 0.6**i)) for i in range(5))
        progress = Progress({"loss": loss, "validation_f": held}, 240, 300, 410.0)
        panel.run.show_run(RunState.RUNNING, progress)
        self.everywhere("training_run", lambda: panel.show_page(panel.run))
        panel.run.show_run(RunState.FINISHED, progress)
        panel.run.show_verdict(verdict_of(RESULT, "My songs, 14 Mar 2026", in_use=False))
        self.everywhere("training_verdict", lambda: panel.show_page(panel.run))
        self.everywhere("training_models", lambda: panel.show_page(panel.models))

    def _slide(self) -> None:
        window = self.window
        window.docks.raise_panel("decode")
        slider = window.decode_panel.lists[0].slider("thresholds.snare")
        slider.slider.setSliderDown(True)
        slider.slider.setValue(slider.slider.maximum() * 85 // 100)
        self.pause(0.4)
        self.everywhere("sliding", lambda: None)
        slider.slider.setSliderDown(False)
        window.book["edit.undo"].trigger()

    def _tune_a_stretch(self) -> None:
        from chart_hero_app.document.state import Selection

        window, panel = self.window, self.window.decode_panel
        window.document.select(Selection(span_s=(5.0, 6.5)))
        panel.only_selection.setChecked(True)
        panel.choose_preset("aggressive")
        self.everywhere("stretch_tuned", lambda: None)
        panel.only_selection.setChecked(False)
        window.book["edit.undo"].trigger()

    def _edit(self) -> None:
        from chart_hero_app.document.state import Selection

        window = self.window
        window.document.select(Selection(span_s=(5.0, 6.5)))
        window.book["note.star_power"].trigger()
        tick_at = window.document.song.tempo_map.tick_at
        notes = notes_between(window.document.track, int(tick_at(5.0)), int(tick_at(6.5)))
        window.document.select_notes(notes)
        self.in_view_s = (4.0, 9.0)
        window.book["note.accent"].trigger()
        window.bar.error("The project's folder cannot be written. A recovery copy is kept.")
        self.everywhere("editing", lambda: None)
        window.bar.clear()

    def _dialogs(self) -> None:
        from chart_hero_app.dialogs.error import ErrorDialog
        from chart_hero_app.dialogs.preferences import PreferencesDialog
        from chart_hero_app.main_window.command_palette import CommandPalette

        window = self.window
        for theme in self.themes:
            window.preferences.set_value("theme", theme)
            window.exporting.open()
            export = window.exporting.dialog
            assert export is not None
            target = Path(tempfile.gettempdir()) / "chart-hero-shot"
            shutil.rmtree(target, ignore_errors=True)  # else it would speak of what it replaces
            if "configfile" not in os.environ["QT_QPA_PLATFORM"]:
                export.resize(880, 560)  # the screen that is not there is a small one
            export.target.setText(str(target))
            export.start()
            self.wait(export.write.isEnabled)
            self.shoot(export, f"export_{theme}")
            export.close()
            dialog = PreferencesDialog(window.preferences, ("Speakers",), window)
            dialog.show()
            for row in range(dialog.pages.count()):
                dialog.pages.setCurrentRow(row)
                self.shoot(dialog, f"preferences_{row}_{theme}")
            dialog.close()
            window.book["tempo.candidates"].trigger()
            self.wait(lambda: window.audition.dialog is not None)
            if window.audition.dialog is not None:
                self.shoot(window.audition.dialog, f"tempo_{theme}")
                window.audition.dialog.reject()
            self._shoot_dialogs_of_notes(theme)
            palette = CommandPalette(window.book, window)
            palette.show()
            self.shoot(palette, f"palette_{theme}")
            palette.close()
            try:
                raise ZeroDivisionError("division by zero")
            except ZeroDivisionError as error:
                trouble = ErrorDialog("Counting", error, window)
            trouble.show()
            self.shoot(trouble, f"error_{theme}")
            trouble.close()
            menu = window.menus["edit"]
            menu.popup(window.mapToGlobal(window.rect().topLeft()))
            self.shoot(menu, f"menu_{theme}")
            menu.close()

    def _shoot_dialogs_of_notes(self, theme: str) -> None:
        from PySide6.QtWidgets import QDialog

        window = self.window
        window.document.select_notes(())
        for name in ("note.suggest_marks", "review.timing", "review.check"):
            window.book[name].trigger()
            self.pause(0.2)
            for dialog in window.findChildren(QDialog):
                if dialog.isVisible():
                    self.shoot(dialog, f"{name.split('.')[1]}_{theme}")
                    dialog.close()

    def everywhere(self, name: str, prepare: Callable[[], object]) -> None:
        """The window in every size and theme."""
        for theme in self.themes:
            self.window.preferences.set_value("theme", theme)
            for width, height in self.sizes:
                full_name = f"{name}_{theme}_{width}x{height}"
                self.window.resize(width, height)
                prepare()
                if self.in_view_s is not None:
                    self.pause(0.1)  # the rows have their new width
                    self.window.timeline.axis.show_range(*self.in_view_s)
                self.shoot(self.window, full_name)

    def shoot(self, widget: object, name: str) -> None:
        """One picture."""
        from PySide6.QtWidgets import QWidget

        assert isinstance(widget, QWidget)
        if self._names is not None and name not in self._names:
            return
        self.pause(0.35)
        path = self.folder / f"{name if self._names is None else self._names[name]}.png"
        widget.grab().save(str(path))
        print(path)

    def pause(self, seconds: float) -> None:
        """Let the window work."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.app.processEvents()
            time.sleep(0.005)

    def wait(self, done: Callable[[], bool]) -> None:
        """Let the window work until something is done."""
        end = time.monotonic() + _WAIT_S
        while not done():
            if time.monotonic() > end:
                raise TimeoutError("the window did not get there")
            self.pause(0.02)


if __name__ == "__main__":
    sys.exit(main())
