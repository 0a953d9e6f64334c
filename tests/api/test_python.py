"""mlpack from Python: in scripts, in event loops, in notebooks, and interrupted."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import tomllib

import mlpack
from tests.conftest import ROOT
from tests.lines import environment
from tests.workflow.conftest import Project, project, shared_lock

__all__ = ["project", "shared_lock"]

PAGE = ROOT / "docs/python.md"
CELLS = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)


@contextlib.contextmanager
def working_in(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def test_every_public_name_is_there_and_typed() -> None:
    for name in mlpack.__all__:
        assert getattr(mlpack, name) is not None
    assert set(mlpack.__all__) <= set(dir(mlpack))
    with pytest.raises(AttributeError):
        mlpack.nothing  # noqa: B018
    documented = set(re.findall(r"`(\w+)\(", PAGE.read_text()))
    assert documented - {"str"} <= set(mlpack.__all__)


def test_an_error_says_all_in_its_text(tmp_path: Path) -> None:
    mlpack.init(tmp_path)
    manifest = tmp_path / "mlpack.yaml"
    manifest.write_text(manifest.read_text().replace("name:", "nmae:", 1))
    with pytest.raises(mlpack.ManifestError) as caught, working_in(tmp_path):
        mlpack.load_manifest("mlpack.yaml")
    assert str(caught.value).splitlines()[:3] == [
        "mlpack.yaml has 1 error.",
        "  mlpack.yaml:3:1: error[unknown-key]: `nmae` is not a key of the manifest",
        "    help: Did you mean `name`?",
    ]
    with pytest.raises(
        mlpack.UsageError, match=r"(?s)unknown template 'x'.*help: choose one of: minimal"
    ):
        mlpack.init(tmp_path / "other", mlpack.InitOptions(template="x"))


def test_lock_is_a_function_and_a_package(tmp_path: Path) -> None:
    from mlpack import lock

    assert lock is mlpack.lock
    assert callable(lock)
    import mlpack.lock.text as text
    from mlpack.lock.text import read_lock

    assert text.read_lock is read_lock
    with pytest.raises(mlpack.UsageError, match="does not exist"):
        mlpack.lock(tmp_path / "mlpack.yaml")


@pytest.mark.parametrize("first", ["mlpack.lock.text", "mlpack.api", "mlpack"])
def test_lock_is_a_function_whatever_was_imported_first(first: str) -> None:
    code = f"import {first}\nfrom mlpack import lock\nassert callable(lock) and lock.__path__"
    subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": str(ROOT)}, check=True
    )


def test_validate_returns_what_is_wrong_with_one_manifest_or_many(tmp_path: Path) -> None:
    mlpack.init(tmp_path)
    right, wrong = tmp_path / "mlpack.yaml", tmp_path / "wrong.yaml"
    wrong.write_text(right.read_text().replace("name:", "nmae:", 1))
    assert mlpack.validate(right) == ()
    found = mlpack.validate(str(wrong))
    assert [problem.code for problem in found] == ["unknown-key"]
    assert found[0].span is not None
    assert found[0].span.file == str(wrong)
    assert mlpack.validate([right, wrong]) == found
    with working_in(tmp_path):
        assert mlpack.validate() == ()


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda path: mlpack.BuildOptions(variants="small"), "variants"),
        (lambda path: mlpack.fetch(path, variants="small"), "variants"),
        (lambda path: mlpack.run(path, "python train.py"), "argv"),
        (lambda path: mlpack.update_lock(path, upgrade="numpy"), "upgrade"),
        (lambda path: mlpack.lock(path, upgrade_artifacts="weights"), "upgrade_artifacts"),
        (lambda path: mlpack.add(path, "numpy"), "requirements"),
        (lambda path: mlpack.remove(path, "numpy"), "packages"),
        (lambda path: mlpack.tree(path, packages="numpy"), "packages"),
        (lambda path: mlpack.outdated(path, variants="small"), "variants"),
        (lambda path: mlpack.ImportOptions(words="a.py", folder=path.parent), "words"),
    ],
)
def test_a_string_where_a_list_is_meant_is_refused(
    call: Callable[[Path], object], name: str, tmp_path: Path
) -> None:
    mlpack.init(tmp_path)
    with pytest.raises(mlpack.UsageError, match=f"`{name}` is a list of strings, and"):
        call(tmp_path / "mlpack.yaml")


def test_models_are_listed_of_one_manifest_or_many(tmp_path: Path) -> None:
    mlpack.init(tmp_path)
    one = mlpack.list_models(tmp_path / "mlpack.yaml")
    assert len(one) == 1
    assert mlpack.list_models([tmp_path / "mlpack.yaml"] * 2) == one * 2


def test_requirements_are_added_and_removed(tmp_path: Path) -> None:
    mlpack.init(tmp_path)
    path = tmp_path / "mlpack.yaml"
    before = path.read_text()
    report = mlpack.add(path, ["scipy~=1.17"], lock=False)
    (change,) = report.changes
    assert (change.change, change.after, report.written) == ("added", "scipy~=1.17", True)
    assert "scipy~=1.17" in path.read_text()
    assert mlpack.remove(path, ["scipy"], lock=False, dry_run=True).written is False
    mlpack.remove(path, ["scipy"], lock=False)
    assert path.read_text() == before


@pytest.mark.slow
def test_nothing_is_printed_unless_a_narrator_is_given(
    project: Project, capfd: pytest.CaptureFixture[str]
) -> None:
    root = project()
    with working_in(root):
        (report,) = mlpack.build("mlpack.yaml", mlpack.BuildOptions(output=Path("out")))
        assert capfd.readouterr() == ("", "")
        assert report.package == root / "out/doubler"
        mlpack.verify("out/doubler", narrator=mlpack.narrator())
        told = capfd.readouterr()
        assert told.out == ""
        assert "  Predicted DataFrame" in told.err
        assert "\x1b" not in told.err
        lines: list[str] = []
        mlpack.build(root / "mlpack.yaml", narrator=mlpack.narrator(lines.append))
        assert any("Environment ready" in line for line in lines)
        assert capfd.readouterr() == ("", "")


@pytest.mark.slow
def test_a_failing_model_is_an_exception(project: Project) -> None:
    root = project(
        model="""
        import mlflow


        class Doubler(mlflow.pyfunc.PythonModel):
            def predict(self, context, model_input, params=None):
                raise ValueError("no such thing")
        """
    )
    with pytest.raises(mlpack.ModelError, match="no such thing") as caught:
        mlpack.build(root / "mlpack.yaml")
    assert caught.value.exit_code == 1
    assert not (root / "dist").exists() or not list((root / "dist").iterdir())


INTERRUPTED = """
import os, signal, sys, threading
import mlpack

