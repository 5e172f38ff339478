"""How long the whole window takes over what a charter does: an edit until its notes are drawn.

    python benchmarks/editing.py [--minutes 75] [--repeat 7] [--in-view 12] [--json]

Processor time of the window's thread, drawn in software (the offscreen platform) at 1600x900 with
the review and the song panel open, on a made-up song of 480 notes a minute with a tempo of its own
in each bar. The names that begin with "later" are work that waits until the hands rest.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import numpy as np
from harness import ROOT, latency, parser, show

sys.path.insert(0, str(ROOT))
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtWidgets import QApplication

from chart_hero_app.document.counting import edits_so_far
from chart_hero_app.document.detection import Detection
from chart_hero_app.document.state import NoteKey, Selection, State
from chart_hero_app.document.storage import Saving, restore, save
from chart_hero_app.document.suggesting import Kept, suggest
from chart_hero_app.main_window.application import make_application
from chart_hero_app.main_window.window import MainWindow
from chart_hero_app.playback.outputs import SilentOutput
from chart_hero_app.settings.preferences import Preferences
from chart_hero_core.base.drums import Lane
from chart_hero_core.chart.song import Difficulty, Note, Section, Song, Track
from chart_hero_core.chart.validate import validate
from chart_hero_core.cli.exits import run_script
from chart_hero_core.timing.tempo_map import DEFAULT_RESOLUTION, TempoChange, TempoMap
from tests.app.timeline.fakes import fake_activations, fake_notes

NOTES_PER_MIN = 480
BAR = DEFAULT_RESOLUTION * 4
Steps = dict[str, Callable[[int], object]]  # each is told how often it was done before


def make_song(minutes: float) -> tuple[Song, float]:
    """A song with a tempo of its own in each bar, and how long it is."""
    chance = np.random.default_rng(5)
    notes = fake_notes(round(minutes * NOTES_PER_MIN), TempoMap())
    bars = notes[-1].tick // BAR + 1
    tempos = 60e6 / (bars * 4 / minutes + chance.normal(0, 0.6, bars))
    tempo_map = TempoMap(tempos=tuple(TempoChange(i * BAR, float(t)) for i, t in enumerate(tempos)))
    late_s = chance.normal(0, 0.003, len(notes))
    heard_s = tempo_map.seconds_array([note.tick for note in notes]) + late_s
    heard = tuple(replace(n, heard_s=float(t)) for n, t in zip(notes, heard_s, strict=True))
    song = Song(
        tempo_map=tempo_map,
        tracks=MappingProxyType({Difficulty.EXPERT: Track(heard)}),
        sections=tuple(Section(bar * BAR, f"Part {bar // 16}") for bar in range(0, bars, 16)),
    )
    return song, tempo_map.seconds(bars * BAR) + 2.0


@contextmanager
def shown(minutes: float, in_view_s: float, folder: Path) -> Iterator[MainWindow]:
    """The window with such a song, as it is after a transcription."""
    window = MainWindow(Preferences(), lambda fill, rate, _d, _l: SilentOutput(fill, rate))
    window.resize(1600, 900)
    window.show()
    song, duration_s = make_song(minutes)
    window.document.open(State(song), folder / "song.ogg")
    window.transport.set_duration(duration_s)
    heard = fake_activations(song.expert.notes, duration_s)
    window.document.set_detection(Detection(heard, model="benchmark"))
    window.docks.visit("review")
    middle_s = duration_s / 2
    span = (middle_s, middle_s + in_view_s) if in_view_s < duration_s else (0.0, duration_s)
    window.timeline.axis.show_range(*span)
    window.transport.seek(span[0] + 1.0)
    settle(window)
    yield window
    window.document.mark_saved()
    window.close()


def settle(window: MainWindow, least_s: float = 2.6) -> None:
    """Let everything that was put off happen."""
    end = time.monotonic() + least_s
    while time.monotonic() < end or window.runner.jobs:
        QApplication.processEvents()
        time.sleep(0.002)


def drawn() -> None:
    """All that the last step asked to be done and painted at once."""
    for _ in range(2):
        QApplication.processEvents()


def editing_steps(window: MainWindow) -> Steps:
    """Edits; each leaves the song as the next of its kind finds it."""
    editing, document, stack = window.timeline.editing, window.document, window.document.undo_stack
    tick = editing.cursor_tick() + 7
    near = document.track.notes[len(document.track.notes) // 2 :][:40]
    some = Selection(frozenset(NoteKey(Difficulty.EXPERT, n.tick, n.lane) for n in near))

    def fresh(count: int) -> Note:
        return Note(tick + 40 * count, Lane.GREEN, cymbal=True)

    def all_and(edit: Callable[[], None]) -> None:
        editing.select_all()
        edit()

    def accent_some() -> None:
        document.select(some)
        editing.toggle_accent()

    return {
        "place": lambda i: editing.add(fresh(i)),
        "undo_place": lambda _: stack.undo(),
        "redo_place": lambda _: stack.redo(),
        "move_one": lambda i: editing.move(3 if i % 2 else -3),
        "delete_one": lambda i: editing.delete([document.track.notes[1000 + i]]),
        "select_some": lambda i: document.select(some if i % 2 == 0 else Selection()),
        "accent_40": lambda _: accent_some(),
        "select_all": lambda i: editing.select_none() if i % 2 else editing.select_all(),
        "accent_all": lambda _: all_and(editing.toggle_accent),
        "undo_accent_all": lambda _: stack.undo(),
        "redo_accent_all": lambda _: stack.redo(),
        "move_all": lambda i: all_and(lambda: editing.move(-5 if i % 2 else 5)),
    }


def looking_steps(window: MainWindow) -> Steps:
    """Knobs, scrolling, zooming and the playhead."""
    axis, transport = window.timeline.axis, window.transport
    redecoder = window.redecoder
    at_s = transport.position_s

    def turn(i: int) -> None:
        redecoder.move("thresholds.snare", 0.3 + 0.01 * (i % 20))

    def turn_and_let_go(i: int) -> None:
        turn(i)
        redecoder.end("thresholds.snare")

    return {
        "scroll": lambda _: axis.scroll_by(7),
        "zoom": lambda i: axis.zoom_at(1.02 if i % 20 < 10 else 1 / 1.02, 800),
        "playhead": lambda i: transport.advance_to(at_s + i / 60),
        "knob_moves": turn,
        "knob_let_go": turn_and_let_go,
    }


def later_steps(window: MainWindow, folder: Path) -> Steps:
    """Work that is put off, or done elsewhere beside the window."""
    document, detection = window.document, window.document.detection
    assert detection is not None
    project = folder / "song.chproj"
    suggested = Kept(suggest)

    def write() -> None:
        save(Saving(document.settled, folder / "song.ogg", project), project)

    return {
        "later_review_queue": lambda _: window.review_panel.refresh(),
        "later_hints": lambda _: window.timeline.hints.set_review(True),
        "beside_count_edits": lambda _: edits_so_far(
            suggested.of(document.state, detection), document.columns, document.song.tempo_map
        ),
        "beside_save": lambda _: write(),
        "beside_open": lambda _: restore(project),
        "beside_validate": lambda _: validate(document.song),
    }


def measure(window: MainWindow, steps: Steps, repeat: int) -> dict[str, float]:
    """What each step takes, in milliseconds."""
    figures: dict[str, float] = {}
    for name, step in steps.items():
        spent = []
        for index in range(repeat):
            begun = time.thread_time()
            step(index)
            drawn()
            spent.append((time.thread_time() - begun) * 1000)
        figures |= latency(name, sorted(spent))
        settle(window)
    return figures


def main() -> None:
    """Measure and print."""
    arguments = parser(__doc__)
    arguments.add_argument("--minutes", type=float, default=75.0)
    arguments.add_argument("--in-view", type=float, default=12.0, help="seconds on screen")
    arguments.add_argument("--repeat", type=int, default=7)
    args: argparse.Namespace = arguments.parse_args()
    with tempfile.TemporaryDirectory() as home:
        for name in ("DATA", "CONFIG", "CACHE", "STATE"):
            os.environ[f"XDG_{name}_HOME"] = str(Path(home) / name.lower())
        Path(home, "song.ogg").write_bytes(b"no sound")
        application = make_application(["benchmark"])
        with shown(args.minutes, args.in_view, Path(home)) as window:
            figures: dict[str, float | int | str] = {"notes": len(window.document.track.notes)}
            for steps in (
                editing_steps(window),
                looking_steps(window),
                later_steps(window, Path(home)),
            ):
                figures |= measure(window, steps, args.repeat)
        del application
    show(f"Editing {args.minutes:g} minutes, {args.in_view:g} s in view", figures, args.json)


if __name__ == "__main__":
    run_script(main)
