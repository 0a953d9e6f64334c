"""The whole matrix: ``python -m tests.exactness FOLDER [PROJECT…]`` prints a table of digests.

Each example and each line of MLflow, in both serializations, is built under every condition that
this machine can be put in, mlpack's own Python among them. It takes an hour or so.
"""

from __future__ import annotations

import os
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import yaml

from tests.conditions import PASS_ENV, PLAIN, Condition, build_under, conditions, lay, mlpack_on
from tests.conftest import ROOT, run_mlpack
from tests.workflow.test_mlflow_lines import write_line

SERIALIZATIONS = ("code", "pickle")


def main(folder: Path, wanted: list[str]) -> int:
    """Build everything; return how many packages came out in more than one way."""
    os.environ.setdefault("MLPACK_CACHE_DIR", str(folder / "cache"))
    folder.mkdir(parents=True, exist_ok=True)
    everywhere = [PLAIN, *conditions(folder), *_pythons(folder)]
    print(f"{len(everywhere)} conditions: {', '.join(one.name for one in everywhere)}", flush=True)
    differing = 0
    for project in _projects(folder, wanted):
        found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        for number, condition in enumerate(everywhere):
            where = folder / "built" / f"{project.name}-{number}"
            built = build_under(condition, project, where, "--skip-inference")
            for package, digest in built.items():
                found[package][digest].append(condition.name)
        for package, digests in sorted(found.items()):
            differing += len(digests) > 1
            _tell(f"{project.name}: {package}", digests)
    return differing


def _tell(name: str, digests: dict[str, list[str]]) -> None:
    for digest, names in digests.items():
        which = "" if len(digests) == 1 else f" ({', '.join(names)})"
        print(f"{name:48} {digest} under {len(names)}{which}", flush=True)


def _pythons(folder: Path) -> Iterator[Condition]:
    for minor in ("3.10", "3.12", "3.13"):
        program = mlpack_on(minor, folder / "pythons" / minor)
        if program is not None:
            yield Condition(name=f"mlpack on {minor}", program=program)


def _projects(folder: Path, wanted: list[str]) -> Iterator[Path]:
    for serialization in SERIALIZATIONS:
        for name in ("quickstart", "single_cell", "pytorch"):
            if not wanted or name in wanted:
                project = lay(ROOT / "examples" / name, folder / f"{name} as {serialization}")
                yield _locked(_changed(project, serialization))
        for line in ("2.20.0", "3.1.0", "3.17.2"):
            if not wanted or line in wanted:
                project = folder / f"MLflow {line} as {serialization}"
                yield _locked(_changed(write_line(project, line, serialization), serialization))


def _changed(project: Path, serialization: str) -> Path:
    """Set the serialization, and let the changed clock through to the model."""
    path = project / "mlpack.yaml"
    manifest = yaml.safe_load(path.read_text())
    manifest["build"] = {"serialization": serialization}
    for each in (manifest, *manifest.get("variants", {}).values()):
        each["verify"] = {**each.get("verify", {}), "pass_env": PASS_ENV}
    path.write_text(yaml.safe_dump(manifest, sort_keys=False))
    return project


def _locked(project: Path) -> Path:
    done = run_mlpack("lock", cwd=project)
    assert done.returncode == 0, done.stderr
    return project


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).absolute(), sys.argv[2:]) != 0)
