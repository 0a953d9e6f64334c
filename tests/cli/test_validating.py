"""`validate` from the command line: several files, standard input, every format."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT, Mlpack

REFUSE = ROOT / "tests" / "cases" / "refuse"
GOOD = ROOT / "examples" / "quickstart" / "mlpack.yaml"


def _piped(text: bytes, *args: str, cwd: Path) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "mlpack", "validate", "-", *args],
        input=text,
        cwd=cwd,
        env={"PYTHONPATH": str(ROOT), "PATH": ""},
        capture_output=True,
        check=False,
    )


def test_all_files_are_checked_and_each_finding_names_its_own(mlpack: Mlpack) -> None:
    names = ["tab/mlpack.yaml", "nowhere.yaml", "duplicate-key/mlpack.yaml"]
    done = mlpack("validate", *names, GOOD, "--format", "concise", cwd=REFUSE)
    assert done.returncode == 2
    lines = done.stderr.splitlines()
    assert [line.split(": ")[0] for line in lines] == [
        "tab/mlpack.yaml:13:1",
        "error[usage]",
        "duplicate-key/mlpack.yaml:13:1",
    ]
    assert "nowhere.yaml" in lines[1]


def test_several_good_files_are_each_called_valid(mlpack: Mlpack) -> None:
    done = mlpack("validate", GOOD, ROOT / "mlpack.example.yaml", cwd=ROOT)
    assert done.returncode == 0
    assert done.stdout == "examples/quickstart/mlpack.yaml is valid\nmlpack.example.yaml is valid\n"


def test_standard_input_is_checked_as_a_file_of_the_folder() -> None:
    done = _piped(GOOD.read_bytes(), cwd=GOOD.parent)
    assert (done.returncode, done.stdout) == (0, b"<stdin> is valid\n")


def test_a_finding_in_standard_input_has_its_excerpt() -> None:
    text = (REFUSE / "duplicate-key" / "mlpack.yaml").read_bytes()
    done = _piped(text, cwd=REFUSE / "duplicate-key")
    assert done.returncode == 2
    shown = (REFUSE / "duplicate-key" / "stderr.txt").read_text()
    assert done.stderr.decode() == shown.replace("mlpack.yaml", "<stdin>")


def test_standard_input_that_is_no_text_is_refused() -> None:
    done = _piped(b"name: caf\xe9\n", "--format", "json", cwd=GOOD.parent)
    assert done.returncode == 2
    (problem,) = json.loads(done.stdout)["problems"]
    assert (problem["code"], problem["file"]) == ("not-utf8", "<stdin>")


@pytest.mark.parametrize("format", ["json", "github", "gitlab", "sarif"])
def test_a_missing_manifest_is_said_in_the_format_asked_for(
    format: str, tmp_path: Path, mlpack: Mlpack
) -> None:
    done = mlpack("validate", "nowhere.yaml", "--format", format, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (2, "")
    assert "nowhere.yaml does not exist" in done.stdout


def test_github_gets_annotations_and_a_summary(tmp_path: Path, mlpack: Mlpack) -> None:
    summary = tmp_path / "summary.md"
    summary.write_text("# before\n")
    env = {"GITHUB_STEP_SUMMARY": str(summary), "GITHUB_WORKSPACE": str(REFUSE)}
    done = mlpack("validate", "tab/mlpack.yaml", "--format", "github", cwd=REFUSE, env=env)
    assert done.stdout.startswith(
        "::error file=tab/mlpack.yaml,line=13,col=1,endLine=13,endColumn=2,title=tab::This "
    )
    text = summary.read_text()
    assert text.startswith("# before\n### mlpack: findings\n")
    assert "| `tab/mlpack.yaml:13:1` | **error[tab]** This line is indented with a tab" in text


def test_only_the_github_format_writes_a_summary(tmp_path: Path, mlpack: Mlpack) -> None:
    summary = tmp_path / "summary.md"
    mlpack("validate", GOOD, "--format", "json", env={"GITHUB_STEP_SUMMARY": str(summary)})
    assert not summary.exists()


def test_lock_tells_programs_the_warnings_of_the_manifest(tmp_path: Path, mlpack: Mlpack) -> None:
    text = GOOD.read_text(encoding="utf-8") + "metadata: {open: yes}\n"
    for name in ("model_code", "model_data", "data", "expected_output.json", "mlpack.lock"):
        (tmp_path / name).symlink_to(GOOD.parent / name)
    (tmp_path / "mlpack.yaml").write_text(text, encoding="utf-8")
    # Symbolic links out of the project are errors, and all findings come in the format asked for.
    done = mlpack("lock", "--check", "--format", "json", cwd=tmp_path)
    answer = json.loads(done.stdout)
    assert done.stderr == ""
    assert {"yaml-word", "symlink-outside"} <= {each["code"] for each in answer["problems"]}
    assert not answer["ok"]


@pytest.mark.parametrize(
    ("typed", "meant"), [("biuld", "build"), ("package", "build"), ("check", "validate")]
)
def test_an_unknown_command_gets_the_one_that_was_meant(
    typed: str, meant: str, mlpack: Mlpack
) -> None:
    done = mlpack(typed)
    assert done.returncode == 2
    assert f"Unrecognized command '{typed}'. Did you mean '{meant}'?" in done.stderr


def test_a_word_that_is_like_no_command_gets_the_list(mlpack: Mlpack) -> None:
    done = mlpack("zzzz")
    assert done.returncode == 2
    assert "Unrecognized command 'zzzz'. Run 'mlpack --help' for a list." in done.stderr
