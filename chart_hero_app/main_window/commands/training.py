"""Learning from charts of one's own: scanning songs, running a training, choosing a model."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog

from chart_hero_app.document.vouching import my_charts, my_charts_dir
from chart_hero_app.jobs.child import command_line
from chart_hero_app.jobs.run_folder import RunState
from chart_hero_app.jobs.runner import Job
from chart_hero_app.jobs.training_run import NAME_OPTION, TrainingRun
from chart_hero_app.main_window.commands.models import ModelCommands
from chart_hero_app.main_window.desk import Desk
from chart_hero_app.main_window.verdicts import verdict_of
from chart_hero_app.panels.training import TrainingPanel
from chart_hero_app.panels.training_page import Verdict
from chart_hero_app.panels.training_songs import SongsFound
from chart_hero_app.widgets.info_bar import Notice
from chart_hero_core.base.errors import ChartHeroError
from chart_hero_core.base.files import user_data_dir
from chart_hero_core.base.progress import Progress
from chart_hero_core.tasks.model_files import known_as, name_learned_from
from chart_hero_core.tasks.models import current_name
from chart_hero_core.training.run.files import MODEL_FILE

_SCAN_FIRST = Notice("note", "Scan your songs first: training needs to know which can be used.")
_STILL_SCANNING = Notice("note", "Your songs are being scanned; training can start when that ends.")
_SCAN = "scan songs"
_LAYOUT = "training"

Build = Callable[[Sequence[Path], Path, Progress], SongsFound]


def dataset_dir() -> Path:
    """Where the dataset of the person's songs lies."""
    return user_data_dir() / "training" / "songs"


def runs_dir() -> Path:
    """Where training runs lie."""
    return user_data_dir() / "training" / "runs"


