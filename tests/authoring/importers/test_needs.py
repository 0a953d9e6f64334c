"""Files of dependencies: what of them a manifest takes, pins kept, addresses left behind."""

# ruff: noqa: E501 - a case a line reads best

from __future__ import annotations

from pathlib import Path

import pytest

from mlpack.authoring.importers.needs import Needs, needs_in, needs_of
from mlpack.authoring.importers.project import python_key
from mlpack.core.errors import UsageError
from tests.authoring.importers.reading import MODEL, left, read, values, write
from tests.conftest import Mlpack

PINS = "imported-pins.txt"


def needs(root: Path, name: str, text: str, **more: str) -> Needs:
    write(root, {name: text, **more})
    return needs_of(root / name)


def pins(found: Needs) -> list[str]:
    (file,) = found.files
    assert str(file.path) == PINS
    return [line for line in file.content.decode().splitlines() if not line.startswith("#")]


def reasons(found: Needs) -> str:
    return "\n".join(f"{entry.what}: {entry.why}" for entry in found.left)


class TestConda:
    def test_what_mlflow_writes(self, tmp_path: Path) -> None:
        text = "dependencies:\n- python=3.11.7\n- pip<=24\n- pip:\n  - mlflow==2.20.0\n  - numpy==2.1.0\n"
        found = needs(tmp_path, "conda.yaml", text)
        assert found.value == ["mlflow==2.20.0", "numpy==2.1.0"]
        assert found.python == "3.11.7"
        assert reasons(found) == "pip<=24: it is an installer, and each environment has its own"

    def test_condas_own_packages_are_named(self, tmp_path: Path) -> None:
        text = """
        channels: [conda-forge]
        dependencies:
          - python>=3.10
          - numpy=1.26
          - scikit-learn==1.5.0=py310h1
          - conda-forge::pytorch >=2.1
          - cudatoolkit=11.8
          - libstdcxx-ng
          - pip
        """
        found = needs(tmp_path, "environment.yml", text)
        assert found.value == ["numpy==1.26.*", "scikit-learn==1.5.0", "torch>=2.1"]
        assert found.python == ">=3.10"
        assert "cudatoolkit=11.8: it is a conda package" in reasons(found)
        assert "the conda build may differ" in reasons(found)
        assert "libstdcxx-ng" in reasons(found)
        assert "conda's channels (conda-forge)" in reasons(found)

    @pytest.mark.parametrize(
        ("item", "line"),
        [
            ("numpy=1.26.4", "numpy==1.26.4"),
            ("numpy=1.26.4=py310h5f9d8c6_0", "numpy==1.26.4"),
            ("numpy 1.26.4 py310h5f9d8c6_0", "numpy==1.26.4"),
            ("numpy 1.26.4", "numpy==1.26.4"),
            ("numpy=1.26.*", "numpy==1.26.*"),
            ("numpy==1.26.4=h1_0", "numpy==1.26.4"),
            ("numpy >=1.26,<2", "numpy>=1.26,<2"),
            ("setuptools=68.0.0", "setuptools==68.0.0"),
            ("numpy 1.25|1.26", "numpy"),
        ],
    )
    def test_versions_in_every_form(self, tmp_path: Path, item: str, line: str) -> None:
        found = needs(tmp_path, "conda.yaml", f"dependencies: ['{item}']\n")
        assert found.value == [line]
        assert f"conda's own `{item}`" in reasons(found)

    @pytest.mark.parametrize("stated", ["=3.10", "=3.10.12=h955ad1f_0", " 3.10.12", "==3.10.4"])
    def test_its_python_is_the_models(self, tmp_path: Path, stated: str) -> None:
        found = needs(tmp_path, "conda.yaml", f"dependencies: ['python{stated}']\n")
        assert python_key(found.python, found.origin).value == "3.10"

    def test_what_stands_around_the_packages_is_named(self, tmp_path: Path) -> None:
        text = "name: mine\nprefix: /opt/x\nvariables: {A: b}\ndependencies: [mlflow]\n"
        said = reasons(needs(tmp_path, "conda.yaml", text))
        assert "name: mine" in said
        assert "prefix: /opt/x" in said
        assert "the variables {'A': 'b'}: `verify.env` sets variables" in said

    def test_a_file_of_requirements_behind_pip(self, tmp_path: Path) -> None:
        text = "dependencies:\n- python=3.12\n- pip:\n  - -r requirements.txt\n"
        found = needs(tmp_path, "conda.yaml", text, **{"requirements.txt": "mlflow\n"})
        assert found.value == {"file": "requirements.txt"}

    def test_options_of_pip_lose_their_credentials(self, tmp_path: Path) -> None:
        text = "dependencies:\n- pip:\n  - --extra-index-url https://me:secret@example.org/simple\n  - mlflow\n"
        found = needs(tmp_path, "conda.yaml", text)
        assert found.value == ["mlflow"]
        assert "secret" not in reasons(found)

    @pytest.mark.parametrize("text", ["a: 1\n", "- x\n", "dependencies: {a: 1}\n", "a: [\n"])
    def test_what_is_none_is_refused(self, tmp_path: Path, text: str) -> None:
        with pytest.raises(UsageError):
            needs(tmp_path, "conda.yaml", text)


