"""`mlpack import -- python package.py ARGS`: the script with its arguments, nothing of it run."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import pytest

from mlpack.authoring.importers import Imported
from mlpack.authoring.importers.command_lines import invocation
from mlpack.core.errors import UsageError
from tests.authoring.importers.reading import MODEL, left, read, values, write
from tests.conftest import Mlpack

SCRIPT = """
import argparse
import json
import os
from pathlib import Path
import mlflow
from model_code.m import Model


def parse_args(argv=None):
    parser = argparse.ArgumentParser(description=__doc__)
    group = parser.add_argument_group("model")
    group.add_argument("name", help="what it is called")
    group.add_argument("--depth", "-d", type=int, default=1, choices=range(9))
    parser.add_argument("--out", type=Path, default=Path("out"))
    parser.add_argument("--config-json", dest="config", type=json.loads, default={})
    parser.add_argument("--strict", action="store_true")
    parser.add_argument("--label", action="append", default=[])
    return parser.parse_args(argv)


def package(args, model):
    mlflow.pyfunc.save_model(
        args.out / args.name,
        python_model=model,
        model_config={**args.config, "strict": args.strict, "unit": os.environ.get("UNIT")},
        metadata={"labels": args.label},
    )


def main():
    args = parse_args()
    package(args, Model(depth=args.depth))


if __name__ == "__main__":
    main()
