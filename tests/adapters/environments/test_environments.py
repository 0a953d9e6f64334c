"""Environments hold what is pinned and nothing else, and stay what they were."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from mlpack.adapters.environments import EnvironmentShelf, PipEnvironments, UvEnvironments, checks
from mlpack.adapters.uv import find_uv
from mlpack.core.digest import FileContent, file_contents
from mlpack.core.errors import DependencyError, IntegrityError, OutsideError
from mlpack.ports import Environment, EnvironmentRequest
from tests.gits import commit, served
from tests.indexes import Held, Index, sdist_files, surroundings

PYTHON = f"{sys.version_info[0]}.{sys.version_info[1]}.{sys.version_info[2]}"


def line(held: Held) -> str:
    name, version = held.filename.split("-")[:2]
    return f"{name}=={version.removesuffix('.tar.gz')} --hash=sha256:{held.stated}"


def asked(*requirements: str, **more: object) -> EnvironmentRequest:
    return replace(EnvironmentRequest(requirements=requirements, python=PYTHON), **more)  # type: ignore[arg-type]


def said(environment: Environment, script: str) -> str:
    done = subprocess.run(
        [environment.python, "-c", script], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def installed(environment: Environment, module: str) -> Path:
    return Path(said(environment, f"import {module}; print({module}.__file__)"))


def test_it_holds_what_is_asked_for(index: Index, environments: UvEnvironments) -> None:
    request = asked(line(index.wheel("leaf", "1.0")), line(index.wheel("stem", "2.0")))
    made = environments.provide(request)
    assert said(made, "import leaf, stem; print(leaf.VERSION, stem.VERSION)") == "1.0 2.0"
    assert said(made, "import platform; print(platform.python_version())") == made.version
    assert made.notes == ()


def test_what_only_a_folder_made_is_not_kept_for_who_does_not_have_it(
    index: Index, environments: UvEnvironments, tmp_path: Path
) -> None:
    held = index.wheel("leaf", "1.0")
    del index.projects["leaf"]
    folders = [tmp_path / "project", tmp_path / "package"]
    for folder in folders:
        folder.mkdir()
        (folder / held.filename).write_bytes(held.content)
    first, second = (
        environments.provide(asked(line(held), links=(folder.as_uri(),), borrowed=(held.stated,)))
        for folder in folders
    )
    assert (first.python, first.made, second.made) == (second.python, True, False)
    with pytest.raises(DependencyError):
        environments.provide(asked(line(held)))


def test_the_same_is_kept_and_another_is_apart(index: Index, environments: UvEnvironments) -> None:
    leaf, stem = line(index.wheel("leaf", "1.0")), line(index.wheel("stem", "2.0"))
    first = environments.provide(asked(leaf))
    touched = len(index.asked)
    assert environments.provide(asked(leaf)).python == first.python
    assert len(index.asked) == touched
    assert environments.provide(asked(leaf, stem)).python != first.python


def test_one_that_somebody_uses_is_not_dropped(index: Index, environments: UvEnvironments) -> None:
    request = asked(line(index.wheel("leaf", "1.0")))
    users = [environments.provide(request), environments.provide(request)]
    python = users[0].python
    shelf = EnvironmentShelf(cache=environments.cache)
    (item,) = shelf.items()
    while users:
        assert not shelf.drop(item)
        assert said(users.pop(), "import leaf; print(leaf.VERSION)") == "1.0"
    assert shelf.drop(item)
    assert not python.exists()


def test_where_hashed_packages_come_from_makes_no_other_environment(
    index: Index, environments: UvEnvironments
) -> None:
    leaf = line(index.wheel("leaf", "1.0"))
    first = environments.provide(asked(leaf))
    option = f"--extra-index-url {index.url}"
    assert environments.provide(asked(option, leaf)).python == first.python
    assert environments.provide(asked(option, "leaf==1.0")).python != first.python


@pytest.mark.parametrize("kind", ["wheel", "sdist"])
def test_a_wrong_hash_is_refused_and_nothing_is_kept(
    index: Index, environments: UvEnvironments, kind: str
) -> None:
    held = index.wheel("leaf", "1.0") if kind == "wheel" else index.sdist("leaf", "1.0")
    zeroed = line(held).replace(held.stated, "0" * 64)
    with pytest.raises(IntegrityError) as refused:
        environments.provide(asked(zeroed))
    assert refused.value.exit_code == 4
    assert "leaf" in (refused.value.details or "")
    # The right one is not hindered by it.
    assert said(environments.provide(asked(line(held))), "import leaf; print(leaf.VERSION)")


def test_an_index_that_lies_about_its_hash_is_caught(
    index: Index, environments: UvEnvironments
) -> None:
    held = index.wheel("leaf", "1.0", stated="1" * 64)
    with pytest.raises(IntegrityError):
        environments.provide(asked(f"leaf==1.0 --hash=sha256:{'1' * 64}"))
    assert held.stated == "1" * 64


def test_a_dependency_that_is_not_pinned_is_refused(
    index: Index, environments: UvEnvironments
) -> None:
    index.wheel("stem", "1.0")
    leaf = line(index.wheel("leaf", "1.0", needs=["stem"]))
    with pytest.raises((DependencyError, OutsideError)):
        environments.provide(asked(leaf))


def test_hashes_hold_even_beside_a_requirement_without_one(
    index: Index, environments: UvEnvironments
) -> None:
    leaf, stem = index.wheel("leaf", "1.0"), index.wheel("stem", "1.0")
    loose = f"stem @ http://{index.host}/files/{stem.filename}"
    assert said(environments.provide(asked(line(leaf), loose)), "import leaf, stem; print(1)")
    with pytest.raises(IntegrityError):
        environments.provide(asked(line(leaf).replace(leaf.stated, "0" * 64), loose))


def test_a_file_changed_through_a_hardlink_is_caught_and_healed(
    index: Index, environments: UvEnvironments
) -> None:
    """The package cache shares its files with environments: an edit in one reaches it."""
    leaf, stem = line(index.wheel("leaf", "1.0")), line(index.wheel("stem", "1.0"))
    first = environments.provide(asked(leaf))
    file = installed(first, "leaf")
    assert file.stat().st_nlink > 1, "nothing is shared: the test would prove nothing"
    with file.open("a") as shared:
        shared.write("VERSION = 'poisoned'\n")
    second = environments.provide(asked(leaf, stem))
    assert said(second, "import leaf; print(leaf.VERSION)") == "1.0"
    healed = environments.provide(asked(leaf))
    assert said(healed, "import leaf; print(leaf.VERSION)") == "1.0"


def test_what_goes_on_meanwhile_hears_of_damage(index: Index, environments: UvEnvironments) -> None:
    heard: list[str] = []

    @contextmanager
    def meanwhile(environment: Environment) -> Iterator[None]:
        heard.append(said(environment, "import leaf; print(leaf.VERSION)"))
        try:
            yield
        except IntegrityError:
            heard.append("damaged")
            raise
        heard.append("whole")

    leaf, stem = line(index.wheel("leaf", "1.0")), line(index.wheel("stem", "1.0"))
    first = environments.provide(asked(leaf), meanwhile=meanwhile)
    assert heard == ["1.0", "whole"]
    environments.provide(asked(leaf), meanwhile=meanwhile)
    assert heard == ["1.0", "whole"]
    with installed(first, "leaf").open("a") as shared:
        shared.write("VERSION = 'poisoned'\n")
    environments.provide(asked(leaf, stem), meanwhile=meanwhile)
    assert heard[2:] == ["poisoned", "damaged", "1.0", "whole"]


def test_an_untouched_environment_costs_no_reading(
    index: Index, environments: UvEnvironments, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[Path] = []

    def heard(paths: list[Path]) -> list[FileContent]:
        read.extend(paths)
        return file_contents(paths)

    monkeypatch.setattr(checks, "file_contents", heard)
    made = environments.provide(asked(line(index.wheel("leaf", "1.0"))))
    assert installed(made, "leaf").resolve() in read
    read.clear()
    for _ in range(2):
        environments.provide(asked(line(index.wheel("leaf", "1.0"))))
    assert not read
    replace(environments, paranoid=True).provide(asked(line(index.wheel("leaf", "1.0"))))
    assert installed(made, "leaf").resolve() in read


def test_an_edit_whose_time_was_put_back_is_caught(
    index: Index, environments: UvEnvironments
) -> None:
    leaf = line(index.wheel("leaf", "1.0"))
    file = installed(environments.provide(asked(leaf)), "leaf")
    before = file.stat()
    with file.open("r+b") as shared:
        content = shared.read()
        shared.seek(0)
        shared.write(content.replace(b"1.0", b"6.6"))
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert (file.stat().st_size, file.stat().st_mtime_ns) == (before.st_size, before.st_mtime_ns)
    assert said(environments.provide(asked(leaf)), "import leaf; print(leaf.VERSION)") == "1.0"


def test_a_poisoned_cache_is_never_used_offline(index: Index, environments: UvEnvironments) -> None:
    leaf, stem = line(index.wheel("leaf", "1.0")), line(index.wheel("stem", "1.0"))
    first = environments.provide(asked(leaf))
    environments.provide(asked(stem))
    with installed(first, "leaf").open("a") as shared:
        shared.write("VERSION = 'poisoned'\n")
    with pytest.raises(OutsideError):
        environments.provide(asked(leaf, stem), offline=True)


@pytest.mark.parametrize("damage", ["changed", "removed", "added"])
def test_a_damaged_environment_is_made_again(
    index: Index, environments: UvEnvironments, damage: str
) -> None:
    leaf = line(index.wheel("leaf", "1.0"))
    made = environments.provide(asked(leaf))
    file = installed(made, "leaf")
    if damage == "changed":
        content = file.read_bytes()
        file.unlink()
        file.write_bytes(content.replace(b"1.0", b"6.6"))
    elif damage == "removed":
        file.unlink()
    else:
        (file.parent / "sitecustomize.py").write_text("print('hello')\n")
    again = environments.provide(asked(leaf))
    assert said(again, "import leaf; print(leaf.VERSION)") == "1.0"


def test_a_half_made_environment_is_made_again(index: Index, environments: UvEnvironments) -> None:
    leaf = line(index.wheel("leaf", "1.0"))
    made = environments.provide(asked(leaf))
    (made.python.parent.parent / "mlpack-complete").unlink()
    installed(made, "leaf").unlink()
    assert said(environments.provide(asked(leaf)), "import leaf; print(leaf.VERSION)") == "1.0"


def test_offline_takes_what_is_there_and_asks_nobody(
    index: Index, environments: UvEnvironments
) -> None:
    leaf, stem = line(index.wheel("leaf", "1.0")), line(index.wheel("stem", "1.0"))
    environments.provide(asked(leaf))
    environments.provide(asked(stem))
    touched = len(index.asked)
    made = environments.provide(asked(leaf, stem), offline=True)
    assert said(made, "import leaf, stem; print(leaf.VERSION)") == "1.0"
    other = line(index.wheel("branch", "1.0"))
    with pytest.raises(OutsideError) as refused:
        environments.provide(asked(other), offline=True)
    assert refused.value.exit_code == 7
    assert "--offline" in (refused.value.hint or "")
    assert len(index.asked) == touched


def test_another_patch_of_the_minor_serves_with_a_note(
    index: Index, environments: UvEnvironments
) -> None:
    minor = PYTHON.rpartition(".")[0]
    made = environments.provide(asked(line(index.wheel("leaf", "1.0")), python=f"{minor}.199"))
    assert made.version.startswith(f"{minor}.")
    assert made.notes == (f"building on Python {made.version}; the lock specifies {minor}.199",)


def test_an_interpreter_that_is_not_there_is_named_with_its_way_out(
    index: Index, environments: UvEnvironments
) -> None:
    with pytest.raises(OutsideError) as refused:
        environments.provide(asked(line(index.wheel("leaf", "1.0")), python="3.99.1"))
    assert refused.value.exit_code == 7
    assert refused.value.message == "Python 3.99 is not installed"
    assert refused.value.hint == "run `uv python install 3.99`"


def test_a_package_that_needs_others_to_be_built_comes_after_them(
    index: Index, environments: UvEnvironments
) -> None:
    stem = index.wheel("stem", "1.0", needs=["leaf"])
    leaf = index.sdist("leaf", "1.0", setup="import stem")
    request = asked(line(leaf), line(stem))
    with pytest.raises(DependencyError):
        environments.provide(request)
    made = environments.provide(replace(request, no_build_isolation=("leaf",)))
    assert said(made, "import leaf; print(leaf.VERSION)") == "1.0"


def test_policies_of_the_callers_change_nothing(index: Index, tmp_path: Path) -> None:
    leaf = line(index.wheel("leaf", "1.0"))
    (tmp_path / "override.txt").write_text("leaf==2.0\n")
    index.wheel("leaf", "2.0")
    policies = {
        "UV_OVERRIDE": str(tmp_path / "override.txt"),
        "UV_EXCLUDE_NEWER": "2000-01-01T00:00:00Z",
        "UV_TARGET": str(tmp_path / "elsewhere"),
        "UV_PREFIX": str(tmp_path / "elsewhere"),
        "UV_SYSTEM_PYTHON": "1",
        "UV_NO_VERIFY_HASHES": "1",
        "UV_NO_BINARY": "1",
    }
    uv = find_uv(surroundings(index, tmp_path, **policies))
    made = UvEnvironments(uv=uv, cache=tmp_path / "cache").provide(asked(leaf))
    assert said(made, "import leaf; print(leaf.VERSION)") == "1.0"
    assert not (tmp_path / "elsewhere").exists()


def test_a_cache_that_cannot_be_written_is_told(index: Index, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file")
    environments = UvEnvironments(
        uv=find_uv(surroundings(index, tmp_path)), cache=tmp_path / "cache"
    )
    with pytest.raises(OutsideError, match="cannot be created") as refused:
        environments.provide(asked(line(index.wheel("leaf", "1.0"))))
    assert "MLPACK_CACHE_DIR" in (refused.value.hint or "")


PIP = """
import sys
from pathlib import Path
from mlpack.adapters.environments import PipEnvironments
from mlpack.core.errors import MlpackError
from mlpack.ports import EnvironmentRequest
from mlpack.adapters.uv import find_uv
request = EnvironmentRequest(requirements=tuple(sys.argv[2:]), python=sys.argv[1])
try:
    made = PipEnvironments(uv=find_uv()).provide(request)
