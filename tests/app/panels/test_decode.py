"""The decode panel."""

import re

import pytest
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from chart_hero_app.document.document import Document
from chart_hero_app.document.presets import Preset
from chart_hero_app.document.redecode import Redecoder
from chart_hero_app.document.state import Selection, State
from chart_hero_app.document.storage import default_plan
from chart_hero_app.document.suggesting import suggest
from chart_hero_app.panels import decode as decode_panel
from chart_hero_app.panels.decode import DecodePanel
from chart_hero_app.settings.stylesheet import wear
from chart_hero_app.settings.theme import DARK, LIGHT
from chart_hero_app.widgets.info_bar import Notice
from chart_hero_core.base.drums import DrumClass
from chart_hero_core.decode.presets import DEFAULT_PRESET, load_preset, user_presets_dir
from chart_hero_core.decode.settings import KNOBS
from tests.app.songs import detection, rock_beat, song
from tests.core.decode.caseless import make_caseless


class Bench:
    """A panel on a transcribed song."""

    def __init__(self, qtbot: QtBot) -> None:
        self.document = Document()
        self.document.open(State(song(), default_plan()), None)
        strokes = [(t, d, 0.7 if d is DrumClass.SNARE else h) for t, d, h in rock_beat()]
        self.document.set_detection(detection(strokes))
        heard = self.document.detection
        assert heard is not None
        self.redecoder = Redecoder(self.document, suggest)
        notes = suggest(self.document.song, heard, self.document.settings)
        self.document.change("Transcribe", song=song(notes))
        self.panel = DecodePanel(self.document, self.redecoder, DARK)
        qtbot.addWidget(self.panel)
        self.panel.resize(360, 800)
        self.panel.show()
        qtbot.waitExposed(self.panel)

    def count(self, drum: DrumClass) -> int:
        return sum(note.drum is drum for note in self.document.track.notes)


def words(panel: DecodePanel) -> str:
    """What the panel says of tuned stretches, without the links."""
    return re.sub("<[^>]*>", "", panel.tuned.text())


@pytest.fixture
def bench(qtbot: QtBot) -> Bench:
    return Bench(qtbot)


def test_every_knob_has_its_widget(bench: Bench) -> None:
    for knobs in bench.panel.lists:
        for knob in KNOBS:
            for path in knob.paths():
                if knob.kind == "bool":
                    assert knobs.switch(path).text() == knob.title
                    assert knobs.switch(path).toolTip() == knob.help
                else:
                    slider = knobs.slider(path)
                    assert knob.help in slider.toolTip()
                    assert slider.number.minimum() == knob.minimum
                    assert slider.number.maximum() == knob.maximum


def test_notes_follow_while_the_slider_moves(bench: Bench, qtbot: QtBot) -> None:
    assert bench.count(DrumClass.SNARE) == 8
    slider = bench.panel.lists[0].slider("thresholds.snare")
    slider.slider.setSliderDown(True)
    slider.slider.setValue(slider._range.place(0.8))
    qtbot.waitUntil(lambda: bench.count(DrumClass.SNARE) == 0)
    assert "−8" in bench.panel.lists[0]._counts[DrumClass.SNARE].text()
    steps = bench.document.undo_stack.count()
    slider.slider.setSliderDown(False)
    assert bench.document.undo_stack.count() == steps + 1
    assert bench.panel.preset.currentText().startswith("Own settings")
    bench.document.undo_stack.undo()
    assert bench.count(DrumClass.SNARE) == 8
    assert slider.value == bench.document.settings.value("thresholds.snare")
    assert bench.panel.preset.currentText() == "Conservative"


def test_a_preset_is_one_step(bench: Bench) -> None:
    steps = bench.document.undo_stack.count()
    bench.panel.choose_preset("aggressive")
    assert bench.document.undo_stack.count() == steps + 1
    assert bench.document.undo_stack.undoText() == "Preset Aggressive"
    assert bench.panel.preset.currentText() == "Aggressive"


def test_a_preset_for_the_selection_is_not_that_of_the_song(bench: Bench) -> None:
    before = bench.document.state
    bench.panel.only_selection.setChecked(True)
    bench.document.select(Selection(span_s=(0.0, 2.0)))
    bench.panel.choose_preset("aggressive")
    assert bench.panel.preset.currentText() == "Aggressive"
    after = bench.document.state
    assert (after.preset, after.settings) == (before.preset, before.settings)
    assert after.passages[0].span_s == (0.0, 2.0)
    bench.panel.only_selection.setChecked(False)
    assert bench.panel.preset.currentText() == "Conservative"


def test_knobs_of_the_song_come_from_its_preset_wherever_they_are_shown(bench: Bench) -> None:
    bench.panel.choose_preset("conservative")
    bench.redecoder.move("activity_gate", 0.33)
    bench.redecoder.end("activity_gate")
    bench.panel.only_selection.setChecked(True)
    bench.document.select(Selection(span_s=(0.0, 2.0)))
    bench.panel.choose_preset("aggressive")
    bench.document.select(Selection(span_s=(4.0, 6.0)))
    assert bench.panel.preset.currentText() == "Own settings (from Conservative)"


