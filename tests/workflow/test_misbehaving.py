"""Models that fail in every way: what `mlpack build` says, how it ends, and that nothing stays."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent, indent

import pytest

from mlpack.core.digest import tree_digest
from tests.conftest import Mlpack
from tests.workflow.conftest import MANIFEST, MODEL, Project

pytestmark = [pytest.mark.slow, pytest.mark.network]


@dataclass(frozen=True, kw_only=True)
class Case:
    """Where a model does what, and what the user reads of it."""

    init: str = ""
    load: str = ""
    predict: str = "return model_input[['x']] * 2"
    top: str = ""
    manifest: str = ""
    says: tuple[str, ...]
    code: int = 1


TENSOR = MANIFEST.replace(
    "outputs: [{name: x, type: double}]", "outputs: [{name: e, dtype: float32, shape: [-1, 3]}]"
)

CASES = {
    "raises in __init__": Case(
        init="raise ValueError('the third weight is missing')",
        says=(
            "error: Doubler.__init__ raised ValueError: the third weight is missing",
            'File "model_code/doubler.py", line ',
        ),
    ),
    "raises in load_context": Case(
        load="raise KeyError('vocabulary')",
        says=("error: ", "load_context raised KeyError", "vocabulary", "model_code/doubler.py"),
    ),
    "raises in predict": Case(
        predict="raise ZeroDivisionError('of nothing')",
        says=("error: ", "predict raised ZeroDivisionError: of nothing", "model_code/doubler.py"),
    ),
    "leaves in predict": Case(
        predict="import sys; sys.exit(3)", says=("error: ", "called sys.exit(3)")
    ),
    "leaves with a good status": Case(
        predict="import sys; sys.exit(0)", says=("error: ", "called sys.exit(0)")
    ),
    "ends its process": Case(
        predict="import os; print('last words', flush=True); os._exit(0)",
        says=(
            "error: The model ended its process (status 0) while predicting.",
            "last words",
            "make sure that nothing in the model calls os._exit",
        ),
    ),
    "crashes": Case(
        predict="import ctypes; ctypes.string_at(0)",
        says=("error: The model crashed in native code (SIGSEGV) while predicting.",),
    ),
    "is killed": Case(
        predict="import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
        says=("error: The model was killed (SIGKILL) while predicting.", "out of memory"),
    ),
    "hangs": Case(
        predict="import time; print('hanging now', flush=True); time.sleep(600)",
        manifest=f"{MANIFEST}verify: {{timeout: 30s}}\n",
        says=(
            "error: The model was still predicting after 30 seconds and was stopped.",
            "hanging now",
            "verify.timeout",
        ),
    ),
    "gives the wrong type": Case(
        predict="return model_input[['x']].astype(str)",
        says=("error[output-dtype]: x contains '1.5' in row 0, not double",),
    ),
    "gives another column": Case(
        predict="return model_input.rename(columns={'x': 'y'})",
        says=(
            "error[output-columns]: the output is missing x",
            "error[output-columns]: the output has y, which the signature does not declare",
        ),
    ),
    "gives None": Case(predict="return None", says=("error: ", "None")),
    "gives the wrong shape": Case(
        predict="import numpy; return numpy.zeros((len(model_input), 2), 'float32')",
        manifest=TENSOR,
        says=("error[output-shape]: e has the shape (2, 2), not (-1, 3)",),
    ),
    "gives the wrong dtype": Case(
        predict="import numpy; return numpy.zeros((len(model_input), 3), 'float64')",
        manifest=TENSOR,
        says=("error[output-dtype]: e is float64, not float32",),
    ),
    "imports what is not there": Case(
        # Written so that no check sees it before it happens.
        top="__import__('importlib').import_module('lightgbm')",
        says=("lightgbm", "dependencies"),
    ),
    "imports it late": Case(
        predict="import lightgbm",
        says=("lightgbm", "dependencies"),
    ),
    "misses a file of its home": Case(
        predict="from pathlib import Path; open(Path.home() / '.cache/hub/weights.bin')",
        says=("FileNotFoundError", "it ran with an empty HOME", "verify.pass_env"),
    ),
    "misses a variable": Case(
        predict="import os; return os.environ['HF_TOKEN_OF_MINE']",
        says=("KeyError", "without your environment variables", "verify.pass_env"),
    ),
    "writes into its package": Case(
        load="open(context.artifacts['w'], 'a').write('more')",
        manifest=f"{MANIFEST}artifacts: {{w: mlpack.yaml}}\n",
        says=("error: the model changed its own package while predicting: artifacts/",),
    ),
    "differs from what is expected": Case(
        manifest=f"{MANIFEST}verify: {{expected_output: {{file: expected.json}}}}\n",
        says=("error[output-expected]: [1].x is 4.0, not 7.0",),
    ),
}


def text_of(case: Case) -> str:
    """Return the module of a case's model."""
    methods = {
        "__init__(self)": case.init,
        "load_context(self, context)": case.load,
        "predict(self, context, model_input, params=None)": case.predict,
    }
    lines = [
        f"    def {head}:\n{indent(dedent(body), ' ' * 8)}\n"
        for head, body in methods.items()
        if body
    ]
    name = "Other" if "class Doubler" in case.top else "Doubler"
    return (
        f"import mlflow.pyfunc\n{case.top}\n\n"
        f"class {name}(mlflow.pyfunc.PythonModel):\n" + "\n".join(lines)
    )


