"""Export, errors, small prompts."""

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication, QImage, QPixmap
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot

from chart_hero_app.dialogs.error import ErrorDialog
from chart_hero_app.dialogs.export import ExportDialog
from chart_hero_app.dialogs.problems import ProblemList
from chart_hero_app.dialogs.quantise import QuantiseDialog
from chart_hero_app.dialogs.signature import SignatureDialog
from chart_hero_app.dialogs.similar import SimilarDialog
from chart_hero_app.dialogs.tempo_candidates import TempoCandidatesDialog
from chart_hero_app.document.document import Document
from chart_hero_app.document.exporting import Exported, Package
from chart_hero_app.document.similar import Bar, Similar
from chart_hero_app.document.state import Sound, State
from chart_hero_app.settings.stylesheet import wear
from chart_hero_app.settings.theme import DARK, LIGHT
from chart_hero_core.base.drums import Lane
from chart_hero_core.chart.edits import AddNotes, SetMetadata
from chart_hero_core.chart.song import Difficulty, Note
from chart_hero_core.chart.validate import Problem, Severity
from chart_hero_core.formats.proof import ExportProof
from chart_hero_core.formats.song_ini import default_folder_name
from chart_hero_core.timing.beats import TempoCandidate
from chart_hero_core.timing.tempo_map import TempoMap, TimeSignature
from tests.app.songs import song


@pytest.fixture
def document(qapp: object) -> Document:
    made = Document()
    made.open(State(song([Note(0, Lane.KICK), Note(1, Lane.RED)])), Path("/music/tune.ogg"))
    return made


@pytest.fixture
def export(qtbot: QtBot, document: Document) -> ExportDialog:
    made = ExportDialog(document, DARK)
    qtbot.addWidget(made)
    return made


def test_the_plan_says_what_the_fields_say(export: ExportDialog, document: Document) -> None:
    # Nothing can be written beside a song in a folder that is not there: the home folder instead.
    assert export.target.text() == str(Path.home() / "Band - Tune")
    export.midi.setChecked(False)
    export.package.setCurrentIndex(export.package.findData(Package.SNG))
    export.package.activated.emit(export.package.currentIndex())
    export.fields["genre"].setText(" Rock ")
    plan = export.plan()
    assert plan.formats == ("chart",)
    assert plan.target == Path.home() / "Band - Tune.sng"
    assert plan.package is Package.SNG
    assert plan.song.metadata.genre == "Rock"
    assert plan.song.expert == document.song.expert


def test_the_fields_stand_in_one_column(export: ExportDialog) -> None:
    wear(DARK)
    export.show()
    fields = (export.package, export.target, *export.fields.values(), export.preview)
    assert len({field.mapTo(export, QPoint()).x() for field in fields}) == 1
    assert export.preview.height() == export.difficulty.height()
    export.close()


def test_a_preview_time_outlives_an_export_without_sound(
    export: ExportDialog, document: Document, qtbot: QtBot
) -> None:
    told = replace(document.song.metadata, preview_start_ms=95_500)
    document.push(SetMetadata(told))
    again = ExportDialog(document, DARK)
    qtbot.addWidget(again)
    assert again.metadata().preview_start_ms == 95_500


def test_nothing_is_exported_to_nowhere(export: ExportDialog) -> None:
    asked: list[object] = []
    export.exportWanted.connect(asked.append)
    export.target.setText("  ")
    export.start()
    assert asked == []
    assert export.proof.text() == "Choose where to save it first."
    assert export.write.isEnabled()


def test_an_emptied_place_is_filled_again_with_another_package(export: ExportDialog) -> None:
    export.target.selectAll()
    export.target.del_()
    export._on_target_edited()
    export.package.setCurrentIndex(export.package.findData(Package.SNG))
    export.package.activated.emit(export.package.currentIndex())
    assert Path(export.target.text()).name == "Band - Tune.sng"


