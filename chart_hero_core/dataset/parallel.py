"""Work spread over processes of this machine, or over the machines of a Dask cluster.

Either way it is a ``concurrent.futures`` executor that is fed a few jobs ahead of its workers.
"""

import contextlib
import importlib
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    Executor,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
    wait,
)
from typing import TypeVar

from chart_hero_core.base.errors import Cancelled, DatasetError
from chart_hero_core.base.progress import Progress

In = TypeVar("In")
Out = TypeVar("Out")

_AHEAD = 3  # jobs in hand per worker
_ASK_S = 0.25  # how often a cancel is asked for
_CONNECT_S = 10


class Died(Exception):  # noqa: N818 - told to the caller, who makes a sentence of it
    """The process that worked on a job ended without a word: out of memory, or a crash."""


@contextlib.contextmanager
def processes(count: int, *, apart: bool = False) -> Iterator[Executor]:
    """A pool of fresh processes (none inherits threads or locks of this one).

    ``apart``: even a single one is a process of its own, so that it may die alone.
    """
    pool: Executor
    if count == 1 and not apart:
        pool = ThreadPoolExecutor(1)  # one job at a time needs no second process
    else:
        spawn = multiprocessing.get_context("spawn")
        pool = ProcessPoolExecutor(count, mp_context=spawn, initializer=_prepare_worker)
    try:
        yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _prepare_worker() -> None:
    """Before anything else is imported there: one thread each, and Ctrl-C is for the parent."""
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@contextlib.contextmanager
def cluster(address: str) -> Iterator[tuple[Executor, int]]:
    """The executor of the Dask scheduler at ``address``, and how many threads it has.

    The machines must see the songs and the dataset under the same paths.

    Raises:
        DatasetError: Dask is not installed, nothing answers there, or it has no workers.
    """
    try:
        dask = importlib.import_module("distributed")
    except ImportError as error:
        raise DatasetError("A cluster needs Dask: pip install 'chart-hero[cluster]'.") from error
    place = address if "://" in address else f"tcp://{address}"
    try:
        client = dask.Client(place, timeout=_CONNECT_S, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        raise DatasetError(f"No Dask scheduler answers at {address}.") from error
    try:
        threads = sum(client.nthreads().values())
        if not threads:
            raise DatasetError(f"The Dask scheduler at {address} has no workers.")
        yield client.get_executor(pure=False, retries=1), threads
    finally:
        client.close()


def run_parallel(
    executor: Executor,
    workers: int,
    work: Callable[[In], Out],
    jobs: Iterable[In],
    progress: Progress,
) -> Iterator[tuple[In, Out | BaseException]]:
    """Do the jobs with an executor; each with its result or exception, as they are done.

    When a worker process dies, the pool is of no use any more: the jobs in hand are told as
    :class:`Died` and the iteration ends with those left unstarted told so too; try them alone.

    Raises:
        Cancelled: asked for through ``progress``; jobs in hand are finished or dropped.
    """
    hand: dict[Future[Out], In] = {}
    queue = iter(jobs)
    broken = False
    while True:
        while not broken and len(hand) < workers * _AHEAD:
            job = next(queue, _END)
            if job is _END:
                break
            try:
                hand[executor.submit(work, job)] = job  # type: ignore[arg-type, assignment]
            except BrokenExecutor:
                broken = True
                yield job, Died()  # type: ignore[misc]
        if not hand:
            break
        done, _ = wait(hand, timeout=_ASK_S, return_when=FIRST_COMPLETED)
        _check(progress, hand)
        for future in done:
            error = future.exception()
            if isinstance(error, BrokenExecutor):
                broken, error = True, Died()
            yield hand.pop(future), error or future.result()
    for job in queue:
        yield job, Died()


_END = object()


def _check(progress: Progress, hand: Iterable[Future[Out]]) -> None:
    try:
        progress.check_cancelled()
    except Cancelled:
        for future in hand:
            future.cancel()
        raise