def test_a_knob_that_cannot_act_goes_back(bench: Bench) -> None:
    bench.panel.only_selection.setChecked(True)
    bench.document.select(Selection())
    slider = bench.panel.lists[0].slider("thresholds.snare")
    slider.slider.setSliderDown(True)
    slider.slider.setValue(slider._range.place(0.8))
    slider.slider.setSliderDown(False)
    assert slider.value == bench.document.settings.value("thresholds.snare")


def test_stretches_with_knobs_of_their_own_are_named_and_given_back(bench: Bench) -> None:
    assert not bench.panel.tuned.isVisibleTo(bench.panel)
    bench.panel.only_selection.setChecked(True)
    bench.document.select(Selection(span_s=(0.0, 2.0)))
    bench.panel.choose_preset("aggressive")
    assert bench.panel.tuned.isVisibleTo(bench.panel)
    assert words(bench.panel) == "One stretch has its own knobs: 0:00.0–0:02.0"
    bench.document.select(Selection(span_s=(63.0, 64.0)))
    bench.redecoder.move("activity_gate", 0.2)
    bench.redecoder.end("activity_gate")
    assert "2 stretches have their own knobs: 0:00.0–0:02.0, 1:03.0–1:04.0" in words(bench.panel)
    steps = bench.document.undo_stack.count()
    bench.panel.give_back.click()
    assert bench.document.state.passages == ()
    assert not bench.panel.give_back.isVisibleTo(bench.panel)
    assert bench.document.undo_stack.count() == steps + 1
    bench.document.undo()
    assert len(bench.document.state.passages) == 2
    assert bench.panel.give_back.isVisibleTo(bench.panel)


def test_a_name_that_cannot_be_leaves_the_preset_chosen(bench: Bench) -> None:
    bench.redecoder.move("activity_gate", 0.33)
    bench.redecoder.end("activity_gate")
    bench.panel.save_as("Metal")
    bench.document.select(Selection(span_s=(0.0, 2.0)))
    bench.panel.only_selection.setChecked(True)
    bench.redecoder.move("activity_gate", 0.4)
    bench.redecoder.end("activity_gate")
    assert bench.panel.preset.currentText() == "Own settings (from Metal)"
    failed: list[str] = []
    bench.panel.failed.connect(failed.append)
    bench.panel.rename_to("a/b")
    assert len(failed) == 1
    assert bench.panel.preset.currentText() == "Own settings (from Metal)"


def test_a_tuned_stretch_can_be_gone_to(bench: Bench, qtbot: QtBot) -> None:
    bench.panel.only_selection.setChecked(True)
    bench.document.select(Selection(span_s=(1.0, 2.5)))
    bench.panel.choose_preset("aggressive")
    with qtbot.waitSignal(bench.panel.placeWanted) as wanted:
        bench.panel.tuned.linkActivated.emit("0")
    assert wanted.args == [1.0, 2.5]
    bench.panel.tuned.linkActivated.emit("7")  # of a text that is no longer shown


def test_links_follow_the_colours(bench: Bench) -> None:
    bench.panel.only_selection.setChecked(True)
    bench.document.select(Selection(span_s=(1.0, 2.5)))
    bench.panel.choose_preset("aggressive")
    bench.panel.set_theme(LIGHT)
    assert LIGHT.accent in bench.panel.tuned.text()


def test_own_presets_are_saved_renamed_and_deleted(bench: Bench) -> None:
    bench.redecoder.move("activity_gate", 0.33)
    bench.redecoder.end("activity_gate")
    bench.panel.save_as("Metal")
    assert bench.panel.preset.currentText() == "Metal"
    assert bench.document.state.preset.name == "Metal"
    bench.redecoder.move("activity_gate", 0.4)
    bench.redecoder.end("activity_gate")
    assert bench.panel.preset.currentText() == "Own settings (from Metal)"
    bench.document.undo()
    bench.panel.rename_to("Doom")
    assert bench.panel.preset.currentText() == "Doom"
    assert bench.panel.preset.findData("Metal") < 0
    bench.panel._on_delete()
    assert bench.panel.preset.findData("Doom") < 0
    assert bench.panel.preset.currentText().startswith("Own settings")
    bench.panel.reset()
    assert bench.panel.preset.currentText() == "Conservative"


