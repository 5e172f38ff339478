"""Checks for what Clone Hero, YARG and the community's chart scanners report as problems.

The rules and limits follow scan-chart 7.0.1 where it has one (the scanner behind Chorus Encore).
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from itertools import groupby, pairwise

from chart_hero_core.base.drums import Lane
from chart_hero_core.chart.part_ratings import charted_parts, rated_parts
from chart_hero_core.chart.song import Difficulty, Note, Phrase, PhraseKind, Song, Track
from chart_hero_core.timing.edits import SLOWEST_US_PER_QUARTER
from chart_hero_core.timing.tempo_map import TempoMap


class Severity(Enum):
    """How much a problem matters."""

    ERROR = "error"  # a game refuses or loses something
    WARNING = "warning"  # players or scanners will notice
    HINT = "hint"  # worth a look


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding: a plain sentence, and where it is (None: nowhere in particular).

    ``rule`` names the check, for filtering: ``broken-note``.
    """

    severity: Severity
    message: str
    tick: int | None = None
    difficulty: Difficulty | None = None
    rule: str = ""


BROKEN_NOTE_S = 0.015
LEADING_SILENCE_S = 1.0
EARLY_NOTE = "early-note"  # the rule that silence before the song mends
# What is mended in one go for all difficulties is said once.
_OF_THE_SONG = (EARLY_NOTE, "no-star-power", "no-activation")
# Single-foot sixteenths end at about 170 BPM; faster runs want a second foot.
FAST_KICK_S = 0.09
FAST_KICKS = 6
_MAX_HANDS = 2
_LONG_CHART_NOTES = 50
_LONG_CHART_S = 60.0
_ODD_BPM = (20.0, 400.0)
_SAME_NOTES = 20
_EMPTY_IS_A_PROBLEM = {
    PhraseKind.STAR_POWER: "This star-power phrase contains no notes.",
    PhraseKind.SOLO: "This solo contains no notes.",
    PhraseKind.ACTIVATION: "This activation fill contains no notes, so nothing can activate it.",
    PhraseKind.ROLL: "This roll lane contains no notes.",
    PhraseKind.DOUBLE_ROLL: "This double-roll lane contains no notes.",
    PhraseKind.KICK_LANE: "This kick lane contains no notes.",
}


def validate(song: Song, *, song_length_s: float | None = None) -> list[Problem]:
    """Every problem of ``song``: errors first, then by place.

    Args:
        song_length_s: the length of the audio; by default what the song's data say.
    """
    length_s = song_length_s
    if length_s is None and song.metadata.length_ms:
        length_s = song.metadata.length_ms / 1000
    problems = [
        *_metadata_problems(song, length_s),
        *_rating_problems(song),
        *_timing_problems(song),
        *_structure_problems(song, length_s),
    ]
    for difficulty, track in song.tracks.items():
        problems.extend(_track_problems(song, difficulty, track, length_s))
    severities = list(Severity)
    problems.sort(
        key=lambda p: (severities.index(p.severity), -1 if p.tick is None else p.tick, p.rule)
    )
    return _once_per_rule(problems)


def _once_per_rule(problems: Sequence[Problem]) -> list[Problem]:
    """Of what concerns the whole song the first finding; of no difficulty where several have it."""
    counts = Counter(problem.rule for problem in problems)
    found: list[Problem] = []
    reported: set[str] = set()
    for problem in problems:
        if problem.rule not in _OF_THE_SONG or counts[problem.rule] == 1:
            found.append(problem)
        elif problem.rule not in reported:
            reported.add(problem.rule)
            found.append(replace(problem, difficulty=None))
    return found


