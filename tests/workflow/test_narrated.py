"""What long commands tell on standard error: each step, the model's own output, what is left."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import ROOT, Mlpack
from tests.workflow.conftest import MANIFEST, MODEL, Project

pytestmark = pytest.mark.slow

TALKER = MODEL.replace(
    "return",
    """print("loud\\x1b[31m red\\x1b[0m")
        import sys
        print("0%\\r50%\\r100%", file=sys.stderr)
        return""",
)
SLOW = MODEL.replace(
    "return", "import time; print('here', flush=True); time.sleep(120)\n        return"
)
TWO = MANIFEST + "variants: {small: {}, large: {metadata: {size: large}}}\n"


def test_run_tells_what_it_resolves_and_makes(
    project: Project, mlpack: Mlpack, tmp_path: Path
) -> None:
    root = project()
    assert mlpack("run", "--", "true", cwd=root).returncode == 0
    found = mlpack("run", "--", "python", "-c", "print(1)", cwd=root)
    assert (found.returncode, found.stdout, found.stderr) == (0, "1\n", "")
    (root / "mlpack.lock").unlink()
    env = {"MLPACK_CACHE_DIR": str(tmp_path / "cache")}
    fresh = mlpack("run", "--", "python", "-c", "print(1)", cwd=root, env=env)
    assert (fresh.returncode, fresh.stdout) == (0, "1\n"), fresh.stderr
    assert re.sub(r"\d+(\.\d+)*", "N", fresh.stderr) == (
        "  Resolved N packages (N s)\n"
        "  note: mlpack.lock does not pin these packages; `mlpack lock` does.\n"
        "  Environment ready on Python N (N s)\n"
    )
    assert not (root / "mlpack.lock").exists()


def test_verbose_shows_what_the_model_prints(project: Project, mlpack: Mlpack) -> None:
    root = project(model=TALKER)
    quiet = mlpack("build", cwd=root)
    assert quiet.returncode == 0 and "loud" not in quiet.stderr
    for words in (["build", "--force"], ["verify", "dist/doubler"], ["predict", "dist/doubler"]):
        done = mlpack("-v", *words, cwd=root)
        assert done.returncode == 0, done.stderr
        lines = done.stderr.splitlines()
        assert "  doubler | loud red" in lines
        assert "  doubler | 100%" in lines
        assert "loud" not in done.stdout
    # MLflow's own, too.
    built = mlpack("build", "--force", "-v", cwd=root)
    assert "  doubler | " in built.stderr and "mlflow.pyfunc" in built.stderr


def test_verbose_shows_the_output_of_a_model_that_fails(project: Project, mlpack: Mlpack) -> None:
    root = project(
        model=MODEL.replace("return", "print('so far', 1)\n        raise OSError()\n        return")
    )
    done = mlpack("-v", "build", cwd=root)
    assert done.returncode == 1
    assert "  doubler | so far 1\n" in done.stderr


def test_the_summary_counts_models_and_the_whole_time(project: Project, mlpack: Mlpack) -> None:
    root = project(manifest=TWO)
    started = time.monotonic()
    done = mlpack("build", cwd=root)
    whole = time.monotonic() - started
    assert done.returncode == 0, done.stderr
    (told,) = re.findall(r"^2 models in ([\d.]+) s: 2 built$", done.stderr, re.MULTILINE)
    assert 0.5 * whole < float(told) <= whole
    # Each with its part of what they share; none took longer than all.
    assert all(float(each) <= whole for each in re.findall(r"built, .* in ([\d.]+) s", done.stdout))
    assert {"(1/2) doubler-small", "(2/2) doubler-large"} == set(
        re.findall(r"^  (\(\d/2\) \S+): ", done.stderr, re.MULTILINE)
    )
    again = mlpack("build", "--paranoid", cwd=root)
    assert re.search(r"^2 models in [\d.]+ s: 2 up to date$", again.stderr, re.MULTILINE)
    assert "models in" not in mlpack("-q", "build", "--paranoid", cwd=root).stderr


def test_the_time_of_a_build_has_the_environment_in_it(
    project: Project, mlpack: Mlpack, tmp_path: Path
) -> None:
    root = project()
    env = {"MLPACK_CACHE_DIR": str(tmp_path / "cache")}
    done = mlpack("build", cwd=root, env=env)
    assert done.returncode == 0, done.stderr
    (made,) = re.findall(r"Environment ready on Python \S+ \(([\d.]+) s\)", done.stderr)
    (saved,) = re.findall(r"Saved doubler \(([\d.]+) s\)", done.stderr)
    (told,) = re.findall(r"built, .* in ([\d.]+) s", done.stdout)
    assert float(told) >= float(made) + float(saved) - 0.1


def test_an_interrupted_command_says_what_is_left(project: Project, tmp_path: Path) -> None:
    root = project(model=SLOW)
    lock = (root / "mlpack.lock").read_bytes()
    child = subprocess.Popen(
        [sys.executable, "-m", "mlpack", "build"],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stderr=subprocess.PIPE,
        text=True,
    )
    assert child.stderr is not None
    told = ""
    for line in child.stderr:
        told += line
        if "Saved" in line:
            break
    time.sleep(1)
    child.send_signal(signal.SIGINT)
    told += child.stderr.read()
    assert child.wait(timeout=30) == 130
    assert re.search(
        r"^  failed: Running the forward pass .*\ninterrupted: packages that were not finished are "
        r"unchanged, and their staging folders removed; .*\n\Z",
        told,
        re.MULTILINE,
    ), told
    assert not list((root / "dist").iterdir())
    assert (root / "mlpack.lock").read_bytes() == lock
