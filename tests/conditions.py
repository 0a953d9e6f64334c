"""The ways in which one machine can differ from another, and builds under each of them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from uv import find_uv_bin

from mlpack.core.digest import tree_digest
from tests.conftest import ROOT

# Else the clean environment of the workers would keep the real time.
PASS_ENV = ["LD_PRELOAD"]


@dataclass(frozen=True, kw_only=True)
class Condition:
    """One way to be another machine: a prefix for the command, variables, a place, a mask."""

    name: str
    prefix: tuple[str, ...] = ()
    env: dict[str, str] = field(default_factory=dict)
    folder: str = "plain"
    umask: int = 0o022
    reverse: bool = False
    """Lay the project's files in reverse order."""
    shuffled: bool = False
    """Put all on a file system that lists folders in random order."""
    program: str = sys.executable


PLAIN = Condition(name="plain")


def conditions(scratch: Path) -> Iterator[Condition]:
    """Yield every condition but the plain one that this machine can be put in."""
    home, cold = scratch / "another-home", scratch / "cold"
    home.mkdir(parents=True, exist_ok=True)
    yield Condition(name="deep folder", folder="a/folder/much deeper/with spaces/and-ü")
    kept = {"PYENV_ROOT": _pyenv(), "UV_CACHE_DIR": _uv_cache()}
    yield Condition(name="HOME", env={"HOME": str(home), **kept})
    yield Condition(name="TZ", env={"TZ": "Pacific/Chatham"})
    yield Condition(name="LANG", env={"LANG": "tr_TR.UTF-8", "LC_ALL": "tr_TR.UTF-8"})
    yield Condition(name="umask 077", umask=0o077)
    yield Condition(name="hash seed", env={"PYTHONHASHSEED": "987"})
    yield Condition(name="user name", env={"USER": "mallory", "LOGNAME": "mallory"})
    yield Condition(name="file order", reverse=True)
    yield from _by_tools(scratch)
    memory = Path("/dev/shm")
    if memory.is_dir() and memory.stat().st_dev != scratch.stat().st_dev:
        yield Condition(name="TMPDIR elsewhere", env={"TMPDIR": str(memory)})
    yield Condition(name="cold cache", env={"MLPACK_CACHE_DIR": str(cold)})


def _by_tools(scratch: Path) -> Iterator[Condition]:
    if _usable("taskset", "-c", "0"):
        yield Condition(name="one CPU", prefix=("taskset", "-c", "0"))
    if _usable("unshare", "--uts"):
        script = 'hostname elsewhere && exec "$@"'
        yield Condition(name="hostname", prefix=("unshare", "--uts", "sh", "-c", script, "sh"))
    if _usable("unshare", "--user", "--map-user=4321"):
        yield Condition(name="user id", prefix=("unshare", "--user", "--map-user=4321"))
    clock = _clock(scratch)
    if clock:
        # Certificates are out of date by then, so there is no network either.
        env = {"LD_PRELOAD": str(clock), "UV_OFFLINE": "1"}
        yield Condition(name="clock +400 days, offline", env=env)
    if shutil.which("disorderfs") and Path("/dev/fuse").exists() and os.geteuid() == 0:
        yield Condition(name="folder order", shuffled=True)
    other = _other_patch()
    if other:
        yield Condition(name=f"the model's Python {other}", env=_WITHOUT_PYENV)


_WITHOUT_PYENV = {
    "PYENV_ROOT": "/nonexistent",
    "PATH": ":".join(p for p in os.environ["PATH"].split(":") if "pyenv" not in p),
}


def _other_patch() -> str | None:
    """Return the version of a second Python 3.11, the one that is found without pyenv."""
    found = shutil.which("python3.11", path=_WITHOUT_PYENV["PATH"])
    if found is None or not Path(_pyenv()).is_dir():
        return None
    asked = [found, "-c", "import platform; print(platform.python_version())"]
    version = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()
    return None if (Path(_pyenv()) / "versions" / version).exists() else version


