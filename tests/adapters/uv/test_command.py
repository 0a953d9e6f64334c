"""uv itself: found, called, and never asking back."""

from __future__ import annotations

import platform
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from mlpack.adapters.uv import find_interpreter, find_uv, need_interpreter, newest_patch
from mlpack.core.errors import MlpackError, OutsideError

HERE = f"{sys.version_info[0]}.{sys.version_info[1]}"


def test_uv_is_found_without_any_path() -> None:
    uv = find_uv({"PATH": "/nonexistent"})
    answer = uv.run("--version")
    assert (answer.code, answer.stdout.split()[0]) == (0, "uv")


def test_a_uv_that_cannot_be_started_is_told(tmp_path: Path) -> None:
    uv = replace(find_uv({}), executable=tmp_path / "uv")
    with pytest.raises(OutsideError, match="cannot be started") as refused:
        uv.run("--version", cwd=tmp_path)
    assert "pip install uv" in (refused.value.hint or "")


def test_a_failing_call_is_raised_by_kind() -> None:
    with pytest.raises(MlpackError):
        find_uv({}).check("no-such-command", doing="asking")


@pytest.mark.parametrize(("value", "offline"), [("1", True), ("TRUE", True), ("0", False)])
def test_the_environment_may_forbid_the_network(value: str, offline: bool) -> None:
    assert find_uv({"UV_OFFLINE": value}).offline is offline


def test_an_installed_interpreter_is_found_and_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    uv = find_uv()
    found = need_interpreter(uv, HERE)
    assert found.path.is_file()
    assert found.version.startswith(f"{HERE}.")
    assert find_interpreter(uv, found.version) == found


def test_the_very_patch_comes_before_a_newer_one(tmp_path: Path) -> None:
    for version in (f"{HERE}.1", f"{HERE}.2"):
        python = tmp_path / "versions" / version / "bin/python"
        python.parent.mkdir(parents=True)
        python.symlink_to(sys.executable)
    uv = find_uv({"PATH": "/nonexistent", "PYENV_ROOT": str(tmp_path)})
    assert need_interpreter(uv, f"{HERE}.1").version == f"{HERE}.1"
    assert need_interpreter(uv, f"{HERE}.7").version == f"{HERE}.2"


def test_none_is_named_with_the_command_that_installs_it() -> None:
    with pytest.raises(OutsideError, match=r"Python 3\.99 is not installed") as refused:
        need_interpreter(find_uv(), "3.99.4")
    assert refused.value.hint == "run `uv python install 3.99`"


def test_uv_knows_the_newest_patch_without_asking_anybody() -> None:
    nowhere = find_uv({"PATH": "/nonexistent", "UV_OFFLINE": "1"})
    newest = newest_patch(nowhere, "3.11")
    assert newest is not None
    assert newest.startswith("3.11.")
    assert int(newest.split(".")[2]) >= 13
    assert newest_patch(nowhere, "3.99") is None


def test_mlpacks_own_interpreter_serves_where_no_other_is_found(tmp_path: Path) -> None:
    nowhere = {
        name: str(tmp_path) for name in ("PATH", "HOME", "PYENV_ROOT", "UV_PYTHON_INSTALL_DIR")
    }
    found = find_interpreter(find_uv(nowhere), HERE)
    assert found is not None
    assert found.version == platform.python_version()
    assert found.path == Path(sys._base_executable)  # type: ignore[attr-defined]


def test_one_variable_moves_all_caches(tmp_path: Path) -> None:
    moved = {"MLPACK_CACHE_DIR": str(tmp_path), "HOME": "/nonexistent"}
    assert find_uv(moved).cache == tmp_path / "uv"
    assert find_uv({**moved, "UV_CACHE_DIR": str(tmp_path / "own")}).cache == tmp_path / "own"


@pytest.mark.parametrize("name", ["UV_CACHE_DIR", "MLPACK_CACHE_DIR"])
def test_a_cache_that_cannot_be_used_is_no_missing_interpreter(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutsideError, match=f"uv cannot write to its cache folder {tmp_path}") as no:
        need_interpreter(find_uv({name: str(tmp_path / "file")}), HERE)
    assert no.value.hint == f"set {name} to a folder that you may write to"
