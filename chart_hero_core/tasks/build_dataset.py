"""Building a dataset from folders of songs: the job behind the command line and the panel."""

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from chart_hero_core.base.errors import DatasetError, StorageError
from chart_hero_core.base.locks import exclusive, is_in_use
from chart_hero_core.base.progress import Progress, SubProgress
from chart_hero_core.dataset.build import (
    Chosen,
    choose,
    entries_of,
    remove_leftovers,
    rows_of,
    split_of,
    splits_away,
)
from chart_hero_core.dataset.index import checksum, readers_dir, write_index
from chart_hero_core.dataset.journal import Journal, read_journal, rewrite_journal
from chart_hero_core.dataset.options import BuildOptions
from chart_hero_core.dataset.outcome import Outcome
from chart_hero_core.dataset.parallel import Died, cluster, processes, run_parallel
from chart_hero_core.dataset.process import Job, process
from chart_hero_core.dataset.report import BuildReport, SongRow, write_report
from chart_hero_core.dataset.separate import require_separation
from chart_hero_core.dataset.sources import PACKED, Unusable, find_sources

__all__ = ["BuildOptions", "BuildReport", "SongRow", "build_dataset"]

LOCK_NAME = "building.lock"
# A build that was just told to stop takes a moment to end.
_PATIENCE_S, _ASK_S = 3.0, 0.1


def build_dataset(
    roots: Sequence[Path],
    folder: Path,
    options: BuildOptions,
    progress: Progress,
    *,
    workers: int = 0,
    scheduler: str = "",
    verify: bool = False,
) -> BuildReport:
    """Make or update the dataset in ``folder`` from all songs below ``roots``.

    Songs an earlier build has dealt with are only looked at when they or the options changed. A
    build that is stopped or killed goes on where it was when it is started again; until it ends,
    the dataset stays as it was.

    Args:
        workers: processes; 0 for one per core.
        scheduler: ``HOST:PORT`` of a Dask scheduler that shall do the work instead.
        verify: compare the checksums of earlier shards, and make damaged ones anew.

    Raises:
        DatasetError: nothing was found, what was asked for is not installed, or another program
            is building the same dataset.
        StorageError: the dataset cannot be written; what is done so far is kept.
        Cancelled: asked for through ``progress``; likewise.
    """
    if options.separate:
        require_separation()
    progress.report(0.0, "Looking for songs")
    found = find_sources(roots, progress)
    away = [u.reason for u in found.unusable if u.path in roots or u.reason == PACKED]
    if not found.sources and len(found.unusable) == len(away):
        # Nor must a drive that is not plugged in empty the dataset that was made from it.
        where = ", ".join(str(root) for root in roots)
        raise DatasetError(" ".join([f"There are no songs with charts in {where}.", *away[:1]]))
    with _alone(folder, progress):
        known = read_journal(folder)
        jobs: list[Job] = []
        for source in found.sources:
            progress.check_cancelled()
            earlier = _intact(folder, known.get(str(source.path)), verify)
            jobs.append(Job(source, folder, options, earlier))
        outcomes, processed = _processed(jobs, folder, workers, scheduler, progress)
        chosen = choose(folder, outcomes.values(), SubProgress(progress, 0.9, 0.98))
        report = _finish(folder, options, known, outcomes, chosen, found.unusable, processed)
    progress.report(1.0, "Done")
    return report


@contextmanager
def _alone(folder: Path, progress: Progress) -> Iterator[None]:
    """Let no other program build the same dataset. Raises :class:`DatasetError`."""
    end_s = time.monotonic() + _PATIENCE_S
    while True:
        with exclusive(folder / LOCK_NAME) as alone:
            if alone:
                yield
                return
        if time.monotonic() > end_s:
            raise DatasetError(
                f"Another program is building the dataset in {folder}; wait until it has ended."
            )
        progress.check_cancelled()
        time.sleep(_ASK_S)


def _processed(
    jobs: Sequence[Job], folder: Path, workers: int, scheduler: str, progress: Progress
) -> tuple[dict[str, Outcome], int]:
    """The outcome of every source, in the journal as well, and how many are new."""
    outcomes: dict[str, Outcome] = {}
    processed = 0
    part = SubProgress(progress, 0.02, 0.9)
    with Journal(folder) as journal:
        for job, outcome in _outcomes(jobs, workers, scheduler, progress):
            outcomes[outcome.source] = outcome
            if outcome != job.known:
                journal.add(outcome)
                processed += 1
            part.report(len(outcomes) / len(jobs), outcome.title or Path(outcome.source).name)
    return outcomes, processed


def _finish(
    folder: Path,
    options: BuildOptions,
    known: Mapping[str, Outcome],
    outcomes: Mapping[str, Outcome],
    chosen: Chosen,
    unusable: Sequence[Unusable],
    processed: int,
) -> BuildReport:
    """Split, and write index, report and journal, in an order that survives a kill."""
    split = split_of(folder, chosen, {"validation": options.validation, "test": options.test})
    entries = entries_of(chosen.kept, split)
    write_index(folder, entries, options.of_shards(), splits_away(folder, entries))
    rows = rows_of(outcomes.values(), chosen, split, unusable)
    report = BuildReport(rows, split.remarks, processed, folder)
    write_report(report)
    # What is not there today (a disk that is not mounted) is remembered for when it is back.
    everything = {**known, **outcomes}
    rewrite_journal(folder, everything.values())
    if not is_in_use(readers_dir(folder)):  # a training reads the songs of its end at its end
        remove_leftovers(folder, (shard.file for o in everything.values() for shard in o.shards))
    return report


def _intact(folder: Path, known: Outcome | None, verify: bool) -> Outcome | None:
    """What is known of a source, unless its shards are gone, cut short or (looked at) damaged."""
    if known is None:
        return None
    for shard in known.shards:
        try:
            if (folder / shard.file).stat().st_size != shard.size:
                return None
            if verify and checksum((folder / shard.file).read_bytes()) != shard.sha256:
                return None
        except OSError:
            return None
    return known


def _outcomes(
    jobs: Sequence[Job], workers: int, scheduler: str, progress: Progress
) -> Iterator[tuple[Job, Outcome]]:
    """The outcome of every job; those whose process died are tried once more, alone."""
    alone: list[Job] = []
    with ExitStack() as stack:
        if scheduler:
            executor, count = stack.enter_context(cluster(scheduler))
        else:
            count = min(workers or os.cpu_count() or 1, max(len(jobs), 1))
            executor = stack.enter_context(processes(count))
        for job, result in run_parallel(executor, count, process, jobs, progress):
            if isinstance(result, Died):
                alone.append(job)
            else:
                yield job, _outcome(job, result)
    for job in alone:
        with processes(1, apart=True) as executor:
            for same, result in run_parallel(executor, 1, process, [job], progress):
                yield same, _outcome(same, result)


def _outcome(job: Job, result: Outcome | BaseException) -> Outcome:
    """A result as an outcome: what fails for one song alone must not stop the others."""
    if isinstance(result, Outcome):
        return result
    if isinstance(result, StorageError):
        raise result
    if isinstance(result, Died):
        reason = "The process that read it ended unexpectedly; perhaps memory ran out."
    else:
        reason = f"It could not be worked on ({type(result).__name__}: {result})."
    return Outcome(str(job.source.path), job.source.kind.value, reason=reason)