def test_a_preset_renamed_by_case_alone_is_not_lost(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.redecoder.move("activity_gate", 0.33)
    bench.redecoder.end("activity_gate")
    bench.panel.save_as("Metal")
    make_caseless(user_presets_dir(), monkeypatch)
    monkeypatch.setattr(decode_panel, "ask_text", lambda *_a: "metal")
    menu = bench.panel.menu_button.menu()
    menu.aboutToShow.emit()
    [rename] = [action for action in menu.actions() if action.text().startswith("Rename")]
    rename.trigger()
    assert bench.panel.preset.currentText() == "metal"
    assert bench.panel.preset.findData("Metal") < 0
    assert load_preset("metal").value("activity_gate") == pytest.approx(0.33)
    assert bench.document.state.preset.name == "metal"


def test_a_preset_is_not_renamed_over_another(bench: Bench, qtbot: QtBot) -> None:
    for name, gate in (("Metal", 0.33), ("Jazz", 0.4)):
        bench.redecoder.move("activity_gate", gate)
        bench.redecoder.end("activity_gate")
        bench.panel.save_as(name)
    with qtbot.waitSignal(bench.panel.failed) as failed:
        bench.panel.rename_to("Metal")
    assert failed.args == ["You have a preset named Metal already; choose another name."]
    assert bench.panel.preset.currentData() == "Jazz"
    assert bench.panel.preset.findData("Metal") >= 0


def test_a_preset_that_is_replaced_or_deleted_can_be_had_back(bench: Bench) -> None:
    told: list[Notice] = []
    bench.panel.noticed.connect(told.append)
    for gate in (0.33, 0.4):
        bench.redecoder.move("activity_gate", gate)
        bench.redecoder.end("activity_gate")
        bench.panel.save_as("Metal")
        bench.panel.save_as("Metal")  # the same again replaces nothing
    assert [notice.text for notice in told] == ["Your preset Metal was replaced."]
    told[0].actions[0][1]()
    assert load_preset("Metal").value("activity_gate") == pytest.approx(0.33)
    assert bench.panel.preset.currentText() == "Own settings (from Metal)"
    bench.panel._on_delete()
    assert [notice.text for notice in told[1:]] == ["Your preset Metal was deleted."]
    told[1].actions[0][1]()
    assert bench.panel.preset.findData("Metal") >= 0
    assert load_preset("Metal").value("activity_gate") == pytest.approx(0.33)


def test_a_preset_replaced_by_a_name_of_other_case_is_told(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.panel.save_as("Metal")
    make_caseless(user_presets_dir(), monkeypatch)
    told: list[Notice] = []
    bench.panel.noticed.connect(told.append)
    bench.redecoder.move("activity_gate", 0.33)
    bench.redecoder.end("activity_gate")
    bench.panel.save_as("metal")
    assert [notice.text for notice in told] == ["Your preset metal was replaced."]


def test_a_shipped_name_cannot_be_taken(bench: Bench, qtbot: QtBot) -> None:
    with qtbot.waitSignal(bench.panel.failed):
        bench.panel.save_as("conservative")


def test_switches_are_steps_too(bench: Bench) -> None:
    steps = bench.document.undo_stack.count()
    bench.panel.lists[0].switch("arbitrate").setChecked(False)
    assert bench.document.settings.value("arbitrate") is False
    assert bench.document.undo_stack.count() == steps + 1
    bench.document.undo_stack.undo()
    assert bench.panel.lists[0].switch("arbitrate").isChecked()


def test_micro_knobs_have_their_own_page(bench: Bench, qtbot: QtBot) -> None:
    bench.panel.tabs.setCurrentIndex(1)
    slider = bench.panel.lists[1].slider("thresholds.kick")
    slider.slider.setValue(slider.slider.value() + 5)
    qtbot.waitUntil(lambda: bench.document.undo_stack.count() > 1)
    assert bench.document.settings.value("micro.thresholds.kick") == slider.value
    assert bench.document.settings.value("thresholds.kick") != slider.value


def test_without_a_transcription_it_says_what_to_do(qtbot: QtBot) -> None:
    document = Document()
    panel = DecodePanel(document, Redecoder(document, suggest), DARK)
    qtbot.addWidget(panel)
    assert "Transcribe" in panel.summary.text()
    panel.set_theme(LIGHT)


def test_the_model_moves_the_marks(bench: Bench) -> None:
    bench.panel.set_calibrator(lambda plan, _name: plan.with_value("thresholds.kick", 0.77))
    assert bench.panel.lists[0].slider("thresholds.kick")._range.default == 0.77


def test_every_number_of_a_knob_shows_its_unit_in_words(bench: Bench) -> None:
    wear(DARK)  # as in the window; without it the box has buttons that take room
    number = bench.panel.lists[0].slider("nms_frames").number
    number.setValue(number.maximum())
    assert number.text() == "41 frames"
    field = number.findChild(QLineEdit)
    assert isinstance(field, QLineEdit)
    assert field.fontMetrics().horizontalAdvance(number.text()) < field.width()


def test_a_song_that_is_not_heard_yet_keeps_the_preset_it_was_left_with(qtbot: QtBot) -> None:
    # As a model had its levels fitted when the project was saved.
    fitted = default_plan().with_value("thresholds.snare", 0.61)
    document = Document()
    document.open(State(song(), fitted, preset=Preset(DEFAULT_PRESET, fitted)), None)
    panel = DecodePanel(document, Redecoder(document, suggest), DARK)
    qtbot.addWidget(panel)
    assert panel.preset.currentText() == "Conservative"
    assert panel.lists[0].slider("thresholds.snare")._range.default == 0.61
    panel.reset()
    assert document.settings == fitted
    document.change("Knob", settings=fitted.with_value("thresholds.snare", 0.7))
    assert panel.preset.currentText() == "Own settings (from Conservative)"
    panel.reset()
    assert document.settings == fitted
    document.open(State(song(), default_plan()), None)
    assert panel.preset.currentText() == "Conservative"
