"""Wheels that only the project has are in the package, where pip and uv find the very same ones."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mlpack.adapters.uv import find_uv
from mlpack.core.digest import file_contents
from mlpack.core.errors import IntegrityError
from mlpack.lock.model import LockedEnvironment, LockedPackage
from mlpack.lock.requirements import requirement_lines
from mlpack.package.contents import borrowed, carried, lay_wheels, shipped_wheels
from tests.indexes import Index, surroundings, wheel_bytes

OWN = wheel_bytes("leaf", "1.0", files={"leaf.py": "WHOSE = 'ours'\n"})
SHA256 = hashlib.sha256(OWN).hexdigest()
NAME = "leaf-1.0-py3-none-any.whl"


@pytest.fixture
def index() -> Iterator[Index]:
    with Index().served() as found:
        yield found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "project/wheels"
    made.mkdir(parents=True)
    (made / NAME).write_bytes(OWN)
    (made / "notes.txt").write_text("not a package")
    (made / "stem-1.0-py3-none-any.whl").write_bytes(wheel_bytes("stem", "1.0"))
    return made


def locked(sha256: str = SHA256) -> LockedEnvironment:
    leaf = LockedPackage(
        name="leaf", version="1.0", marker=None, sha256=(sha256,), shipped=(sha256,)
    )
    return LockedEnvironment(request="sha256:" + "0" * 64, python="3.11.7", packages=(leaf,))


def packaged(folder: Path, tmp_path: Path) -> Path:
    package = tmp_path / "package"
    package.mkdir()
    lay_wheels(shipped_wheels([folder], locked(), file_contents), package)
    lines = requirement_lines(locked())
    (package / "requirements.txt").write_text("".join(f"{line}\n" for line in lines))
    return package


@pytest.mark.parametrize("namesake", [False, True], ids=["alone", "namesake"])
@pytest.mark.parametrize("json", [True, False], ids=["json", "html"])
@pytest.mark.parametrize("tool", ["pip", "uv"])
def test_somebody_with_the_package_alone_installs_it(
    index: Index, folder: Path, tmp_path: Path, tool: str, json: bool, namesake: bool
) -> None:
    index.json = json
    if namesake:
        index.wheel("leaf", "1.0", files={"leaf.py": "WHOSE = 'somebody else'\n"})
    package = packaged(folder, tmp_path)
    target = tmp_path / "installed"
    uv = find_uv(surroundings(index, tmp_path))
    words = {
        "pip": [sys.executable, "-m", "pip", "install", "-q", "-i", index.url],
        "uv": [str(uv.executable), "pip", "install", "-q", "-p", sys.executable, "--no-config"],
    }[tool]
    environ = {
        **{name: text for name, text in os.environ.items() if not name.startswith("PIP_")},
        **uv.environ,
        "PIP_CONFIG_FILE": os.devnull,
    }
    done = subprocess.run(
        [*words, "--target", target, "-r", package / "requirements.txt"],
        cwd="/", env=environ, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert (target / "leaf.py").read_text() == "WHOSE = 'ours'\n"


def test_only_what_the_lock_says_is_carried(folder: Path, tmp_path: Path) -> None:
    package = packaged(folder, tmp_path)
    assert sorted(path.name for path in (package / "wheels").iterdir()) == ["index.html", NAME]
    (tmp_path / "empty").mkdir()
    lay_wheels((), tmp_path / "empty")
    assert list((tmp_path / "empty").iterdir()) == []


def test_a_file_that_is_not_the_pinned_one_is_not_carried(folder: Path) -> None:
    with pytest.raises(IntegrityError, match=r"matches leaf 1\.0, which the lock pins"):
        shipped_wheels([folder, folder / "missing"], locked("1" * 64), file_contents)


def test_a_packages_own_folders_are_told_from_others(folder: Path, tmp_path: Path) -> None:
    package = packaged(folder, tmp_path)
    lines = ("--find-links wheels", "--find-links https://x.example.org/", "-f file:///srv", "a==1")
    rest, folders = carried(package, lines)
    assert rest == lines[1:]
    assert folders == (package / "wheels",)
    assert borrowed(folders) == (SHA256,)
    assert carried(package, ("-f=wheels",)) == ((), folders)
    with pytest.raises(IntegrityError, match="is missing the folder `wheel`"):
        carried(package, ("--find-links wheel",))
