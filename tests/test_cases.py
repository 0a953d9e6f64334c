"""Every refusal has a folder: ``cases/refuse/<name>/`` with what the user wrote and what they read.

Warnings have theirs in ``cases/warn/``; the exit code is then 0.
``mlpack.yaml`` and whatever else the project holds, ``stderr.txt`` with the exact text, and where
they differ from `validate` and 2, ``command.txt`` and ``exit.txt``. ``MLPACK_UPDATE_CASES=1``
writes the texts anew, for reading before they are committed.
"""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest

from mlpack.__main__ import main
from tests.conftest import Mlpack

CASES = Path(__file__).parent / "cases"
USUAL = {"refuse": 2, "warn": 0}
OURS = {"stderr.txt", "codes.txt", "command.txt", "exit.txt"}
BUILDING = ("build", "lock")


def _cases() -> list[object]:
    found = []
    for folder in sorted(
        path for kind in USUAL for path in CASES.glob(f"{kind}/*") if path.is_dir()
    ):
        marks = [pytest.mark.slow] if _command(folder)[0] in BUILDING else []
        found.append(pytest.param(folder, id=folder.name, marks=marks))
    return found


def _command(folder: Path) -> list[str]:
    path = folder / "command.txt"
    return path.read_text().split() if path.exists() else ["validate"]


def _listing(root: Path) -> dict[str, bytes | None]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes() if path.is_file() else None
        for path in sorted(root.rglob("*"))
    }


def normal(text: str, project: Path) -> str:
    text = text.replace(str(project), "PROJECT")
    # Staging folders and temporary files have random names; logs lie in one of them.
    text = re.sub(r"\.(\S+)\.mlpack-[a-z0-9_]{8}", r".\1.mlpack-XXXXXXXX", text)
    text = re.sub(r"/\S*/(mlpack-[a-z]+-)[A-Za-z0-9_]{8}", r"TMP/\1XXXXXXXX", text)
    return re.sub(r"/\S+?/environments/[0-9a-f]+", "ENVIRONMENT", text)


def _said(
    command: list[str],
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> tuple[str, int]:
    """Run the program in this process: a hundred starts of Python would take a minute."""
    monkeypatch.chdir(project)
    monkeypatch.setattr("sys.argv", ["mlpack", *command])
    with pytest.raises(SystemExit) as ended:
        main()
    assert isinstance(ended.value.code, int)
    return capsys.readouterr().err, ended.value.code


@pytest.mark.parametrize("folder", _cases())
def test_a_mistake_gets_exactly_this_answer(
    folder: Path,
    tmp_path: Path,
    mlpack: Mlpack,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    project = tmp_path / "project"
    shutil.copytree(folder, project, symlinks=True, ignore=shutil.ignore_patterns(*OURS))
    before = _listing(project)
    command = ["-q", *_command(folder)]
    if _command(folder)[0] in BUILDING:
        done = mlpack(*command, cwd=project)
        said, exit_code = done.stderr, done.returncode
    else:
        said, exit_code = _said(command, project, monkeypatch, capsys)
    found = normal(said, project)
    expected = folder / "stderr.txt"
    if os.environ.get("MLPACK_UPDATE_CASES"):
        expected.write_text(found)
        if exit_code != USUAL[folder.parent.name]:
            (folder / "exit.txt").write_text(f"{exit_code}\n")
    assert found == expected.read_text()
    code = folder / "exit.txt"
    usual = USUAL[folder.parent.name]
    assert exit_code == (int(code.read_text()) if code.exists() else usual)
    after = _listing(project)
    # A lock is a result of its own, and stays when a later step fails.
    after.pop("mlpack.lock", None) if "mlpack.lock" not in before else None
    after.pop("dist", None) if after.get("dist", b"") is None and "dist" not in before else None
    assert after == before
