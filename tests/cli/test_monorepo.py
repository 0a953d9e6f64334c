"""Commands at the root of a repository with several models."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from tests.conftest import Mlpack
from tests.gits import git
from tests.workflow.conftest import MANIFEST, MODEL, shared_lock, write_project

__all__ = ["shared_lock"]

NAMES = ("anna", "bert", "carl")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Three models that are in git, one that git ignores, and what is nobody's own."""
    root = tmp_path / "repository"
    for name in NAMES:
        model(root / "models" / name)
    model(root / "scratch/dora")
    model(root / "models/anna/dist/anna/code")
    (root / "models/anna/dist/anna/MLmodel").write_text("flavors: {}\n")
    model(root / ".hidden/emil")
    (root / ".gitignore").write_text("scratch/\n")
    git("init", "-q", cwd=root)
    return root


def model(root: Path) -> Path:
    return write_project(root, manifest=MANIFEST.replace("doubler\n", f"{root.name}\n", 1))


def valid(*names: str) -> str:
    return "".join(f"{name}/mlpack.yaml is valid\n" for name in names)


def test_all_manifests_below_are_meant(repository: Path, mlpack: Mlpack) -> None:
    done = mlpack("validate", cwd=repository)
    assert done.stdout == valid(*(f"models/{name}" for name in NAMES)), done.stderr
    git("add", "-A", cwd=repository)
    git("commit", "-q", "-m", "a change", cwd=repository)
    assert mlpack("validate", cwd=repository / "models").stdout == valid(*NAMES)
    listed = json.loads(mlpack("list", "--format", "json", cwd=repository).stdout)
    assert [each["name"] for each in listed["models"]] == list(NAMES)


def test_without_git_nothing_is_ignored(repository: Path, mlpack: Mlpack) -> None:
    (repository / ".git").rename(repository / "elsewhere")
    done = mlpack("validate", cwd=repository)
    assert done.stdout == valid(*(f"models/{name}" for name in NAMES), "scratch/dora")


def test_the_nearest_above_comes_first(repository: Path, mlpack: Mlpack) -> None:
    inside = repository / "models/anna/model_code"
    assert (
        mlpack("validate", cwd=inside).stdout == f"{repository}/models/anna/mlpack.yaml is valid\n"
    )
    # In a folder that git ignores, what is there is meant.
    assert mlpack("validate", cwd=repository / "scratch").stdout == valid("dora")


def test_a_manifest_above_the_repository_is_the_last_resort(
    repository: Path, mlpack: Mlpack
) -> None:
    model(repository.parent)
    (repository / "scratch").rename(repository / "models/anna/scratch")
    assert mlpack("validate", cwd=repository).stdout == valid(*(f"models/{name}" for name in NAMES))
    other = repository.parent / "code"
    other.mkdir()
    git("init", "-q", cwd=other)
    done = mlpack("validate", cwd=other)
    assert done.stdout == f"{repository.parent}/mlpack.yaml is valid\n"


def test_the_home_folder_is_not_searched(repository: Path, mlpack: Mlpack) -> None:
    done = mlpack("build", cwd=repository, env={"HOME": str(repository / "models")})
    assert done.returncode == 2
    assert "No mlpack.yaml found in" in done.stderr


def test_files_are_named_by_folder_and_by_pattern(repository: Path, mlpack: Mlpack) -> None:
    def checked(*files: str) -> str:
        options = [word for name in files for word in ("-f", name)]
        return mlpack("validate", *options, cwd=repository).stdout

    assert checked("models/*/mlpack.yaml", "models/anna") == valid(
        "models/anna", "models/bert", "models/carl"
    )
    assert checked("models/[bc]*") == valid("models/bert", "models/carl")
    assert checked("scratch") == valid("scratch/dora")
    assert mlpack("validate", "models/c*", cwd=repository).stdout == valid("models/carl")
    nothing = mlpack("validate", "-f", "nodels/*", cwd=repository)
    assert (nothing.returncode, "no mlpack.yaml matches nodels/*" in nothing.stderr) == (2, True)


