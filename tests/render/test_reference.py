"""The reference page is what the schema says."""

from __future__ import annotations

import re

from mlpack.manifest.schema import load
from mlpack.render.reference import reference
from tests.conftest import ROOT, Mlpack

PAGE = ROOT / "docs" / "manifest.md"


def test_the_page_is_fresh(mlpack: Mlpack) -> None:
    done = mlpack("schema", "--markdown")
    assert done.stdout == PAGE.read_text(encoding="utf-8"), (
        "make it anew: mlpack schema --markdown > docs/manifest.md"
    )


def test_every_key_has_a_heading() -> None:
    schema = load()
    headings = set(re.findall(r"^#+ `?([^`\n]+)`?$", reference(schema), re.MULTILINE))
    assert set(schema["properties"]) <= headings
    assert {"dependencies.pyproject.extras", "verify.expected_output.rtol", "Tensor", "dtype"} <= (
        headings
    )


def test_what_is_required_and_what_is_the_default_is_said() -> None:
    page = reference(load())
    python = page.partition("## `python`")[2].partition("\n## ")[0]
    assert "**required** · a string" in python
    assert 'python: "3.11"' in python
    output = page.partition("### `build.output`")[2].partition("\n### ")[0]
    assert "default `dist`" in output