class TrainingCommands(QObject):
    """Stands between the training panel, the core's tasks and the training process."""

    def __init__(
        self,
        desk: Desk,
        panel: TrainingPanel,
        show_panel: Callable[[], object],
        *,
        build: Build | None = None,
        run: TrainingRun | None = None,
    ) -> None:
        super().__init__(desk.window)
        self._desk = desk
        self._panel = panel
        self._show_panel = show_panel
        self._build = build or _build
        self.run = run or TrainingRun(parent=self)
        self.models = ModelCommands(desk, panel.models, self)
        self._connect()
        self.refresh()

    def _connect(self) -> None:
        songs, page = self._panel.songs, self._panel.run
        songs.addWanted.connect(self.ask_folder)
        songs.removeWanted.connect(self.remove_folders)
        songs.scanWanted.connect(self.scan)
        songs.stopWanted.connect(lambda: self._desk.runner.cancel(_SCAN))
        songs.trainWanted.connect(lambda: self._panel.show_page(page))
        page.startWanted.connect(self.start)
        page.pauseWanted.connect(lambda: self._try(self.run.pause))
        page.resumeWanted.connect(lambda: self._try(self.run.resume))
        page.discardWanted.connect(self.discard)
        page.keepWanted.connect(self.keep)
        page.rollBackWanted.connect(self.models.roll_back)
        self.models.changed.connect(self._show_run)
        self.run.changed.connect(self._show_run)
        self.run.ended.connect(self._on_ended)
        self._desk.book.bind("view.training", self.show)

    def refresh(self) -> None:
        """Show songs, run and models as they are now; at the start and when the panel is shown."""
        self._panel.songs.set_folders(self.folders, len(my_charts()))
        latest = max(runs_dir().glob("*"), default=None, key=lambda folder: folder.name)
        self.run.attach(latest)
        self.models.show()

    def on_shown(self, visible: bool) -> None:
        """Another model may have been chosen elsewhere meanwhile."""
        if visible:
            self.models.show()

    def show(self) -> None:
        """Bring the panel to the front."""
        self._show_panel()

    def show_songs(self) -> None:
        """Bring the panel to the front, with the songs to learn from."""
        self._show_panel()
        self._panel.songs.set_folders(self.folders, len(my_charts()))
        self._panel.show_page(self._panel.songs)

    # Songs ----------------------------------------------------------------------------------

    @property
    def folders(self) -> tuple[Path, ...]:
        """Where to look for songs, besides those added here."""
        kept = self._desk.preferences.layout(_LAYOUT)
        found = kept.get("folders") if isinstance(kept, dict) else None
        return (
            tuple(Path(f) for f in found if isinstance(f, str)) if isinstance(found, list) else ()
        )

    def ask_folder(self) -> None:
        """Choose another folder."""
        name = QFileDialog.getExistingDirectory(self._desk.window, "Songs with finished charts")
        if name:
            self.add_folder(Path(name))

    def add_folder(self, folder: Path) -> None:
        """Look for songs in this folder too."""
        self._set_folders([*(f for f in self.folders if f != folder), folder])

    def remove_folders(self, folders: Sequence[Path]) -> None:
        """Look there no more."""
        self._set_folders([f for f in self.folders if f not in folders])

    def _set_folders(self, folders: Sequence[Path]) -> None:
        self._desk.preferences.set_layout(_LAYOUT, {"folders": [str(f) for f in folders]})
        self._panel.songs.set_folders(self.folders, len(my_charts()))

    def scan(self) -> None:
        """Look at every song and make a dataset of those that can be learnt from."""
        roots = [*self.folders, *([my_charts_dir()] if my_charts() else [])]
        page = self._panel.songs
        job = self._desk.runner.start(
            "Scanning songs",
            lambda progress: self._build(roots, dataset_dir(), progress),
            page.show_report,
            key=_SCAN,
            lasting=True,
        )
        self._desk.bar.withdraw(_SCAN_FIRST)
        page.show_busy(0.0, "Looking for songs")
        job.progressed.connect(page.show_busy)
        job.finished.connect(lambda: self._on_scanned(job))

    def _on_scanned(self, job: Job) -> None:
        if job.done and not self._desk.runner.running(_SCAN):
            self._panel.songs.show_busy(None)
            self._desk.bar.withdraw(_STILL_SCANNING)

    # Training -------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin a run on the songs scanned last."""
        if self._desk.runner.running(_SCAN):
            self._desk.bar.show_notice(_STILL_SCANNING)
            return
        if not (dataset_dir() / "report.html").exists():
            self._panel.show_page(self._panel.songs)
            self._desk.bar.show_notice(_SCAN_FIRST)
            return
        folder = runs_dir() / f"{datetime.datetime.now():%Y-%m-%d %H%M%S}"
        name = name_learned_from(self._songs_title(), datetime.datetime.now().date())
        command = [*command_line(), "fine-tune", str(dataset_dir()), NAME_OPTION, name]
        command += ["-o", str(folder)]
        self._try(lambda: self.run.begin(folder, command))

    def _songs_title(self) -> str:
        """What the songs to learn from may be called."""
        own, folders = bool(my_charts()), self.folders
        if len(folders) == 1 and not own:
            return folders[0].name
        return "My songs" if folders else "My charts"

    def discard(self) -> None:
        """Throw the run away."""
        self.run.discard()
        self.refresh()

    def _show_run(self) -> None:
        run = self.run
        self._panel.run.show_run(run.state, run.progress, pausing=run.pausing, trouble=run.trouble)
        self._panel.run.show_verdict(self._verdict())

    def _verdict(self) -> Verdict | None:
        result, folder = self.run.result, self.run.folder
        if result is None or folder is None:
            return None
        weights, name = self._weights(folder), self.run.model_name
        known = known_as(weights, name)
        if known is None and not weights.is_file():
            name = ""  # there is nothing left to use
        return verdict_of(result, known or name, current_name() == known)

    def _weights(self, folder: Path) -> Path:
        return folder / str((self.run.result or {}).get("weights", MODEL_FILE))

    def keep(self, name: str) -> None:
        """Use the model of the run; one that was not offered is not in the list yet."""
        if self.run.folder is not None:
            self.models.take(self._weights(self.run.folder), name)

    def _on_ended(self, state: RunState) -> None:
        self.models.show()
        self._show_run()
        if state is RunState.FINISHED:
            self._desk.bar.show_notice(
                Notice(
                    "note", "The training has finished.", (("See the result", self._show_result),)
                )
            )
        elif state is RunState.FAILED:
            self._desk.bar.error(f"The training stopped. {self.run.trouble}")

    def _show_result(self) -> None:
        self._show_panel()
        self._panel.show_page(self._panel.run)

    def _try(self, act: Callable[[], object]) -> None:
        try:
            act()
        except ChartHeroError as error:
            self._desk.bar.error(str(error))

    def close_down(self) -> None:
        """The window goes away; a training goes on."""
        self.run.close_down()
        self.models.close_down()


def _build(roots: Sequence[Path], folder: Path, progress: Progress) -> SongsFound:
    from chart_hero_core.tasks.build_dataset import BuildOptions, build_dataset

    return build_dataset(roots, folder, BuildOptions(), progress)
