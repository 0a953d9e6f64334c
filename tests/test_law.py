"""The architecture is a law: imports go down only, and start-up stays light."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
HEAVY = ("mlflow", "pandas", "numpy", "torch", "rich", "pydantic", "requests")


def test_imports_obey_the_law() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_modules_import_each_other_in_a_circle() -> None:
    import grimp

    graph = grimp.build_graph("mlpack", exclude_type_checking_imports=True, cache_dir=None)
    # The face of a package and what is behind it do import each other, by the face.
    faces = {module for module in graph.modules if graph.find_children(module)}
    circles = [
        (module, other)
        for module in sorted(graph.modules - faces)
        for other in sorted(graph.find_modules_directly_imported_by(module) - faces)
        if graph.chain_exists(importer=other, imported=module)
    ]
    assert not circles


@pytest.mark.parametrize(
    "argv",
    [["--help"], ["--version"], ["build", "--help"], ["validate", "mlpack.example.yaml"]],
    ids=" ".join,
)
def test_start_up_imports_nothing_heavy(argv: list[str]) -> None:
    program = (
        "import sys, mlpack.__main__ as m\n"
        f"sys.argv = ['mlpack', *{argv!r}]\n"
        "code = m._exit_code()\n"
        f"print(code, sorted(name for name in {HEAVY!r} if name in sys.modules))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.stdout.splitlines()[-1] == "0 []", done.stdout + done.stderr


def test_no_function_is_longer_than_forty_lines_and_no_module_than_three_hundred() -> None:
    import ast

    long = []
    for path in sorted((ROOT / "mlpack").rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        if text.count("\n") > 300:
            long.append(f"{path.relative_to(ROOT)}: {text.count(chr(10))} lines")
        for node in ast.walk(ast.parse(text)):
            # A table of flags is as long as there are flags.
            if isinstance(node, ast.FunctionDef) and node.name != "command":
                length = (node.end_lineno or 0) - node.lineno + 1
                if length > 45:
                    long.append(f"{path.relative_to(ROOT)}:{node.name}: {length} lines")
    assert not long