except MlpackError as error:
    print(type(error).__name__, error.message)
else:
    print(made.python.is_file(), made.version)
"""


@pytest.fixture
def with_pip(index: Index, tmp_path: Path) -> object:
    """Let pip make one, in a process of its own, whose temporary folder is empty afterwards."""

    def run(*requirements: str) -> str:
        temporary = tmp_path / "tmp"
        temporary.mkdir(exist_ok=True)
        environ = surroundings(index, tmp_path) | {
            "TMPDIR": str(temporary),
            "PIP_INDEX_URL": index.url,
            "PIP_CONFIG_FILE": "/dev/null",
            "PIP_NO_CACHE_DIR": "1",
            "PYTHONPATH": str(Path(__file__).resolve().parents[3]),
        }
        done = subprocess.run(
            [sys.executable, "-c", PIP, PYTHON, *requirements],
            env=environ, capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert list(temporary.iterdir()) == []
        return done.stdout.strip()

    return run


@pytest.mark.slow
def test_pip_makes_one_and_nothing_stays(index: Index, with_pip: object) -> None:
    leaf = index.wheel("leaf", "1.0")
    assert callable(with_pip)
    assert with_pip(line(leaf)) == f"True {PYTHON}"
    wrong = with_pip(line(leaf).replace(leaf.stated, "0" * 64))
    assert wrong.startswith("IntegrityError")


def test_pip_is_not_asked_offline(index: Index, environments: UvEnvironments) -> None:
    with pytest.raises(OutsideError, match="pip needs the network to create its environment"):
        PipEnvironments(uv=environments.uv).provide(asked("leaf==1.0"), offline=True)


@pytest.mark.skipif(shutil.which("git") is None, reason="there is no git here")
def test_a_git_requirement_stands_beside_hashed_ones(
    index: Index, environments: UvEnvironments, tmp_path: Path
) -> None:
    backend = sdist_files("leaf", "1.0")
    made = commit(tmp_path / "gits/leaf", backend)
    stem = index.wheel("stem", "1.0")
    with served(tmp_path / "gits") as address:
        git = f"leaf @ git+{address}/leaf@{made}"
        found = environments.provide(asked(git, line(stem)))
        assert said(found, "import leaf, stem; print(leaf.VERSION, stem.VERSION)") == "1.0 1.0"
        with pytest.raises(IntegrityError):
            environments.provide(asked(git, line(stem).replace(stem.stated, "0" * 64)))
    # Kept: neither the repository nor the index is needed again.
    assert environments.provide(asked(git, line(stem)), offline=True).python == found.python