def test_a_command_for_one_manifest_asks_which(repository: Path, mlpack: Mlpack) -> None:
    done = mlpack("run", "--", "true", cwd=repository)
    assert done.returncode == 2
    assert done.stderr == (
        "error: this command takes one manifest, found models/anna/mlpack.yaml, "
        "models/bert/mlpack.yaml, models/carl/mlpack.yaml\n"
        "  help: choose one, such as `-f models/anna/mlpack.yaml`\n"
    )


def test_one_that_fails_does_not_stop_the_others(repository: Path, mlpack: Mlpack) -> None:
    (repository / "models/bert/mlpack.yaml").write_text("mlpack: 1\n")
    done = mlpack("lock", "--check", cwd=repository)
    assert done.returncode == 3
    assert done.stderr.count("mlpack.lock does not exist") == 2
    assert "models/carl/mlpack.yaml failed:" in done.stderr
    assert "models/bert/mlpack.yaml:1:1: error[missing-key]" in done.stderr
    told = json.loads(mlpack("lock", "--check", "--format", "json", cwd=repository).stdout)
    codes = [each["code"] for each in told["problems"]]
    assert (codes[0], codes[-1]) == ("stale-lock", "stale-lock")
    locked = mlpack("build", "--locked", cwd=repository)
    assert locked.returncode == 2
    assert locked.stderr.count("mlpack.lock does not exist") == 2
    at_once = mlpack("build", "--locked", "--fail-fast", cwd=repository)
    assert (at_once.returncode, at_once.stderr.count("failed")) == (2, 0)


def test_verify_means_all_packages(repository: Path, mlpack: Mlpack) -> None:
    done = mlpack("verify", cwd=repository)
    assert done.returncode == 2
    assert done.stderr.count("has not been built") == 2
    assert "models/bert/dist/bert failed:" in done.stderr
    one = mlpack("verify", "--digest", f"sha256:{'0' * 64}", cwd=repository)
    assert (one.returncode, "pass the MODEL it is of" in one.stderr) == (2, True)


def annotations(text: str) -> list[str]:
    """Return the file, line and title of GitHub's annotations."""
    return re.findall(r"^::error file=([^,]*,line=\d+),.*,title=([\w-]+)::", text, re.MULTILINE)


def test_annotations_name_paths_from_the_repositorys_top(
    repository: Path, mlpack: Mlpack, tmp_path: Path
) -> None:
    (repository / "models/bert/mlpack.yaml").write_text("mlpack: 1\n")
    expected = [
        ("models/anna/mlpack.yaml,line=1", "stale-lock"),
        *[("models/bert/mlpack.yaml,line=1", "missing-key")] * 2,
        ("models/bert/mlpack.yaml,line=1", "missing-signature"),
        ("models/carl/mlpack.yaml,line=1", "stale-lock"),
    ]
    arguments = ("lock", "--check", "--format", "github")
    for folder in (repository, repository / "models"):
        assert annotations(mlpack(*arguments, cwd=folder).stdout) == expected
    done = mlpack("-C", "repository/models", *arguments, cwd=tmp_path)
    assert annotations(done.stdout) == expected
    workspace = mlpack(*arguments, cwd=repository, env={"GITHUB_WORKSPACE": str(tmp_path)})
    assert annotations(workspace.stdout)[0][0] == "repository/models/anna/mlpack.yaml,line=1"
    report = json.loads(mlpack("validate", "--format", "gitlab", cwd=repository / "models").stdout)
    assert {each["location"]["path"] for each in report} == {"models/bert/mlpack.yaml"}
    log = json.loads(mlpack("validate", "--format", "sarif", cwd=repository / "models").stdout)
    (place, *_) = log["runs"][0]["results"][0]["locations"]
    assert place["physicalLocation"]["artifactLocation"]["uri"] == "models/bert/mlpack.yaml"


