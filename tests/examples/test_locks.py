"""The locks that are checked in hold anywhere, and their outputs come out again."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
import yaml

from mlpack.core.digest import tree_digest
from mlpack.lock.text import lock_text, read_lock
from tests.conftest import ROOT, Mlpack

LOCKED = ("quickstart", "single_cell")


@pytest.mark.parametrize("name", LOCKED)
def test_a_lock_names_nothing_of_a_machine(name: str) -> None:
    text = (ROOT / "examples" / name / "mlpack.lock").read_text(encoding="utf-8")
    assert "://" not in text
    assert not re.search(r"(^|[\s\"'])(/|~/|\.\.?/)", text)
    lock = read_lock(ROOT / "examples" / name / "mlpack.lock")
    assert lock_text(lock) == text
    for environment in lock.environments.values():
        # A local version stands on one index, or in a folder of one machine.
        assert [each.name for each in environment.packages if "+" in each.version] == []
    assert set(lock.outputs) == set(lock.variants)


@pytest.mark.parametrize("name", LOCKED)
def test_a_lock_fits_its_manifest(name: str, mlpack: Mlpack) -> None:
    done = mlpack("lock", "--check", cwd=ROOT / "examples" / name)
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("name", LOCKED)
def test_what_a_lock_records_is_built_again(name: str, tmp_path: Path, mlpack: Mlpack) -> None:
    project = tmp_path / name
    ignored = shutil.ignore_patterns("dist", "__pycache__")
    shutil.copytree(ROOT / "examples" / name, project, ignore=ignored)
    lock = (project / "mlpack.lock").read_bytes()
    done = mlpack("build", "--locked", cwd=project)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (project / "mlpack.lock").read_bytes() == lock
    for variant, output in read_lock(project / "mlpack.lock").outputs.items():
        package = project / "dist" / (f"{name}-{variant}" if variant else name)
        assert tree_digest(package).digest == output.package
        held = mlpack("verify", "--no-predict", package, cwd=tmp_path)
        assert "as in the lock and the record" in held.stdout, held.stderr


RECIPES = re.findall(r"^```yaml\n(.*?)^```$", (ROOT / "docs/ci.md").read_text(), re.M | re.S)[:2]


def _commands(recipe: object) -> list[str]:
    """Return every command of mlpack in a recipe, in order."""
    if isinstance(recipe, dict):
        return [line for value in recipe.values() for line in _commands(value)]
    if isinstance(recipe, list):
        return [line for value in recipe for line in _commands(value)]
    lines = recipe.splitlines() if isinstance(recipe, str) else []
    return [line for line in lines if line.startswith("mlpack ")]


@pytest.mark.slow
@pytest.mark.parametrize("recipe", RECIPES, ids=["GitHub", "GitLab"])
def test_the_commands_of_a_recipe_pass_on_the_quickstart(
    recipe: str, tmp_path: Path, mlpack: Mlpack
) -> None:
    project = tmp_path / "quickstart"
    ignored = shutil.ignore_patterns("dist", "__pycache__")
    shutil.copytree(ROOT / "examples/quickstart", project, ignore=ignored)
    commands = _commands(yaml.safe_load(recipe))
    assert {line.split()[1] for line in commands} == {"validate", "lock", "build", "verify"}
    for line in commands:
        words, _, output = line.partition(" > ")
        done = mlpack(*words.split()[1:], cwd=project)
        assert done.returncode == 0, done.stdout + done.stderr
        if output:
            (project / output).write_text(done.stdout)
    assert (project / "dist/quickstart/MLmodel").is_file()
