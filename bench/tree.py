"""The tree: import of 200,000 units, again, addressing, a subtree, insert and move."""

import argparse
import json
import os
import subprocess
import sys

from bench.bare import pgbench
from bench.processes import cpu_seconds, family
from tests.live import ROOT, LiveStack


def measure(options: argparse.Namespace) -> None:
    """An empty stack with its services held back; one process plants and asks."""
    # Reads the settings, which are there only inside the stack.
    from_sheet = f"from bench import grove\nresult = list(grove.sheet(grove.SIZES[{options.small}]))"
    stack = LiveStack()
    try:
        stack.start()
        names = [name for name in stack.ready["pids"] if name not in {"postgres", "broker"}]
        stack.hold(*names)
        for name in names:
            stack.kill(name)
        file = stack.place / "units.csv"
        file.write_text("".join(stack.python(from_sheet)), encoding="utf-8")
        pgbench(stack, options.seconds, "before")
        command = [sys.executable, "-m", "bench.planter", str(file)]
        with subprocess.Popen(
            command, cwd=ROOT, env=stack.environment(), stdout=subprocess.PIPE, text=True
        ) as planter:
            assert planter.stdout
            used = cpu_seconds(family(stack.pid("postgres")))
            for line in planter.stdout:
                before, used = used, cpu_seconds(family(stack.pid("postgres")))
                print(told(json.loads(line) | {"database": used - before}), flush=True)
        assert planter.returncode == 0, "the planter failed; see above"
        pgbench(stack, options.seconds, "after")
    finally:
        stack.discard()


def told(figure: dict) -> str:
    """A figure as a line, with what the machine's load was just then."""
    seconds = figure["seconds"]
    took = f"{seconds:.1f} s" if seconds >= 1 else f"{seconds * 1000:.1f} ms"
    cpu = ""
    if "cpu" in figure:
        cpu = f", of CPU {figure['cpu']:.1f} s in Python and {figure['database']:.1f} s in the database"
    return f"{figure['name']}: {took}{cpu} (load {os.getloadavg()[0]:.1f})"
