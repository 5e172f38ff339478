"""Learn this kit: the rest of the song is suggested anew, what a person said stays."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from chart_hero_app.document.kit import LearnedKit
from chart_hero_app.document.state import Selection
from chart_hero_app.main_window.commands import kit as kit_commands
from chart_hero_app.main_window.window import MainWindow
from chart_hero_core.base.drums import DrumClass, Lane
from chart_hero_core.base.errors import DatasetError
from chart_hero_core.chart.edits import AddNotes
from chart_hero_core.chart.song import PERSON, Difficulty, Note
from tests.app.songs import detection, rock_beat


def better_ears(weights: Path) -> Callable[..., LearnedKit]:
    """Stands in for learning: what were hi-hats are rides now."""
    strokes = [
        (t, DrumClass.RIDE if drum is DrumClass.HIHAT else drum, sure)
        for t, drum, sure in rock_beat()
    ]

    def learn(*args: object) -> LearnedKit:
        taught = replace(detection(strokes), model="default + this kit", weights=weights)
        return LearnedKit(taught, args[4], 24)  # type: ignore[arg-type]

    return learn


def review(window: MainWindow, start_s: float, end_s: float) -> None:
    window.document.select(Selection(span_s=(start_s, end_s)))
    window.book["review.mark"].trigger()


def drums_after(window: MainWindow, time_s: float) -> set[DrumClass]:
    seconds = window.document.song.tempo_map.seconds
    return {n.drum for n in window.document.track.notes if seconds(n.tick) >= time_s}


def test_the_rest_is_suggested_anew_in_one_step(
    heard: MainWindow,
    tmp_path: Path,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    document = heard.document
    weights = tmp_path / "kit.safetensors"
    weights.write_bytes(b"x")
    monkeypatch.setattr(kit_commands, "learn_kit", better_ears(weights))
    review(heard, 0.0, 4.0)
    own = Note(3 * 1920 + 120, Lane.YELLOW, cymbal=True, origin=PERSON)
    document.push(AddNotes(Difficulty.EXPERT, (own,)))
    before, first = document.track.notes, document.detection
    steps = document.undo_stack.count()
    heard.book["review.learn_kit"].trigger()
    qtbot.waitUntil(lambda: document.detection is not first, timeout=20_000)
    assert document.undo_stack.count() == steps + 1
    assert document.undo_stack.undoText() == "Learn this kit"
    assert document.detection is not None
    assert document.detection.weights == weights
    # Reviewed: hi-hats as they were. The rest: rides, and the person's own hi-hat.
    assert document.track.notes[:24] == before[:24]
    assert DrumClass.RIDE in drums_after(heard, 4.0)
    assert [n for n in document.track.notes[24:] if n.drum is DrumClass.HIHAT] == [own]
    assert "Learned from 24 reviewed notes" in heard.bar.notice.text
    heard.book["edit.undo"].trigger()
    assert document.track.notes == before
    assert document.detection is first
    heard.book["edit.redo"].trigger()
    assert DrumClass.RIDE in drums_after(heard, 4.0)


def test_it_asks_for_a_reviewed_passage_first(heard: MainWindow) -> None:
    heard.document.select(Selection(span_s=(0.0, 2.0)))
    heard.book["review.learn_kit"].trigger()
    assert heard.bar.notice is not None
    label, act = heard.bar.notice.actions[0]
    assert label == "Mark the selection as reviewed"
    act()
    assert heard.document.reviewed == ((0.0, 2.0),)


def test_too_little_to_learn_from_is_told(
    heard: MainWindow,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_args: object) -> LearnedKit:
        raise DatasetError("There are 3 notes in the corrected passage.")

    monkeypatch.setattr(kit_commands, "learn_kit", refuse)
    review(heard, 0.0, 0.4)
    before = heard.document.song
    heard.book["review.learn_kit"].trigger()
    text = "There are 3 notes in the corrected passage."
    qtbot.waitUntil(
        lambda: heard.bar.notice is not None and heard.bar.notice.text == text, timeout=20_000
    )
    assert heard.document.song is before
