"""What real shells complete after Tab, and how quickly the answer is there."""

from __future__ import annotations

import os
import pty
import resource
import select
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mlpack.cli.app import COMMANDS
from tests.conftest import ROOT, Mlpack, run_mlpack

MANIFEST = """\
mlpack: 1
name: digits
version: "1.0.0"
artifacts: {weights: a.bin}
variants:
  small: {}
  large: {artifacts: {vocabulary: b.txt}}
"""
# It completes as the program does, and tells what it was called with otherwise.
PROGRAM = """\
#!/bin/sh
if [ "$1" = completion ] || [ -n "${{_MLPACK_COMPLETE+set}}" ]; then
    exec {python} -m mlpack "$@"
fi
echo "called<$*>"
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with two variants, a lock, a package, and another manifest below."""
    root = tmp_path / "project"
    (root / "dist/digits").mkdir(parents=True)
    (root / "dist/digits/MLmodel").touch()
    (root / "models/other").mkdir(parents=True)
    (root / "models/other/mlpack.yaml").write_text(MANIFEST)
    (root / "mlpack.yaml").write_text(MANIFEST)
    (root / "mlpack.lock").write_text("packages:\n  - name: anyio\n  - name: numpy\n")
    (root / "rows.csv").touch()
    return root


def offered(line: str, root: Path) -> list[str]:
    done = run_mlpack(cwd=root, env={"_MLPACK_COMPLETE": line})
    return [each.partition("\t")[0] for each in done.stdout.splitlines()]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("mlpack ", list(COMMANDS)),
        ("mlpack va", ["validate"]),
        ("mlpack help pre", ["predict"]),
        ("mlpack lock --upgrade-a", ["--upgrade-artifact"]),
        ("mlpack lock --format=gi", ["github", "gitlab"]),
        ("mlpack --color a", ["auto", "always"]),
        ("mlpack build -f ", ["mlpack.yaml", "models/other/mlpack.yaml"]),
        ("mlpack build -f models/", ["models/other/mlpack.yaml"]),
        ("mlpack -C models build -f ", ["other/mlpack.yaml"]),
        ("mlpack validate mod", ["models/other/mlpack.yaml"]),
        ("mlpack build --variant ", ["small", "large"]),
        ("mlpack -f models/other/mlpack.yaml run --variant s", ["small"]),
        ("mlpack lock --upgrade-artifact ", ["weights", "vocabulary"]),
        ("mlpack lock -P n", ["numpy"]),
        ("mlpack explain duplicate-k", ["duplicate-key"]),
        ("mlpack inspect ", ["dist/digits"]),
        ("mlpack diff dist/digits di", ["dist/digits"]),
        ("mlpack init --template sk", ["sklearn"]),
        ("mlpack cache pr", ["prune"]),
        # The shell's own completion of files takes over.
        ("mlpack predict dist/digits -i ", []),
        ("mlpack nonsense ", []),
        ("mlpack build -f 'mlp", ["mlpack.yaml"]),
    ],
)
def test_what_is_offered(line: str, expected: list[str], project: Path) -> None:
    assert offered(line, project) == expected


def test_a_broken_manifest_offers_nothing_and_says_nothing(project: Path) -> None:
    (project / "mlpack.yaml").write_text("variants: [\n")
    done = run_mlpack(cwd=project, env={"_MLPACK_COMPLETE": "mlpack build --variant "})
    assert (done.stdout, done.stderr) == ("", "")


def test_help_is_beside_what_is_offered(project: Path) -> None:
    done = run_mlpack(cwd=project, env={"_MLPACK_COMPLETE": "mlpack val"})
    assert done.stdout == f"validate\t{COMMANDS['validate']}\n"


@pytest.mark.parametrize("line", ["mlpack ", "mlpack build --variant ", "mlpack inspect di"])
def test_the_answer_is_there_in_150_ms(line: str, project: Path) -> None:
    argv = [sys.executable, "-m", "mlpack"]
    env = {**os.environ, "PYTHONPATH": str(ROOT), "_MLPACK_COMPLETE": line}
    times = []
    for _ in range(5):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(argv, cwd=project, env=env, check=True, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        # Of the processor's time: other tests run beside this one.
        times.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    assert min(times) < 0.15


def _path(tmp_path: Path) -> dict[str, str]:
    program = tmp_path / "bin/mlpack"
    program.parent.mkdir()
    program.write_text(PROGRAM.format(python=sys.executable))
    program.chmod(0o755)
    path = f"{program.parent}:{os.environ['PATH']}"
    return {**os.environ, "PYTHONPATH": str(ROOT), "PATH": path, "TERM": "dumb", "PS1": "$ "}


def _shell(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def _typed(argv: list[str], keys: list[str], root: Path, env: dict[str, str]) -> str:
    """Return what an interactive shell shows for lines of keys, each awaited."""
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(root)
        os.execve(argv[0], argv, env)
    shown = b""
    try:
        for line in keys:
            wanted = shown.count(b"called<") + line.count("\t")
            os.write(terminal, line.encode())
            until = time.monotonic() + 60
            while shown.count(b"called<") < wanted and time.monotonic() < until:
                if select.select([terminal], [], [], 1)[0]:
                    shown += os.read(terminal, 4096)
    finally:
        os.close(terminal)
        os.waitpid(child, 0)
    return shown.decode()


@pytest.mark.parametrize(
    ("name", "options"), [("bash", ["--norc", "--noprofile", "-i"]), ("zsh", ["-f", "-i"])]
)
def test_a_shell_completes(name: str, options: list[str], project: Path, tmp_path: Path) -> None:
    argv = [_shell(name), *options]
    keys = [
        f'eval "$(mlpack completion {name})"\n',
        "mlpack explain duplicate-k\t\n",
        "mlpack build --variant=sma\t\n",
        "mlpack build -f models/o\t\n",
        "mlpack predict dist/d\t\n",
        "mlpack predict x -i row\t\n",
    ]
    shown = _typed(argv, keys, project, _path(tmp_path))
    for words in (
        "explain duplicate-key",
        "build --variant=small",
        "build -f models/other/mlpack.yaml",
        "predict dist/digits",
        "predict x -i rows.csv",
    ):
        assert f"called<{words}>" in shown, shown


def test_fish_completes(project: Path, tmp_path: Path) -> None:
    lines = "mlpack explain duplicate-k", "mlpack build --variant=sma", "mlpack predict x -i row"
    program = "mlpack completion fish | source\n" + "".join(f"complete -C '{x}'\n" for x in lines)
    done = subprocess.run(
        [_shell("fish"), "--no-config", "-c", program],
        cwd=project,
        env=_path(tmp_path),
        capture_output=True,
        text=True,
        check=True,
    )
    found = [each.partition("\t")[0] for each in done.stdout.splitlines()]
    assert found == ["duplicate-key", "--variant=small", "rows.csv"], done


def test_another_shell_is_refused(mlpack: Mlpack) -> None:
    done = mlpack("completion", "csh")
    assert done.returncode == 2
    assert "bash" in done.stderr
