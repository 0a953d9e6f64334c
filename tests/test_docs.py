"""Every command shown in the README and the docs runs, and prints what is shown.

In ``console`` blocks, ``$ `` starts a command and the lines below are its output (both streams);
``…`` alone stands for any lines, and times, sizes and digests may differ. ``bash`` blocks set up:
the first runs on a fresh clone, the second is what runs these tests.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from uv import find_uv_bin

from tests.conftest import ROOT
from tests.pictures import rooms

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
VARYING = [
    (re.compile(r"sha256:[0-9a-f]{12,}"), "sha256:…"),
    (re.compile(r"\d+(\.\d+)? (s|kB|MB|GB|min)\b"), "N"),
    (re.compile(r" \(N\)$", re.MULTILINE), ""),
    (re.compile(r"\b\d+ (packages|requirements)\b"), r"N \1"),
    (re.compile(r"Python 3\.(\d+)\.\d+"), r"Python 3.\1"),
]


def _blocks(page: Path, language: str) -> list[str]:
    found = BLOCK.findall(page.read_text(encoding="utf-8"))
    return [body for name, body in found if name == language]


def _copy(destination: Path) -> Path:
    """Copy what git tracks, and what it would track, as a clone would have it."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (destination / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, destination / name)
    return destination


def _same(text: str) -> str:
    for pattern, replacement in VARYING:
        text = pattern.sub(replacement, text)
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


def _matches(shown: str, printed: str) -> bool:
    parts = [re.escape(part.strip("\n")) for part in re.split(r"^…$", shown, flags=re.MULTILINE)]
    return re.fullmatch(r"[\s\S]*?".join(parts).strip(), printed) is not None


def _commands(block: str) -> list[tuple[str, str]]:
    found = re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]
    return [(part.split("\n", 1)[0], part.split("\n", 1)[1]) for part in found]


@pytest.mark.slow
@pytest.mark.parametrize(
    "page", [page for page in PAGES if _blocks(page, "console")], ids=lambda page: page.name
)
def test_what_a_page_shows_is_what_happens(page: Path, tmp_path: Path) -> None:
    copy = _copy(tmp_path / "mlpack")
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "mlpack").write_text(f'#!/bin/sh\nexec {sys.executable} -m mlpack "$@"\n')
    (programs / "mlpack").chmod(0o755)
    env = {**os.environ, "PYTHONPATH": str(copy), "PATH": f"{programs}:{os.environ['PATH']}"}
    for command, shown in (pair for block in _blocks(page, "console") for pair in _commands(block)):
        done = subprocess.run(
            command,
            shell=True,
            cwd=copy,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        printed, expected = _same(done.stdout), _same(shown)
        assert _matches(expected, printed), f"$ {command}\n{done.stdout}\n--- shown:\n{shown}"


@pytest.mark.slow
@pytest.mark.network
def test_the_first_command_works_on_a_fresh_clone(tmp_path: Path) -> None:
    copy = _copy(tmp_path / "mlpack")
    command = _blocks(ROOT / "README.md", "bash")[0]
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        ["bash", "-ec", command],
        cwd=copy,
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "dist/quickstart built" in done.stdout
    assert (copy / "examples/quickstart/dist/quickstart/MLmodel").is_file()


@pytest.mark.slow
@pytest.mark.network
def test_each_way_to_install_the_command_works(tmp_path: Path) -> None:
    copy, uv = _copy(tmp_path / "mlpack"), find_uv_bin()
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "uv").symlink_to(uv)
    # pipx is no dependency of the tests: uv brings one.
    (programs / "pipx").write_text('#!/bin/sh\nexec uv tool run -q pipx "$@"\n')
    (programs / "pipx").chmod(0o755)
    for number, line in enumerate(_blocks(ROOT / "docs/start.md", "bash")[0].splitlines()):
        place = tmp_path / str(number)
        env = {
            **{name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
            "PATH": f"{programs}:{os.environ['PATH']}",
            "UV_TOOL_DIR": str(place / "tools"),
            "UV_TOOL_BIN_DIR": str(place / "bin"),
            "PIPX_HOME": str(place / "tools"),
            "PIPX_BIN_DIR": str(place / "bin"),
        }
        done = subprocess.run(
            ["bash", "-ec", line], cwd=copy, env=env, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        program = [str(place / "bin/mlpack"), "validate", "examples/quickstart/mlpack.yaml"]
        told = subprocess.run(
            program, cwd=copy, env=env, capture_output=True, text=True, check=False
        )
        assert told.stdout == "examples/quickstart/mlpack.yaml is valid\n", told.stderr


def test_the_second_command_is_what_ci_runs() -> None:
    command = _blocks(ROOT / "README.md", "bash")[1].strip()
    assert command in (ROOT / ".ci/run").read_text(encoding="utf-8").splitlines()


def test_links_lead_somewhere() -> None:
    missing = []
    for page in [*PAGES, ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*/*.md"))]:
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            if "://" not in target and not (page.parent / target).exists():
                missing.append(f"{page.relative_to(ROOT)}: {target}")
    assert not missing


def test_the_readme_is_short_and_shows_the_quickstarts_manifest() -> None:
    page = ROOT / "README.md"
    assert page.read_text(encoding="utf-8").count("\n") < 150
    real = yaml.safe_load((ROOT / "examples/quickstart/mlpack.yaml").read_text(encoding="utf-8"))
    for shown in (page, ROOT / "docs/tour.md"):
        (block,) = _blocks(shown, "yaml")
        manifest = yaml.safe_load(block)
        assert manifest == {key: real[key] for key in real if key not in ("description", "verify")}


def test_every_path_that_the_architecture_names_exists() -> None:
    text = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    named = re.findall(r"`([\w./]+(?:/|\.(?:py|md|json|toml|yaml)))`", text)
    assert len(named) > 50
    lost = [
        name for name in named if not ((ROOT / name).exists() or (ROOT / "mlpack" / name).exists())
    ]
    # The one file that is the user's own.
    assert set(lost) == {"mlpack.yaml"}


def test_the_architecture_has_a_row_for_every_room_on_its_floor() -> None:
    text = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d+) \| `(\w+)/` \|", text, re.MULTILINE)
    floors = enumerate(reversed(rooms.floors()))
    assert sorted(rows) == sorted((str(floor), room) for floor, names in floors for room in names)


def test_every_step_of_a_build_has_its_place_in_the_story() -> None:
    text = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    told = re.findall(r"^\d\. \*\*`([\w/.]+)`\*\*", text, re.MULTILINE)
    real = [path.name for path in (ROOT / "mlpack/workflow/build").glob("*.py")]
    assert sorted(told) == sorted(f"workflow/build/{name}" for name in real)


def test_the_commits_that_contributing_names_are_in_the_history() -> None:
    named = re.findall(
        r"git show ([0-9a-f]{7,})", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    )
    assert len(set(named)) >= 4
    if _git("rev-parse", "--is-shallow-repository") != "false":
        pytest.skip("the history is not here: a shallow clone, or no clone")
    missing = [name for name in named if _git("merge-base", "--is-ancestor", name, "HEAD") is None]
    assert not missing


def _git(*arguments: str) -> str | None:
    done = subprocess.run(
        ["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return done.stdout.strip() if done.returncode == 0 else None