def _metadata_problems(song: Song, length_s: float | None) -> Iterator[Problem]:
    data = song.metadata
    for name, severity in (
        ("name", Severity.WARNING),
        ("artist", Severity.WARNING),
        ("charter", Severity.WARNING),
        ("album", Severity.HINT),
        ("genre", Severity.HINT),
        ("year", Severity.HINT),
    ):
        if not getattr(data, name).strip():
            yield Problem(severity, f"The song has no {name}.", rule="missing-metadata")
    if data.difficulty < 0:
        yield Problem(
            Severity.HINT, "The drums have no difficulty rating (0 to 6).", rule="missing-metadata"
        )
    if data.pro_drums and data.five_lane:
        yield Problem(
            Severity.ERROR, "A chart cannot be both pro drums and five-lane.", rule="drum-type"
        )
    if data.delay_ms:
        yield Problem(
            Severity.HINT,
            f"The chart is delayed by {data.delay_ms} ms; padding the audio is safer.",
            rule="delay",
        )
    if length_s is not None and (data.preview_start_ms or 0) / 1000 > length_s:
        yield Problem(
            Severity.WARNING, "The preview starts after the end of the song.", rule="preview"
        )


def _rating_problems(song: Song) -> Iterator[Problem]:
    charted, rated = charted_parts(song), rated_parts(song.metadata)
    for key in sorted(charted - rated.keys()):
        message = f"Another instrument is charted and has no difficulty rating ({key})."
        yield Problem(Severity.HINT, message, rule="part-rating")
    for key in sorted(rated.keys() - charted):
        message = f"song.ini rates an instrument that is not charted ({key} = {rated[key]})."
        yield Problem(Severity.HINT, message, rule="part-rating")


def _timing_problems(song: Song) -> Iterator[Problem]:
    tempo_map = song.tempo_map
    for tempo in tempo_map.tempos:
        if tempo.us_per_quarter > SLOWEST_US_PER_QUARTER or tempo.bpm * 1000 < 1:
            yield Problem(
                Severity.ERROR, "This tempo is too slow for chart files.", tempo.tick, rule="tempo"
            )
        elif not _ODD_BPM[0] <= tempo.bpm <= _ODD_BPM[1]:
            message = f"A tempo of {tempo.bpm:.1f} BPM is unusual."
            yield Problem(Severity.WARNING, message, tempo.tick, rule="tempo")
    for signature in tempo_map.signatures:
        power_of_two = signature.denominator & (signature.denominator - 1) == 0
        if not power_of_two or signature.denominator > 64 or signature.numerator > 255:
            text = f"{signature.numerator}/{signature.denominator}"
            message = f"A time signature of {text} cannot be written to chart files."
            yield Problem(Severity.ERROR, message, signature.tick, rule="time-signature")
    yield from _misplaced_signatures(tempo_map)
    plain = len(tempo_map.tempos) == len(tempo_map.signatures) == 1
    first = tempo_map.signatures[0]
    if plain and round(tempo_map.tempos[0].bpm, 9) == 120 and first.numerator == 4:
        message = "The only tempo is 120 BPM in 4/4, which usually means that none was set."
        yield Problem(Severity.HINT, message, rule="default-tempo")


def _misplaced_signatures(tempo_map: TempoMap) -> Iterator[Problem]:
    valid = tempo_map.signatures[0]
    for signature in tempo_map.signatures[1:]:
        bars = (signature.tick - valid.tick) / tempo_map.ticks_per_bar(valid)
        if abs(bars - round(bars)) > 1e-9:
            message = "This time signature is not at the start of a bar."
            yield Problem(Severity.WARNING, message, signature.tick, rule="time-signature")
        else:
            valid = signature


