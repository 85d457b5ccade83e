"""How time and memory grow with the number of files, and with the number of sites that share a few channels.

    python tests/benchmarks/growth.py
    python tests/benchmarks/growth.py --files 2500,5000 --sites 100,300,1000

What grows as the input has an exponent of 1, what is compared with each other one of 2.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from generate import Plan, generate
from measured_run import Run, environment, run
from rows import Row, keep, machine, table

from eventlens.analysis import analyse, open_workspace

FILES = (2_500, 5_000, 10_000, 20_000, 40_000)
SITES = (100, 300, 1_000, 3_000, 10_000)
LINEAR = 1.15
"""The exponent up to which growth counts as linear: timing is not exact."""
CHANNELS = 10
SITES_PER_FILE = 10
_BYTES_PER_FILE = 0.0055
_SHARE = 0.03


class Analysed(NamedTuple):
    """One analysis: processor seconds of this process, flows found."""

    seconds: float
    flows: int


def exponent(sizes: Sequence[float], costs: Sequence[float]) -> float:
    """The slope of the costs over the sizes where both axes are logarithmic."""
    return statistics.linear_regression([math.log(one) for one in sizes], [math.log(one) for one in costs]).slope


def file_rows(counts: Sequence[int], rounds: int, scratch: Path) -> list[Row]:
    """`eventlens map`, cold and warm, in generated workspaces of these sizes."""
    cold: list[Run] = []
    warm: list[Run] = []
    for count in counts:
        root = scratch / f"files-{count}"
        generate(root, Plan(count, count * _BYTES_PER_FILE, _SHARE, seed=1))
        pairs = [_cold_and_warm(root, scratch) for _ in range(rounds)]
        cold.append(_median([one for one, _ in pairs]))
        warm.append(_median([one for _, one in pairs]))
        shutil.rmtree(root)
    listed = "/".join(f"{count:,}" for count in counts)
    return [
        _growth_row("cold map: time over files", counts, [one.seconds for one in cold], "s", LINEAR),
        _growth_row("warm map: time over files", counts, [one.seconds for one in warm], "s", LINEAR),
        _growth_row("cold map: processor time over files", counts, [one.processors for one in cold], "s", LINEAR),
        _growth_row("cold map: memory over files", counts, [one.megabytes for one in cold], "MB", LINEAR),
        _growth_row("warm map: memory over files", counts, [one.megabytes for one in warm], "MB", LINEAR),
        Row("largest workspace", float(counts[-1]), "files", None, listed),
    ]


def _cold_and_warm(root: Path, scratch: Path) -> tuple[Run, Run]:
    cache = scratch / "cache"
    shutil.rmtree(cache, ignore_errors=True)
    command = [sys.executable, "-m", "eventlens", "map", str(root), "--format", "json"]
    output = scratch / "map.json"
    return run(command, output, environment(cache)), run(command, output, environment(cache))


def _median(runs: Sequence[Run]) -> Run:
    return Run(
        statistics.median(one.seconds for one in runs),
        max(one.megabytes for one in runs),
        statistics.median(one.processors for one in runs),
    )


def site_rows(counts: Sequence[int], rounds: int, scratch: Path) -> list[Row]:
    """The analysis of files that are read already: many publishers of few channels, and as many consumers as publishers."""
    rows = []
    for name, consumers, wanted in (("", 2, LINEAR), (", half of them consumers", None, None)):
        analysed = []
        for count in counts:
            root = scratch / f"sites-{count}"
            write_sites(root, count, consumers or count // CHANNELS // 2)
            analysed.append(analysed_again(root, rounds))
            shutil.rmtree(root)
        seconds = [one.seconds for one in analysed]
        rows.append(_growth_row(f"analysis: time over sites{name}", counts, seconds, "s", wanted))
        flows = " ".join(f"{one.flows:,}" for one in analysed)
        rows.append(Row("  flows of the largest", float(analysed[-1].flows), "", None, flows))
    return rows


def analysed_again(root: Path, rounds: int) -> Analysed:
    """The quickest of some analyses after a first one, which read the files."""
    workspace = open_workspace(root).workspace
    analyse(workspace)
    taken = []
    flows = 0
    for _ in range(rounds):
        began = time.process_time()
        flows = len(analyse(workspace).flow_map.flows)
        taken.append(time.process_time() - began)
    workspace.close()
    return Analysed(min(taken), flows)


def write_sites(root: Path, sites: int, consumers: int) -> None:
    """A TypeScript service with that many sites on `CHANNELS` channels, of each ``consumers`` subscribe."""
    (root / "src").mkdir(parents=True)
    (root / "package.json").write_text(json.dumps({"name": "many", "dependencies": {"kafkajs": "^2.2.4"}}))
    parts = [_site(number, consumers) for number in range(sites)]
    for at in range(0, sites, SITES_PER_FILE):
        text = "\n".join([_HEAD, *parts[at : at + SITES_PER_FILE]])
        (root / "src" / f"many_{at // SITES_PER_FILE:05d}.ts").write_text(text)


def _site(number: int, consumers: int) -> str:
    channel, turn = number % CHANNELS, number // CHANNELS
    template = _SUBSCRIBE if turn < consumers else _PUBLISH
    return template.replace("@n@", str(number)).replace("@channel@", f"many-{channel}")


_HEAD = """import { Kafka } from 'kafkajs';

const kafka = new Kafka({ clientId: 'many', brokers: ['localhost:9092'] });
const producer = kafka.producer();
"""
_PUBLISH = """export async function announce@n@(id: string): Promise<void> {
  await producer.send({ topic: '@channel@', messages: [{ key: id, value: JSON.stringify({ id, at: @n@ }) }] });
}
"""
_SUBSCRIBE = """export async function follow@n@(): Promise<void> {
  const consumer = kafka.consumer({ groupId: 'group-@n@' });
  await consumer.subscribe({ topic: '@channel@' });
  await consumer.run({ eachMessage: async ({ message }) => console.log(message.value?.toString()) });
}
"""


def _growth_row(what: str, sizes: Sequence[int], costs: Sequence[float], unit: str, wanted: float | None) -> Row:
    shown = " ".join(f"{one:.3g}" for one in costs)
    return Row(f"{what}, exponent", exponent(sizes, costs), "", wanted, f"{shown} {unit}")


def main(show: Callable[[str], None] = print) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=_numbers, default=FILES, help="sizes of workspaces, with commas")
    parser.add_argument("--sites", type=_numbers, default=SITES, help="numbers of sites, with commas")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path, help="write the rows there as well")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="eventlens-benchmark-") as name:
        scratch = Path(name)
        os.environ["EVENTLENS_CACHE_DIR"] = str(scratch / "cache")
        rows = file_rows(options.files, options.rounds, scratch)
        show(f"files ({machine()})\n{table(rows)}\n")
        found = site_rows(options.sites, options.rounds, scratch)
        show(f"sites ({machine()})\n{table(found)}")
    keep([*rows, *found], options.json)


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(one) for one in text.split(","))


if __name__ == "__main__":
    main()
