"""Commands of the File menu: opening, saving, closing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog

from chart_hero_app.document.dropped import meant_by, with_others_told
from chart_hero_app.document.moved import Moved
from chart_hero_app.document.opening import (
    Opened,
    chart_length_s,
    domains_of,
    load_sound,
    open_path,
)
from chart_hero_app.document.state import Sound, State
from chart_hero_app.document.storage import draft_path
from chart_hero_app.main_window.commands.save import SaveCommands
from chart_hero_app.main_window.desk import Desk
from chart_hero_app.widgets.info_bar import Notice
from chart_hero_core.audio.io import SongAudio, song_audio
from chart_hero_core.audio.readers import AUDIO_SUFFIXES
from chart_hero_core.base.clock import clock
from chart_hero_core.base.errors import ChartHeroError
from chart_hero_core.base.files import resources_dir
from chart_hero_core.base.progress import Progress
from chart_hero_core.formats.project import SUFFIX
from chart_hero_core.formats.song_folder import SONG_SUFFIXES

DEMO = ("demo",)
_OPEN_KEY = "open"
_AUDIO_KEY = "audio"
# Encoders pad a sound by less than this; with more the notes may be out of time.
_OTHER_LENGTH_S = 0.1


class FileCommands(QObject):
    """Opens whatever a person brings, without ever blocking the window."""

    songOpened = Signal(object)  # Opened
    audioLoaded = Signal()  # all of the song's audio is there

    def __init__(self, desk: Desk, saving: SaveCommands) -> None:
        super().__init__(desk.window)
        self._desk = desk
        self.saving = saving
        self._saved_length_s: float | None = None
        self._offer: Notice | None = None  # to look for the sound of the open song
        self._reading: SongAudio | None = None  # what is wanted for the open song
        book = desk.book
        book.bind("file.open", self.ask_open)
        book.bind("file.open_folder", self.ask_open_folder)
        book.bind("file.demo", self.open_demo)
        book.bind("file.close", self.close_song)

    # Opening --------------------------------------------------------------------------------

    def ask_open(self) -> None:
        """Choose a file and open it."""
        audio = " ".join(f"*{suffix}" for suffix in AUDIO_SUFFIXES)
        charts = " ".join(f"*{suffix}" for suffix in SONG_SUFFIXES)
        name, _ = QFileDialog.getOpenFileName(
            self._desk.window,
            "Open a song",
            str(self._folder()),
            f"Songs, charts and projects ({audio} {charts} *{SUFFIX});;All files (*)",
            options=QFileDialog.Option.HideNameFilterDetails,
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
        self.open(resources_dir().joinpath(*DEMO), recent=False, use_chart=False)

    def open_recent(self, path: Path) -> None:
        """Open a song of the list; one that has gone can be taken off it.

        What was done on it without a project is all that is left then, and can still be opened.
        """
        if path.exists():
            self.open(path)
            return
        preferences = self._desk.preferences
        actions: tuple[tuple[str, Callable[[], object]], ...] = (
            ("Remove from the list", lambda: preferences.forget_recent((path,))),
        )
        if draft_path(path).exists():
            actions = (("Open the unsaved work", lambda: self.open(path)), *actions)
        text = f"{path} is no longer there: it was moved, renamed or deleted."
        self._desk.bar.show_notice(Notice("warning", text, actions))

    def open_dropped(self, paths: Sequence[Path]) -> None:
        """Open one song of what was dropped together, and name what was left."""
        self.open(meant_by(paths), dropped=paths)

    def open(
        self,
        path: Path,
        *,
        recent: bool = True,
        use_draft: bool = True,
        use_chart: bool = True,
        dropped: Sequence[Path] = (),
        moved: Moved | None = None,
    ) -> None:
        """Look at a path in the background, then show what is there.

        Without ``use_draft`` the work is not kept either: it is what is to be started over.
        ``moved`` is work that was done on this song at another place.
        """
        if use_draft and not self.saving.save_before_leaving():
            return

        def work(progress: Progress) -> Opened:
            opened = open_path(
                path, progress, use_draft=use_draft, use_chart=use_chart, moved=moved
            )
            return with_others_told(opened, path, dropped)

        self._desk.runner.start(
            f"Opening {path.name}",
            work,
            lambda opened: self._on_found(opened, path, recent, use_draft, use_chart, moved),
            key=_OPEN_KEY,
        )

    def close_song(self) -> None:
        """Back to the start page."""
        if not self.saving.may_leave():
            return
        desk = self._desk
        self._leave_song()
        desk.document.close()
        desk.transport.set_duration(0.0)
        self.saving.set_open(None)

    def _leave_song(self) -> None:
        desk = self._desk
        self._offer = self._reading = None
        desk.transport.set_playing(False)
        desk.transport.set_loop(None)
        desk.runner.leave_song()
        desk.bar.clear()

    def _on_found(
        self,
        opened: Opened,
        path: Path,
        recent: bool,
        use_draft: bool,
        use_chart: bool,
        moved: Moved | None,
    ) -> None:
        """The song before may have been worked on until now."""
        if use_draft:
            if self.saving.save_before_leaving():
                self._show(opened, path, recent, use_chart)
                if moved is not None:  # from now on it is the work of the song where it is
                    self.saving.keep_with_song(moved.song)
                    self.saving.settle(moved.song)
            return
        before = self._desk.document.settled
        self._show(opened, path, recent, use_chart)
        self._offer_return(before)

    def _offer_return(self, before: State) -> None:
        """Starting over was one click; the first edit after it writes over the recovery copy."""
        document = self._desk.document

        def bring_back() -> None:
            document.begin_gesture()
            document.restore_state(before)
            document.end_gesture("Bring back the work")

        again = ("Bring it back", bring_back)
        self._desk.bar.show_notice(Notice("note", "Started over, without your work.", (again,)))

    def _show(self, opened: Opened, path: Path, recent: bool, use_chart: bool) -> None:
        desk = self._desk
        self._leave_song()
        desk.document.open(self._signed(opened), opened.source, opened.project)
        desk.transport.set_duration(chart_length_s(opened.state.song))  # until the sound is there
        desk.transport.seek(0.0)
        self._saved_length_s = self.saving.restore_view(opened.view)
        if opened.continued is not None:
            desk.document.mark_unsaved()
            when = f"{opened.continued:%d %B %Y, %H:%M}"
            again = ("Start over", lambda: self.open(path, use_draft=False, use_chart=use_chart))
            desk.bar.show_notice(
                Notice("note", f"This continues your unsaved work from {when}.", (again,))
            )
        if opened.moved is not None:
            self._offer_moved(opened.moved, path)
        if opened.saved_as is not None:
            self._offer_project(opened.saved_as)
        if opened.notes:  # in one piece: of several in the bar all but the last are out of sight
            desk.bar.show_notice(_summed_up(opened.notes))
        if opened.missing or opened.silent:
            self._offer_to_locate(opened)
        self.saving.set_open(opened.project or opened.source, path, opened.source)
        if recent:
            desk.preferences.add_recent(path)
        if opened.audio is not None:
            self._load_audio(opened.audio)
        self.songOpened.emit(opened)

    def _offer_moved(self, moved: Moved, path: Path) -> None:
        """The song was moved or renamed, and the work on it knows it by its old place only."""
        text = (
            f"There is unsaved work on this song from {moved.saved:%d %B %Y, %H:%M}, when it was "
            f"at {moved.song}."
        )
        take_up = ("Continue it", lambda: self.open(path, moved=moved))
        self._desk.bar.show_notice(Notice("note", text, (take_up,)))

    def _offer_project(self, project: Path) -> None:
        """Work that was saved is not to look lost because the song was opened, not its project."""
        desk = self._desk
        text = f"This song was worked on before and saved as {project.name}."
        desk.bar.show_notice(
            Notice("note", text, (("Open the project", lambda: self.open(project)),))
        )

    def _signed(self, opened: Opened) -> State:
        """A song without a chart starts with the person's name as charter."""
        state, name = opened.state, self._desk.preferences.text("charter")
        metadata = state.song.metadata
        if opened.charted or not name or metadata.charter:
            return state
        return replace(state, song=replace(state.song, metadata=replace(metadata, charter=name)))

    # Audio ----------------------------------------------------------------------------------

    def _offer_to_locate(self, opened: Opened) -> None:
        """Say where the sound should be, and ask where it is until it is found."""
        text = opened.silent or f"The song is no longer at {opened.missing}."
        actions: tuple[tuple[str, Callable[[], object]], ...] = (
            ("Locate a file…", lambda: self._locate(folder=False)),
            ("Locate a folder…", lambda: self._locate(folder=True)),
        )
        other = opened.replaced
        if other is not None:
            text = f"{other} was changed or replaced since this project was saved."
            actions = (("Use it as it is", lambda: self.use_audio(other)), *actions)
        self._offer = Notice("warning", text, actions)
        self._desk.bar.show_notice(self._offer)

    def _locate(self, *, folder: bool) -> None:
        if self._offer is not None:
            self._desk.bar.show_notice(self._offer)  # stands until there is sound
        window, start = self._desk.window, str(self._folder())
        if folder:
            name = QFileDialog.getExistingDirectory(window, "Where is the song?", start)
        else:
            audio = " ".join(f"*{suffix}" for suffix in AUDIO_SUFFIXES)
            name, _ = QFileDialog.getOpenFileName(
                window,
                "Where is the song?",
                start,
                f"Sound files ({audio})",
                options=QFileDialog.Option.HideNameFilterDetails,
            )
        if name:
            self.use_audio(Path(name))

    def use_audio(self, path: Path) -> None:
        """Take the sound of the open song from another place."""
        try:
            audio = song_audio(path)
        except ChartHeroError as error:
            self._desk.bar.error(str(error))
            return
        document = self._desk.document
        if document.project_path is not None or not self._has_source():
            self._follow_song(path)
        if self._offer is not None:
            self._desk.bar.withdraw(self._offer)
        self._load_audio(audio)

    def _follow_song(self, path: Path) -> None:
        """Have the work belong to the song at its new place, where it is looked for next time."""
        document = self._desk.document
        before = document.source
        document.set_source(path)
        self.saving.keep_with_song(before)
        self.saving.set_open(document.project_path or path)
        if document.project_path is None:
            self._desk.preferences.add_recent(path)

    def _has_source(self) -> bool:
        """Whether work without a project can be found again by what was opened: a chart, say."""
        source = self._desk.document.source
        return source is not None and source.exists()

    def _load_audio(self, files: SongAudio) -> None:
        wanted = list(domains_of(files))
        self._reading = files

        def load_next(known: Sound) -> None:
            if not wanted:
                if known.clips:
                    self._check_length(known)
                    self.audioLoaded.emit()
                return
            domain = wanted.pop(0)

            def work(progress: Progress) -> Sound:
                return load_sound(files, domain, known, progress)

            def show(sound: Sound) -> None:
                self._on_sound(sound)
                load_next(sound)

            job = self._desk.runner.start(f"Reading {files.title}", work, show, key=_AUDIO_KEY)
            # A broken drums stem is told; the rest of the song can be heard all the same.
            job.failed.connect(lambda _error: load_next(known))
            job.cancelled.connect(lambda: self._on_stopped(files))

        load_next(Sound(files=files))

    def _on_stopped(self, files: SongAudio) -> None:
        """Without its sound a song is of little use; where it was left nothing is missed."""
        if files is self._reading:
            again = ("Read the sound", lambda: self._load_audio(files))
            text = "Reading the sound was stopped: there is nothing to hear or to transcribe yet."
            self._desk.bar.show_notice(Notice("warning", text, (again,)))

    def _on_sound(self, sound: Sound) -> None:
        self._desk.document.set_sound(sound)
        self._desk.transport.set_duration(sound.duration_s)

    def _check_length(self, sound: Sound) -> None:
        """The sound may have been replaced since the chart was worked on."""
        before_s, self._saved_length_s = self._saved_length_s, None
        if before_s is not None and abs(sound.duration_s - before_s) > _OTHER_LENGTH_S:
            text = (
                f"The sound is not the one that this chart was made with: it lasts "
                f"{clock(sound.duration_s)} instead of {clock(before_s)}. "
                "Check that the notes are in time."
            )
            self._desk.bar.show_notice(Notice("warning", text))

    def _folder(self) -> Path:
        for path in self._desk.preferences.recent:
            folder = path if path.is_dir() else path.parent
            if folder.is_dir():
                return folder.parent if path.is_dir() else folder
        return Path.home()


def _summed_up(sentences: Sequence[str]) -> Notice:
    """One sentence as it is; of several how many there are, and all of them on demand."""
    if len(sentences) == 1:
        return Notice("warning", sentences[0])
    text = f"{len(sentences)} things were found or repaired while opening this song."
    return Notice("warning", text, details=tuple(sentences))