@pytest.mark.parametrize("name", CASES)
def test_a_model_that_fails_says_how_and_leaves_nothing(
    project: Project, mlpack: Mlpack, tmp_path: Path, name: str
) -> None:
    case = CASES[name]
    root = project(model=text_of(case), manifest=case.manifest or MANIFEST)
    (root / "expected.json").write_text('{"predictions": [{"x": 3.0}, {"x": 7.0}]}')
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    files = listing(root)
    done = mlpack("-q", "build", cwd=root, env={"TMPDIR": str(temporary)})
    assert done.returncode == case.code, done.stdout + done.stderr
    for words in case.says:
        assert words in done.stderr, done.stderr
    # The model's own frames help; those of mlpack and of libraries do not.
    assert "_worker" not in done.stderr
    assert "site-packages" not in done.stderr
    assert done.stdout == ""
    left = listing(root)
    left["mlpack.lock"] = files["mlpack.lock"]
    assert left == files
    assert not [path for path in temporary.rglob("*") if path.is_file()]


def test_garbage_on_stdout_harms_nobody(project: Project, mlpack: Mlpack) -> None:
    """What a model prints is not what it answers, and no result of ours either."""
    case = Case(
        top="print('at import')",
        load="print('{\"ok\": false}')",
        predict=(
            "import sys\n"
            "sys.stdout.write('\\x1b[31m\\x00 garbage' * 1000)\n"
            "sys.stdout.close()\n"
            "return model_input[['x']] * 2"
        ),
        says=(),
    )
    root = project(model=text_of(case))
    done = mlpack("build", "--format", "json", cwd=root)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("{")
    assert "\\x1b" not in json.loads(done.stdout)["packages"][0]["prediction"]["preview"]


def test_a_failure_after_a_good_build_keeps_package_and_record(
    project: Project, mlpack: Mlpack
) -> None:
    root = project()
    assert mlpack("build", cwd=root).returncode == 0
    before, lock = tree_digest(root / "dist/doubler"), (root / "mlpack.lock").read_bytes()
    record = (root / "dist/doubler.intoto.json").read_bytes()
    (root / "model_code/doubler.py").write_text(
        MODEL.replace("return", "import os; os._exit(0); return")
    )
    assert mlpack("build", cwd=root).returncode == 1
    assert tree_digest(root / "dist/doubler") == before
    assert (root / "dist/doubler.intoto.json").read_bytes() == record
    assert (root / "mlpack.lock").read_bytes() == lock


def listing(root: Path) -> dict[str, bytes]:
    """Return every file of a project, what Python caches aside."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
