"""Learning from charts of one's own: scanning songs, running a training, choosing a model."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog

from chart_hero_app.document.vouching import my_charts, my_charts_dir
from chart_hero_app.jobs.child import command_line
from chart_hero_app.jobs.run_folder import RunState
from chart_hero_app.jobs.runner import Job
from chart_hero_app.jobs.training_run import TrainingRun
from chart_hero_app.main_window.desk import Desk
from chart_hero_app.main_window.verdicts import verdict_of
from chart_hero_app.panels.training import TrainingPanel
from chart_hero_app.panels.training_page import Verdict
from chart_hero_app.panels.training_songs import SongsFound
from chart_hero_app.widgets.info_bar import Notice
from chart_hero_core.base.errors import ChartHeroError
from chart_hero_core.base.files import user_data_dir
from chart_hero_core.base.progress import Progress
from chart_hero_core.tasks.model_files import find_same
from chart_hero_core.tasks.models import (
    add_model,
    add_with_levels,
    current_name,
    list_models,
    remove_model,
    roll_back,
    use_model,
)
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
        self._connect()
        self.refresh()

    def _connect(self) -> None:
        songs, page, models = self._panel.songs, self._panel.run, self._panel.models
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
        page.rollBackWanted.connect(self.roll_back)
        models.useWanted.connect(self.use_model)
        models.removeWanted.connect(self.remove_model)
        models.rollBackWanted.connect(self.roll_back)
        models.addWanted.connect(self.ask_model)
        models.levelsWanted.connect(self.ask_levels)
        self.run.changed.connect(self._show_run)
        self.run.ended.connect(self._on_ended)
        self._desk.book.bind("view.training", self.show)

    def refresh(self) -> None:
        """Show songs, run and models as they are now; at the start and when the panel is shown."""
        self._panel.songs.set_folders(self.folders, len(my_charts()))
        latest = max(runs_dir().glob("*"), default=None, key=lambda folder: folder.name)
        self.run.attach(latest)
        self.show_models()

    def on_shown(self, visible: bool) -> None:
        """Another model may have been chosen elsewhere meanwhile."""
        if visible:
            self.show_models()

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
        command = [*command_line(), "fine-tune", str(dataset_dir()), "-o", str(folder)]
        self._try(lambda: self.run.begin(folder, command))

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
        added = self._added_as(folder)
        return verdict_of(result, added or folder.name, current_name() if added else "")

    def _weights(self, folder: Path) -> Path:
        return folder / str((self.run.result or {}).get("weights", MODEL_FILE))

    def _added_as(self, folder: Path) -> str | None:
        """What the run's model is called in the list, where it is in it: others may have its name.

        Without the run's own weights there is nothing but the name to go by.
        """
        weights = self._weights(folder)
        return find_same(weights) if weights.is_file() else folder.name

    def keep(self, name: str) -> None:
        """Use the model of the run; one that was not offered is not in the list yet."""
        folder = self.run.folder
        if folder is None or self._added_as(folder) is not None:
            self.use_model(name)
            return
        weights = self._weights(folder)
        self._in_background(f"Using the model {name}", lambda: add_model(weights, name, use=True))

    def _on_ended(self, state: RunState) -> None:
        self.show_models()
        self._show_run()
        if state is RunState.FINISHED:
            self._desk.bar.show_notice(
                Notice(
                    "note", "The training is finished.", (("See the result", self._show_result),)
                )
            )
        elif state is RunState.FAILED:
            self._desk.bar.error(f"The training stopped. {self.run.trouble}")

    def _show_result(self) -> None:
        self._show_panel()
        self._panel.show_page(self._panel.run)

    # Models ---------------------------------------------------------------------------------

    def show_models(self) -> None:
        """List the models as they are now."""
        self._panel.models.show_models(list_models())

    def use_model(self, name: str) -> None:
        """Let a model listen from now on."""
        self._in_background(f"Trying the model {name}", lambda: use_model(name))

    def roll_back(self) -> None:
        """Use the model that listened before."""
        self._in_background("Going back to the model before", roll_back)

    def remove_model(self, name: str) -> None:
        """Delete a model of the person's."""
        self._in_background(f"Removing the model {name}", lambda: remove_model(name))

    def ask_model(self) -> None:
        """Choose a checkpoint and add it."""
        name, _ = QFileDialog.getOpenFileName(
            self._desk.window, "Add a model", "", "Models (*.safetensors)"
        )
        if name:
            self.add_model(Path(name))

    def add_model(self, path: Path) -> None:
        """Add a checkpoint to the models."""
        self._in_background(f"Adding {path.name}", lambda: add_model(path))

    def ask_levels(self, name: str) -> None:
        """Choose a file of levels for a copy of a model."""
        file, _ = QFileDialog.getOpenFileName(
            self._desk.window, "Levels for the model", "", "Levels (*.json)"
        )
        if file:
            self.add_with_levels(name, Path(file))

    def add_with_levels(self, name: str, levels: Path) -> None:
        """Let a copy of a model listen that decodes with the levels of a file."""
        self._in_background(
            f"Using {name} with the levels of {levels.name}",
            lambda: add_with_levels(name, levels, use=True),
        )

    def _in_background(self, title: str, work: Callable[[], Any]) -> None:
        job = self._desk.runner.start(title, lambda _progress: work(), key="models", lasting=True)
        job.finished.connect(self.show_models)
        job.finished.connect(self._show_run)
        job.succeeded.connect(lambda _info: self._desk.told(f"{title}: done"))

    def _try(self, act: Callable[[], object]) -> None:
        try:
            act()
        except ChartHeroError as error:
            self._desk.bar.error(str(error))

    def close_down(self) -> None:
        """The window goes away; a training goes on."""
        self.run.close_down()


def _build(roots: Sequence[Path], folder: Path, progress: Progress) -> SongsFound:
    from chart_hero_core.tasks.build_dataset import BuildOptions, build_dataset

    return build_dataset(roots, folder, BuildOptions(), progress)
