"""How long frames of the timeline take: 1600x900, a song of 10 minutes with 5,000 notes.

    python benchmarks/drawing.py [--frames 120]

Drawn in software (the offscreen platform), each frame in full by ``repaint``. Compared with the
same rows without a song (grid and axes only) and with as many empty pyqtgraph plots on one linked
axis. The goal is twice the cost of empty axes.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable

from harness import ROOT

sys.path.insert(0, str(ROOT))
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
import pyqtgraph as pg
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from chart_hero_app.document.document import Document
from chart_hero_app.document.transport import Transport
from chart_hero_app.settings.theme import DARK
from chart_hero_app.timeline.view import TimelineView
from tests.app.timeline.fakes import Fake, fake_document

SIZE = (1600, 900)
NOTES = 5000
SONG_S = 600.0
ROWS = 7
PAN_PX = 7


def spent_ms(step: Callable[[int], None], frame: int, widget: QWidget) -> float:
    """Processor time of the window's thread for a step and all it draws."""
    begun = time.thread_time()
    step(frame)
    widget.repaint()
    QApplication.processEvents()
    return (time.thread_time() - begun) * 1000


def said(spent: list[float]) -> str:
    """Median and 95th percentile."""
    return f"median {np.median(spent):6.2f} ms   p95 {np.percentile(spent, 95):6.2f} ms"


def timed(frames: int, step: Callable[[int], None], widget: QWidget) -> str:
    """Median and 95th percentile over some frames."""
    return said([spent_ms(step, frame, widget) for frame in range(frames)])


def shown(fake: Fake) -> TimelineView:
    """A view of the benchmark's size, its spectrogram computed."""
    view = TimelineView(fake.document, fake.transport, DARK)
    view.resize(*SIZE)
    view.show()
    end = time.monotonic() + 120
    while view.spectrogram.busy and time.monotonic() < end:
        QApplication.processEvents()
        time.sleep(0.01)
    return view


def steps(view: TimelineView) -> dict[str, Callable[[int], None]]:
    """What is done before each frame, by the name of the case; frame 0 also sets the scene."""
    axis = view.axis

    def pan(seconds: float) -> Callable[[int], None]:
        def step(frame: int) -> None:
            if not frame:
                axis.show_range(60.0, 60.0 + seconds)
            axis.scroll_by(PAN_PX)

        return step

    def zoom(frame: int) -> None:
        if not frame:
            axis.show_range(60.0, 70.0)
        axis.zoom_at(1.02 if frame % 40 < 20 else 1 / 1.02, 800)

    def page(frame: int) -> None:
        if not frame:
            axis.show_range(60.0, 70.0)
        axis.scroll_by(1300)

    return {
        "pan, 10 s in view": pan(10.0),
        "pan, 60 s in view": pan(60.0),
        "zoom": zoom,
        "page (nothing reused)": page,
    }


def compare(empty: TimelineView, full: TimelineView, frames: int) -> None:
    """Each case in both views, their frames taking turns, so that other programs disturb both."""
    others = steps(empty)
    for case, step in steps(full).items():
        pairs = [
            (spent_ms(others[case], i, empty), spent_ms(step, i, full)) for i in range(frames + 1)
        ][1:]
        without, with_song = (list(side) for side in zip(*pairs, strict=True))
        print(f"{'empty rows':24} {case:22} {said(without)}")
        ratio = np.median(with_song) / np.median(without)
        print(f"{'5,000 notes, 10 minutes':24} {case:22} {said(with_song)}   {ratio:.2f} times")


def measure_playhead(name: str, view: TimelineView, fake: Fake, frames: int) -> None:
    """The playhead moves; only what it passes is painted again."""
    view.axis.show_range(60.0, 70.0)
    fake.transport.seek(61.0)
    spent = []
    for frame in range(frames):
        begun = time.thread_time()
        fake.transport.advance_to(61.0 + frame / 60)
        QApplication.processEvents()
        spent.append((time.thread_time() - begun) * 1000)
    print(f"{name:24} {'playhead, page mode':22} {said(spent)}")


def measure_plots(frames: int) -> None:
    """Empty pyqtgraph plots, linked, as many as there are rows."""
    window = QWidget()
    layout = QVBoxLayout(window)
    layout.setContentsMargins(0, 0, 0, 0)
    plots = [pg.PlotWidget() for _ in range(ROWS)]
    for plot in plots:
        layout.addWidget(plot)
        plot.getAxis("left").setWidth(96)
        if plot is not plots[-1]:
            plot.hideAxis("bottom")
            plot.setXLink(plots[-1])
    window.resize(*SIZE)
    window.show()

    def pan(frame: int) -> None:
        plots[-1].setXRange(60 + frame * 0.05, 70 + frame * 0.05, padding=0)

    print(f"{'empty pyqtgraph plots':24} {'pan, 10 s in view':22} {timed(frames, pan, window)}")
    window.close()


def main() -> None:
    """Print one line for each case."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--frames", type=int, default=120)
    options = parser.parse_args()
    app = QApplication([])
    app.setStyle("Fusion")
    measure_plots(options.frames)
    empty = Fake(Document(), Transport())
    empty.transport.set_duration(SONG_S)
    bare = shown(empty)
    full = fake_document(NOTES, SONG_S)
    begun = time.perf_counter()
    view = shown(full)
    print(f"{'':24} all but the spectrogram's end shown after {time.perf_counter() - begun:.2f} s")
    compare(bare, view, options.frames)
    measure_playhead("empty rows", bare, empty, options.frames)
    measure_playhead("5,000 notes, 10 minutes", view, full, options.frames)
    song = full.document.song
    view.axis.show_range(60.0, 70.0)
    others = [song, fake_document(NOTES - 1, SONG_S, sound=False, analysed=False).document.song]
    result = timed(
        options.frames // 2, lambda i: full.document.show_state(song=others[i % 2]), view
    )
    print(f"{'5,000 notes, 10 minutes':24} {'all notes replaced':22} {result}")
    for shown_view in (bare, view):
        shown_view.close_down()
        shown_view.close()
    del app


if __name__ == "__main__":
    main()
