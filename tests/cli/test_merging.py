"""Locks after a merge or an accident, as a user meets them: refused, mended by the hint, whole."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

import pytest

from mlpack.lock.text import read_lock
from tests.cli.conftest import Locking, depend
from tests.cli.test_locking import pins
from tests.indexes import Index


def git(root: Path, *args: str) -> subprocess.CompletedProcess[str]:
    identity = ("-c", "user.name=someone", "-c", "user.email=someone@example.org")
    argv = ["git", *identity, *args]
    return subprocess.run(argv, cwd=root, capture_output=True, text=True, check=False)


def committed(root: Path, message: str = "change") -> None:
    git(root, "add", "-A")
    done = git(root, "commit", "-q", "-m", message)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def branches(index: Index, root: Path, locking: Locking) -> Path:
    """A repository with a locked project, where newer packages have come since."""
    index.wheel("leaf", "1.0")
    depend(root, "[numpy, leaf]")
    assert locking().returncode == 0
    git(root, "init", "-q", "-b", "main")
    committed(root)
    for name in ("leaf", "numpy"):
        for version in ("3.0", "3.1"):
            index.wheel(name, version)
    index.wheel("stem", "1.0", needs=["leaf<3.1"])
    return root


def follow(hint: str, locking: Locking) -> subprocess.CompletedProcess[str]:
    """Run the command that a message's help names."""
    (found,) = set(re.findall(r"`mlpack ([^`]+)`", hint))
    command, *args = shlex.split(found)
    return locking(*args, command=command)


def test_two_upgrades_merge_into_one_lock(branches: Path, locking: Locking) -> None:
    git(branches, "checkout", "-q", "-b", "feature")
    assert locking("-P", "leaf").returncode == 0
    committed(branches)
    git(branches, "checkout", "-q", "main")
    assert locking("-P", "numpy").returncode == 0
    committed(branches)
    assert git(branches, "merge", "feature").returncode == 1
    refused = locking("-q", "--check")
    assert refused.returncode == 3
    assert refused.stderr == (
        "error: mlpack.lock contains merge conflict markers\n"
        "  help: run `mlpack lock`, which merges both sides, and commit the file\n"
    )
    done = follow(refused.stderr, locking)
    assert done.returncode == 0, done.stderr
    assert (
        "note: mlpack.lock had merge conflicts: kept 3 pins that both sides have and checked that "
        "they fit together\n" in done.stderr
    )
    assert pins(branches) == {"leaf": "3.1", "mlflow": "3.17.2", "numpy": "3.1"}
    assert locking("--check").returncode == 0
    assert "up to date" in locking().stdout


def test_what_one_branch_asks_bounds_what_the_other_upgraded(
    branches: Path, locking: Locking
) -> None:
    git(branches, "checkout", "-q", "-b", "feature")
    depend(branches, "[numpy, leaf, stem]")
    assert locking().returncode == 0
    assert pins(branches)["leaf"] == "1.0"
    committed(branches)
    git(branches, "checkout", "-q", "main")
    assert locking("-P", "leaf").returncode == 0
    committed(branches)
    assert git(branches, "merge", "feature").returncode == 1
    done = locking()
    assert done.returncode == 0, done.stderr
    # Stem forbids the newer leaf; nothing else moves.
    assert pins(branches) == {"leaf": "3.0", "mlflow": "3.17.2", "numpy": "2.0.0", "stem": "1.0"}
    assert locking("--check").returncode == 0


def test_marks_in_the_manifest_come_first(branches: Path, locking: Locking) -> None:
    git(branches, "checkout", "-q", "-b", "feature")
    depend(branches, "[numpy<3, leaf]")
    locking()
    committed(branches)
    git(branches, "checkout", "-q", "main")
    depend(branches, "[numpy>1, leaf]")
    locking()
    committed(branches)
    assert git(branches, "merge", "feature").returncode == 1
    done = locking("-q")
    assert done.returncode == 2
    assert "A merge left its conflict markers here" in done.stderr
    depend(branches, "['numpy>1,<3', leaf]")
    assert locking().returncode == 0
    assert locking("--check").returncode == 0


DAMAGE = {
    "emptied": lambda text: b"",
    "blank": lambda text: b"\n \n",
    "cut": lambda text: text[: text.index(b"- name: numpy") + 30],
    "binary": lambda text: b"\x00\xff" + text,
    "overwritten": lambda text: text.replace(b"packages:", b"\xf0\x9f"),
    "a mark left behind": lambda text: text.replace(b"environments:", b">>>>>>> x\nenvironments:"),
    "pins edited": lambda text: text.replace(b'"1.0"', b'"3.0"'),
    "a package gone": lambda text: text[: text.index(b"      - name: numpy")],
}


@pytest.mark.parametrize("name", DAMAGE)
def test_damage_is_refused_and_the_hint_repairs_it(
    branches: Path, locking: Locking, name: str
) -> None:
    path = branches / "mlpack.lock"
    path.write_bytes(DAMAGE[name](path.read_bytes()))
    before = path.read_bytes()
    refused = locking("-q", "--check")
    assert refused.returncode == 3, refused.stderr
    locked = locking("-q", "--locked", command="build")
    assert (locked.returncode, "`mlpack build` without --locked" in locked.stderr) == (3, True)
    assert path.read_bytes() == before
    done = follow(refused.stderr, locking)
    assert done.returncode == 0, done.stderr
    assert locking("--check").returncode == 0
    assert set(pins(branches)) == {"leaf", "mlflow", "numpy"}
    read_lock(path)


def test_what_a_cut_lock_still_pins_does_not_move(branches: Path, locking: Locking) -> None:
    path = branches / "mlpack.lock"
    path.write_bytes(DAMAGE["cut"](path.read_bytes()))
    done = locking("-q")
    assert done.returncode == 0
    assert done.stderr == (
        "warning[damaged-lock]: mlpack.lock is damaged: numpy has no hash; 2 of its pins were "
        "kept, and the rest is resolved again\n"
        "  = help: To keep all pins, restore the file: `git checkout -- mlpack.lock`.\n"
    )
    assert pins(branches) == {"leaf": "1.0", "mlflow": "3.17.2", "numpy": "3.1"}
    git(branches, "checkout", "--", "mlpack.lock")
    assert pins(branches)["numpy"] == "2.0.0"


def test_a_lock_of_the_former_format_stays_until_it_is_written(
    branches: Path, locking: Locking
) -> None:
    path = branches / "mlpack.lock"
    text = path.read_text()
    former = re.sub(r"    resolution: .*\n", "", text).replace("mlpack_lock: 2", "mlpack_lock: 1")
    path.write_text(former)
    assert locking("--check").returncode == 0
    assert path.read_text() == former
    done = locking()
    assert done.returncode == 0 and "Resolved" not in done.stderr
    assert path.read_text() == text


def test_a_lock_that_is_cut_or_old_does_not_say_what_is_missing(
    index: Index, branches: Path, locking: Locking
) -> None:
    index.wheel("scipy", "1.0")
    index.wheel("bough", "1.0", needs=["scipy"])
    model = branches / "model_code/doubler.py"
    model.write_text(f"import numpy\nimport scipy\n{model.read_text()}")
    refused = locking("-q")
    assert "error[unknown-import]: The code imports `scipy`, but no locked" in refused.stderr
    depend(branches, "[leaf, bough]")
    done = locking()
    assert done.returncode == 0, done.stderr
    path = branches / "mlpack.lock"
    path.write_bytes(DAMAGE["cut"](path.read_bytes()))
    done = locking()
    assert done.returncode == 0, done.stderr
    assert pins(branches)["scipy"] == "1.0"