def _structure_problems(song: Song, length_s: float | None) -> Iterator[Problem]:
    charted = [difficulty for difficulty, track in song.tracks.items() if track.notes]
    if not charted:
        yield Problem(Severity.ERROR, "The chart has no notes.", rule="no-notes")
    elif Difficulty.EXPERT not in charted:
        yield Problem(Severity.ERROR, "Expert is not charted, but others are.", rule="no-expert")
    if not song.sections:
        yield Problem(Severity.WARNING, "The chart has no sections.", rule="no-sections")
    last = max((song.tracks[difficulty].notes[-1].tick for difficulty in charted), default=0)
    for before, after in pairwise(song.sections):
        if after.tick <= before.tick:
            message = f"The section {after.name} starts where another one does, or out of order."
            yield Problem(Severity.WARNING, message, after.tick, rule="section")
    for section in song.sections:
        if charted and section.tick > last:
            message = f"The section {section.name} starts after the last note."
            yield Problem(Severity.HINT, message, section.tick, rule="section")
    yield from _end_problems(song, last, length_s)


def _end_problems(song: Song, last_tick: int, length_s: float | None) -> Iterator[Problem]:
    end = song.end_tick
    if end is None:
        return
    if end < last_tick:
        message = "The song's end event lies before the last note, so games may stop early."
        yield Problem(Severity.ERROR, message, end, rule="end-event")
    # song.ini holds whole milliseconds
    elif length_s is not None and _time_s(song, end) > length_s + 0.001:
        message = "The song's end event lies after the end of the audio and is ignored."
        yield Problem(Severity.WARNING, message, end, rule="end-event")


def _track_problems(
    song: Song, difficulty: Difficulty, track: Track, length_s: float | None
) -> Iterator[Problem]:
    def found(severity: Severity, rule: str, message: str, tick: int | None = None) -> Problem:
        return Problem(severity, message, tick, difficulty, rule)

    if not track.notes:
        yield found(Severity.WARNING, "empty-difficulty", f"{difficulty.title} has no notes.")
        return
    times_s = [_time_s(song, note.tick) for note in track.notes]
    yield from _order_problems(track, found)
    yield from _range_problems(track, times_s, length_s, found)
    yield from _spacing_problems(track, times_s, found)
    yield from _chord_problems(difficulty, track, found)
    yield from _phrase_problems(track, times_s, found)
    if difficulty is not Difficulty.EXPERT:
        yield from _reduction_problems(song.expert, difficulty, track, found)


def _time_s(song: Song, tick: int) -> float:
    """When a tick comes in the sound, which a delay lets start sooner or later."""
    return song.tempo_map.seconds(tick) + song.metadata.delay_ms / 1000


_Found = Callable[..., Problem]


def _order_problems(track: Track, found: _Found) -> Iterator[Problem]:
    for before, after in pairwise(track.notes):
        if before.sort_key >= after.sort_key:
            message = "This note is out of order or on top of another one in its lane."
            yield found(Severity.ERROR, "order", message, after.tick)


def _range_problems(
    track: Track, times_s: Sequence[float], length_s: float | None, found: _Found
) -> Iterator[Problem]:
    for note, time_s in zip(track.notes, times_s, strict=True):
        if note.tick < 0:
            message = "This note lies before the start of the song and cannot be written."
            yield found(Severity.ERROR, "before-start", message, note.tick)
        elif length_s is not None and time_s > length_s:
            message = "This note lies after the end of the audio."
            yield found(Severity.ERROR, "after-audio", message, note.tick)
        if note.length:
            message = "Drum notes have no length; some games would take this for five-lane drums."
            yield found(Severity.HINT, "sustain", message, note.tick)
    if times_s[0] < LEADING_SILENCE_S:
        message = (
            f"The first note comes after {max(times_s[0], 0):.2f} s; "
            "players need at least one second, better two. Put silence before the audio."
        )
        yield found(Severity.WARNING, EARLY_NOTE, message, track.notes[0].tick)