def _pyenv() -> str:
    return os.environ.get("PYENV_ROOT", str(Path.home() / ".pyenv"))


def _clock(scratch: Path) -> Path | None:
    """Return a library that puts a process 400 days ahead, where one can be compiled."""
    source, library = Path(__file__).with_name("clock_ahead.c"), scratch / "clock_ahead.so"
    if shutil.which("cc") is None:
        return None
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", library, source], check=True)
    return library


def _uv_cache() -> str:
    return os.environ.get("UV_CACHE_DIR", str(Path.home() / ".cache/uv"))


def _usable(*prefix: str) -> bool:
    if shutil.which(prefix[0]) is None:
        return False
    return subprocess.run([*prefix, "true"], capture_output=True, check=False).returncode == 0


def together(found: list[Condition]) -> Condition:
    """Return the one condition in which all of ``found`` hold at once."""
    return Condition(
        name=", ".join(one.name for one in found),
        # Wrapped from the outside in: a new host name, one CPU, another user.
        prefix=tuple(part for one in found for part in one.prefix),
        env={name: value for one in found for name, value in one.env.items()},
        folder="a/folder/much deeper/with spaces/and-ü",
        umask=0o077,
        reverse=True,
    )


def build_under(condition: Condition, project: Path, where: Path, *options: str) -> dict[str, str]:
    """Build a copy of ``project`` under ``condition``; return each package's digest."""
    with _place(condition, where) as place:
        copy, output = place / project.name, place / "output"
        lay(project, copy, reverse=condition.reverse)
        argv = [condition.program, "-m", "mlpack", "build", "--force", "-o", output, *options]
        done = subprocess.run(
            [*condition.prefix, *argv],
            cwd=copy,
            env={**os.environ, "PYTHONPATH": str(ROOT), **condition.env},
            umask=condition.umask,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{condition.name}: {done.stdout}{done.stderr}"
        return {path.name: tree_digest(path).digest for path in output.iterdir() if path.is_dir()}


@contextmanager
def _place(condition: Condition, where: Path) -> Iterator[Path]:
    folder = where / condition.folder
    folder.mkdir(parents=True)
    if not condition.shuffled:
        yield folder
        return
    mounted = where / "shuffled"
    mounted.mkdir()
    options = ("--shuffle-dirents=yes", "--reverse-dirents=no", "-q")
    subprocess.run(["disorderfs", *options, folder, mounted], check=True)
    try:
        yield mounted
    finally:
        subprocess.run(["fusermount", "-u", "-z", mounted], check=True)


def lay(source: Path, destination: Path, *, reverse: bool = False) -> Path:
    """Copy a project's own files, in the order of their names or in reverse."""
    names = sorted(
        path.relative_to(source)
        for path in source.rglob("*")
        if path.is_file() and not {"dist", "__pycache__"} & set(path.relative_to(source).parts)
    )
    for name in reversed(names) if reverse else names:
        (destination / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / name, destination / name)
    return destination


def mlpack_on(minor: str, folder: Path) -> str | None:
    """Return an interpreter of this minor that has what mlpack needs; ``None`` without one."""
    interpreter = _interpreter(minor)
    if interpreter is None:
        return None
    python = folder / "bin/python"
    if not python.exists():
        uv = find_uv_bin()
        subprocess.run([uv, "venv", "-q", "--python", interpreter, folder], check=True)
        subprocess.run([uv, "pip", "install", "-q", "--python", python, ROOT], check=True)
    return str(python)


def _interpreter(minor: str) -> Path | None:
    known = sorted(Path(_pyenv()).glob(f"versions/{minor}.*/bin/python{minor}"))
    found = shutil.which(f"python{minor}")
    # A shim that leads nowhere is on PATH too: prefer what certainly runs.
    return known[-1] if known else Path(found) if found else None
