"""The decode panel: presets and all knobs; the lanes follow while a slider moves."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QMenu,
    QStackedWidget,
    QTabBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from chart_hero_app.document.document import Document
from chart_hero_app.document.passages import place
from chart_hero_app.document.presets import Preset
from chart_hero_app.document.redecode import Difference, Redecoder, no_difference
from chart_hero_app.document.state import Passage
from chart_hero_app.panels.knobs import KnobList
from chart_hero_app.settings.theme import Theme
from chart_hero_app.widgets.icons import ICON_PX, icon
from chart_hero_app.widgets.info_bar import Notice
from chart_hero_app.widgets.labels import button, label, notes_text, scrolled, set_role
from chart_hero_app.widgets.prompts import ask_text
from chart_hero_core.base.errors import ChartHeroError
from chart_hero_core.chart.song import Difficulty
from chart_hero_core.decode import presets
from chart_hero_core.decode.settings import DecodePlan, find_knob

_OWN = "Own settings"
_NAMED = 12  # stretches named by their times; of more, the number is enough


class DecodePanel(QWidget):
    """Presets above, the knobs of the song and of micro mode below."""

    failed = Signal(str)  # one sentence
    noticed = Signal(object)  # Notice: what happened to a preset, and the way back
    transcribeWanted = Signal()
    placeWanted = Signal(float, float)  # start and end of a stretch that was clicked, seconds

    def __init__(self, document: Document, redecoder: Redecoder, theme: Theme) -> None:
        super().__init__()
        self._document = document
        self._redecoder = redecoder
        self._plans: dict[str, DecodePlan] = {}
        self._base = DecodePlan()
        self._base_name = ""
        self._calibrate: Callable[[DecodePlan, str], DecodePlan] = _as_it_is
        self.preset = QComboBox()
        self.preset.setAccessibleName("Preset")
        self.preset.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.preset.activated.connect(self._on_preset)
        self.menu_button = self._make_menu()
        self.only_selection = self._make_only_selection()
        self.tuned = self._make_tuned()
        self.give_back = button(
            "Reset",
            redecoder.give_back,
            tip="These stretches use the song's knobs again; undo restores their own",
        )
        self.summary = label("", "small", wrap=True)
        self.tabs = _make_tabs()
        self.lists = (KnobList(theme, micro=False), KnobList(theme, micro=True))
        self._pages = self._make_pages()
        self._lay_out()
        self._connect()
        self.reload_presets()
        self.set_theme(theme)
        self._on_song()

    def set_theme(self, theme: Theme) -> None:
        """Follow the colours."""
        self._theme = theme
        self._show_tuned()
        self.menu_button.setIcon(icon("ph.dots-three-vertical", theme))
        for knobs in self.lists:
            knobs.set_theme(theme)

    def set_calibrator(self, calibrate: Callable[[DecodePlan, str], DecodePlan]) -> None:
        """How a preset is fitted to the model in use; the marks move with it."""
        self._calibrate = calibrate
        self.reload_presets()

    def reload_presets(self) -> None:
        """List the presets again."""
        self._plans = {}
        self.preset.blockSignals(True)
        self.preset.clear()
        for info in presets.list_presets():
            try:
                plan = self._calibrate(presets.load_preset(info.name), info.name)
            except ChartHeroError as error:
                self.failed.emit(str(error))
                continue
            self._plans[info.name] = plan
            self.preset.addItem(info.title, info.name)
            self.preset.setItemData(self.preset.count() - 1, info.help, Qt.ItemDataRole.ToolTipRole)
        self.preset.blockSignals(False)
        if self._base_name not in self._plans:
            self._base_name = presets.DEFAULT_PRESET
        self._base = self._plans.get(self._base_name, DecodePlan())
        self._show_plan()

    # Presets --------------------------------------------------------------------------------

    def choose_preset(self, name: str) -> None:
        """Use a preset for the whole song (or the selection), as one undo step."""
        plan = self._plans_here().get(name)
        if plan is not None:
            self._base, self._base_name = plan, name
            self._start_from(Preset(name, plan), plan)
            self._show_plan()

    def _start_from(self, preset: Preset, plan: DecodePlan) -> None:
        """Have the song's knobs (at ``plan``) come from a preset from here on."""
        title = f"Preset {self.preset.itemText(self._index(preset.name))}"
        self._redecoder.use_plan(plan, title, preset)

    def _plans_here(self) -> dict[str, DecodePlan]:
        """The presets as they are for this song.

        Until it is heard they are not fitted to the model; the one that it was left with still is.
        """
        left = self._document.state.preset
        if self._document.detection is None and left.name in self._plans:
            return {**self._plans, left.name: left.plan}
        return self._plans

    def save_as(self, name: str) -> None:
        """Keep the present settings as a preset of one's own."""
        try:
            old = presets.user_preset_data(name)
            presets.save_user_preset(name, self._redecoder.plan)
            changed = old is not None and old != presets.user_preset_data(name)
        except ChartHeroError as error:
            self.failed.emit(str(error))
            return
        self._take_name(name)
        if old is not None and changed:
            self._offer_back(name, old, f"Your preset {name} was replaced.")

    def _offer_back(self, name: str, data: bytes, text: str) -> None:
        """Tell what was lost of a preset's file, with a button that brings it back."""

        def bring_back() -> None:
            try:
                presets.restore_user_preset(name, data)
            except ChartHeroError as error:
                self.failed.emit(str(error))
            self.reload_presets()

        self.noticed.emit(Notice("note", text, (("Bring it back", bring_back),)))

    def rename_to(self, name: str) -> None:
        """Give the chosen own preset another name."""
        try:
            presets.rename_user_preset(self._base_name, name)
        except ChartHeroError as error:
            self.failed.emit(str(error))
            return
        self._take_name(name)

    def _take_name(self, name: str) -> None:
        """The knobs stay where they are; they come from an own preset of this name now."""
        self._base_name = name
        self.reload_presets()
        if name in self._plans and not self._redecoder.selection_only:
            self._start_from(Preset(name, self._plans[name]), self._redecoder.plan)
            self._show_plan()

    def reset(self) -> None:
        """Back to the chosen preset."""
        self.choose_preset(self._base_name)

    def _on_preset(self, index: int) -> None:
        name = self.preset.itemData(index)
        if name is not None:
            self.choose_preset(name)

    def _index(self, name: str) -> int:
        return self.preset.findData(name)

    def _make_menu(self) -> QToolButton:
        made = QToolButton()
        set_role(made, "dots")
        made.setIconSize(QSize(ICON_PX, ICON_PX))
        made.setToolTip("Save, rename, delete or reset the preset")
        made.setAccessibleName("Preset actions")
        made.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(made)
        menu.addAction("Reset to the preset", self.reset)
        menu.addSeparator()
        menu.addAction("Save as own preset…", self._ask_save)
        self._rename = menu.addAction("Rename own preset…", self._ask_rename)
        self._delete = menu.addAction("Delete own preset", self._on_delete)
        menu.aboutToShow.connect(self._on_menu)
        made.setMenu(menu)
        return made

    def _on_menu(self) -> None:
        shipped = {info.name for info in presets.list_presets() if info.shipped}
        own = self._base_name in self._plans and self._base_name not in shipped
        self._rename.setEnabled(own)
        self._delete.setEnabled(own)

    def _ask_save(self) -> None:
        name = ask_text(self, "Save preset", "Name of the preset", "Save")
        if name:
            self.save_as(name)

    def _ask_rename(self) -> None:
        name = ask_text(self, "Rename preset", "New name", "Rename", self._base_name)
        if name and name != self._base_name:
            self.rename_to(name)

    def _on_delete(self) -> None:
        name = self._base_name
        try:
            old = presets.user_preset_data(name)
            presets.delete_user_preset(name)
        except ChartHeroError as error:
            self.failed.emit(str(error))
            old = None
        self._base_name = presets.DEFAULT_PRESET
        self.reload_presets()
        if old is not None:
            self._offer_back(name, old, f"Your preset {name} was deleted.")

    # Showing --------------------------------------------------------------------------------

    def _on_moved(self, path: str, value: float) -> None:
        """The lanes follow, and the activation row shows the drum whose knob is turned."""
        _, drum = find_knob(path)
        if drum is not None:
            self._document.set_drum(drum)
        self._redecoder.move(path, value)

    def _on_settled(self, path: str) -> None:
        self._redecoder.end(path)

    def _show_plan(self) -> None:
        plan, plans = self._redecoder.plan, self._plans_here()
        exact = next((name for name, known in plans.items() if known == plan), None)
        self.preset.blockSignals(True)
        if self.preset.itemData(self.preset.count() - 1) is None and self.preset.count():
            self.preset.removeItem(self.preset.count() - 1)
        if exact is not None:
            self._base, self._base_name = plans[exact], exact
            self.preset.setCurrentIndex(self._index(exact))
        else:
            known = self._document.state.preset.name
            if known in plans and plan == self._document.settings:
                self._base, self._base_name = plans[known], known
            title = self.preset.itemText(self._index(self._base_name))
            self.preset.addItem(f"{_OWN} (from {title})" if title else _OWN, None)
            self.preset.setCurrentIndex(self.preset.count() - 1)
        self.preset.blockSignals(False)
        self._show_knobs()

    def _show_knobs(self) -> None:
        """Only the list on screen: this runs with every move of a knob."""
        self.lists[self.tabs.currentIndex()].show_plan(self._redecoder.plan, self._base)

    def _show_difference(self, found: Difference) -> None:
        self.lists[0].show_difference(found)
        added, removed = int(found.added.sum()), int(found.removed.sum())
        self.summary.setText(f"{int(found.counts.sum()):,} notes, +{added:,} −{removed:,}")

    def _show_tuned(self) -> None:
        """Say which stretches the song's knobs do not move."""
        passages = self._document.state.passages
        if passages:
            one = len(passages) == 1
            keep = "One stretch has its own knobs" if one else _many(len(passages))
            self.tuned.setText(f"{keep}: {_where(passages, self._theme)}")
        self.tuned.setVisible(bool(passages))
        self.give_back.setVisible(bool(passages))

    def _on_stretch(self, index: str) -> None:
        passages = self._document.state.passages
        if index.isdecimal() and int(index) < len(passages):
            self.placeWanted.emit(*passages[int(index)].span_s)

    def _on_song(self) -> None:
        if self._document.gesture_base is not None:
            return  # the difference of the running gesture is on its way
        if self._document.detection is None:
            self.summary.setText(
                "Transcribe the song first: the knobs then show their effect while they move."
            )
            self.lists[0].show_difference(None)
            return
        track = self._document.columns_of(Difficulty.EXPERT)
        self.lists[0].show_difference(no_difference(track))
        own = int(track.touched.sum())
        kept = f", {own:,} of them yours and locked" if own else ""
        self.summary.setText(f"{notes_text(len(track))}{kept}")

    # Making ---------------------------------------------------------------------------------

    def _connect(self) -> None:
        document, redecoder = self._document, self._redecoder
        self.tabs.currentChanged.connect(self._pages.setCurrentIndex)
        self.tabs.currentChanged.connect(self._show_knobs)
        redecoder.planChanged.connect(self._show_plan)
        redecoder.differenceChanged.connect(self._show_difference)
        document.songChanged.connect(self._on_song)
        document.activationsChanged.connect(self._on_song)
        document.undo_stack.indexChanged.connect(self._on_song)
        document.passagesChanged.connect(self._show_tuned)

    def _make_only_selection(self) -> QCheckBox:
        made = QCheckBox("Apply to the selection only")
        made.setToolTip(
            "Knobs act only on the selected notes or stretch, which keeps its own when the song's "
            "knobs are turned later. With this off, “Re-detect selection” gives it the song's "
            "knobs."
        )
        made.toggled.connect(self._redecoder.set_selection_only)
        return made

    def _make_tuned(self) -> QLabel:
        made = label("", "small", wrap=True)
        made.setTextFormat(Qt.TextFormat.RichText)
        made.setTextInteractionFlags(
            Qt.TextInteractionFlag.LinksAccessibleByMouse
            | Qt.TextInteractionFlag.LinksAccessibleByKeyboard
        )
        made.setToolTip("Go to a stretch and select it")
        made.linkActivated.connect(self._on_stretch)
        return made

    def _make_pages(self) -> QStackedWidget:
        made = QStackedWidget()
        for knobs in self.lists:
            knobs.moved.connect(self._on_moved)
            knobs.settled.connect(self._on_settled)
            made.addWidget(scrolled(knobs))
        return made

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(4)
        top.addWidget(self.preset, 1)
        top.addWidget(self.menu_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 8, 4, 4)
        layout.setSpacing(6)
        layout.addLayout(top)
        layout.addWidget(self.only_selection)
        tuned = QHBoxLayout()
        tuned.setContentsMargins(0, 0, 4, 0)
        tuned.addWidget(self.tuned, 1)
        tuned.addWidget(self.give_back)
        layout.addLayout(tuned)
        layout.addWidget(self.summary)
        layout.addWidget(self.tabs)
        layout.addWidget(self._pages, 1)


def _make_tabs() -> QTabBar:
    made = QTabBar()
    made.setAccessibleName("Which knobs")
    made.addTab("Whole song")
    made.addTab("Micro passages")
    made.setTabToolTip(1, "Knobs of the passages analysed at 2.9 ms")
    made.setDrawBase(False)
    return made


def _many(count: int) -> str:
    return f"{count} stretches have their own knobs"


def _where(passages: Sequence[Passage], theme: Theme) -> str:
    """When the stretches are, as links; the first few of many."""
    style = f"color: {theme.accent}"  # said outright: a label keeps the palette it was written in
    shown = [
        f'<a href="{i}" style="{style}">{place(one.span_s)}</a>'
        for i, one in enumerate(passages[:_NAMED])
    ]
    more = ", …" if len(passages) > _NAMED else ""
    return ", ".join(shown) + more


def _as_it_is(plan: DecodePlan, _preset: str) -> DecodePlan:
    return plan
