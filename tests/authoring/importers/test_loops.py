"""Calls in loops over literals and in functions: each time is a variant."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.authoring.importers.reading import MODEL, left, read, values, write

HEAD = """
import os
from pathlib import Path
import mlflow
from model_code.m import Model, Other
ORGANISMS = ["human", "mouse"]
SIZES = {"human": 3, "mouse": 5}
"""
WITH_INIT = MODEL + "\n    def __init__(self, size=0, organism=''):\n        pass\n"
WITH_INIT += "\n\nclass Other(Model):\n    pass\n"


def script(root: Path, text: str) -> Path:
    files = {"model_code/__init__.py": "", "model_code/m.py": WITH_INIT, "package.py": HEAD + text}
    return write(root, files)


SAVE = "mlflow.pyfunc.save_model(f'out/{name}', python_model=Model(size=size, organism=name))"


@pytest.mark.parametrize(
    "text",
    [
        f"for name, size in SIZES.items():\n    {SAVE}",
        f"for name in ORGANISMS:\n    size = SIZES[name]\n    {SAVE}",
        f"for name, size in [('human', 3), ('mouse', 5)]:\n    {SAVE}",
        f"for name, size in zip(ORGANISMS, (3, 5)):\n    {SAVE}",
        f"for at, name in enumerate(ORGANISMS):\n    size = at * 2 + 3\n    {SAVE}",
        f"for name in SIZES:\n  for size in [SIZES[name]]:\n    {SAVE}",
        f"for each in ({{'n': 'human', 's': 3}}, {{'n': 'mouse', 's': 5}}):\n"
        f"    name, size = each['n'], each['s']\n    {SAVE}",
        f"def main():\n    for name, size in SIZES.items():\n        {SAVE}\nmain()",
        f"def package(name, size):\n    {SAVE}\nfor n, s in SIZES.items():\n    package(n, s)",
        f"def package(name, *, size=5):\n    {SAVE}\npackage('human', size=3)\npackage('mouse')",
        f"def package(name, size):\n    {SAVE}\n\ndef main(sizes):\n"
        f"    for n in sizes:\n        package(size=sizes[n], name=n)\nmain(SIZES)",
        f"for name, size in SIZES.items():\n    if size > 9:\n        {SAVE}\n    else: {SAVE}",
        f"for name, size in SIZES.items():\n    with mlflow.start_run():\n        {SAVE}",
    ],
)  # fmt: skip
def test_a_loop_over_literals_is_unrolled(tmp_path: Path, text: str) -> None:
    imported = read("script", script(tmp_path, text + "\n"))
    assert list(imported.variants) == ["human", "mouse"]
    for name, size in (("human", 3), ("mouse", 5)):
        model = {"class": "model_code.m:Model", "init": {"size": size, "organism": name}}
        assert values(imported, name)["model"] == model
    assert "--run" not in left(imported)


def test_a_loop_over_classes_and_instances(tmp_path: Path) -> None:
    text = """
def package(name, model):
    mlflow.pyfunc.save_model(name, python_model=model)

for name, cls in {"a": Model, "b": Other}.items():
    package(name, cls(size=1))
"""
    imported = read("script", script(tmp_path, text))
    assert values(imported, "a")["model"] == {"class": "model_code.m:Model", "init": {"size": 1}}
    assert values(imported, "b")["model"] == {"class": "model_code.m:Other", "init": {"size": 1}}


def test_paths_of_one_name_are_told_apart(tmp_path: Path) -> None:
    text = "for n in ORGANISMS:\n    mlflow.pyfunc.save_model(f'{n}/model', python_model=Model())\n"
    imported = read("script", script(tmp_path, text))
    assert list(imported.variants) == ["human-model", "mouse-model"]


@pytest.mark.parametrize(
    ("loop", "why"),
    [
        ("for n in os.listdir('data'):", "the loop of line 7 over `os.listdir('data')`: line 7"),
        ("while True:", "the loop of line 7: the number of iterations is unknown"),
        ("if os.path.exists('x'):", "the condition of line 7 (`os.path.exists('x')`)"),
        ("for n in range(500):", "runs more than 100 times"),
    ],
)
def test_what_the_text_leaves_open_is_named(tmp_path: Path, loop: str, why: str) -> None:
    text = f"{loop}\n    mlflow.pyfunc.save_model('m', python_model=Model())\n"
    imported = read("script", script(tmp_path, text))
    assert imported.variants == {}
    assert values(imported)["model"] == "model_code.m:Model"
    assert why in left(imported)


def test_a_loop_that_leaves_items_out_says_so(tmp_path: Path) -> None:
    text = f"""
for name, size in SIZES.items():
    if name == os.getenv("SKIP"):
        continue
    {SAVE}
"""
    imported = read("script", script(tmp_path, text))
    assert list(imported.variants) == ["human", "mouse"]
    assert "it may skip items: all are imported" in left(imported)
