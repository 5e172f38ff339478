"""The whole evaluation of a set of songs: what goes in, and every figure that comes out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType

import numpy as np

from chart_hero_core.base.arrays import Float64Array, Int64Array
from chart_hero_core.base.errors import EvaluationError
from chart_hero_core.base.progress import Progress, SilentProgress
from chart_hero_core.evaluation.breakdowns import ioi_counts, subdivision_counts, written_times
from chart_hero_core.evaluation.confusions import confusion_counts
from chart_hero_core.evaluation.edits_per_100 import (
    OWN_MAP,
    SAME_MAP,
    ChartNotes,
    Edits,
    count_edits,
)
from chart_hero_core.evaluation.matching import Matched, match_song
from chart_hero_core.evaluation.reliability import reliability_counts
from chart_hero_core.evaluation.scores import SAMPLES, Bootstrap, Counts, micro_f
from chart_hero_core.evaluation.strokes import Strokes, Times
from chart_hero_core.evaluation.tempo_maps import TempoMapScore, score_tempo_map
from chart_hero_core.evaluation.timing import OffsetCorrections
from chart_hero_core.evaluation.views import EIGHT, FIVE, ONSET, THREE, View
from chart_hero_core.timing.tempo_map import TempoMap

# The two ways a suggestion is compared with a finished chart.
TRUE_MAP = "true tempo map"
AUDIO_ALONE = "from audio alone"


@dataclass(frozen=True, slots=True, eq=False)
class SongPair:
    """One song to score.

    Attributes:
        name: of the song, unique in the set.
        reference, estimate: the true strokes and those to be scored.
        duration_s: length of the audio, None where nobody knows.
        tempo_map: the true one, needed for subdivisions and tempo-map figures.
        beats_from_s: from when on its beats are annotated.
        estimated_tempo_map: the one found in the audio.
        finished: the finished chart, needed for edits.
        written: where the strokes are written, if there is no finished chart to tell.
        suggested: suggested charts by how they came about (:data:`TRUE_MAP`, :data:`AUDIO_ALONE`).
        audio: where the audio can be heard (a URL), for links in the report.
    """

    name: str
    reference: Strokes
    estimate: Strokes
    duration_s: float | None = None
    tempo_map: TempoMap | None = None
    beats_from_s: float = 0.0
    estimated_tempo_map: TempoMap | None = None
    finished: ChartNotes | None = None
    written: ChartNotes | None = None
    suggested: Mapping[str, ChartNotes] = field(default_factory=lambda: MappingProxyType({}))
    audio: str | None = None


@dataclass(frozen=True, slots=True)
class Options:
    """How to score.

    Attributes:
        tolerances_ms: the windows of the score tables.
        table_ms: the window of the first table; customary in drum transcription.
        detail_ms: the window of everything else (speed, timing, confusions, confidence).
        merge_ms: in the views of five and three classes, strokes of one class no further apart
            than this are one (exactly equal times always are).
        samples: resamples of the songs for the intervals.
        five_classes: make the five-class view the main one even where there are eight.
        corrections: added to the estimates' times before scoring.
    """

    tolerances_ms: tuple[float, ...] = (20.0, 25.0, 30.0, 50.0)
    table_ms: float = 50.0
    detail_ms: float = 25.0
    merge_ms: float = 0.0
    samples: int = SAMPLES
    five_classes: bool = False
    corrections: OffsetCorrections | None = None

    def __post_init__(self) -> None:
        for value in (*self.tolerances_ms, self.table_ms, self.detail_ms):
            if not 0 < value <= 1000:
                raise EvaluationError(
                    f"A tolerance must be above 0 and at most 1000 ms: {value:g}."
                )
        if not 0 <= self.merge_ms <= 100:
            raise EvaluationError(f"Merging takes 0 to 100 ms, not {self.merge_ms:g}.")

    @property
    def all_tolerances_ms(self) -> tuple[float, ...]:
        """Every window that is scored, ascending."""
        return tuple(sorted({*self.tolerances_ms, self.table_ms, self.detail_ms}))


@dataclass(frozen=True, slots=True, eq=False)
class SongResult:
    """Everything measured on one song; the arrays are described where they are made.

    ``counts`` has an entry ``[classes, 3]`` per view name and tolerance in ms; ``table`` and
    ``detail`` are the pairs of the evaluation's main view at those tolerances, ``before`` the
    offsets of each class at the detail tolerance before corrections.
    """

    pair: SongPair
    counts: Mapping[tuple[str, float], Counts]
    table: tuple[Matched, ...]
    detail: tuple[Matched, ...]
    before: tuple[Times, ...] | None
    ioi: Int64Array
    subdivisions: Int64Array | None
    confusion: Int64Array
    reliability: Float64Array
    edits: Mapping[str, Edits]
    tempo: TempoMapScore | None

    @property
    def drumless(self) -> bool:
        """Whether the reference has no drums at all, so that every estimate is false."""
        return not self.pair.reference.times_s.size


@dataclass(frozen=True, eq=False)
class Evaluation:
    """The results of all songs, in the order of their names."""

    songs: tuple[SongResult, ...]
    view: View
    options: Options
    warnings: tuple[str, ...]

    @cached_property
    def bootstrap(self) -> Bootstrap:
        """The resamples behind every interval."""
        return Bootstrap(len(self.songs), self.options.samples)

    @property
    def views(self) -> tuple[View, ...]:
        """The views that were scored, the main one first."""
        coarser = tuple(v for v in (FIVE, THREE, ONSET) if v is not self.view)
        return (self.view, *coarser)

    def counts(self, view: View, tolerance_ms: float) -> Counts:
        """Pairs, references and estimates, shape ``[songs, classes, 3]``."""
        return np.stack([song.counts[view.name, tolerance_ms] for song in self.songs])

    def songs_by_f(self) -> list[tuple[SongResult, float]]:
        """Songs with drums, each with its micro F at the detail tolerance, worst first."""
        f = micro_f(self.counts(self.view, self.options.detail_ms)).tolist()
        drums = [pair for pair in zip(self.songs, f, strict=True) if not pair[0].drumless]
        return sorted(drums, key=lambda pair: (pair[1], pair[0].pair.name))


def evaluate_songs(
    pairs: Sequence[SongPair], options: Options | None = None, progress: Progress | None = None
) -> Evaluation:
    """Score every song. The main view has eight classes where both sides have them, else five.

    Raises:
        EvaluationError: no songs, two of one name, or values that cannot be scored.
        Cancelled: the person stopped it.
    """
    options, progress = options or Options(), progress or SilentProgress()
    names = [pair.name for pair in pairs]
    if not names:
        raise EvaluationError("There is no song to score.")
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise EvaluationError(f"Two songs are named {twice[0]}; names must differ.")
    five = options.five_classes or any(
        p.reference.five_class or p.estimate.five_class for p in pairs
    )
    view = FIVE if five else EIGHT
    results = []
    for number, pair in enumerate(sorted(pairs, key=lambda p: p.name)):
        progress.check_cancelled()
        progress.report(number / len(names), f"Scoring {pair.name}")
        results.append(evaluate_song(pair, view, options))
    progress.report(1.0, "Scored")
    warnings = [w for p in pairs for w in (*p.reference.warnings, *p.estimate.warnings)]
    return Evaluation(tuple(results), view, options, tuple(warnings))


def evaluate_song(pair: SongPair, view: View, options: Options) -> SongResult:
    """Score one song in ``view`` and the coarser ones. Raises :class:`EvaluationError`."""
    detail_s = options.detail_ms / 1000
    merged = _merged(view, options)
    before = None
    if options.corrections is not None:
        plain = match_song(pair.reference, pair.estimate, merged, detail_s)
        before = tuple(match.offsets_s for match in plain)
        shifted = pair.estimate.shifted(options.corrections.by_label())
        pair = replace(pair, estimate=shifted)
    counts: dict[tuple[str, float], Counts] = {}
    main: dict[float, tuple[Matched, ...]] = {}
    for tolerance_ms in options.all_tolerances_ms:
        found = _all_views(pair, view, options, tolerance_ms)
        main[tolerance_ms] = found[view.name]
        for name, matches in found.items():
            counts[name, tolerance_ms] = np.array([match.counts for match in matches], np.int64)
        counts[THREE.name, tolerance_ms] = counts[FIVE.name, tolerance_ms][_THREE_OF_FIVE]
    detail = main[options.detail_ms]
    return SongResult(
        pair=pair,
        counts=counts,
        table=main[options.table_ms],
        detail=detail,
        before=before,
        ioi=ioi_counts(detail, pair.reference, pair.estimate),
        subdivisions=_subdivisions(pair, view, detail),
        confusion=confusion_counts(detail, detail_s),
        reliability=reliability_counts(detail, pair.estimate),
        edits=_edits(pair),
        tempo=_tempo(pair),
    )


_THREE_OF_FIVE = [FIVE.classes.index(name) for name in THREE.classes]


def _merged(view: View, options: Options) -> View:
    gap = options.merge_ms / 1000
    return replace(view, merge_s=gap) if view.name == FIVE.name else view


def _all_views(
    pair: SongPair, view: View, options: Options, tolerance_ms: float
) -> dict[str, tuple[Matched, ...]]:
    """Pairs in each view except the three-class one, whose classes are three of the five."""
    wanted = {v.name: v for v in (view, FIVE, ONSET)}
    return {
        name: match_song(pair.reference, pair.estimate, _merged(v, options), tolerance_ms / 1000)
        for name, v in wanted.items()
    }


_RULES = {TRUE_MAP: SAME_MAP, AUDIO_ALONE: OWN_MAP}


def _edits(pair: SongPair) -> dict[str, Edits]:
    finished = pair.finished
    if finished is None:
        return {}
    goal = finished.on(finished.tempo_map)
    return {
        mode: count_edits(suggested.on(finished.tempo_map), goal, _RULES[mode])
        for mode, suggested in pair.suggested.items()
    }


def _subdivisions(pair: SongPair, view: View, matches: tuple[Matched, ...]) -> Int64Array | None:
    """A stroke that plays a written note counts where the note is written."""
    if pair.tempo_map is None:
        return None
    times = [match.ref_times_s for match in matches]
    written = pair.finished or pair.written
    if written is not None:
        written_s = written.tempo_map.seconds_array(written.ticks)
        codes = np.asarray(view.of_label)[written.drums]
        times = [
            written_times(played_s, np.sort(written_s[codes == code]))
            for code, played_s in enumerate(times)
        ]
    return subdivision_counts(matches, times, pair.tempo_map)


def _tempo(pair: SongPair) -> TempoMapScore | None:
    if pair.tempo_map is None or pair.estimated_tempo_map is None:
        return None
    last = float(pair.reference.times_s[-1]) if pair.reference.times_s.size else 0.0
    duration_s = pair.duration_s or last
    if duration_s <= pair.beats_from_s:  # all is over before the first annotated beat
        return None
    return score_tempo_map(
        pair.tempo_map,
        pair.estimated_tempo_map,
        pair.reference.times_s,
        duration_s,
        pair.beats_from_s,
    )