"""
WITH_INIT = MODEL + "\n    def __init__(self, depth):\n        pass\n"
ARGUMENTS = """net --depth 3 --config-json '{"a": [1]}' --label x --label=y --strict"""


def project(root: Path, text: str = SCRIPT, name: str = "package.py", **more: str) -> Path:
    files = {"model_code/__init__.py": "", "model_code/m.py": WITH_INIT, name: text, **more}
    return write(root, files)


def command(root: Path, line: str, recorded: Any = None) -> Imported:
    return read("script", root, *shlex.split(line), recorded=recorded)


@pytest.mark.parametrize(
    "runner",
    [
        "python package.py",
        "python3.11 -u -W ignore package.py",
        "/usr/bin/env python package.py",
        "env UNIT=mm python package.py",
        "uv run package.py",
        "uv run --with rich -p 3.12 python package.py",
        "uv run -m package",
        "poetry run python package.py",
        "poetry -C . run python -m package",
    ],
)
def test_arguments_are_bound_under_every_runner(tmp_path: Path, runner: str) -> None:
    line = f"UNIT=mm {runner} {ARGUMENTS}".replace("/usr/bin/env ", "")
    imported = command(project(tmp_path), line)
    found = values(imported)
    assert found["name"] == "net"
    assert found["model"] == {"class": "model_code.m:Model", "init": {"depth": 3}}
    assert found["model_config"] == {"a": [1], "strict": True, "unit": "mm"}
    assert found["metadata"] == {"labels": ["x", "y"]}
    assert "use --run to find out" not in left(imported)
    assert "`UNIT=mm` in front of the command: a build runs in a clean environment" in left(
        imported
    )


def test_the_commands_python_is_the_models(tmp_path: Path) -> None:
    root = project(tmp_path, **{"requirements.in": "mlflow\n", ".python-version": "3.12\n"})
    assert values(command(root, f"python package.py {ARGUMENTS}"))["python"] == "3.12"
    assert values(command(root, f"python3.10 package.py {ARGUMENTS}"))["python"] == "3.10"
    imported = command(root, f"uv run --python=3.13 --with rich package.py {ARGUMENTS}")
    assert values(imported)["python"] == "3.13"
    assert "`--with rich` of the command: it only affects how the script runs" in left(imported)


def test_defaults_stand_where_nothing_is_given(tmp_path: Path) -> None:
    imported = read("script", project(tmp_path), "package.py", "net")
    assert values(imported)["model"] == {"class": "model_code.m:Model", "init": {"depth": 1}}
    assert "metadata" not in values(imported) or values(imported)["metadata"] == {"labels": []}


@pytest.mark.parametrize(
    ("change", "arguments", "why"),
    [
        (("", ""), "", "do not match its parser: the following arguments are required: name"),
        (("", ""), "net --depth x", "do not match its parser: argument --depth/-d: invalid"),
        (("", ""), "net --more", "do not match its parser: unrecognized arguments: --more"),
        (("type=int", "type=deep"), "net --depth 3", "computes it with `deep`"),
        (("default=1", "default=deep()"), "net", "`deep(…)`"),
        (('parser.add_argument("--strict"', "parser.add_subparsers()#"), "net", "adds subcommands"),
        (('"store_true"', "Own"), "net", "is not defined"),
    ],
)
def test_what_argparse_does_not_make_plain_is_named(
    tmp_path: Path, change: tuple[str, str], arguments: str, why: str
) -> None:
    root = project(tmp_path, SCRIPT.replace(*change))
    imported = command(root, f"python package.py {arguments}")
    assert values(imported)["model"] == "model_code.m:Model"
    assert why in left(imported)
    assert "use --run to find out" in left(imported)


def test_unknown_arguments_are_let_be_where_the_script_does(tmp_path: Path) -> None:
    text = SCRIPT.replace("return parser.parse_args(argv)", "return parser.parse_known_args()[0]")
    imported = command(project(tmp_path, text), "python package.py net --more 1")
    assert values(imported)["name"] == "net"


def test_words_are_read_without_a_parser(tmp_path: Path) -> None:
    text = """
    import sys
    import mlflow
    from model_code.m import Model
    mlflow.pyfunc.save_model(sys.argv[1], python_model=Model(int(sys.argv[2])))
    """
    imported = command(project(tmp_path, text), "python package.py out/net 3")
    assert values(imported)["name"] == "net"
    assert "the constructor's arguments" in left(imported)


def test_a_module_is_named_by_its_package(tmp_path: Path) -> None:
    text = MODEL + "\nif __name__ == '__main__':\n"
    text += "    mlflow.pyfunc.save_model('m', python_model=Model())\n"
    files = {"pack/__init__.py": "", "pack/save.py": text, "tool/__main__.py": text}
    root = write(tmp_path, {**files, "scripts/save.py": text})
    imported = command(root, "python -m pack.save")
    assert values(imported)["model"] == "pack.save:Model"
    assert "code_paths" not in values(imported)
    assert imported.folder == root
    below = command(root, "python scripts/save.py")
    assert values(below)["model"] == "save:Model"
    assert values(below)["code_paths"] == ["scripts/save.py"]
    assert values(command(root, "python -m tool"))["model"]


def test_conditions_on_the_arguments_choose(tmp_path: Path) -> None:
    text = """
    import argparse
    import mlflow
    from model_code.m import Model
    parser = argparse.ArgumentParser()
    parser.add_argument("--kind", default="small")
    args = parser.parse_args()
    if args.kind == "small":
        mlflow.pyfunc.save_model("small", python_model=Model(depth=1))
    elif args.kind in ("large", "huge"):
        mlflow.pyfunc.save_model("large", python_model=Model(depth=9))
    """
    root = project(tmp_path, text)
    assert values(command(root, "python package.py"))["name"] == "small"
    large = command(root, "python package.py --kind large")
    assert values(large)["name"] == "large"
    assert large.variants == {}
    with pytest.raises(UsageError, match="does not save a pyfunc model"):
        command(root, "python package.py --kind none")


@pytest.mark.parametrize(
    "line", ["python", "python -c 'import x'", "bash run.sh", "uv run", "uv sync", "A=1", "a b.py"]
)
def test_other_commands_are_none(line: str) -> None:
    assert invocation(shlex.split(line)) is None


def test_a_quoted_command_is_the_same(tmp_path: Path) -> None:
    root = project(tmp_path)
    line = f"python package.py {ARGUMENTS}"
    assert read("script", root, line) == command(root, line)


def test_a_command_as_it_is_typed(tmp_path: Path, mlpack: Mlpack) -> None:
    root = project(tmp_path)
    words = ["UNIT=mm", "python", "package.py", *shlex.split(ARGUMENTS)]
    done = mlpack("import", "--", *words, cwd=root)
    assert done.returncode == 0, done.stderr
    assert "+  init: {depth: 3}\n" in done.stdout
    gone = mlpack("import", "--", "python", "gone.py", cwd=root)
    assert gone.returncode == 2
    assert "gone.py does not exist in" in gone.stderr
