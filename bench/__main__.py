"""Measure requests, reading, pages, batches, sweep, lateness, tree and volunteers; print tables (docs/performance.md)."""

import argparse
import os

from bench import batch, lateness, pages, reading, requests, sweep, tree, volunteers
from bench.bare import machine

PARTS = {
    "requests": requests,
    "reading": reading,
    "pages": pages,
    "batch": batch,
    "sweep": sweep,
    "lateness": lateness,
    "tree": tree,
    "volunteers": volunteers,
}


def arguments() -> argparse.Namespace:
    """The command line; `make bench ARGS="--sweep --small"`."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    for name, part in PARTS.items():
        assert part.__doc__
        parser.add_argument(f"--{name}", action="store_true", help=part.__doc__.splitlines()[0])
    parser.add_argument("--issues", type=int, help="issues in the database; else each part's own number")
    parser.add_argument("--seconds", type=float, default=15, help="of each request and of pgbench")
    parser.add_argument("--kills", type=int, help="processes killed while lateness is measured")
    parser.add_argument("--small", action="store_true", help="see that it works; no figures to quote")
    return parser.parse_args()


def main() -> None:
    # One client asks more than any system may: counted as usual, never refused.
    os.environ["API_REQUESTS_PER_MINUTE"] = "10000000"
    options = arguments()
    print(machine(), flush=True)
    chosen = [name for name in PARTS if getattr(options, name)] or list(PARTS)
    for name in chosen:
        print(f"--- {name}", flush=True)
        PARTS[name].measure(options)


if __name__ == "__main__":
    main()
