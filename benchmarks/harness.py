"""What all benchmarks share: timing, peak memory of a process, and one way to print results."""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DEMO = ROOT / "resources" / "demo"
Figures = Mapping[str, float | int | str]


@dataclass(frozen=True)
class ProcessRun:
    """One finished process: seconds by the clock, processor seconds, most memory held at once."""

    wall_s: float
    cpu_s: float
    peak_mb: float
    output: str


def run_process(command: Sequence[str | Path], threads: int | None = None) -> ProcessRun:
    """Run a command from its start to its end and measure it (not on Windows).

    Args:
        command: program and arguments.
        threads: how many threads numeric libraries may use; None leaves it to them.
    """
    environment = dict(os.environ)
    if threads is not None:
        names = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
        environment.update(dict.fromkeys(names, str(threads)))
    start = time.perf_counter()
    process = subprocess.Popen(
        [str(part) for part in command],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=ROOT,
        env=environment,
    )
    assert process.stdout is not None
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall_s = time.perf_counter() - start
    process.stdout.close()
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{command} failed with exit code {process.returncode}.")
    unit = 1 if sys.platform == "darwin" else 1024  # bytes there, kilobytes elsewhere
    cpu_s = usage.ru_utime + usage.ru_stime
    return ProcessRun(wall_s, cpu_s, usage.ru_maxrss * unit / 1e6, output)


def times_ms(action: Callable[[], object], repeat: int) -> list[float]:
    """Wall-clock milliseconds of ``repeat`` calls in ascending order, after one to warm up."""
    action()
    found = []
    for _ in range(repeat):
        start = time.perf_counter()
        action()
        found.append((time.perf_counter() - start) * 1000)
    return sorted(found)


def latency(name: str, times: Sequence[float]) -> dict[str, float]:
    """Best, median and 95th percentile of ``times`` (ms) as figures called ``name``.

    Where other programs compete for the machine, the best is the figure to compare.
    """
    p95 = statistics.quantiles(times, n=20, method="inclusive")[-1] if len(times) > 1 else times[0]
    return {
        f"{name}_best_ms": min(times),
        f"{name}_p50_ms": statistics.median(times),
        f"{name}_p95_ms": p95,
    }


def machine() -> dict[str, str | int]:
    """Where the figures come from."""
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        lines = info.read_text("utf-8").splitlines()
        names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
        model = names[0] if names else model
    return {
        "processor": model,
        "cores": os.cpu_count() or 1,
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
    }


def parser(description: str | None) -> argparse.ArgumentParser:
    """A parser with the options every benchmark has."""
    found = argparse.ArgumentParser(description=(description or "").splitlines()[0])
    found.add_argument("--json", action="store_true", help="print JSON instead of a table")
    return found


def show(title: str, figures: Figures, as_json: bool) -> None:
    """Print the figures with the machine: JSON, or a Markdown table for docs/performance.md."""
    rounded = {
        name: float(f"{value:.3g}") if isinstance(value, float) else value
        for name, value in figures.items()
    }
    if as_json:
        print(json.dumps({"benchmark": title, **rounded, "machine": machine()}, indent=2))
        return
    print(f"{title} ({machine()['processor']}, {machine()['cores']} cores)\n")
    print("| figure | value |\n|---|---|")
    for name, value in rounded.items():
        print(f"| {name} | {value} |")
