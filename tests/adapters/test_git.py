"""What git says of a project, and silence where it says nothing."""

from __future__ import annotations

import subprocess
from pathlib import Path, PurePosixPath

import pytest

from mlpack.adapters.git import git_revision


def git(folder: Path, *arguments: str) -> str:
    settings = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    done = subprocess.run(
        ["git", *settings, *arguments], cwd=folder, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    root = tmp_path / "repository"
    (root / "models/a/code").mkdir(parents=True)
    (root / "models/a/mlpack.yaml").write_text("mlpack: 1\n")
    (root / "models/a/code/model.py").write_text("x = 1\n")
    (root / "other.txt").write_text("other\n")
    (root / ".gitignore").write_text("*.bin\n")
    git(root, "init", "--quiet")
    git(root, "add", ".")
    git(root, "commit", "--quiet", "-m", "first")
    return root


def test_a_clean_checkout_is_named_by_its_commit(repository: Path) -> None:
    found = git_revision(repository / "models/a")
    assert found is not None
    assert found.commit == git(repository, "rev-parse", "HEAD")
    assert not found.dirty


@pytest.mark.parametrize("change", ["modified", "removed", "staged", "untracked"])
def test_a_change_below_the_project_makes_it_dirty(repository: Path, change: str) -> None:
    project = repository / "models/a"
    model = project / "code/model.py"
    if change == "removed":
        model.unlink()
    elif change == "untracked":
        (project / "code/héllo wörld.py").write_text("")
    else:
        model.write_text("x = 2\n")
        if change == "staged":
            git(repository, "add", ".")
    for paths in ([PurePosixPath(".")], [PurePosixPath("code")]):
        found = git_revision(project, paths)
        assert found is not None and found.dirty
    found = git_revision(project, [PurePosixPath("mlpack.yaml")])
    assert found is not None and not found.dirty


def test_one_of_the_named_files_counts(repository: Path) -> None:
    (repository / "models/a/code/new.py").write_text("")
    named = [PurePosixPath("mlpack.yaml"), PurePosixPath("code/new.py")]
    found = git_revision(repository / "models/a", named)
    assert found is not None and found.dirty


def test_changes_elsewhere_and_ignored_files_do_not_count(repository: Path) -> None:
    (repository / "other.txt").write_text("changed\n")
    (repository / "models/a/weights.bin").write_bytes(b"w")
    found = git_revision(repository / "models/a")
    assert found is not None and not found.dirty


def test_without_commit_repository_or_folder_there_is_none(tmp_path: Path) -> None:
    assert git_revision(tmp_path) is None
    assert git_revision(tmp_path / "gone") is None
    git(tmp_path, "init", "--quiet")
    assert git_revision(tmp_path) is None


def test_without_git_there_is_none(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(repository))
    assert git_revision(repository) is None


def test_another_repository_in_the_environment_is_not_asked(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    assert git_revision(repository) is not None
    outside = tmp_path / "outside"
    outside.mkdir()
    monkeypatch.setenv("GIT_DIR", str(repository / ".git"))
    assert git_revision(outside) is None


def test_a_program_that_the_repository_names_is_not_run(repository: Path) -> None:
    ran = repository.parent / "ran"
    program = repository / ".git/watch"
    program.write_text(f"#!/bin/sh\ntouch '{ran}'\n")
    program.chmod(0o755)
    git(repository, "config", "core.fsmonitor", str(program))
    assert git_revision(repository) is not None
    assert not ran.exists()
