"""`mlpack build` on small real projects."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from mlpack.core.digest import tree_digest
from mlpack.storage.digests import DigestMemory
from tests.conftest import Mlpack
from tests.workflow.conftest import MANIFEST, MODEL, Project

pytestmark = pytest.mark.slow


def test_a_project_becomes_a_proven_package(project: Project, mlpack: Mlpack) -> None:
    root = project()
    done = mlpack("build", cwd=root)
    assert done.returncode == 0, done.stderr
    assert "dist/doubler built" in done.stdout
    assert "DataFrame" in done.stdout
    package = root / "dist/doubler"
    digest = tree_digest(package).digest
    assert digest in done.stdout
    assert digest in (root / "mlpack.lock").read_text()
    modes = {stat.S_IMODE(path.stat().st_mode) for path in package.rglob("*") if path.is_file()}
    assert modes == {0o644}


def test_nothing_changed_means_nothing_done(project: Project, mlpack: Mlpack) -> None:
    root = project()
    assert mlpack("build", cwd=root).returncode == 0
    package = root / "dist/doubler"
    before = (package / "MLmodel").stat().st_mtime_ns
    again = mlpack("build", cwd=root)
    assert "is up to date" in again.stdout
    assert (package / "MLmodel").stat().st_mtime_ns == before
    # From now on the answer is a kept one, until something moves.
    kept = mlpack("build", cwd=root)
    assert (kept.returncode, kept.stdout) == (0, again.stdout)
    assert "is up to date" not in mlpack("build", "--variant", "none", cwd=root).stdout
    # A damaged package is not up to date, and comes back the same.
    (package / "MLmodel").write_text("damaged")
    mended = mlpack("build", cwd=root)
    assert " built, " in mended.stdout
    assert tree_digest(package).digest in again.stdout


def test_two_folders_give_the_same_bytes(project: Project, mlpack: Mlpack) -> None:
    first, second = project(name="first"), project(name="a/much/deeper/second")
    varied = {"TZ": "Asia/Tokyo", "LANG": "tr_TR.UTF-8", "HOME": "/nonexistent", "USER": "other"}
    assert mlpack("build", cwd=first).returncode == 0
    assert mlpack("build", cwd=second, env=varied).returncode == 0
    digests = [tree_digest(root / "dist/doubler") for root in (first, second)]
    assert digests[0] == digests[1]
    everything = b"".join(
        path.read_bytes() for path in (first / "dist").rglob("*") if path.is_file()
    )
    assert str(first).encode() not in everything


def test_locked_rebuilds_the_same_or_refuses(project: Project, mlpack: Mlpack) -> None:
    root = project()
    unrecorded = mlpack("build", "--locked", cwd=root)
    assert unrecorded.returncode == 3
    assert "no recorded output" in unrecorded.stderr
    assert mlpack("build", cwd=root).returncode == 0
    lock = (root / "mlpack.lock").read_bytes()
    again = mlpack("build", "--locked", "-o", "elsewhere", cwd=root)
    assert again.returncode == 0, again.stderr
    assert (root / "mlpack.lock").read_bytes() == lock
    (root / "model_code/doubler.py").write_text(MODEL + "\n# another line\n")
    changed = mlpack("build", "--locked", cwd=root)
    assert changed.returncode == 3, changed.stderr
    assert "code changed: model_code/doubler.py" in changed.stderr
    assert (root / "dist/doubler").is_dir()


def test_skipping_the_proof_says_so_and_records_nothing(project: Project, mlpack: Mlpack) -> None:
    root = project()
    lock = (root / "mlpack.lock").read_bytes()
    done = mlpack("build", "--skip-inference", cwd=root)
    assert done.returncode == 0, done.stderr
    assert "not proven" in done.stdout
    assert (root / "mlpack.lock").read_bytes() == lock


def test_a_payload_replaces_the_example(project: Project, mlpack: Mlpack) -> None:
    root = project()
    (root / "other.json").write_text(json.dumps({"dataframe_records": [{"x": 21.0}]}))
    done = mlpack("build", "--payload", "other.json", cwd=root)
    assert done.returncode == 0, done.stderr
    assert "42" in done.stdout


def test_a_dry_run_writes_nothing(project: Project, mlpack: Mlpack) -> None:
    root = project()
    before = sorted(path.name for path in root.iterdir())
    done = mlpack("build", "--dry-run", cwd=root)
    assert done.returncode == 0, done.stderr
    assert "would be built" in done.stdout
    assert sorted(path.name for path in root.iterdir()) == before


def test_a_paranoid_build_reads_what_is_remembered_otherwise(
    project: Project, mlpack: Mlpack, cache: Path
) -> None:
    root = project(manifest=MANIFEST + "artifacts: {weights: weights.bin}\n")
    (root / "weights.bin").write_bytes(b"weights")
    assert mlpack("build", cwd=root).returncode == 0
    DigestMemory(cache).written({root / "weights.bin": f"sha256:{'0' * 64}"})
    misled = mlpack("build", "--locked", "--force", cwd=root)
    assert misled.returncode != 0
    assert "weights" in misled.stderr
    done = mlpack("build", "--locked", "--force", "--paranoid", cwd=root)
    assert done.returncode == 0, done.stderr


def test_a_folder_of_somebody_else_is_left_alone(project: Project, mlpack: Mlpack) -> None:
    root = project()
    target = root / "dist/doubler"
    target.mkdir(parents=True)
    (target / "thesis.txt").write_text("years of work")
    done = mlpack("build", cwd=root)
    assert done.returncode == 2
    assert "is not a package of this manifest" in done.stderr
    assert (target / "thesis.txt").read_text() == "years of work"
    assert mlpack("build", "--force", cwd=root).returncode == 0
    assert (target / "MLmodel").exists()


def test_an_output_that_cannot_be_a_folder_is_a_clear_error(
    project: Project, mlpack: Mlpack
) -> None:
    root = project()
    (root / "dist").write_text("a file")
    done = mlpack("build", cwd=root)
    assert done.returncode == 7
    assert "cannot write" in done.stderr
    assert (root / "dist").read_text() == "a file"


def test_a_failed_build_leaves_the_old_package_intact(project: Project, mlpack: Mlpack) -> None:
    root = project()
    assert mlpack("build", cwd=root).returncode == 0
    before = tree_digest(root / "dist/doubler")
    broken = MODEL.replace("return", "raise ValueError('no such gene')\n        return")
    (root / "model_code/doubler.py").write_text(broken)
    done = mlpack("build", cwd=root)
    assert done.returncode == 1
    assert "no such gene" in done.stderr
    assert "Traceback (most recent call last)" not in done.stderr.split("\n")[0]
    assert tree_digest(root / "dist/doubler") == before
    assert [path.name for path in (root / "dist").iterdir() if path.is_dir()] == ["doubler"]


def test_variants_become_packages_of_their_own(project: Project, mlpack: Mlpack) -> None:
    variants = "variants:\n  small: {}\n  large: {version: '2.0', tags: {size: large}}\n"
    root = project(manifest=MANIFEST + variants)
    done = mlpack("build", cwd=root)
    assert done.returncode == 0, done.stderr
    names = sorted(path.name for path in (root / "dist").iterdir() if path.is_dir())
    assert names == ["doubler-large", "doubler-small"]
    assert "size: large" in (root / "dist/doubler-large/MLmodel").read_text()
    only = mlpack("build", "--variant", "large", "-o", "only", cwd=root)
    assert [p.name for p in (root / "only").iterdir() if p.is_dir()] == ["doubler-large"], only
    unknown = mlpack("build", "--variant", "huge", cwd=root)
    assert unknown.returncode == 2
    assert "choose one of: small, large" in unknown.stderr


def test_offline_needs_no_network(project: Project, mlpack: Mlpack) -> None:
    root = project()
    assert mlpack("build", cwd=root).returncode == 0
    nowhere = {"UV_DEFAULT_INDEX": "http://127.0.0.1:9/simple", "UV_OFFLINE": "1"}
    done = mlpack("build", "--offline", "--force", cwd=root, env=nowhere)
    assert done.returncode == 0, done.stderr


def test_the_current_environment_records_nothing(
    project: Project, mlpack: Mlpack, cache: Path
) -> None:
    root = project()
    assert mlpack("build", cwd=root).returncode == 0
    lock = (root / "mlpack.lock").read_bytes()
    none = mlpack("build", "--env", "current", cwd=root)
    assert none.returncode == 7
    assert "environment" in none.stderr
    made = next((cache / "environments").glob("*/pyvenv.cfg")).parent
    done = mlpack("build", "--env", "current", cwd=root, env={"VIRTUAL_ENV": str(made)})
    assert done.returncode == 0, done.stderr
    assert (root / "mlpack.lock").read_bytes() == lock
