"""Run benchmarks: ``python -m tests.benchmarks [NAME…] [--runs N] [--json FILE]``.

What they made is removed at the very end, for the reason that ``timing.put_aside`` gives: all of
them together need 60 GB in the temporary folder.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.benchmarks import building, weights
from tests.benchmarks.timing import Figure, as_json, machine, table

BENCHMARKS = {**building.BENCHMARKS, **weights.BENCHMARKS}


def main() -> None:
    """Run what is named, or all, and print the figures."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS))
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    unknown = set(asked.names) - BENCHMARKS.keys()
    if unknown:
        parser.error(f"there are: {', '.join(BENCHMARKS)}")
    figures: list[Figure] = []
    print(machine(), file=sys.stderr)
    with tempfile.TemporaryDirectory(prefix="mlpack-benchmarks-") as folder:
        for name in asked.names or BENCHMARKS:
            where = Path(folder).resolve() / name
            where.mkdir()
            found = BENCHMARKS[name](where, asked.runs)
            print(table(found), file=sys.stderr)
            figures += found
    print(table(figures), end="")
    if asked.json:
        asked.json.write_text(as_json(figures))


if __name__ == "__main__":
    main()
