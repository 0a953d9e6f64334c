"""Templates are whole projects: they validate as they are, with every license and CI file."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

import mlpack
from mlpack.authoring.templates import CI_FILES, LICENSES, TEMPLATES, Facts, ci_file, license_file
from mlpack.workflow.ci_files import UNKNOWN_REQUIREMENT, VARIABLE
from tests.conftest import ROOT

FACTS = Facts(name="quickstart", version="1.0.0", python="3.11", year=2026, holder="The authors")


@pytest.mark.parametrize("license", [None, *LICENSES])
@pytest.mark.parametrize("template", TEMPLATES)
def test_a_template_validates(template: str, license: str | None, tmp_path: Path) -> None:
    options = mlpack.InitOptions(template=template, name="mine", license=license, python="3.12")
    mlpack.init(tmp_path / "project", options)
    manifest = mlpack.load_manifest(tmp_path / "project/mlpack.yaml")
    (variant,) = manifest.variants
    assert (manifest.name, variant.python, manifest.warnings) == ("mine", "3.12", ())
    assert dict(variant.metadata) == ({"license": license} if license else {})
    for path in (tmp_path / "project").rglob("*"):
        if path.is_file() and path.suffix in (".yaml", ".md", ".py", ".yml"):
            assert not re.search(r"\{\{\w+\}\}", path.read_text()), path


def test_each_license_is_the_one_asked_for(tmp_path: Path) -> None:
    first = {"MIT": "MIT License", "BSD-3-Clause": "BSD 3-Clause License", "Apache-2.0": "Apache"}
    for license in LICENSES:
        mlpack.init(tmp_path / license, mlpack.InitOptions(name="mine", license=license.lower()))
        text = (tmp_path / license / "LICENSE").read_text()
        assert text.split("\n", 1)[0].strip().startswith(first[license])
        assert license == "Apache-2.0" or re.search(
            r"^Copyright \(c\) \d{4} The mine auth", text, re.M
        )
    assert license_file(
        Facts(name="x", version="1", python="3.11", license="Apache-2.0")
    ).split() == ((ROOT / "LICENSE").read_bytes().split())


@pytest.mark.parametrize("kind", CI_FILES)
def test_the_ci_file_is_the_recipe_of_the_docs(kind: str) -> None:
    recipes = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs/ci.md").read_text(), re.DOTALL)
    unknown = replace(FACTS, requirement=UNKNOWN_REQUIREMENT, variable=VARIABLE)
    written = ci_file(kind, unknown).decode()
    assert written in recipes
    assert yaml.safe_load(written)


@pytest.mark.parametrize("name", ["no", "1e3", "007", "1.0", "a-b_c.d"])
def test_a_name_stays_a_text(name: str, tmp_path: Path) -> None:
    mlpack.init(tmp_path, mlpack.InitOptions(name=name))
    assert mlpack.load_manifest(tmp_path / "mlpack.yaml").name == name


def test_the_first_line_leads_editors_to_the_schema(tmp_path: Path) -> None:
    mlpack.init(tmp_path)
    first = (tmp_path / "mlpack.yaml").read_text().split("\n", 1)[0]
    named = first.removeprefix("# yaml-language-server: $schema=")
    assert (tmp_path / named).read_bytes() == (ROOT / "schemas/mlpack.schema.json").read_bytes()


def test_the_cpu_wheel_at_hand_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    for name in ("2.9.1+cpu-cp312-cp312-manylinux_2_28", "2.10.0+cpu-cp312-cp312-manylinux_2_28"):
        (wheels / f"torch-{name}_x86_64.whl").touch()
    (wheels / "torch-2.11.0-cp312-cp312-manylinux_2_28_x86_64.whl").touch()
    monkeypatch.setenv("UV_FIND_LINKS", str(wheels))
    for python, expected in (("3.12", ("2.10.0", None)), ("3.13", (None, "cpu"))):
        options = mlpack.InitOptions(template="pytorch", python=python)
        mlpack.init(tmp_path / python, options)
        asked = mlpack.load_manifest(tmp_path / python / "mlpack.yaml").variants[0].dependencies
        assert asked.torch_backend == expected[1]
        assert asked.platforms == (("x86_64-manylinux_2_28",) if expected[0] else ())
        if expected[0]:
            assert f"torch=={expected[0]}" in [str(each) for each in asked.requirements]