def test_what_is_no_picture_is_no_cover(export: ExportDialog, tmp_path: Path) -> None:
    broken, cover = tmp_path / "broken.png", tmp_path / "cover.png"
    broken.write_bytes(b"no picture")
    export.use_cover(broken)
    assert export.plan().cover is None
    assert "broken.png cannot be read as a picture" in export.proof.text()
    picture = QPixmap(8, 8)
    picture.fill()
    assert picture.save(str(cover))
    export.use_cover(cover)
    assert export.plan().cover == cover
    export.use_cover(broken)
    assert export.plan().cover == cover


def test_an_endless_path_does_not_widen_the_dialog(export: ExportDialog) -> None:
    export.show()
    width = export.width()
    export.show_failure(f"Could not write /songs/{'x' * 300}.sng: File name too long.")
    QApplication.processEvents()
    assert export.width() == width
    assert "too long" in export.proof.toolTip()


def test_the_place_follows_artist_title_and_charter(export: ExportDialog) -> None:
    export.fields["artist"].clear()
    QTest.keyClicks(export.fields["artist"], "Them")
    assert Path(export.target.text()).name.startswith("Them - ")
    export.fields["charter"].clear()
    QTest.keyClicks(export.fields["charter"], "Me")
    assert export.plan().target.name == default_folder_name(export.metadata())
    assert export.plan().target.name == "Them - Tune (Me)"


def test_silence_before_the_song_mends_an_early_note(export: ExportDialog) -> None:
    rules = {problem.rule for problem in export.problems.problems}
    assert "early-note" in rules
    assert not export.plan().lead_in
    export.lead_in.click()
    assert export.plan().lead_in
    assert {problem.rule for problem in export.problems.problems} == rules - {"early-note"}


def test_a_check_without_a_place_names_its_difficulty(export: ExportDialog) -> None:
    words = export.problems.words
    assert words(Problem(Severity.HINT, "There is no star power.", None, Difficulty.HARD)) == (
        "Hard: There is no star power."
    )
    assert words(Problem(Severity.HINT, "Hard has no notes.", None, Difficulty.HARD)) == (
        "Hard has no notes."
    )
    assert words(Problem(Severity.HINT, "Odd.", 0, Difficulty.HARD)) == "Hard, 1:1: Odd."
    assert words(Problem(Severity.HINT, "Odd.")) == "Odd."


def test_what_was_not_typed_here_follows_the_song(export: ExportDialog, document: Document) -> None:
    QTest.keyClicks(export.fields["album"], "Mine")
    edited = replace(document.song.metadata, name="Other", album="Theirs", difficulty=4)
    document.push(SetMetadata(replace(edited, preview_start_ms=2_000)))
    written = export.metadata()
    assert (written.name, written.album, written.difficulty) == ("Other", "Mine", 4)
    assert written.preview_start_ms == 2_000
    assert export.target.text().endswith("Band - Other")
    export.metadataChanged.connect(lambda data: document.push(SetMetadata(data)))
    export.start()
    document.undo()  # what the dialog put into the song
    assert export.metadata().album == "Theirs"


@pytest.mark.parametrize(
    ("typed", "meant"), [("mine", Path.home() / "mine"), (" ~/mine ", Path.home() / "mine")]
)
def test_a_mere_name_is_a_place_beside_the_song(
    export: ExportDialog, typed: str, meant: Path
) -> None:
    export.target.setText(typed)
    export.start()
    assert export.plan().target == meant
    assert export.target.text() == str(meant)


def test_the_checks_are_of_what_will_be_written(export: ExportDialog, qtbot: QtBot) -> None:
    def complaints() -> list[str]:
        return [problem.message for problem in export.problems.problems]

    assert "The song has no genre." in complaints()
    QTest.keyClicks(export.fields["genre"], "Rock")
    qtbot.waitUntil(lambda: "The song has no genre." not in complaints(), timeout=20_000)


