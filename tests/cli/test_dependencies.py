"""`mlpack tree` and `mlpack outdated`, as a user runs them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Locking, depend
from tests.indexes import Index

ROOT = "doubler 1.0 (mlpack.yaml)"


@pytest.fixture
def locked(index: Index, root: Path, locking: Locking) -> Path:
    """A project with a lock of two environments, in which leaf is asked for by two others."""
    index.wheel("leaf", "1.0", needs=["cell"])
    index.wheel("cell", "1.0", needs=["wall; extra == 'plant'", "cell; python_version > '3.12'"])
    index.wheel("wall", "1.0")
    index.wheel("stem", "1.0", needs=["leaf<2", "cell[plant]"])
    variants = "variants:\n  a: {}\n  b: {tags: {size: small}}\n  c: {dependencies: [leaf]}\n"
    depend(root, "[numpy, stem]", variants)
    done = locking()
    assert done.returncode == 0, done.stderr
    return root


def test_a_tree_shows_who_asks_for_what(locked: Path, locking: Locking) -> None:
    done = locking("--variant", "a", command="tree")
    assert done.returncode == 0, done.stderr
    assert done.stdout == (
        f"{ROOT}\n"
        "├── mlflow 3.17.2\n"
        "│   └── numpy 2.0.0\n"
        "├── numpy 2.0.0\n"
        "└── stem 1.0\n"
        "    ├── cell 1.0\n"
        "    │   └── wall 1.0\n"
        "    └── leaf 1.0\n"
        "        └── cell 1.0 (*)\n"
        "(*) shown above in full\n"
    )


def test_each_environment_has_its_tree(locked: Path, locking: Locking) -> None:
    done = locking("--depth", "1", command="tree")
    first, second = done.stdout.split("\n\n")
    assert first.splitlines()[0].startswith("a, b (Python 3.11.")
    assert second.splitlines()[0].startswith("c (Python 3.11.")
    assert second.splitlines()[1:] == [ROOT, "├── leaf 1.0", "└── mlflow 3.17.2"]


def test_a_tree_can_begin_at_a_package_and_go_either_way(locked: Path, locking: Locking) -> None:
    assert locking("--package", "Leaf", "--variant", "c", command="tree").stdout == (
        "leaf 1.0\n└── cell 1.0\n"
    )
    inverted = locking("--package", "cell", "--invert", "--variant", "b", command="tree")
    assert inverted.stdout == (
        "cell 1.0\n"
        "├── leaf 1.0\n"
        "│   └── stem 1.0\n"
        f"│       └── {ROOT}\n"
        "└── stem 1.0 (*)\n"
        "(*) shown above in full\n"
    )
    # Without a package it begins at what requires nothing.
    heads = [
        line
        for line in locking("--invert", "--variant", "a", command="tree").stdout.splitlines()
        if line[0].isalpha()
    ]
    assert heads == ["numpy 2.0.0", "wall 1.0"]


def test_a_package_that_is_not_locked_is_a_mistake(locked: Path, locking: Locking) -> None:
    done = locking("-q", "--package", "stemm", command="tree")
    assert done.returncode == 2
    assert done.stderr == (
        "error: mlpack.lock has no package stemm\n  help: did you mean `stem`?\n"
    )


def test_a_tree_as_json(locked: Path, locking: Locking) -> None:
    done = locking("--format", "json", "--variant", "a", command="tree")
    (tree,) = json.loads(done.stdout)["trees"]
    assert (tree["environment"], tree["variants"]) == ("a", ["a"])
    packages = {each["name"]: each for each in tree["packages"]}
    assert packages["cell"] == {
        "name": "cell",
        "version": "1.0",
        "direct": False,
        "requires": ["wall"],
        "required_by": ["leaf", "stem"],
    }
    assert packages["stem"]["direct"]
    part = locking(
        *["--format", "json", "--package", "leaf", "--depth", "1", "--variant", "c"],
        command="tree",
    )
    (tree,) = json.loads(part.stdout)["trees"]
    assert [each["name"] for each in tree["packages"]] == ["cell", "leaf"]


def test_a_tree_needs_no_network_after_a_lock(
    index: Index, locked: Path, locking: Locking, tmp_path: Path
) -> None:
    before = len(index.asked)
    shown = locking("--offline", command="tree")
    assert shown.returncode == 0, shown.stderr
    assert locking(command="tree").stdout == shown.stdout
    assert len(index.asked) == before
    # On another machine it asks, unless it must not.
    elsewhere = {"UV_CACHE_DIR": str(tmp_path / "elsewhere")}
    refused = locking("-q", "--offline", command="tree", **elsewhere)
    assert refused.returncode == 7
    assert refused.stderr == (
        "error: The metadata of some locked packages is not on this machine\n"
        "  help: run the command once without `--offline`\n"
    )
    assert locking(command="tree", **elsewhere).stdout == shown.stdout


def test_a_tree_is_of_what_is_locked_and_not_of_what_is_newer(
    index: Index, locked: Path, locking: Locking, tmp_path: Path
) -> None:
    index.wheel("stem", "2.0", needs=["bud"])
    index.wheel("bud", "1.0")
    shown = locking("--variant", "a", command="tree", UV_CACHE_DIR=str(tmp_path / "elsewhere"))
    assert "stem 1.0\n" in shown.stdout
    assert "bud" not in shown.stdout


@pytest.mark.parametrize("command", ["tree", "outdated"])
def test_a_lock_that_does_not_fit_is_no_source(root: Path, locking: Locking, command: str) -> None:
    missing = locking("-q", command=command)
    assert missing.returncode == 3
    assert missing.stderr.startswith("error: mlpack.lock does not exist\n")
    assert locking().returncode == 0
    # Content makes no difference, packages do.
    depend(root, "[numpy]", "artifacts: {weights: nowhere.bin}\n")
    assert locking(command=command).returncode == 0
    depend(root, "['numpy<3']")
    stale = locking("-q", command=command)
    assert stale.returncode == 3
    assert stale.stderr == (
        "error: the dependencies in mlpack.lock do not match mlpack.yaml\n"
        "  help: run `mlpack lock`\n"
    )


@pytest.fixture
def aged(index: Index, locked: Path) -> Path:
    """The same project some releases later."""
    index.wheel("leaf", "1.5", needs=["cell"])
    index.wheel("leaf", "2.0", needs=["cell"])
    index.wheel("leaf", "2.1rc1")
    index.wheel("numpy", "2.1.0", requires_python=">=3.12")
    index.wheel("cell", "3.0").yanked = "withdrawn"
    index.wheel("stem", "1.1", needs=["leaf<2"])
    return locked


def test_outdated_tells_what_an_upgrade_gives_and_what_is_latest(
    aged: Path, locking: Locking
) -> None:
    depend(aged, "[numpy, stem]", "variants:\n  a: {}\n  c: {dependencies: ['leaf==1.0']}\n")
    assert locking().returncode == 0
    before = (aged / "mlpack.lock").read_bytes()
    done = locking(command="outdated")
    assert done.returncode == 0, done.stderr
    assert done.stdout == (
        "mlpack.lock (a): 4 of 6 packages are outdated\n"
        "  package  locked  compatible  latest\n"
        "  leaf     1.0     1.5         2.0\n"
        "  numpy    2.0.0   2.0.0       2.1.0   requires Python >=3.12\n"
        "  stem     1.0     1.1         1.1\n"
        "  wall     1.0     removed\n"
        "\n"
        "mlpack.lock (c): 2 of 4 packages are outdated\n"
        "  package  locked  compatible  latest\n"
        "  leaf     1.0     1.0         2.0     leaf==1.0 is required\n"
        "  numpy    2.0.0   2.0.0       2.1.0   requires Python >=3.12\n"
    )
    assert (aged / "mlpack.lock").read_bytes() == before


def test_outdated_as_json(aged: Path, locking: Locking) -> None:
    done = locking("--format", "json", "--variant", "c", command="outdated")
    (report,) = json.loads(done.stdout)["locks"]
    assert (report["environment"], report["variants"], report["packages"]) == ("c", ["c"], 4)
    assert report["outdated"] == [
        {"name": "leaf", "locked": "1.0", "compatible": "2.0", "latest": "2.0", "why": None},
        {
            "name": "numpy",
            "locked": "2.0.0",
            "compatible": "2.0.0",
            "latest": "2.1.0",
            "why": "requires Python >=3.12",
        },
    ]


def test_nothing_is_outdated_right_after_a_lock(locked: Path, locking: Locking) -> None:
    done = locking("--offline", "--variant", "c", command="outdated")
    assert done.stdout == "mlpack.lock (c): all 4 packages are up to date\n"