def interrupt(line):
    if "Environment ready" in line:
        threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()

try:
    mlpack.build("mlpack.yaml", narrator=mlpack.narrator(interrupt))
except KeyboardInterrupt:
    children = os.popen(f"ps -o pid=,args= --ppid {os.getpid()}").read()
    print("interrupted", [each for each in os.listdir("dist")], "_worker" in children)
(report,) = mlpack.build("mlpack.yaml")
print(report.status)
"""


@pytest.mark.slow
def test_an_interrupted_cell_leaves_nothing_and_the_next_one_works(project: Project) -> None:
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED],
        cwd=project(),
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        # Workers of a test run are deaf to interruptions, and so would their children be.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.stdout.splitlines() == ["interrupted [] False", "built"], done.stderr


@pytest.mark.slow
@pytest.mark.network
def test_the_page_runs_inside_an_event_loop(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def cells() -> None:
        known: dict[str, object] = {}
        for cell in CELLS:
            exec(compile(cell, str(PAGE), "exec"), known)
            await asyncio.sleep(0)

    with working_in(tmp_path):
        asyncio.run(cells())
    _check(capsys.readouterr().out)


@pytest.mark.slow
@pytest.mark.network
def test_the_page_runs_as_a_notebook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nbformat = pytest.importorskip("nbformat")
    nbclient = pytest.importorskip("nbclient")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    cells = [nbformat.v4.new_code_cell(cell) for cell in CELLS]
    notebook = nbformat.v4.new_notebook(cells=cells)
    client = nbclient.NotebookClient(
        notebook, timeout=300, resources={"metadata": {"path": tmp_path}}
    )
    client.execute()
    outputs = [each for cell in notebook.cells for each in cell.outputs]
    _check("".join(each.text for each in outputs if each.get("name") == "stdout"))


def _check(printed: str) -> None:
    assert printed.startswith("built demo sha256:")
    assert "as in the lock" in printed
    assert '"y": 40.0' in printed
    assert "unknown-key 3 `nmae` is not a key of the manifest" in printed


@pytest.mark.slow
@pytest.mark.network
def test_the_page_runs_with_another_pandas_than_the_models(cache: Path, tmp_path: Path) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    caller = environment(cache, ("pandas<3", "numpy<2", *project["dependencies"]))
    cells = re.findall(r"^```py(?:thon)?\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    (tmp_path / "page.py").write_text("\n".join(cells))
    done = subprocess.run(
        [caller.python, "page.py"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "DataFrame [40.0, 1.0]\n2.0\n" in done.stdout
    _check(done.stdout)
