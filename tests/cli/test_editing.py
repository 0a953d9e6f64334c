"""`mlpack add` and `mlpack remove`, as a user runs them: edited and locked, or nothing."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.conftest import Locking, depend
from tests.cli.test_locking import pins
from tests.conftest import ROOT
from tests.indexes import Index, surroundings


@pytest.fixture(autouse=True)
def more(index: Index) -> None:
    index.wheel("leaf", "1.0")
    index.wheel("leaf", "2.0")


def manifest(root: Path) -> str:
    return (root / "mlpack.yaml").read_text()


def test_a_requirement_is_added_and_locked(root: Path, locking: Locking) -> None:
    depend(root, "[numpy]  # ours")
    before = manifest(root)
    done = locking("leaf<2", command="add")
    assert done.returncode == 0, done.stderr
    assert done.stdout == (
        "Added leaf<2 to mlpack.yaml\nmlpack.lock created\n  default: 3 packages\n"
    )
    assert manifest(root) == before.replace("[numpy]", "[numpy, leaf<2]")
    assert pins(root)["leaf"] == "1.0"
    done = locking("leaf>=2", "numpy", command="add")
    assert done.stdout == (
        "Changed leaf<2 to leaf>=2 in mlpack.yaml\n"
        "numpy is already in mlpack.yaml\n"
        "mlpack.lock updated: dependencies.requirements changed\n"
        "  default: 3 packages\n"
        "  Updated leaf 1.0 → 2.0\n"
    )
    done = locking("leaf", command="remove")
    assert done.stdout == (
        "Removed leaf>=2 from mlpack.yaml\n"
        "mlpack.lock updated: dependencies.requirements changed\n"
        "  default: 2 packages\n"
        "  Removed leaf 2.0\n"
    )
    assert manifest(root) == before


def test_a_file_that_the_manifest_names_is_edited(root: Path, locking: Locking) -> None:
    (root / "requirements.in").write_text("# ours\nnumpy  # why\n")
    (root / "requirements.in").chmod(0o600)
    depend(root, "{file: requirements.in}", "variants:\n  a: {}\n  b: {dependencies: [numpy]}\n")
    before = manifest(root)
    done = locking("leaf", command="add")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(
        "Added leaf to requirements.in\n"
        "Variant b has its own dependencies, which are unchanged\n"
        "mlpack.lock created\n"
    )
    assert (root / "requirements.in").read_text() == "# ours\nnumpy  # why\nleaf\n"
    assert (root / "requirements.in").stat().st_mode & 0o777 == 0o600
    assert manifest(root) == before
    assert ("leaf" in pins(root, "a"), "leaf" in pins(root, "b")) == (True, False)


@pytest.mark.parametrize(
    ("requirements", "code", "said"),
    [
        (["leaf>2"], 6, "No available version satisfies leaf>2"),
        (["unheard-of"], 6, "unheard-of"),
        (["numpy>1", "leaf", "leaf @ git+https://example.org/leaf"], 2, "cannot add `leaf @ git"),
    ],
)
def test_what_cannot_be_locked_is_not_added(
    root: Path, locking: Locking, requirements: list[str], code: int, said: str
) -> None:
    assert locking().returncode == 0
    before = {path: path.read_bytes() for path in root.iterdir() if path.is_file()}
    done = locking("-q", *requirements, command="add")
    assert done.returncode == code
    assert said in done.stderr
    assert "mlpack.yaml:" not in done.stderr, "the line is no longer there"
    assert {path: path.read_bytes() for path in root.iterdir() if path.is_file()} == before


def test_an_interrupt_leaves_the_files_as_they_were(
    index: Index, root: Path, tmp_path: Path
) -> None:
    before = (root / "mlpack.yaml").read_bytes()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        nowhere = f"http://127.0.0.1:{silent.getsockname()[1]}/simple"
        running = subprocess.Popen(
            [sys.executable, "-m", "mlpack", "add", "leaf"],
            cwd=root,
            env={
                **os.environ,
                **surroundings(index, tmp_path, UV_DEFAULT_INDEX=nowhere, UV_FIND_LINKS=""),
                "MLPACK_CACHE_DIR": str(tmp_path / "cache"),
                "PYTHONPATH": str(ROOT),
            },
            stderr=subprocess.PIPE,
        )
        deadline = time.monotonic() + 60
        while (root / "mlpack.yaml").read_bytes() == before and time.monotonic() < deadline:
            time.sleep(0.05)
        assert b"leaf" in (root / "mlpack.yaml").read_bytes()
        silent.settimeout(60)
        silent.accept()[0].close()
        running.send_signal(signal.SIGINT)
        running.communicate(timeout=60)
    assert running.returncode == 130
    assert (root / "mlpack.yaml").read_bytes() == before
    assert not (root / "mlpack.lock").exists()


def test_a_dry_run_shows_the_edit_alone(root: Path, locking: Locking) -> None:
    before = manifest(root)
    done = locking("--dry-run", "leaf", command="add")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("--- a/mlpack.yaml\n+++ b/mlpack.yaml\n@@ ")
    assert "\n-dependencies: [numpy]\n+dependencies: [numpy, leaf]\n" in done.stdout
    assert "-dependencies: [numpy]\n" in locking("--dry-run", "numpy", command="remove").stdout
    assert manifest(root) == before
    assert not (root / "mlpack.lock").exists()


def test_without_a_lock_files_may_be_still_to_come(root: Path, locking: Locking) -> None:
    depend(root, "[numpy]", "artifacts: {weights: made-later.bin}\n")
    assert locking("leaf", command="add").returncode == 2
    done = locking("--no-lock", "leaf==7", command="add")
    assert done.returncode == 0, done.stderr
    assert done.stdout == "Added leaf==7 to mlpack.yaml\n"
    assert "[numpy, leaf==7]" in manifest(root)
    assert locking("--no-lock", "leaf", command="remove").returncode == 0
    assert "[numpy]" in manifest(root)
    assert not (root / "mlpack.lock").exists()


def test_the_edit_as_json(root: Path, locking: Locking) -> None:
    assert locking().returncode == 0
    index_known = locking("--offline", "--format", "json", "leaf", command="add")
    assert json.loads(index_known.stdout)["ok"] is False
    answer = json.loads(locking("--format", "json", "leaf<2", "numpy", command="add").stdout)
    assert answer["ok"] is True
    edit = answer["edit"]
    assert edit["changes"] == [
        {"change": "added", "file": "mlpack.yaml", "before": None, "after": "leaf<2"},
        {"change": "unchanged", "file": "mlpack.yaml", "before": "numpy", "after": "numpy"},
    ]
    assert [each["name"] for each in edit["lock"]["moved"]] == ["leaf"]
    removed = json.loads(locking("--format", "json", "leaf", command="remove").stdout)
    assert removed["edit"]["changes"][0]["change"] == "removed"
    assert locking("--offline", "leaf", command="remove").returncode == 2
    refused = locking("--format", "json", "leaf", command="remove")
    assert refused.returncode == 2
    (problem,) = json.loads(refused.stdout)["problems"]
    assert problem["hint"] == "run `mlpack tree --invert --package leaf` to see what requires it"


def test_a_module_is_not_a_package(root: Path, locking: Locking, index: Index) -> None:
    index.wheel("sklearn", "0.0")
    done = locking("sklearn", command="add")
    assert done.returncode == 0
    assert "`sklearn` is a module name; the package is called `scikit-learn`" in done.stderr
