"""Commands of the File menu: opening, saving, closing."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog

from chart_hero_app.document.opening import Opened, domains_of, load_sound, open_path
from chart_hero_app.document.state import Sound
from chart_hero_app.main_window.desk import Desk
from chart_hero_app.widgets.info_bar import Notice
from chart_hero_core.audio.readers import AUDIO_SUFFIXES
from chart_hero_core.base.files import resources_dir
from chart_hero_core.base.progress import Progress

CHART_SUFFIXES = (".chart", ".mid", ".midi", ".sng", ".json")
PROJECT_SUFFIX = ".chproj"
DEMO = ("demo",)
_OPEN_KEY = "open"
_AUDIO_KEY = "audio"


class FileCommands(QObject):
    """Opens whatever a person brings, without ever blocking the window."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk.window)
        self._desk = desk
        book = desk.book
        book.bind("file.open", self.ask_open)
        book.bind("file.open_folder", self.ask_open_folder)
        book.bind("file.demo", self.open_demo)
        book.bind("file.close", self.close_song)

    # Opening --------------------------------------------------------------------------------

    def ask_open(self) -> None:
        """Choose a file and open it."""
        audio = " ".join(f"*{suffix}" for suffix in AUDIO_SUFFIXES)
        charts = " ".join(f"*{suffix}" for suffix in CHART_SUFFIXES)
        name, _ = QFileDialog.getOpenFileName(
            self._desk.window,
            "Open a song",
            str(self._folder()),
            f"Songs, charts and projects ({audio} {charts} *{PROJECT_SUFFIX});;All files (*)",
        )
        if name:
            self.open(Path(name))

    def ask_open_folder(self) -> None:
        """Choose a song folder and open it."""
        name = QFileDialog.getExistingDirectory(
            self._desk.window, "Open a song folder", str(self._folder())
        )
        if name:
            self.open(Path(name))

    def open_demo(self) -> None:
        """Open the song that ships with the program."""
        folder = resources_dir().joinpath(*DEMO)
        self.open(folder, recent=False)

    def open(self, path: Path, *, recent: bool = True) -> None:
        """Look at a path in the background, then show what is there."""
        self._desk.runner.start(
            f"Opening {path.name}",
            lambda progress: open_path(path, progress),
            lambda opened: self._on_opened(opened, recent),
            key=_OPEN_KEY,
        )

    def close_song(self) -> None:
        """Back to the start page."""
        desk = self._desk
        desk.transport.set_playing(False)
        desk.runner.cancel_all()
        desk.document.close()
        desk.transport.set_duration(0.0)
        desk.bar.clear()

    def _on_opened(self, opened: Opened, recent: bool) -> None:
        desk = self._desk
        desk.transport.set_playing(False)
        desk.transport.set_loop(None)
        desk.runner.cancel_all()
        desk.bar.clear()
        desk.document.open(opened.state, opened.source, opened.project)
        desk.transport.seek(0.0)
        for note in opened.notes:
            desk.bar.show_notice(Notice("warning", note))
        if recent:
            desk.preferences.add_recent(opened.source)
        if opened.audio is not None:
            self._load_audio(opened)

    def _load_audio(self, opened: Opened) -> None:
        files = opened.audio
        assert files is not None
        wanted = list(domains_of(files))

        def load_next(known: Sound) -> None:
            if not wanted:
                return
            domain = wanted.pop(0)

            def work(progress: Progress) -> Sound:
                return load_sound(files, domain, known, progress)

            def show(sound: Sound) -> None:
                self._on_sound(sound)
                load_next(sound)

            self._desk.runner.start(f"Reading {files.title}", work, show, key=_AUDIO_KEY)

        load_next(Sound(files=files))

    def _on_sound(self, sound: Sound) -> None:
        self._desk.document.set_sound(sound)
        self._desk.transport.set_duration(sound.duration_s)

    def _folder(self) -> Path:
        for path in self._desk.preferences.recent:
            folder = path if path.is_dir() else path.parent
            if folder.is_dir():
                return folder.parent if path.is_dir() else folder
        return Path.home()
