"""`mlpack init`: what it writes, what it asks, and what it leaves alone."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest

from tests.conftest import ROOT, Mlpack
from tests.examples.test_examples import needs_torch
from tests.gits import git


def tree(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


def test_without_a_terminal_nothing_is_asked(tmp_path: Path, mlpack: Mlpack) -> None:
    done = mlpack("init", "demo", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Created demo from the template minimal\n")
    assert done.stdout.endswith("Next:\n  cd demo\n  mlpack build\n")
    assert sorted(tree(tmp_path)) == [
        "demo/.gitignore",
        "demo/.mlpack/mlpack.schema.json",
        "demo/README.md",
        "demo/mlpack.yaml",
        "demo/model_code/__init__.py",
        "demo/model_code/model.py",
    ]


def test_the_folder_one_stands_in_becomes_the_project(tmp_path: Path, mlpack: Mlpack) -> None:
    project = tmp_path / "My Model"
    project.mkdir()
    done = mlpack("init", cwd=project)
    assert done.returncode == 0, done.stderr
    assert "\nname: my-model\n" in (project / "mlpack.yaml").read_text()
    assert "cd " not in done.stdout


def test_flags_say_everything(tmp_path: Path, mlpack: Mlpack) -> None:
    done = mlpack(
        "init", "p", "--template", "file-uri", "--name", "cells", "--model-version", "2.0",
        "--license", "MIT", "--python", "3.12", "--ci", "github", "--format", "json",
        cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    project = json.loads(done.stdout)["project"]
    assert "LICENSE" in project["written"]
    assert ".github/workflows/mlpack.yml" in project["written"]
    text = (tmp_path / "p/mlpack.yaml").read_text()
    for line in ("name: cells", 'version: "2.0"', 'python: "3.12"', "metadata: {license: MIT}"):
        assert f"\n{line}\n" in text
    workflow = (tmp_path / "p/.github/workflows/mlpack.yml").read_text()
    assert 'python-version: "3.12"' in workflow


def test_ci_files_are_written_where_the_systems_look(tmp_path: Path, mlpack: Mlpack) -> None:
    git("init", "-q", cwd=tmp_path)
    done = mlpack("init", "models/anna", "--ci", "github", "--ci", "gitlab", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "  ../../.github/workflows/mlpack.yml\n  ../../.gitlab-ci.yml\n" in done.stdout
    assert "set the variable MLPACK of the CI system" in done.stderr
    text = (tmp_path / ".gitlab-ci.yml").read_text()
    assert 'pip install "${MLPACK:?set this variable' in text
    assert not (tmp_path / "models/anna/.gitlab-ci.yml").exists()
    # It serves all models of the repository.
    (tmp_path / ".gitlab-ci.yml").write_text(f"{text}# mine\n")
    second = mlpack("init", "models/bert", "--ci", "gitlab", cwd=tmp_path)
    assert second.returncode == 0, second.stderr
    assert "  ../../.gitlab-ci.yml (unchanged)\n" in second.stdout
    assert "MLPACK" not in second.stderr
    assert (tmp_path / ".gitlab-ci.yml").read_text() == f"{text}# mine\n"
    third = mlpack("init", "models/carl", "--ci", "gitlab", "--force", cwd=tmp_path)
    assert third.returncode == 0, third.stderr
    assert (tmp_path / ".gitlab-ci.yml").read_text() == text


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--template", "sklern"], "unknown template 'sklern'\n  help: did you mean sklearn?"),
        (["--license", "GPL"], "choose one of: MIT, Apache-2.0, BSD-3-Clause"),
        (["--ci", "jenkins"], "choose one of: github, gitlab"),
        (["--name", "Two Words"], "invalid name 'Two Words'"),
        (["--python", "3.8"], "invalid Python '3.8'"),
        (["--model-version", "1 2"], "invalid version '1 2'"),
        (["--model", "a:B"], "no subclass of mlflow.pyfunc.PythonModel found in "),
        (["--model", "a:B", "-t", "minimal"], "--model cannot be used with --template"),
    ],
)
def test_what_cannot_be_is_refused(
    flags: list[str], words: str, tmp_path: Path, mlpack: Mlpack
) -> None:
    done = mlpack("init", "demo", *flags, cwd=tmp_path)
    assert done.returncode == 2
    assert words in done.stderr
    assert not list(tmp_path.iterdir())


def test_nothing_is_overwritten_without_force(tmp_path: Path, mlpack: Mlpack) -> None:
    (tmp_path / "model_code").mkdir()
    (tmp_path / "model_code/model.py").write_text("mine = 1\n")
    before = tree(tmp_path)
    done = mlpack("init", "--ci", "gitlab", cwd=tmp_path)
    assert done.returncode == 2
    assert "model_code/model.py exists already; nothing was changed" in done.stderr
    assert tree(tmp_path) == before
    forced = mlpack("init", "--force", cwd=tmp_path)
    assert forced.returncode == 0, forced.stderr
    assert b"class Model" in (tmp_path / "model_code/model.py").read_bytes()


def test_what_a_new_repository_has_is_welcome(tmp_path: Path, mlpack: Mlpack) -> None:
    (tmp_path / "README.md").write_text("# Mine\n")
    (tmp_path / ".gitignore").write_text("*.log\n")
    done = mlpack("init", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "README.md").read_text() == "# Mine\n"
    assert "README.md (unchanged)" in done.stdout
    assert ".gitignore does not list dist/" in done.stderr


def test_a_second_run_completes_a_killed_one(tmp_path: Path, mlpack: Mlpack) -> None:
    assert mlpack("init", "-t", "sklearn", cwd=tmp_path).returncode == 0
    whole = tree(tmp_path)
    (tmp_path / "mlpack.yaml").unlink()
    (tmp_path / "train.py").unlink()
    (tmp_path / ".mlpack.yaml.mlpack-abcdefgh").mkdir()
    done = mlpack("init", "-t", "sklearn", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert tree(tmp_path) == whole
    assert not list(tmp_path.glob(".mlpack.yaml.*"))


@pytest.mark.parametrize("there", ["model_code", "mlpack.yaml/", "link"])
def test_what_is_in_the_way_stays(there: str, tmp_path: Path, mlpack: Mlpack) -> None:
    elsewhere, project = tmp_path / "elsewhere", tmp_path / "project"
    elsewhere.mkdir()
    project.mkdir()
    if there == "link":
        (project / "model_code").symlink_to(elsewhere)
    elif there.endswith("/"):
        (project / there).mkdir()
        (project / there / "mine").write_text("1")
    else:
        (project / there).write_text("a file")
    before = sorted(project.rglob("*"))
    done = mlpack("init", "--force", cwd=project)
    assert done.returncode == 2
    assert "is in the way" in done.stderr
    assert sorted(project.rglob("*")) == before
    assert not list(elsewhere.iterdir())


def _sit_down() -> None:
    # The terminal must be the child's own, or its Ctrl-C would be a letter; and test runners make
    # their workers deaf to it.
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Terminal:
    """The program on a terminal, typed to by a test."""

    def __init__(self, *args: str, cwd: Path) -> None:
        self._ours, theirs = pty.openpty()
        env = {key: value for key, value in os.environ.items() if key != "CI"}
        self._child = subprocess.Popen(
            [sys.executable, "-m", "mlpack", *args],
            cwd=cwd,
            env={**env, "PYTHONPATH": str(ROOT), "TERM": "xterm"},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
            preexec_fn=_sit_down,
        )
        os.close(theirs)
        self.text = ""

    def wait_for(self, words: str) -> None:
        while words not in self.text:
            assert self._read(), self.text

    def type(self, text: str) -> None:
        os.write(self._ours, text.encode())

    def ended(self) -> int:
        while self._read():
            pass
        os.close(self._ours)
        return self._child.wait(timeout=60)

    def _read(self) -> bool:
        ready, _, _ = select.select([self._ours], [], [], 60)
        if not ready:
            self._child.kill()
            raise AssertionError(f"it waits for something: {self.text}")
        try:
            chunk = os.read(self._ours, 4096)
        except OSError:  # Linux says EIO when the other end is closed.
            return False
        self.text += chunk.decode()
        return bool(chunk)


def test_on_a_terminal_it_asks(tmp_path: Path) -> None:
    terminal = Terminal("init", "demo", cwd=tmp_path)
    for question, answer in (
        ("Template (minimal, sklearn, pytorch, file-uri) [minimal]: ", "sklern"),
        ("'sklern' is not one of", "sklearn"),
        ("Name [demo]: ", "My Model"),
        ("invalid name 'My Model'", "demo"),
        ("Version [0.1.0]: ", "1 2"),
        ("invalid version '1 2'", "1.2.3"),
        ("Python [", "3.11.4"),
        ("a minor version, such as 3.11", "3.11"),
        ("License (MIT, Apache-2.0, BSD-3-Clause, none) [none]: ", "mit"),
        ("CI (github, gitlab, none) [none]: ", "github"),
    ):
        terminal.wait_for(question)
        terminal.type(answer + "\n")
    assert terminal.ended() == 0, terminal.text
    assert "from the template sklearn" in terminal.text
    text = (tmp_path / "demo/mlpack.yaml").read_text()
    assert '\nversion: "1.2.3"\n' in text
    assert (tmp_path / "demo/LICENSE").read_text().startswith("MIT License")
    assert (tmp_path / "demo/.github/workflows/mlpack.yml").is_file()


@pytest.mark.parametrize("key", ["\x03", "\x04"], ids=["ctrl-c", "ctrl-d"])
def test_a_person_may_leave(key: str, tmp_path: Path) -> None:
    terminal = Terminal("init", "demo", cwd=tmp_path)
    terminal.wait_for("Template")
    terminal.type("\n")
    terminal.wait_for("Name [demo]: ")
    # The question is written a moment before anybody listens.
    time.sleep(1)
    terminal.type(key)
    assert terminal.ended() == 130
    assert not list(tmp_path.iterdir())


def test_yes_asks_nothing_on_a_terminal(tmp_path: Path) -> None:
    for terminal in (
        Terminal("init", "demo", "--yes", cwd=tmp_path),
        Terminal("init", "other", "-y", cwd=tmp_path),
    ):
        assert terminal.ended() == 0
        assert "[" not in re.sub(r"\x1b\[[0-9;]*m", "", terminal.text)


@pytest.mark.slow
@pytest.mark.network
@pytest.mark.parametrize(
    "template",
    [
        "minimal",
        "sklearn",
        pytest.param("pytorch", marks=[needs_torch, pytest.mark.torch]),
        "file-uri",
    ],
)
def test_a_newcomer_has_a_proven_model_at_once(
    template: str, tmp_path: Path, mlpack: Mlpack
) -> None:
    made = mlpack("init", "first", "--template", template, cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    project = tmp_path / "first"
    built = mlpack("build", cwd=project)
    assert built.returncode == 0, built.stdout + built.stderr
    assert "dist/first built" in built.stdout
    assert mlpack("build", "--locked", "--force", cwd=project).returncode == 0
    if template != "minimal":
        trained = mlpack("run", "--", "python", "train.py", cwd=project)
        assert trained.returncode == 0, trained.stderr
        assert mlpack("build", cwd=project).returncode == 0


@pytest.mark.slow
@pytest.mark.network
def test_the_file_uri_model_takes_one_row_that_names_a_file(tmp_path: Path, mlpack: Mlpack) -> None:
    assert mlpack("init", "-t", "file-uri", "--name", "uri", cwd=tmp_path).returncode == 0
    assert mlpack("build", cwd=tmp_path).returncode == 0
    for records, words in (
        ([{"input_uri": "data/flowers.csv"}] * 2, "expected exactly one row with input_uri, got 2"),
        ([{"input_uri": "data/none.csv"}], "input_uri 'data/none.csv' does not exist"),
    ):
        (tmp_path / "payload.json").write_text(json.dumps({"dataframe_records": records}))
        done = mlpack("predict", "dist/uri", "-i", "payload.json", cwd=tmp_path)
        assert done.returncode == 1
        assert words in done.stderr
