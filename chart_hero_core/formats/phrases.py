"""Phrases between file and song: overlaps, and the ends that files count in."""

from collections.abc import Iterable
from typing import NamedTuple

from chart_hero_core.chart.song import Phrase, PhraseKind
from chart_hero_core.formats.result import Repairs


class Span(NamedTuple):
    """A phrase as a file says it: ``length`` in the file's own way of counting."""

    tick: int
    kind: PhraseKind
    length: int


def phrases_of_spans(spans: Iterable[Span], repairs: Repairs) -> tuple[Phrase, ...]:
    """Sorted phrases, none of one kind over another of its kind.

    In both formats an activation's last tick belongs to it, so it is one longer than it says.
    """
    by_kind: dict[PhraseKind, list[Span]] = {}
    for span in spans:
        by_kind.setdefault(span.kind, []).append(span)
    phrases: list[Phrase] = []
    for kind, found in by_kind.items():
        extra = 1 if kind is PhraseKind.ACTIVATION else 0
        phrases += [
            Phrase(kind, span.tick, max(span.length, 1) + extra)
            for span in _without_overlaps(found, repairs)
        ]
    return tuple(sorted(phrases, key=lambda p: (p.tick, p.kind.value)))


def spans_of_phrases(phrases: Iterable[Phrase]) -> list[Span]:
    """What to write: the reverse of :func:`phrases_of_spans`, sorted."""
    spans = [
        Span(p.tick, p.kind, max(p.length - (p.kind is PhraseKind.ACTIVATION), 1)) for p in phrases
    ]
    return sorted(spans, key=lambda span: (span.tick, span.kind.value, span.length))


def _without_overlaps(spans: list[Span], repairs: Repairs) -> list[Span]:
    """Each cut where the next begins; a longer one goes on under the name of the next."""
    found: list[Span] = []
    for span in sorted(spans, key=lambda s: (s.tick, -s.length)):
        last = found[-1] if found else None
        if last is not None and last.tick == span.tick:
            repairs.add("Of several phrases of one kind at one tick only the longest was kept.")
            continue
        if last is not None and last.tick + last.length > span.tick:
            rest = last.tick + last.length - span.tick
            found[-1] = last._replace(length=span.tick - last.tick)
            span = span._replace(length=max(span.length, rest))
            if rest > 1:  # a solo's end tick may be the first of the next solo
                repairs.add("Overlapping phrases of one kind were cut.")
        found.append(span)
    return found