class TestRequirements:
    def test_a_file_is_named_as_it_is(self, tmp_path: Path) -> None:
        assert needs(tmp_path, "requirements.txt", "mlflow\n").value == {"file": "requirements.txt"}

    def test_compiled_pins_are_kept_as_constraints(self, tmp_path: Path) -> None:
        compiled = """
        --index-url https://me:secret@packages.example.org/simple
        MLflow==3.1.0 \\
            --hash=sha256:00
        numpy==2.1.0 ; python_version >= "3.10"   # via mlflow
        """
        found = needs(tmp_path, "requirements.in", "mlflow\n", **{"requirements.txt": compiled})
        assert found.value == {"file": "requirements.in", "constraints": [PINS]}
        assert pins(found) == ["mlflow==3.1.0", 'numpy==2.1.0 ; python_version >= "3.10"']
        assert b"example.org" not in found.files[0].content

    def test_loose_lines_are_no_pins(self, tmp_path: Path) -> None:
        found = needs(tmp_path, "requirements.in", "mlflow\n", **{"requirements.txt": "numpy>=2\n"})
        assert found.value == {"file": "requirements.in"}
        assert "not all lines of this file are pins" in reasons(found)

    def test_other_names_are_known(self, tmp_path: Path) -> None:
        found = needs(tmp_path, "serving-requirements.txt", "mlflow\n")
        assert found.value == {"file": "serving-requirements.txt"}

    def test_other_files_are_not(self, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match="is not a supported dependency file"):
            needs(tmp_path, "notes.txt", "mlflow\n")


PROJECT = """
[project]
name = "cells"
requires-python = ">=3.10,<3.13"
dependencies = ["mlflow", "numpy"]
"""


class TestPyproject:
    def test_its_own_dependencies(self, tmp_path: Path) -> None:
        found = needs(tmp_path, "pyproject.toml", PROJECT)
        assert found.value == {"pyproject": {"path": "pyproject.toml"}}
        assert found.python == ">=3.10,<3.13"

    def test_extras_and_groups_are_offered(self, tmp_path: Path) -> None:
        more = "\n[project.optional-dependencies]\ngpu = ['torch']\n[dependency-groups]\ndev = ['pytest']\n"
        found = needs(tmp_path, "pyproject.toml", PROJECT + more)
        assert "each extra (gpu)" in reasons(found)
        assert "each group (dev)" in reasons(found)

    def test_dynamic_dependencies_and_indexes_are_named(self, tmp_path: Path) -> None:
        text = "[project]\nname = 'a'\ndynamic = ['dependencies']\n[[tool.uv.index]]\nurl = 'https://u:p@example.org'\n"
        found = needs(tmp_path, "pyproject.toml", text)
        assert "they are dynamic" in reasons(found)
        assert "the indexes of tool.uv" in reasons(found)
        assert "example.org" not in reasons(found)

    def test_poetry_is_translated(self, tmp_path: Path) -> None:
        text = """
        [tool.poetry.dependencies]
        python = "^3.10"
        mlflow = "^3.1.0"
        numpy = "~1.26"
        pandas = "2.2.0"
        scipy = "*"
        early = "^0.2.3"
        torch = {version = ">=2.1,<3", extras = ["opt"], markers = "sys_platform == 'linux'"}
        mine = {path = "../mine"}
        [tool.poetry.group.dev.dependencies]
        pytest = "*"
        """
        found = needs(tmp_path, "pyproject.toml", text)
        assert found.value == [
            "mlflow>=3.1.0,<4", "numpy>=1.26,<1.27", "pandas==2.2.0", "scipy", "early>=0.2.3,<0.3",
            "torch[opt]>=2.1,<3 ; sys_platform == 'linux'",
        ]  # fmt: skip
        assert found.python == ">=3.10,<4"
        assert "the dependency mine" in reasons(found)
        assert "the group dev" in reasons(found)

    def test_what_is_no_toml_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match="not valid TOML"):
            needs(tmp_path, "pyproject.toml", "[project\n")


LOCK = """
version = 1
requires-python = ">=3.11"

[[package]]
name = "cells"
version = "0.1.0"
source = { virtual = "." }
dependencies = [
    { name = "mlflow", extra = ["genai"] },
    { name = "torch", marker = "sys_platform == 'linux'" },
]

[[package]]
name = "mlflow"
version = "3.17.2"
source = { registry = "https://packages.example.org/simple" }
sdist = { url = "https://files.example.org/mlflow.tar.gz", hash = "sha256:00", size = 1 }

[[package]]
name = "numpy"
version = "1.26.4"
source = { registry = "https://packages.example.org/simple" }
resolution-markers = ["python_full_version < '3.12'"]

[[package]]
name = "numpy"
version = "2.1.0"
source = { registry = "https://packages.example.org/simple" }
resolution-markers = ["python_full_version >= '3.12' and sys_platform == 'linux'", "python_full_version >= '3.12' and sys_platform != 'linux'"]

[[package]]
name = "helper"
version = "1.0"
source = { git = "https://token@example.org/helper?rev=1#1" }
"""


