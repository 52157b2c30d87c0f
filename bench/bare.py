"""The bare database's own measure, on the same server in the same run; and what machine this is."""

import os
import platform
import subprocess

from demo.binaries import find_postgres
from tests.live import LiveStack


def machine() -> str:
    """What every table of figures begins with."""
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    cores = len(os.sched_getaffinity(0))
    return f"{platform.machine()}, {cores} cores, Python {platform.python_version()}, load {load}"


def pgbench(stack: LiveStack, seconds: float, when: str) -> None:
    """Print what pgbench reaches; its tables are made before the first run."""
    tool = find_postgres()[0] / "pgbench"
    if not tool.exists():
        print("pgbench is not among the server's binaries here: left out", flush=True)
        return
    url = stack.ready["owner_database_url"]
    if when == "before":
        subprocess.run([tool, "-i", "-q", "-s", "10", url], check=True, capture_output=True)
    command = [tool, "-c", "8", "-j", "2", "-T", str(int(seconds)), url]
    answer = subprocess.run(command, check=True, capture_output=True, text=True)
    line = next(line for line in answer.stdout.splitlines() if line.startswith("tps"))
    print(f"pgbench -c 8 -j 2 ({when}): {line}", flush=True)