def test_a_stale_lock_is_found_at_the_key_that_moved(
    repository: Path, mlpack: Mlpack, shared_lock: Path
) -> None:
    for name in NAMES:
        shutil.copy(shared_lock, repository / "models" / name)
    done = mlpack("lock", "--check", cwd=repository)
    assert done.returncode == 0, done.stderr
    manifest = repository / "models/bert/mlpack.yaml"
    manifest.write_text(manifest.read_text().replace("numpy]", "numpy, scipy]"))
    done = mlpack("-q", "lock", "--check", cwd=repository)
    assert done.returncode == 3
    assert done.stderr == (
        "models/bert/mlpack.yaml:11:1: error[stale-lock]: mlpack.lock does not match mlpack.yaml: "
        "dependencies.requirements changed\n"
        "   |\n"
        "11 | dependencies: [mlflow-skinny==3.17.2, pandas, numpy, scipy]\n"
        "   | ^^^^^^^^^^^^\n"
        "  = help: Run `mlpack lock -f models/bert/mlpack.yaml` and commit the updated "
        "mlpack.lock.\n"
    )
    # Only the lock of bert is stale, and nothing has been built of the others.
    locked = mlpack("build", "--locked", "--format", "github", cwd=repository)
    assert locked.returncode == 3
    assert annotations(locked.stdout) == [
        ("models/anna/mlpack.yaml,line=2", "stale-lock"),
        ("models/bert/mlpack.yaml,line=11", "stale-lock"),
        ("models/carl/mlpack.yaml,line=2", "stale-lock"),
    ]


@pytest.mark.slow
def test_a_model_that_fails_is_found_at_its_line(
    repository: Path, mlpack: Mlpack, shared_lock: Path
) -> None:
    shutil.rmtree(repository / "models/anna/dist")
    for name in NAMES:
        shutil.copy(shared_lock, repository / "models" / name)
    code = MODEL.replace("return model_input", 'raise ValueError("no")\n        return model_input')
    write = (repository / "models/bert/model_code/doubler.py").write_text
    write(code)
    done = mlpack("build", "--format", "github", cwd=repository / "models")
    assert done.returncode == 1
    line = code.splitlines().index('        raise ValueError("no")') + 1
    assert annotations(done.stdout) == [
        (f"models/bert/model_code/doubler.py,line={line}", "model-failed")
    ]
    skipped = ("build", "--skip-inference", "-f", "models/bert")
    assert mlpack(*skipped, cwd=repository).returncode == 0
    verified = mlpack("verify", "-f", "models/bert", "--format", "concise", cwd=repository)
    place = f"models/bert/dist/bert/code/model_code/doubler.py:{line}:9: error[model-failed]: "
    assert (verified.returncode, place in verified.stderr) == (1, True), verified.stderr
    write(f"import nothing_of_the_kind\n{MODEL}")
    again = mlpack("build", "--format", "concise", cwd=repository)
    assert again.stdout.count("is up to date") == 2
    assert again.stderr.splitlines()[-1].startswith(
        "models/bert/model_code/doubler.py:1:1: error[model-failed]: "
    )
    write(MODEL.replace("return model_input", "from . import wrong\n        return model_input"))
    (repository / "models/bert/model_code/wrong.py").write_text("\nclass Doubler(:\n")
    wrong = mlpack("build", "--format", "concise", cwd=repository)
    assert "models/bert/model_code/wrong.py:2:1: error[model-failed]: " in wrong.stderr