class TestUvLock:
    def test_pins_are_kept_and_hosts_are_not(self, tmp_path: Path) -> None:
        found = needs(tmp_path, "uv.lock", LOCK)
        assert found.value == {
            "requirements": ["mlflow[genai]", "torch ; sys_platform == 'linux'"],
            "constraints": [PINS],
        }
        assert pins(found) == [
            "mlflow==3.17.2",
            "numpy==1.26.4 ; python_full_version < '3.12'",
            "numpy==2.1.0 ; (python_full_version >= '3.12' and sys_platform == 'linux') or (python_full_version >= '3.12' and sys_platform != 'linux')",
        ]
        assert "the pin of helper: its source is git" in reasons(found)
        assert b"example.org" not in found.files[0].content
        assert "example.org" not in reasons(found)

    def test_beside_a_pyproject_it_pins_that(self, tmp_path: Path) -> None:
        found = needs(tmp_path, "uv.lock", LOCK, **{"pyproject.toml": PROJECT})
        assert found.value == {"pyproject": {"path": "pyproject.toml"}, "constraints": [PINS]}
        assert found.python == ">=3.10,<3.13"
        assert needs_of(tmp_path / "pyproject.toml") == found

    @pytest.mark.parametrize("text", ["package = 1\n", "[[package]\n"])
    def test_a_broken_lock_is_refused(self, tmp_path: Path, text: str) -> None:
        with pytest.raises(UsageError):
            needs(tmp_path, "uv.lock", text)


class TestMlproject:
    def test_its_python_env_is_followed(self, tmp_path: Path) -> None:
        text = "name: x\npython_env: python_env.yaml\nentry_points:\n  main: {command: python train.py}\n"
        env = (
            'python: "3.10.12"\nbuild_dependencies: [pip]\ndependencies: ["-r requirements.txt"]\n'
        )
        files = {"python_env.yaml": env, "requirements.txt": "mlflow\n"}
        found = needs(tmp_path, "MLproject", text, **files)
        assert found.value == {"file": "requirements.txt"}
        assert found.python == "3.10.12"
        assert "the entry points (main)" in reasons(found)

    def test_its_conda_env_is_followed(self, tmp_path: Path) -> None:
        env = "dependencies: [python=3.9, {pip: [mlflow]}]\n"
        found = needs(tmp_path, "MLproject", "conda_env: c.yaml\n", **{"c.yaml": env})
        assert (found.value, found.python) == (["mlflow"], "3.9")

    def test_an_image_is_no_environment(self, tmp_path: Path) -> None:
        found = needs(tmp_path, "MLproject", "docker_env: {image: x}\n")
        assert found.value == []
        assert "docker_env" in reasons(found)


def test_the_first_of_several_files_is_taken(tmp_path: Path) -> None:
    write(tmp_path, {"conda.yaml": "dependencies: [a]\n", "requirements.in": "mlflow\n"})
    found = needs_in(tmp_path)
    assert found is not None
    assert found.value == {"file": "requirements.in"}
    assert needs_in(tmp_path / "nowhere") is None


def test_a_beginning_of_a_manifest_has_the_projects_model(tmp_path: Path) -> None:
    root = write(tmp_path, {"pack/__init__.py": "", "pack/m.py": MODEL, "pyproject.toml": PROJECT})
    imported = read("file of dependencies", root)
    assert values(imported)["model"] == "pack.m:Model"
    assert values(imported)["python"] == "3.11"


def test_several_models_are_named(tmp_path: Path) -> None:
    other = MODEL.replace("class Model", "class Other")
    root = write(tmp_path, {"a.py": MODEL, "b.py": other, "requirements.txt": "mlflow\n"})
    imported = read("file of dependencies", root, str(root / "requirements.txt"))
    assert "model" not in values(imported)
    assert "a:Model, b:Other" in left(imported)


def test_a_manifest_that_is_there_gets_dependencies_alone(tmp_path: Path, mlpack: Mlpack) -> None:
    manifest = """
    # mine
    mlpack: 1
    name: x
    python: "3.10"   # because
    dependencies:
      # a note
      requirements:
        - mlflow
    tags: {a: b}
    """
    root = write(tmp_path, {"mlpack.yaml": manifest, "pyproject.toml": PROJECT, "uv.lock": LOCK})
    done = mlpack("import", "uv.lock", "--write", "--force", cwd=root)
    assert done.returncode == 0, done.stderr
    text = (root / "mlpack.yaml").read_text()
    assert text.startswith("# mine\nmlpack: 1\nname: x\n")
    assert text.rstrip().endswith("tags: {a: b}")
    assert "constraints: [imported-pins.txt]" in text
    assert (root / PINS).is_file()
