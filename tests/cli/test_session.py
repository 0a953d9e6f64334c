"""The options that every command takes, before it and behind it."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlpack._version import __version__
from mlpack.cli.app import COMMANDS
from tests.conftest import ROOT, Mlpack

EXAMPLES = ROOT / "examples"
REFUSED = ROOT / "tests/cases/refuse/duplicate-key"
HINT = "error: internal error in mlpack: ValueError: planted (in text:"
PLANTED = """
import mlpack.manifest.schema

def text():
    raise ValueError("planted")

mlpack.manifest.schema.text = text
"""


def test_another_folder_is_acted_in(mlpack: Mlpack, tmp_path: Path) -> None:
    wanted = (0, f"{EXAMPLES / 'quickstart/mlpack.yaml'} is valid\n")
    for done in (
        mlpack("-C", EXAMPLES / "quickstart", "validate", cwd=tmp_path),
        mlpack("validate", "--directory", EXAMPLES / "quickstart", cwd=tmp_path),
        mlpack("-C", EXAMPLES, "validate", "-C", "quickstart", cwd=tmp_path),
    ):
        assert (done.returncode, done.stdout) == wanted, done.stderr
    gone = mlpack("-C", "nowhere", "validate", cwd=tmp_path)
    assert gone.returncode == 2
    assert "nowhere is not a folder" in gone.stderr


def test_manifests_are_given(mlpack: Mlpack) -> None:
    one, two = "quickstart/mlpack.yaml", "pytorch/mlpack.yaml"
    done = mlpack("-f", one, "validate", "--file", two, cwd=EXAMPLES)
    assert done.stdout.splitlines() == [f"{one} is valid", f"{two} is valid"], done.stderr


@pytest.mark.parametrize("words", [["validate", "-q"], ["validate", "--quiet"]])
def test_quiet_says_results_and_errors_alone(words: list[str], mlpack: Mlpack) -> None:
    done = mlpack(*words, cwd=EXAMPLES / "quickstart")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    wrong = mlpack(*words, cwd=REFUSED)
    assert (wrong.returncode, wrong.stderr) == (2, (REFUSED / "stderr.txt").read_text())


def test_color_is_as_it_is_asked_for(mlpack: Mlpack) -> None:
    colored = mlpack("validate", "--color", "always", cwd=REFUSED)
    assert "\x1b[" in colored.stderr
    forced = {"FORCE_COLOR": "1"}
    assert "\x1b[" in mlpack("validate", cwd=REFUSED, env=forced).stderr
    plain = mlpack("validate", "--color", "never", cwd=REFUSED, env=forced)
    assert plain.stderr == (REFUSED / "stderr.txt").read_text()
    wrong = mlpack("validate", "--color", "sometimes", cwd=REFUSED)
    assert wrong.returncode == 2
    assert "'sometimes' is not one of auto, always, never" in wrong.stderr


@pytest.mark.parametrize("words", [["schema", "-v"], ["schema", "--verbose"]])
def test_a_bug_is_shown_in_full_when_asked(
    words: list[str], mlpack: Mlpack, tmp_path: Path
) -> None:
    (tmp_path / "sitecustomize.py").write_text(PLANTED)
    env = {"PYTHONPATH": f"{tmp_path}:{ROOT}"}
    short = mlpack("schema", env=env)
    assert short.returncode == 70
    assert short.stderr.startswith(HINT)
    full = mlpack(*words, env=env)
    assert full.returncode == 70
    assert full.stderr.startswith("Traceback")
    assert HINT in full.stderr


def test_the_version(mlpack: Mlpack) -> None:
    assert mlpack("--version").stdout == mlpack("-V").stdout == f"mlpack {__version__}\n"


@pytest.mark.parametrize("name", COMMANDS)
def test_help_is_the_same_in_both_spellings(name: str, mlpack: Mlpack) -> None:
    short, long = mlpack(name, "-h"), mlpack(name, "--help")
    assert short.returncode == long.returncode == 0
    assert short.stdout == long.stdout
    assert COMMANDS[name] in short.stdout