def test_a_chosen_place_stays(export: ExportDialog) -> None:
    export.target.setText("/out/mine")
    export.target.textEdited.emit("/out/mine")
    export.package.setCurrentIndex(export.package.findData(Package.ZIP))
    export.package.activated.emit(export.package.currentIndex())
    assert export.target.text() == "/out/mine.zip"


def test_a_package_named_without_its_ending_gets_it(
    export: ExportDialog, monkeypatch: pytest.MonkeyPatch
) -> None:
    export.package.setCurrentIndex(export.package.findData(Package.SNG))
    for typed, meant in (("/out/v1.2", "/out/v1.2.sng"), ("/out/a.SNG", "/out/a.SNG")):
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_a, name=typed: (name, ""))
        export.choose_target()
        assert export.plan().target == Path(meant)


def test_exporting_tells_how_it_went(
    export: ExportDialog, document: Document, qtbot: QtBot, tmp_path: Path
) -> None:
    export.metadataChanged.connect(lambda data: document.push(SetMetadata(data)))
    export.fields["year"].setText("1999")
    with qtbot.waitSignal(export.exportWanted):
        export.write.click()
    assert document.song.metadata.year == "1999"
    assert not export.write.isEnabled()
    export.show_progress(0.5, "Writing chart and audio")
    assert export.progress.value() == 500
    export.show_proof(Exported(ExportProof(2131, 2131, (), ("notes.chart",))), tmp_path)
    assert export.proof.text() == "✓ 2,131 notes written, 2,131 read back, 0 differences"
    assert export.write.isEnabled()
    export.show_proof(Exported(ExportProof(2, 1, ("A note is gone.",), ("notes.chart",))), tmp_path)
    assert "A note is gone." in export.proof.text()
    replaced = Exported(ExportProof(1, 1, (), ("notes.chart",)), (tmp_path / "notes.chart.bak",))
    gone = tuple(f"Note {number} is gone." for number in range(9))
    left = ("notes.mid cannot hold 8 kept events of ExpertSingle.",)
    export.show_proof(Exported(ExportProof(9, 0, gone, ("notes.mid",), left)), tmp_path)
    assert export.proof.text().splitlines()[-3:] == ["Note 5 is gone.", "and 3 more", *left]
    export.show_proof(Exported(ExportProof(9, 9, (), ("notes.mid",), left)), tmp_path)
    assert export.proof.property("role") == "warn"  # green would say that nothing was lost
    export.show_proof(replaced, tmp_path)
    assert export.proof.text().endswith("\nReplaced files are kept: notes.chart.bak")
    export.show_failure("No space left.")
    assert export.proof.text() == "No space left."


def test_signs_of_problems_follow_the_theme(export: ExportDialog) -> None:
    export.problems.refresh()
    sign = export.problems.list.item(0)

    def picture() -> QImage:
        return sign.icon().pixmap(18, 18).toImage()

    dark = picture()
    export.set_theme(LIGHT)
    assert export.problems.list.item(0) is sign  # the list stays where it was scrolled
    assert picture() != dark
    export.set_theme(DARK)
    assert picture() == dark


def test_problems_are_listed_and_lead_to_their_place(document: Document, qtbot: QtBot) -> None:
    problems = ProblemList(document, DARK)
    qtbot.addWidget(problems)
    problems.refresh()
    places = [p for p in problems.problems if p.tick is not None]
    assert places
    row = problems.problems.index(places[0])
    with qtbot.waitSignal(problems.placeWanted) as signal:
        problems.list.itemClicked.emit(problems.list.item(row))
    assert signal.args == [places[0]]
    assert "Expert, 1:1" in problems.list.item(row).text()
    before = len(problems.problems)
    document.push(AddNotes(Difficulty.EXPERT, (Note(2, Lane.BLUE),)))
    problems.refresh()
    assert len(problems.problems) == before + 1
    assert problems.count.text() == "5 warnings, 4 hints"


