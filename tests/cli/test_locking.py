"""`mlpack lock`, as a user runs it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from mlpack.lock.text import read_lock
from tests.cli.conftest import Locking, depend
from tests.conftest import ROOT
from tests.indexes import Index


def pins(root: Path, environment: str = "default") -> dict[str, str]:
    found = read_lock(root / "mlpack.lock").environments[environment]
    return {package.name: package.version for package in found.packages}


def test_a_lock_is_written_and_then_fits(root: Path, locking: Locking) -> None:
    done = locking()
    assert done.returncode == 0, done.stderr
    assert "default: 2 packages" in done.stdout
    assert pins(root) == {"mlflow": "3.17.2", "numpy": "2.0.0"}
    content = (root / "mlpack.lock").read_bytes()
    again = locking()
    assert "mlpack.lock is up to date" in again.stdout
    assert (root / "mlpack.lock").read_bytes() == content


def test_two_machines_write_the_same_lock(root: Path, locking: Locking, tmp_path: Path) -> None:
    locking()
    first = (root / "mlpack.lock").read_bytes()
    (root / "mlpack.lock").unlink()
    done = locking(
        UV_CACHE_DIR=str(tmp_path / "another"), TZ="Asia/Tokyo", LANG="C", PYTHONHASHSEED="7"
    )
    assert done.returncode == 0, done.stderr
    assert (root / "mlpack.lock").read_bytes() == first


def test_it_names_no_host_path_or_credential(
    index: Index, root: Path, locking: Locking, tmp_path: Path
) -> None:
    index.login = ("someone", "k3y-of-someone")
    index.wheel("numpy", "3.0.0", requires_python="<3.11")
    folder = tmp_path / "wheels of mine"
    folder.mkdir()
    held = index.wheel("leaf", "1.0")
    (folder / held.filename).write_bytes(held.content)
    del index.projects["leaf"]
    depend(root, "[numpy, leaf]")
    done = locking(
        UV_DEFAULT_INDEX=index.url_as("someone", "k3y-of-someone"), UV_FIND_LINKS=str(folder)
    )
    assert done.returncode == 0, done.stderr
    text = (root / "mlpack.lock").read_text()
    assert "leaf" in text
    for planted in (
        "someone", "k3y", "127.0.0.1", str(index.port), "http", "wheels of mine", str(tmp_path),
        "simple",
    ):  # fmt: skip
        assert planted not in text, planted
        assert planted not in done.stdout


def test_versions_left_out_are_in_the_lock_with_the_reason(
    index: Index, root: Path, locking: Locking
) -> None:
    index.wheel("numpy", "3.0.0", requires_python=">=3.8,<3.11")
    done = locking()
    assert "numpy 3.0.0 was skipped: it requires Python >=3.8,<3.11" in done.stdout
    text = (root / "mlpack.lock").read_text()
    assert 'version: "3.0.0"\n        requires_python: ">=3.8,<3.11"' in text
    assert pins(root)["numpy"] == "2.0.0"


def test_where_no_version_is_left_the_old_lock_stays(
    index: Index, root: Path, locking: Locking
) -> None:
    assert locking().returncode == 0
    before = (root / "mlpack.lock").read_bytes()
    index.wheel("leaf", "1.0", requires_python="<3.10")
    depend(root, "[numpy, leaf]")
    done = locking("-q")
    assert done.returncode == 6
    assert done.stderr == (
        "mlpack.yaml:11:23: error: No version of leaf allowed by the requirements supports "
        "Python 3.11: 1.0 requires Python <3.10\n"
        "   |\n"
        "11 | dependencies: [numpy, leaf]\n"
        "   |                       ^^^^\n"
        "  = help: allow another version of leaf, or change `python`\n"
    )
    assert (root / "mlpack.lock").read_bytes() == before


def test_conflicting_requirements_leave_no_lock(index: Index, root: Path, locking: Locking) -> None:
    depend(root, "['numpy>2', 'numpy<2']")
    done = locking("-q")
    assert done.returncode == 6
    said = "mlpack.yaml:11:27: error: The requirements conflict: numpy<2 and numpy>2\n"
    assert done.stderr.startswith(said)
    assert not (root / "mlpack.lock").exists()


def test_upgrades_move_what_is_named(index: Index, root: Path, locking: Locking) -> None:
    index.wheel("leaf", "1.0")
    depend(root, "[numpy, leaf]")
    assert locking().returncode == 0
    index.wheel("leaf", "2.0")
    index.wheel("numpy", "2.1.0")
    assert "up to date" in locking().stdout
    assert locking("-P", "leaf").returncode == 0
    assert (pins(root)["leaf"], pins(root)["numpy"]) == ("2.0", "2.0.0")
    assert locking("--upgrade").returncode == 0
    assert (pins(root)["leaf"], pins(root)["numpy"]) == ("2.0", "2.1.0")


def test_an_upgrade_of_what_is_not_locked_is_a_mistake(root: Path, locking: Locking) -> None:
    assert locking().returncode == 0
    before = (root / "mlpack.lock").read_bytes()
    done = locking("-q", "-P", "nunpy")
    assert done.returncode == 2
    assert done.stderr == (
        "error: Package nunpy is not in the lock, so it cannot be upgraded\n"
        "  help: did you mean `numpy`?\n"
    )
    assert (root / "mlpack.lock").read_bytes() == before


def test_an_upgrade_of_one_package_keeps_the_others_when_the_manifest_moved_too(
    index: Index, root: Path, locking: Locking
) -> None:
    index.wheel("leaf", "1.0")
    depend(root, "[numpy, leaf]")
    assert locking().returncode == 0
    for name in ("leaf", "numpy"):
        index.wheel(name, "9.0")
    index.wheel("stem", "1.0")
    depend(root, "[numpy, leaf, stem]")
    assert locking("--upgrade-package", "leaf").returncode == 0
    assert pins(root) == {"mlflow": "3.17.2", "leaf": "9.0", "numpy": "2.0.0", "stem": "1.0"}


def test_offline_lock_works_from_what_is_known(index: Index, root: Path, locking: Locking) -> None:
    assert locking().returncode == 0
    first = (root / "mlpack.lock").read_bytes()
    (root / "mlpack.lock").unlink()
    asked = len(index.asked)
    assert locking("--offline").returncode == 0
    assert (root / "mlpack.lock").read_bytes() == first
    assert len(index.asked) == asked
    depend(root, "[numpy, unheard-of]")
    done = locking("-q", "--offline")
    assert done.returncode == 7
    assert "Some packages are not available offline" in done.stderr
    assert (root / "mlpack.lock").read_bytes() == first


CHANGES = {
    "a requirement": ("[numpy<3]", "", "11:1", "dependencies.requirements changed"),
    "another package": ("[numpy, scipy]", "", "11:1", "dependencies.requirements changed"),
    "a file": ("{file: requirements.in}", "", "11:16", "requirements.in was added"),
    "an option": (
        "{requirements: [numpy], allow_sdist: false}",
        "",
        "11:39",
        "dependencies.allow_sdist was added",
    ),
    "an artifact": (
        "[numpy]",
        "artifacts: {weights: weights.bin}\n",
        "12:13",
        "artifact weights was added",
    ),
    "variants": ("[numpy]", "variants: {small: {}}\n", "12:1", "the manifest has variants now"),
}
"""What is asked now, where the key is that moved, and what is said of it."""


@pytest.mark.parametrize("name", CHANGES)
def test_check_names_what_moved_and_writes_nothing(root: Path, locking: Locking, name: str) -> None:
    (root / "requirements.in").write_text("numpy<9\n")
    (root / "weights.bin").write_bytes(b"w")
    assert locking().returncode == 0
    before = _listing(root)
    dependencies, more, place, reason = CHANGES[name]
    depend(root, dependencies, more)
    done = locking("-q", "--check")
    assert done.returncode == 3
    said = "error[stale-lock]: mlpack.lock does not match mlpack.yaml"
    assert f"mlpack.yaml:{place}: {said}: {reason}\n" in done.stderr
    assert "= help: Run `mlpack lock` and commit the updated mlpack.lock.\n" in done.stderr
    after = _listing(root)
    assert {**after, "mlpack.yaml": b""} == {**before, "mlpack.yaml": b""}


def test_check_sees_content_and_included_files(root: Path, locking: Locking) -> None:
    (root / "requirements.in").write_text("-r more.in\n")
    (root / "more.in").write_text("numpy\n")
    (root / "weights.bin").write_bytes(b"first")
    depend(root, "{file: requirements.in}", "artifacts: {weights: weights.bin}\n")
    assert locking().returncode == 0
    assert locking("--check").returncode == 0
    (root / "weights.bin").write_bytes(b"other")
    assert "artifact weights changed" in locking("--check").stderr
    (root / "weights.bin").write_bytes(b"first")
    (root / "more.in").write_text("numpy<9\n")
    assert "more.in changed" in locking("--check").stderr
    # Words that ask for the same are the same.
    (root / "more.in").write_text("# a comment\nNumPy\n")
    assert locking("--check").returncode == 0


def test_check_without_a_lock(root: Path, locking: Locking) -> None:
    done = locking("-q", "--check")
    assert done.returncode == 3
    assert done.stderr.startswith("error: mlpack.lock does not exist\n")
    assert not (root / "mlpack.lock").exists()


WATCHED = """
import sys
seen = []
def hook(event, args):
    writing = event == "open" and isinstance(args[1], str) and set(args[1]) & set("wax+")
    moving = event in ("os.rename", "os.remove", "os.mkdir")
    if writing or moving or event in ("subprocess.Popen", "os.exec", "socket.connect", "os.fork"):
        seen.append((event, str(args[0])[:80]))