@pytest.mark.slow
def test_twelve_models_of_two_variants(tmp_path: Path, mlpack: Mlpack, shared_lock: Path) -> None:
    names = [f"m{number:02}" for number in range(12)]
    for name in names:
        root = model(tmp_path / "models" / name)
        with (root / "mlpack.yaml").open("a") as file:
            file.write("variants: {small: {}, large: {tags: {size: large}}}\n")
    git("init", "-q", cwd=tmp_path)
    locked = mlpack("lock", cwd=tmp_path)
    assert locked.returncode == 0, locked.stderr
    done = mlpack("build", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count(" built, ") == 24
    assert done.stderr.count("Environment ready") == 1
    assert mlpack("build", "--locked", cwd=tmp_path).stdout.count("is up to date") == 24
    verified = mlpack("verify", "--no-predict", "--format", "json", cwd=tmp_path)
    assert verified.returncode == 0, verified.stderr
    assert {each["compared_with"] for each in json.loads(verified.stdout)["packages"]} == {
        "the lock and the record"
    }
    one = mlpack("verify", cwd=tmp_path / "models/m03")
    assert (one.returncode, one.stdout.count(" verified\n")) == (0, 2)
    for name, text in (("m02", "# changed\n"), ("m07", "raise ValueError\n")):
        with (tmp_path / "models" / name / "model_code/doubler.py").open("a") as file:
            file.write(text)
    (tmp_path / "models/m09/mlpack.lock").unlink()
    failed = mlpack("build", "--locked", "--format", "json", cwd=tmp_path)
    assert failed.returncode == 3
    told = json.loads(failed.stdout)
    assert [each["status"] for each in told["packages"]].count("unchanged") == 18
    assert [(each["file"], each["line"]) for each in told["problems"]] == [
        *[("models/m02/mlpack.yaml", 4)] * 2,
        *[("models/m07/mlpack.yaml", 4)] * 2,
        ("models/m09/mlpack.yaml", 12),
    ]


def test_changed_files_stand_for_their_projects(repository: Path, mlpack: Mlpack) -> None:
    def checked(*files: str) -> str:
        done = mlpack("validate", "--changed", *files, cwd=repository)
        assert done.returncode == 0, done.stderr
        return done.stdout

    git("add", "-A", cwd=repository)
    git("commit", "-q", "-m", "a change", cwd=repository)
    code = "models/anna/model_code/doubler.py"
    assert checked(code, "models/carl/mlpack.yaml") == valid("models/anna", "models/carl")
    assert checked(".gitignore") == checked() == ""
    git("rm", "-q", "models/bert/model_code/__init__.py", cwd=repository)
    assert checked(code) == valid("models/anna", "models/bert")
    git("commit", "-q", "-m", "another", cwd=repository)
    assert checked() == ""
    references = {"PRE_COMMIT_FROM_REF": "HEAD~1", "PRE_COMMIT_TO_REF": "HEAD"}
    done = mlpack("validate", "--changed", cwd=repository, env=references)
    assert done.stdout == valid("models/bert")
    for command in (["lock", "--check", "--changed"], ["build", "--locked", "--changed"]):
        stale = mlpack("-q", *command, code, cwd=repository)
        assert (stale.returncode, stale.stderr.count("mlpack.lock does not exist")) == (3, 1)


def test_a_matrix_has_a_job_for_each_model(repository: Path, mlpack: Mlpack) -> None:
    with (repository / "models/bert/mlpack.yaml").open("a") as file:
        file.write("variants: {big: {}, small: {}}\n")
    done = mlpack("list", "--format", "github-matrix", cwd=repository)
    rows = json.loads(done.stdout)["include"]
    assert [row["options"] for row in rows] == [
        "-f models/anna/mlpack.yaml",
        "-f models/bert/mlpack.yaml --variant big",
        "-f models/bert/mlpack.yaml --variant small",
        "-f models/carl/mlpack.yaml",
    ]
    assert done.stderr == ""
    with (repository / "models/carl/mlpack.yaml").open("a") as file:
        file.write("variants:\n" + "".join(f"  v{number}: {{}}\n" for number in range(254)))
    many = mlpack("list", "--format", "github-matrix", cwd=repository)
    assert "GitHub takes 256 jobs in a matrix, and there are 257 models" in many.stderr