def test_problems_of_one_kind_are_one_line_that_leads_from_place_to_place(
    document: Document, qtbot: QtBot
) -> None:
    beyond = [Note(480 * beat, Lane.RED) for beat in range(2000, 4000)]
    document.push(AddNotes(Difficulty.EXPERT, tuple(beyond)))
    document.set_sound(Sound(duration_s=10.0))
    problems = ProblemList(document, DARK)
    qtbot.addWidget(problems)
    problems.refresh()
    late = [p for p in problems.problems if p.tick in (960_000, 960_480)]
    row = problems.list.item(0)
    assert row.text() == (f"{problems.words(late[0])}\n2,000 places: each click shows the next")
    assert problems.count.text().startswith("2,000 errors, ")
    assert problems.list.count() < 20
    shown: list[Problem] = []
    problems.placeWanted.connect(shown.append)
    problems.list.itemClicked.emit(row)
    problems.list.setCurrentItem(row)
    qtbot.keyClick(problems.list, Qt.Key.Key_Return)
    assert shown == late


def test_errors_can_be_copied(qtbot: QtBot) -> None:
    try:
        raise ZeroDivisionError("by nought")
    except ZeroDivisionError as error:
        dialog = ErrorDialog("Counting", error)
    qtbot.addWidget(dialog)
    dialog.copy_details()
    clipboard = QGuiApplication.clipboard()
    assert clipboard is not None
    assert "ZeroDivisionError: by nought" in clipboard.text()
    assert "Chart Hero" in clipboard.text()
    assert dialog.copy.text() == "Copied"


def test_small_prompts(qtbot: QtBot) -> None:
    quantise = QuantiseDialog(24)
    qtbot.addWidget(quantise)
    quantise.amount.setValue(50)
    assert (quantise.division, quantise.strength) == (24, 0.5)
    signature = SignatureDialog(TimeSignature(0, 7, 8))
    qtbot.addWidget(signature)
    assert signature.value == (7, 8)


def test_similar_bars_are_chosen(qtbot: QtBot) -> None:
    bars = [Similar(Bar(n, n * 1920, (n + 1) * 1920), 0.9) for n in (3, 5)]
    dialog = SimilarDialog(Bar(0, 0, 1920), bars)
    qtbot.addWidget(dialog)
    assert dialog.apply.text() == "Apply to 2 bars"
    from PySide6.QtCore import Qt

    dialog.list.item(0).setCheckState(Qt.CheckState.Unchecked)
    assert dialog.apply.text() == "Apply to 1 bar"
    with qtbot.waitSignal(dialog.spreadWanted) as signal:
        dialog.apply.click()
    assert signal.args == [[bars[1].bar]]


def test_tempo_readings_are_shown_one_by_one(qtbot: QtBot) -> None:
    readings = [
        TempoCandidate(TempoMap.constant(b), 1.0, f"{b} BPM", b, 2.0, 0.9, 3) for b in (120.0, 60.0)
    ]
    dialog = TempoCandidatesDialog(readings, "100 BPM")
    qtbot.addWidget(dialog)
    shown: list[object] = []
    dialog.candidateShown.connect(shown.append)
    for row in (1, 2, 0):
        dialog.tree.setCurrentIndex(dialog.tree.model().index(row, 0))
    assert shown == [readings[0], readings[1], None]


def test_a_long_reading_of_the_tempo_can_be_read(qtbot: QtBot) -> None:
    name = "half time, 66 BPM, on the beats between"
    reading = TempoCandidate(TempoMap.constant(66.0), 1.0, name, 66.0, 2.0, 0.9, 3)
    dialog = TempoCandidatesDialog([reading], "132 BPM")
    qtbot.addWidget(dialog)
    dialog.show()
    item = dialog.tree.topLevelItem(1)
    assert item.toolTip(0) == item.text(0)
    needed = dialog.tree.fontMetrics().horizontalAdvance(item.text(0))
    assert dialog.tree.columnWidth(0) > needed + 16
