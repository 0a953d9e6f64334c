"""The same bytes anywhere: all conditions that may differ between two machines, changed at once.

``python -m tests.exactness FOLDER`` takes the examples and every condition by itself.
"""

from __future__ import annotations

import getpass
import socket
from pathlib import Path

import pytest

from tests.conditions import PASS_ENV, PLAIN, Condition, build_under, conditions, together
from tests.conftest import ROOT, Mlpack
from tests.workflow.conftest import MANIFEST, MODEL, Project
from tests.workflow.test_mlflow_lines import line_lock, write_line

pytestmark = pytest.mark.slow

VERIFY = f"verify: {{pass_env: {PASS_ENV}}}\n"
ALL = {
    "deep folder", "HOME", "TZ", "LANG", "umask 077", "hash seed", "user name", "file order",
    "one CPU", "hostname", "user id", "clock +400 days, offline", "folder order",
    "TMPDIR elsewhere", "cold cache",
}  # fmt: skip


def test_every_condition_can_be_had_here(tmp_path: Path) -> None:
    missing = ALL - {one.name for one in conditions(tmp_path)}
    if missing:
        pytest.skip(f"no tool, or no right, for: {', '.join(sorted(missing))}")


def _differing(tmp_path: Path, *, warm: bool = False) -> list[Condition]:
    found = [one for one in conditions(tmp_path) if not (warm and one.name == "cold cache")]
    by_itself = [one for one in found if one.shuffled]
    return [together([one for one in found if not one.shuffled]), *by_itself]


@pytest.mark.parametrize("serialization", ["code", "pickle"])
def test_one_digest_under_all_conditions(
    project: Project, tmp_path: Path, serialization: str
) -> None:
    small = project(manifest=f"{MANIFEST}{VERIFY}build: {{serialization: {serialization}}}\n")
    expected = build_under(PLAIN, small, tmp_path / "plain")
    for number, condition in enumerate(_differing(tmp_path, warm=serialization == "pickle")):
        built = build_under(condition, small, tmp_path / str(number))
        assert built == expected, condition.name


@pytest.mark.network
@pytest.mark.parametrize("serialization", ["code", "pickle"])
@pytest.mark.parametrize("line", ["2.20.0", "3.1.0"])
def test_so_with_older_lines_of_mlflow(
    line: str, serialization: str, tmp_path: Path, cache: Path
) -> None:
    root = write_line(tmp_path / "project", line, serialization)
    with (root / "mlpack.yaml").open("a") as manifest:
        manifest.write(VERIFY)
    (root / "mlpack.lock").write_bytes(line_lock(cache, line).read_bytes())
    expected = build_under(PLAIN, root, tmp_path / "plain")
    # Another patch of Python would need an environment of its own for each line.
    warm = [c for c in conditions(tmp_path) if c.name != "cold cache" and "Python" not in c.name]
    condition = together([one for one in warm if not one.shuffled])
    assert build_under(condition, root, tmp_path / "other") == expected


TELLS_THE_TIME = MODEL.replace("import mlflow", "import time\n\nimport mlflow").replace(
    "* 2", "* 0 + time.time()"
)


def test_the_clock_of_the_model_is_another_too(
    project: Project, tmp_path: Path, mlpack: Mlpack
) -> None:
    import re
    import time

    clocks = [one for one in conditions(tmp_path) if one.name.startswith("clock")]
    if not clocks:
        pytest.skip("there is no C compiler for a library that changes the clock")
    root = project(model=TELLS_THE_TIME, manifest=MANIFEST + VERIFY)
    done = mlpack("build", cwd=root, env=clocks[0].env)
    assert done.returncode == 0, done.stderr
    said = float(re.search(r"x: ([0-9.e+]+)", done.stdout)[1])  # type: ignore[index]
    assert said > time.time() + 399 * 86_400


SECRET = "planted-s3cret"


def test_no_package_holds_a_secret_or_the_machine(
    project: Project, tmp_path: Path, shared_lock: Path
) -> None:
    """The environment, an index's URL and a user's configuration hold a credential."""
    home = tmp_path / "home"
    (home / ".config/uv").mkdir(parents=True)
    (home / ".netrc").write_text(f"machine nowhere.example login me password {SECRET}\n")
    (home / ".config/uv/uv.toml").write_text(
        f'extra-index-url = ["https://me:{SECRET}@nowhere.example/simple"]\n'
    )
    index = f"https://me:{SECRET}@nowhere.example/simple"
    planted = {
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "HF_TOKEN": SECRET,
        "UV_EXTRA_INDEX_URL": index,
        "PIP_EXTRA_INDEX_URL": index,
        "XDG_CONFIG_HOME": str(home / ".config"),
        "NETRC": str(home / ".netrc"),
        # All packages are there: the index that is nowhere must not be asked.
        "UV_OFFLINE": "1",
    }
    for serialization in ("code", "pickle"):
        name = f"built-{serialization}"
        manifest = f"{MANIFEST}build: {{serialization: {serialization}}}\n"
        root = project(manifest=manifest, name=f"project-{serialization}")
        build_under(Condition(name=name, env=planted), root, tmp_path / name)
        written = [path for path in (tmp_path / name).rglob("*") if path.is_file()]
        assert any(path.name.endswith(".intoto.json") for path in written)
        lock = next(path for path in written if path.name == "mlpack.lock")
        for path in [*(path for path in written if "output" in path.parts), lock]:
            content = path.read_bytes()
            for told in (str(tmp_path), str(ROOT), SECRET, socket.gethostname(), "nowhere.example"):
                assert told.encode() not in content, (path, told)
            user = getpass.getuser().encode()
            assert user + b"@" not in content and b"/" + user not in content, path
