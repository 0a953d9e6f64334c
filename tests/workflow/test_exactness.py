"""The same bytes anywhere: every condition that may differ between two machines, changed.

``python -m tests.workflow.test_exactness FOLDER`` builds all examples under every condition and
prints a table of digests; the test run takes small projects and groups of conditions.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from mlpack.digest import tree_digest
from tests.conftest import ROOT
from tests.workflow.conftest import MANIFEST, Project

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Condition:
    """One way in which a machine can be another: a prefix for the command, and variables."""

    name: str
    prefix: tuple[str, ...] = ()
    env: dict[str, str] = field(default_factory=dict)
    folder: str = "plain"
    umask: int = 0o022
    reverse: bool = False
    """Lay the project's files in reverse order, so that folders list them differently."""


def _clock() -> tuple[str, ...]:
    """Return a prefix that sets the clock 400 days ahead, empty where nothing can."""
    return ("faketime", "+400 days") if shutil.which("faketime") else ()


def conditions(scratch: Path) -> Iterator[Condition]:
    """Yield every condition that this machine can be put in."""
    yield Condition("plain")
    yield Condition("deep folder", folder="a/folder/much deeper/with spaces/and-ü")
    home = scratch / "another-home"
    home.mkdir(exist_ok=True)
    yield Condition("HOME", env={"HOME": str(home)})
    yield Condition("TZ, LANG", env={"TZ": "Pacific/Chatham", "LANG": "tr_TR.UTF-8", "LC_ALL": "C"})
    yield Condition("umask 077", umask=0o077)
    yield Condition("hash seed", env={"PYTHONHASHSEED": "987"})
    yield Condition("user name", env={"USER": "mallory", "LOGNAME": "mallory"})
    yield Condition("file order", reverse=True)
    if _usable(("taskset", "-c", "0")):
        yield Condition("one CPU", prefix=("taskset", "-c", "0"))
    if _usable(("unshare", "--uts")):
        script = 'hostname elsewhere && exec "$@"'
        yield Condition("hostname", prefix=("unshare", "--uts", "sh", "-c", script, "sh"))
    if _clock() and _usable(_clock()):
        yield Condition("clock +400 days", prefix=_clock(), env={"UV_OFFLINE": "1"})
    memory = Path("/dev/shm")
    if memory.is_dir() and memory.stat().st_dev != scratch.stat().st_dev:
        temporary = memory / "mlpack-exactness"
        temporary.mkdir(exist_ok=True)
        yield Condition("TMPDIR elsewhere", env={"TMPDIR": str(temporary)})
    yield Condition("cold cache", env={"MLPACK_CACHE_DIR": str(scratch / "cold")})


def _usable(prefix: tuple[str, ...]) -> bool:
    if shutil.which(prefix[0]) is None:
        return False
    return subprocess.run([*prefix, "true"], capture_output=True, check=False).returncode == 0


def together(found: list[Condition]) -> list[Condition]:
    """Return the plain condition, and all others that can hold at once as one."""
    plain, rest = found[0], found[1:]
    mixed = Condition(
        name=", ".join(one.name for one in rest),
        # Wrapped from the outside in: a new host name, one CPU, another clock.
        prefix=tuple(part for one in rest for part in one.prefix),
        env={name: value for one in rest for name, value in one.env.items()},
        folder="a/folder/much deeper/with spaces/and-ü",
        umask=0o077,
        reverse=True,
    )
    return [plain, mixed]


def build_under(condition: Condition, project: Path, where: Path) -> dict[str, str]:
    """Build a copy of ``project`` under ``condition``; return each package's digest."""
    copy = where / condition.folder / project.name
    _lay(project, copy, reverse=condition.reverse)
    output = where / condition.folder / "output"
    done = subprocess.run(
        [*condition.prefix, sys.executable, "-m", "mlpack", "build", "--force", "-o", output],
        cwd=copy,
        env={**os.environ, "PYTHONPATH": str(ROOT), **condition.env},
        umask=condition.umask,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{condition.name}: {done.stdout}{done.stderr}"
    return {path.name: tree_digest(path).digest for path in output.iterdir() if path.is_dir()}


def _lay(source: Path, destination: Path, *, reverse: bool) -> None:
    names = sorted(
        path.relative_to(source)
        for path in source.rglob("*")
        if path.is_file() and not {"dist", "__pycache__"} & set(path.relative_to(source).parts)
    )
    for name in reversed(names) if reverse else names:
        (destination / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / name, destination / name)


@pytest.mark.parametrize("serialization", ["code", "pickle"])
def test_one_digest_under_all_conditions(
    project: Project, tmp_path: Path, serialization: str
) -> None:
    manifest = MANIFEST + f"build: {{serialization: {serialization}}}\n"
    small = project(manifest=manifest)
    found = [
        build_under(condition, small, tmp_path / str(number))
        for number, condition in enumerate(together(list(conditions(tmp_path))))
    ]
    assert found[0] == found[1]


def test_no_package_holds_a_secret_or_the_machine(project: Project, tmp_path: Path) -> None:
    import getpass
    import socket

    small = project()
    planted = Condition("planted", env={"AWS_SECRET_ACCESS_KEY": "planted-in-the-environment"})
    build_under(planted, small, tmp_path / "built")
    content = b"".join(
        path.read_bytes() for path in (tmp_path / "built/plain/output").rglob("*") if path.is_file()
    )
    for secret in (str(tmp_path), str(ROOT), "planted-in-the-environment", socket.gethostname()):
        assert secret.encode() not in content, secret
    user = getpass.getuser().encode()
    assert user + b"@" not in content
    assert b"/" + user not in content


def _table(folder: Path) -> None:
    for name in ("quickstart", "single_cell"):
        for serialization in ("code", "pickle"):
            project = folder / f"{name}-{serialization}"
            _lay(ROOT / "examples" / name, project, reverse=False)
            manifest = project / "mlpack.yaml"
            written = manifest.read_text() + f"\nbuild: {{serialization: {serialization}}}\n"
            manifest.write_text(written)
            for number, condition in enumerate(conditions(folder)):
                where = folder / "built" / f"{project.name}-{number}"
                for package, digest in sorted(build_under(condition, project, where).items()):
                    print(f"{serialization:7}{package:20}{condition.name:20}{digest}", flush=True)


if __name__ == "__main__":
    chosen = Path(sys.argv[1]).absolute()
    chosen.mkdir(parents=True, exist_ok=True)
    _table(chosen)
