"""The main window: builds every part, hands them to each other, and nothing else."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QApplication, QMainWindow, QVBoxLayout, QWidget

from chart_hero_app.dialogs.error import ErrorDialog
from chart_hero_app.document.document import Document
from chart_hero_app.document.redecode import Redecoder
from chart_hero_app.document.suggesting import suggest
from chart_hero_app.document.transport import Transport
from chart_hero_app.jobs.runner import Job, JobRunner
from chart_hero_app.main_window.actions import ActionBook
from chart_hero_app.main_window.commands.analyse import AnalyseCommands
from chart_hero_app.main_window.commands.check import CheckCommands
from chart_hero_app.main_window.commands.evaluation import EvaluationCommands
from chart_hero_app.main_window.commands.export import ExportCommands
from chart_hero_app.main_window.commands.file import FileCommands
from chart_hero_app.main_window.commands.kit import KitCommands
from chart_hero_app.main_window.commands.note import NoteCommands
from chart_hero_app.main_window.commands.panels import PanelCommands
from chart_hero_app.main_window.commands.play import PlayCommands
from chart_hero_app.main_window.commands.review import ReviewCommands
from chart_hero_app.main_window.commands.save import SaveCommands
from chart_hero_app.main_window.commands.select import SelectCommands
from chart_hero_app.main_window.commands.tempo import TempoCommands
from chart_hero_app.main_window.commands.training import TrainingCommands
from chart_hero_app.main_window.commands.view import ViewCommands
from chart_hero_app.main_window.commands.vouch import VouchCommands
from chart_hero_app.main_window.controls import (
    DifficultyTabs,
    MixerButton,
    PositionDisplay,
    SnapBox,
    SpeedBox,
)
from chart_hero_app.main_window.counting import EditCounter
from chart_hero_app.main_window.desk import Desk
from chart_hero_app.main_window.docks import Docks
from chart_hero_app.main_window.dropping import DropTarget
from chart_hero_app.main_window.focus import KeyRouter, first_in, step_in_sight
from chart_hero_app.main_window.key_names import KeyNames, name_keys
from chart_hero_app.main_window.leaving import may_stop
from chart_hero_app.main_window.look import Look
from chart_hero_app.main_window.menus import build_menus
from chart_hero_app.main_window.recent_menu import RecentMenu
from chart_hero_app.main_window.restart import Restart
from chart_hero_app.main_window.sound import SoundDesk
from chart_hero_app.main_window.start_page import StartPage
from chart_hero_app.main_window.status import StatusBar
from chart_hero_app.main_window.tempo_audition import TempoAudition
from chart_hero_app.main_window.title import window_title
from chart_hero_app.main_window.toolbar import build_toolbar
from chart_hero_app.panels.decode import DecodePanel
from chart_hero_app.panels.evaluation import EvaluationPanel
from chart_hero_app.panels.review import ReviewPanel
from chart_hero_app.panels.sections import SectionsPanel
from chart_hero_app.panels.song import SongPanel
from chart_hero_app.panels.training import TrainingPanel
from chart_hero_app.playback.engine import PlaybackEngine
from chart_hero_app.playback.outputs import Opener, SoundOutput
from chart_hero_app.settings.preferences import Preferences
from chart_hero_app.settings.theme import Theme
from chart_hero_app.timeline.view import TimelineView
from chart_hero_app.widgets.info_bar import InfoBar
from chart_hero_app.widgets.pages import Pages
from chart_hero_app.widgets.sizing import open_at
from chart_hero_core.base.errors import ChartHeroError
from chart_hero_core.base.files import resources_dir
from chart_hero_core.decode.presets import calibrated


class MainWindow(QMainWindow):
    """One window, one song."""

    def __init__(self, preferences: Preferences, opener: Opener = SoundOutput) -> None:
        """``opener`` opens the sound device (tests hear nothing)."""
        super().__init__()
        self.preferences = preferences
        self._opener = opener
        self.look = Look(preferences, self)
        self.setObjectName("main_window")
        open_at(self, 1440, 900)
        self.document = Document(self)
        self.transport = Transport(self)
        self.runner = JobRunner(self)
        self.redecoder = Redecoder(self.document, suggest, self._visible_span)
        self.book = ActionBook(self, preferences, self.theme)
        self.keys = KeyNames(preferences, self)
        self._build_middle()
        self._build_panels()
        self._build_bars()
        self._bind_commands()
        self._connect()
        self.docks.restore(preferences)
        self.timeline.restore_layout(preferences.layout("timeline"))
        self._on_opened()
        if preferences.problem:
            self.bar.error(preferences.problem)

    @property
    def theme(self) -> Theme:
        """The colours that are worn now."""
        return self.look.theme

    # Building -------------------------------------------------------------------------------

    def _build_middle(self) -> None:
        self.bar = InfoBar(self.theme)
        self.timeline = TimelineView(self.document, self.transport, self.theme)
        self.start_page = StartPage(self.theme, has_demo=(resources_dir() / "demo").is_dir())
        self.start_page.show_recent(self.preferences.recent)
        self.pages = Pages()
        self.pages.addWidget(self.start_page)
        self.pages.addWidget(self.timeline)
        middle = QWidget()
        layout = QVBoxLayout(middle)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.bar)
        layout.addWidget(self.pages, 1)
        self.setCentralWidget(middle)

    def _build_panels(self) -> None:
        self.decode_panel = DecodePanel(self.document, self.redecoder, self.theme)
        self.review_panel = ReviewPanel(self.document, self.theme)
        self.sections_panel = SectionsPanel(self.document, self.theme)
        self.song_panel = SongPanel(self.document, self.theme)
        self.training_panel = TrainingPanel(self.theme)
        self.evaluation_panel = EvaluationPanel(self.theme)
        name_keys(self.keys, self.review_panel, self.sections_panel, self.timeline)
        self.docks = Docks(self)
        for name, title, panel in (
            ("decode", "Decode", self.decode_panel),
            ("review", "Review", self.review_panel),
            ("sections", "Passages", self.sections_panel),
            ("song", "Song", self.song_panel),
            ("evaluation", "Evaluate", self.evaluation_panel),
            ("training", "Train", self.training_panel),
        ):
            self.docks.add(name, title, panel)

    def _build_bars(self) -> None:
        self.status = StatusBar(self.document, self.transport, self.runner, self.theme, self.keys)
        self.setStatusBar(self.status)
        self.menus = build_menus(self, self.book)
        self.docks.fill_menu(self.menus["view"])
        self.mixer = MixerButton(self.transport, self.theme)
        self.toolbar = build_toolbar(
            self,
            self.book,
            [
                PositionDisplay(self.document, self.transport),
                SpeedBox(self.transport, self.keys),
                self.mixer,
            ],
            [SnapBox(self.document, self.keys)],
            DifficultyTabs(self.document, self.keys),
        )
        self.toolbar.set_theme(self.theme)

    def _bind_commands(self) -> None:
        self._make_desk()
        self._bind_charting()
        self._bind_listening()
        self._bind_window()

    def _make_desk(self) -> None:
        self.desk = Desk(
            self,
            self.document,
            self.transport,
            self.runner,
            self.preferences,
            self.book,
            self.timeline,
            self.redecoder,
            self.bar,
        )

    def _bind_charting(self) -> None:
        """What is done to files, notes, tempo, sound and view."""
        self.saving = SaveCommands(self.desk)
        self.files = FileCommands(self.desk, self.saving)
        self.sound = SoundDesk(self.desk, PlaybackEngine(self._opener, self))
        self.notes = NoteCommands(self.desk)
        self.tempo = TempoCommands(self.desk)
        self.play = PlayCommands(self.desk)
        self.selecting = SelectCommands(self.desk, self.play.step, self.play.bar)
        self.view = ViewCommands(self.desk, self.look.switch)
        self.exporting = ExportCommands(self.desk, lambda: self.theme)
        show_problem = self.exporting.show_problem
        self.checking = CheckCommands(self.desk, lambda: self.theme, show_problem)

    def _bind_listening(self) -> None:
        """What the model hears, how it is reviewed, and what is learned from that."""
        self.review = ReviewCommands(self.desk, self.review_panel)
        self.analyse = AnalyseCommands(self.desk)
        self.kit = KitCommands(self.desk, self.analyse.keep)
        self.training = TrainingCommands(
            self.desk, self.training_panel, lambda: self.docks.visit("training")
        )
        self.vouching = VouchCommands(
            self.desk,
            self.analyse.selected_span,
            self.analyse.selected_of,
            self.saving.autosaver.snapshot,
            self.training.show_songs,
        )
        self.audition = TempoAudition(self.desk)
        self.evaluating = EvaluationCommands(self.desk, self.evaluation_panel)
        self.counter = EditCounter(self.desk, self.status, self.evaluation_panel)

    def _bind_window(self) -> None:
        self.panels = PanelCommands(self.desk, self.docks)
        self.restart = Restart(self.desk)
        self.book.bind("file.quit", self.close)
        recent = RecentMenu(self.preferences, self.files.open_recent, self)
        self.menus["file"].insertMenu(self.book["file.demo"], recent)
        DropTarget(self, self.start_page.set_hot, self.files.open_dropped)
        self.router = KeyRouter(self, self.desk.explain)
        application = QApplication.instance()
        if application is not None:
            application.installEventFilter(self.router)

    def _connect(self) -> None:
        self._connect_document()
        self._connect_panels()
        self._connect_timeline()
        self._connect_start_page()
        self._dress()

    def _connect_document(self) -> None:
        document = self.document
        document.opened.connect(self._on_opened)
        for signal in (document.dirtyChanged, document.pathChanged, document.songChanged):
            signal.connect(self._show_title)
        document.activationsChanged.connect(self._fit_presets)
        self.bar.keyboardLeft.connect(self._take_keyboard)
        self.files.audioLoaded.connect(self.analyse.on_audio_loaded)
        self.runner.failed.connect(self._on_job_failed)
        self.redecoder.failed.connect(self.bar.error)
        self.analyse.reviewWanted.connect(self._start_review)
        self.analyse.tempoHeard.connect(self.audition.set_candidates)
        self.vouching.collected.connect(self.training.refresh)

    def _connect_panels(self) -> None:
        self.decode_panel.failed.connect(self.bar.error)
        self.decode_panel.noticed.connect(self.bar.show_notice)
        self.decode_panel.placeWanted.connect(self.view.show_place)
        self.song_panel.editWanted.connect(self.desk.push)
        self.saving.aboutToSave.connect(self.song_panel.commit)
        self.review_panel.transcribeWanted.connect(self.analyse.transcribe)
        self.review_panel.placeChosen.connect(lambda _doubt: self.analyse.on_reviewed())
        sections = self.sections_panel
        sections.flagWanted.connect(self.analyse.flag)
        self.book.follow(sections.flag, "analyse.flag")
        sections.unflagWanted.connect(self.analyse.unflag)
        sections.scanWanted.connect(self.analyse.scan)
        sections.analyseWanted.connect(self.analyse.analyse_flagged)
        sections.sectionWanted.connect(self.tempo.ask_section)
        sections.sectionsDeleted.connect(self.tempo.remove_sections)
        sections.placeWanted.connect(self.view.show_place)
        self.docks.docks["training"].visibilityChanged.connect(self.training.on_shown)
        self.training_panel.songs.songOpened.connect(self.files.open)

    def _connect_timeline(self) -> None:
        timeline, redecoder = self.timeline, self.redecoder
        redecoder.planChanged.connect(lambda: timeline.set_acts_on(redecoder.stretch))
        timeline.knobDragStarted.connect(lambda _path: redecoder.begin())
        timeline.knobDragged.connect(redecoder.move)
        timeline.knobDragEnded.connect(redecoder.end)
        timeline.pointed.connect(self.status.pointed.setText)
        timeline.layoutChanged.connect(
            lambda: self.preferences.set_layout("timeline", timeline.layout_state())
        )
        self.docks.docks["review"].visibilityChanged.connect(timeline.hints.set_review)
        # Only with the panel in front is a note that may be missing seen in the lanes.
        self.review_panel.placeChosen.connect(lambda _: self.docks.bring_forward("review"))

    def _connect_start_page(self) -> None:
        start, files = self.start_page, self.files
        start.openWanted.connect(files.ask_open)
        start.folderWanted.connect(files.ask_open_folder)
        start.demoWanted.connect(files.open_demo)
        start.pathWanted.connect(files.open_recent)
        self.preferences.recentChanged.connect(lambda: start.show_recent(self.preferences.recent))

    def _dress(self) -> None:
        self.look.dress(
            self.book,
            self.bar,
            self.toolbar,
            self.timeline,
            self.start_page,
            self.decode_panel,
            self.review_panel,
            self.sections_panel,
            self.song_panel,
            self.training_panel,
            self.evaluation_panel,
            self.status,
            self.mixer,
            self.exporting,
            self.checking,
            self.review.timing,
        )

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Tab passes over the panels that lie behind others."""
        return step_in_sight(self, lambda: super(MainWindow, self).focusNextPrevChild(forward))

    # What is open ---------------------------------------------------------------------------

    def _on_opened(self) -> None:
        there = self.document.source is not None
        self.pages.setCurrentWidget(self.timeline if there else self.start_page)
        self.docks.set_available(there)
        if there:
            self.timeline.lanes.setFocus()
        self._show_title()

    def _take_keyboard(self) -> None:
        there = self.document.source is not None
        target = self.timeline.lanes if there else first_in(self.start_page)
        if target is not None:
            target.setFocus()

    def _fit_presets(self) -> None:
        """Presets are fitted to what the model in use knows of itself."""
        detection = self.document.detection
        known = None if detection is None else detection.calibration
        self.decode_panel.set_calibrator(lambda plan, name: calibrated(plan, known, name))

    def _visible_span(self) -> tuple[float, float]:
        axis = self.timeline.axis
        return (axis.start_s, axis.end_s)

    def _start_review(self) -> None:
        self.docks.raise_panel("review")
        self.review_panel.refresh()
        self.review_panel.step(0)

    def _show_title(self) -> None:
        self.setWindowTitle(window_title(self.document))
        self.setWindowModified(self.document.dirty and self.document.source is not None)

    # Trouble --------------------------------------------------------------------------------

    def _on_job_failed(self, job: Job, error: BaseException) -> None:
        if isinstance(error, ChartHeroError):
            self.bar.error(str(error))
        else:
            self.show_unexpected(job.title, error)

    def show_unexpected(self, doing: str, error: BaseException) -> None:
        """Show what nobody expected, with details to copy."""
        dialog = ErrorDialog(doing, error, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    # The end --------------------------------------------------------------------------------

    def closeEvent(self, event: QCloseEvent) -> None:
        """Remember the layout and stop everything in the background."""
        if not may_stop(self, self.runner) or not self.saving.may_leave():
            event.ignore()
            return
        self.saving.set_open(None)
        self._shut_down()
        event.accept()

    def end_unasked(self) -> None:
        """Stop because the system says so: keep the work, to be offered at the next start."""
        self.saving.keep_unasked()
        self._shut_down()

    def _shut_down(self) -> None:
        self.docks.save(self.preferences)
        self.transport.set_playing(False)
        self.sound.shut_down()
        self.training.close_down()
        self.runner.shut_down()
        self.timeline.close_down()
        self.document.shut_down()