sys.dont_write_bytecode = True
import mlpack.__main__ as program
sys.addaudithook(hook)
sys.argv = ["mlpack", "lock", "--check"]
code = program._exit_code()
heavy = [name for name in ("requests", "uv", "rich", "numpy") if name in sys.modules]
print(code, seen, heavy)
"""


def test_check_starts_nothing_asks_nobody_and_writes_nothing(root: Path, locking: Locking) -> None:
    assert locking().returncode == 0
    done = subprocess.run(
        [sys.executable, "-c", WATCHED],
        cwd=root,
        env={"PATH": "/nonexistent", "PYTHONPATH": str(ROOT), "HOME": "/nonexistent"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.splitlines()[-1] == "0 [] []", done.stdout + done.stderr


def test_one_resolution_for_each_distinct_set(index: Index, root: Path, locking: Locking) -> None:
    index.wheel("leaf", "1.0")
    index.wheel("leaf", "2.0", requires_python=">=3.12")
    variants = """
variants:
  a: {}
  b: {tags: {size: large}}
  c: {dependencies: [numpy, leaf]}
  d: {dependencies: [leaf, NumPy]}
  e: {dependencies: [numpy, leaf], python: "3.12"}
"""
    depend(root, "[numpy]", variants)
    done = locking()
    assert done.returncode == 0, done.stderr
    lock = read_lock(root / "mlpack.lock")
    assert {name: one.environment for name, one in lock.variants.items()} == {
        "a": "a", "b": "a", "c": "c", "d": "c", "e": "e",
    }  # fmt: skip
    assert done.stderr.count("Resolved") == 3
    assert pins(root, "a") == {"mlflow": "3.17.2", "numpy": "2.0.0"}
    assert pins(root, "c")["leaf"] == "1.0"
    assert pins(root, "e")["leaf"] == "2.0"
    assert lock.environments["e"].python.startswith("3.12.")


def test_what_was_built_is_listed(index: Index, root: Path, locking: Locking) -> None:
    index.sdist("leaf", "1.0")
    depend(root, "{requirements: [leaf], allow_sdist: [leaf]}")
    assert locking().returncode == 0
    assert read_lock(root / "mlpack.lock").environments["default"].built == ("leaf",)
    assert "built:\n      - leaf\n" in (root / "mlpack.lock").read_text()


def test_a_python_that_is_nowhere_locks_and_then_names_the_command(
    index: Index, root: Path, locking: Locking, tmp_path: Path
) -> None:
    nowhere = {
        "PATH": "/nonexistent",
        "HOME": str(tmp_path),
        "PYENV_ROOT": "/nonexistent",
        "UV_PYTHON_INSTALL_DIR": str(tmp_path / "pythons"),
    }
    # The Python that runs mlpack is always found.
    minor = "3.12" if sys.version_info[:2] == (3, 11) else "3.11"
    manifest = root / "mlpack.yaml"
    manifest.write_text(manifest.read_text().replace('"3.11"', f'"{minor}"'))
    done = locking(**nowhere)
    assert done.returncode == 0, done.stderr
    assert read_lock(root / "mlpack.lock").environments["default"].python.startswith(f"{minor}.")
    built = locking("-q", command="build", **nowhere)
    assert built.returncode == 7
    assert built.stderr == (
        f"error: Python {minor} is not installed\n  help: run `uv python install {minor}`\n"
    )
    assert not list(root.glob("dist/*/"))


def _listing(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_a_yanked_pin_is_warned_of_where_it_is_asked_for(
    index: Index, root: Path, locking: Locking
) -> None:
    index.wheel("leaf", "1.0").yanked = "its wheel is broken"
    index.wheel("branch", "1.0", needs=["leaf==1.0"])
    (root / "requirements.in").write_text("numpy\nleaf==1.0\n")
    depend(root, "{file: requirements.in}")
    done = locking()
    assert done.returncode == 0
    assert (
        "requirements.in:2:1: warning[yanked-pin]: `leaf==1.0` is yanked: its wheel is broken\n"
        in (done.stderr)
    )
    assert done.stderr.count("yanked") == 3, "one finding, with its code, its message and its hint"
    assert "yanked" not in (root / "mlpack.lock").read_text()
    assert "yanked" not in locking("--check").stderr
    depend(root, "[numpy, branch]  # mlpack: ignore[yanked-pin]")
    assert "yanked" not in locking().stderr
    depend(root, "[numpy, branch, leaf]")
    (problem,) = json.loads(locking("--format", "json").stdout)["problems"]
    assert (problem["code"], problem["severity"]) == ("yanked-pin", "warning")
    assert (problem["line"], problem["column"]) == where(root, "leaf]")


def where(root: Path, text: str) -> tuple[int, int]:
    lines = (root / "mlpack.yaml").read_text().splitlines()
    return next((row, line.index(text) + 1) for row, line in enumerate(lines, 1) if text in line)


def test_each_of_several_manifests_is_counted(root: Path, locking: Locking) -> None:
    text = (root / "mlpack.yaml").read_text()
    (root / "other.yaml").write_text(text.replace("[numpy]", "[numpy<3]"))
    done = locking("-f", "mlpack.yaml", "-f", "other.yaml")
    assert done.returncode == 0, done.stderr
    assert re.findall(r"^  (\(\d/2\) \S+): Resolved 2 packages", done.stderr, re.MULTILINE) == [
        "(1/2) mlpack.yaml",
        "(2/2) other.yaml",
    ]
    assert "(1/1)" not in locking("--upgrade").stderr