def _spacing_problems(track: Track, times_s: Sequence[float], found: _Found) -> Iterator[Problem]:
    for (_, before_s), (note, after_s) in pairwise(zip(track.notes, times_s, strict=True)):
        if 0 < after_s - before_s <= BROKEN_NOTE_S:
            message = (
                f"This note is only {(after_s - before_s) * 1000:.0f} ms after the one before; "
                "they were probably meant as one chord."
            )
            yield found(Severity.WARNING, "broken-note", message, note.tick)
    kicks = [
        (note, time_s)
        for note, time_s in zip(track.notes, times_s, strict=True)
        if note.lane == Lane.KICK
    ]
    run = [kicks[0]] if kicks else []
    for before, after in pairwise(kicks):
        if after[1] - before[1] < FAST_KICK_S:
            run.append(after)
            continue
        yield from _kick_run(run, found)
        run = [after]
    yield from _kick_run(run, found)


def _kick_run(run: Sequence[tuple[Note, float]], found: _Found) -> Iterator[Problem]:
    if len(run) >= FAST_KICKS and not any(note.double_kick for note, _ in run):
        message = (
            f"These {len(run)} kicks are faster than one foot; mark every other as double kick "
            "so that players may leave those out."
        )
        yield found(Severity.HINT, "fast-kicks", message, run[0][0].tick)


def _chord_problems(difficulty: Difficulty, track: Track, found: _Found) -> Iterator[Problem]:
    for tick, group in groupby(track.notes, key=lambda note: note.tick):
        chord = list(group)
        flams = [note.flam for note in chord if note.lane != Lane.KICK]
        hands = len(flams)
        if any(flams) and not all(flams):
            message = "One of two drums is a flam here; a .mid can only mark both."
            yield found(Severity.HINT, "half-flam", message, tick)
        if hands > _MAX_HANDS:
            message = f"{hands} hands are needed here at once."
            yield found(Severity.WARNING, "three-hands", message, tick)
        if difficulty is Difficulty.EASY and hands == _MAX_HANDS and len(chord) > hands:
            message = "Easy must not have a kick under two hands."
            yield found(Severity.WARNING, "forbidden", message, tick)
        if difficulty is not Difficulty.EXPERT and any(note.double_kick for note in chord):
            message = "Double kicks exist on Expert only."
            yield found(Severity.ERROR, "forbidden", message, tick)


def _phrase_problems(track: Track, times_s: Sequence[float], found: _Found) -> Iterator[Problem]:
    ticks = sorted(note.tick for note in track.notes)
    kinds = {kind: [p for p in track.phrases if p.kind is kind] for kind in PhraseKind}
    for kind, phrases in kinds.items():
        for phrase in phrases:
            if kind in _EMPTY_IS_A_PROBLEM and not _holds_notes(ticks, phrase):
                message = _EMPTY_IS_A_PROBLEM[kind]
                yield found(Severity.WARNING, "empty-phrase", message, phrase.tick)
        for before, after in pairwise(sorted(phrases, key=lambda p: p.tick)):
            if after.tick < before.end_tick:
                message = f"Two {kind.value} phrases overlap here."
                yield found(Severity.ERROR, "overlap", message, after.tick)
    long = len(track.notes) > _LONG_CHART_NOTES and times_s[-1] - times_s[0] > _LONG_CHART_S
    if long and not kinds[PhraseKind.STAR_POWER]:
        yield found(Severity.HINT, "no-star-power", "There is no star power.")
    elif long and not kinds[PhraseKind.ACTIVATION]:
        message = "There is star power but no activation fill to use it."
        yield found(Severity.HINT, "no-activation", message)


def _holds_notes(ticks: Sequence[int], phrase: Phrase) -> bool:
    following = bisect_left(ticks, phrase.tick)
    return following < len(ticks) and ticks[following] < phrase.end_tick


def _reduction_problems(
    expert: Track, difficulty: Difficulty, track: Track, found: _Found
) -> Iterator[Problem]:
    if len(track.notes) > _SAME_NOTES and track.notes == expert.notes:
        message = f"{difficulty.title} is the same as Expert."
        yield found(Severity.WARNING, "not-reduced", message)
    elif expert.notes and len(track.notes) > len(expert.notes):
        message = f"{difficulty.title} has more notes than Expert."
        yield found(Severity.HINT, "not-reduced", message)
