"""Two people change a project, git merges, and a fresh clone builds what the lock records."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from mlpack.lock.text import read_lock
from tests.cli.test_merging import committed, git
from tests.conftest import run_mlpack
from tests.workflow.conftest import MANIFEST, MODEL

pytestmark = [pytest.mark.slow, pytest.mark.network]

TEAM = f"""{MANIFEST.strip().rpartition("dependencies:")[0]}
dependencies:
  requirements: [mlflow-skinny==3.17.2, pandas, numpy]
  constraints: [constraints.txt]
variants:
  small: {{model: small.model:Doubler}}
  large: {{model: large.model:Doubler}}
"""
RESOLVED = "note: Updated mlpack.lock: its merge conflicts were resolved"


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory, shared_lock: Path) -> Path:
    """A repository whose two variants are built, and have nothing but the packages in common."""
    root = tmp_path_factory.mktemp("team") / "project"
    for name in ("small", "large"):
        (root / name).mkdir(parents=True)
        (root / name / "__init__.py").write_text("")
        (root / name / "numbers.py").write_text("NUMBERS = (1, 2)\n")
        (root / name / "model.py").write_text(MODEL.lstrip())
    (root / "mlpack.yaml").write_text(TEAM)
    (root / "constraints.txt").write_text("tzdata<2026\n")
    (root / "mlpack.lock").write_bytes(shared_lock.read_bytes())
    (root / ".gitignore").write_text("dist/\n__pycache__/\n")
    git(root, "init", "-q", "-b", "main")
    built(root)
    committed(root, "base")
    return root


@pytest.fixture
def repository(base: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(base, tmp_path / "project"))


def built(root: Path, *args: str) -> str:
    done = run_mlpack("build", *args, cwd=root)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stderr


def edited(root: Path, name: str, before: str, after: str) -> None:
    text = (root / name).read_text()
    assert before in text
    (root / name).write_text(text.replace(before, after))


def on_branch(root: Path, name: str) -> None:
    assert git(root, "checkout", "-q", "-b", name, "main~0").returncode == 0


def merged(root: Path) -> list[str]:
    """Merge the branch into main; return the files in conflict."""
    done = git(root, "merge", "feature")
    listed = git(root, "diff", "--name-only", "--diff-filter=U").stdout.split()
    assert bool(listed) == (done.returncode != 0), done.stdout + done.stderr
    return listed


def clones_the_same(root: Path) -> None:
    committed(root, "merge") if git(root, "status", "--porcelain").stdout else None
    clone = root.parent / "clone"
    git(root.parent, "clone", "-q", str(root), str(clone))
    checked = run_mlpack("lock", "--check", cwd=clone)
    assert checked.returncode == 0, checked.stderr
    built(clone, "--locked")


def test_changes_of_different_variants_merge_and_build_as_recorded(repository: Path) -> None:
    on_branch(repository, "feature")
    edited(repository, "small/model.py", "* 2", "* 3")
    built(repository)
    committed(repository)
    assert "1\t1\tmlpack.lock" in git(repository, "show", "--numstat").stdout
    git(repository, "checkout", "-q", "main")
    edited(repository, "large/model.py", "* 2", "* 5")
    built(repository)
    committed(repository)
    assert merged(repository) == []
    clones_the_same(repository)


def test_changes_of_the_same_variant_need_one_build(repository: Path) -> None:
    on_branch(repository, "feature")
    edited(repository, "small/model.py", "* 2", "* 3")
    built(repository)
    committed(repository)
    git(repository, "checkout", "-q", "main")
    edited(repository, "small/numbers.py", "(1, 2)", "(1, 2, 3)")
    built(repository)
    committed(repository)
    assert merged(repository) == ["mlpack.lock"]
    assert (repository / "mlpack.lock").read_text().count("<<<<<<<") == 1
    refused = run_mlpack("-q", "build", "--locked", cwd=repository)
    assert (refused.returncode, refused.stderr.splitlines()[-1]) == (
        3,
        "  help: run `mlpack build` without --locked, which merges both sides, and commit the file",
    )
    said = built(repository)
    assert "dropped the recorded output of small\n" in said
    assert RESOLVED in said
    assert "Resolv" not in said.replace(RESOLVED, ""), "no pin was in conflict"
    clones_the_same(repository)


def test_an_upgrade_and_a_change_of_code_keep_both(repository: Path) -> None:
    on_branch(repository, "feature")
    (repository / "constraints.txt").write_text("\n")
    assert run_mlpack("lock", "-P", "tzdata", cwd=repository).returncode == 0
    built(repository)
    committed(repository)
    git(repository, "checkout", "-q", "main")
    edited(repository, "small/model.py", "* 2", "* 3")
    built(repository)
    before = _pins(repository)
    committed(repository)
    assert merged(repository) == ["mlpack.lock"]
    said = built(repository)
    assert "dropped the recorded output of small\n" in said
    assert {name for name, version in _pins(repository).items() if before[name] != version} == {
        "tzdata"
    }
    clones_the_same(repository)


def _pins(root: Path) -> dict[str, str]:
    packages = read_lock(root / "mlpack.lock").environments["default"].packages
    return {each.name: each.version for each in packages}
