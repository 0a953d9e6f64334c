"""A signature is completed where it is written, and nothing else of the manifest changes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import mlpack
from mlpack.manifest.document import parse
from mlpack.manifest.signature_text import with_signature
from tests.workflow.conftest import MANIFEST, write_project

NEW = {"name": "z", "type": "long"}
X = {"name": "x", "type": "double"}
PARAM = {"name": "scale", "type": "double", "default": 2.0}

CASES = {
    "flow": (
        "signature: {inputs: [{name: x, type: double}]}  # mine\nname: a\n",
        {"inputs": [X, NEW], "params": [PARAM]},
        "signature: {inputs: [{name: x, type: double}, {name: z, type: long}], "
        "params: [{name: scale, type: double, default: 2.0}]}  # mine\nname: a\n",
    ),
    "block": (
        "signature:\n  inputs:  # what goes in\n    - {name: x, type: double}  # metres\n\n"
        "  # what comes out\n  outputs: [{name: x, type: double}]\n\n# next\nname: a\n",
        {"inputs": [X, NEW], "outputs": [X, NEW], "params": [PARAM]},
        "signature:\n  inputs:  # what goes in\n    - {name: x, type: double}  # metres\n"
        "    - {name: z, type: long}\n\n"
        "  # what comes out\n  outputs: [{name: x, type: double}, {name: z, type: long}]\n"
        "  params: [{name: scale, type: double, default: 2.0}]\n\n# next\nname: a\n",
    ),
    "nested blocks at the end of the file": (
        "signature:\n  inputs:\n  - name: x\n    type: double",
        {"inputs": [X, NEW]},
        "signature:\n  inputs:\n  - name: x\n    type: double\n  - {name: z, type: long}\n",
    ),
    "brackets over lines": (
        "signature:\n  inputs: [\n    {name: x, type: double},\n  ]\nname: a\n",
        {"inputs": [X, NEW]},
        "signature:\n  inputs: [\n    {name: x, type: double}, {name: z, type: long}\n"
        "  ]\nname: a\n",
    ),
    "a comment in the way": (
        "signature:\n  inputs: [\n    {name: x, type: double}  # metres\n  ]\nname: a\n",
        {"inputs": [X, NEW]},
        "signature:\n  inputs: [{name: x, type: double}, {name: z, type: long}]\nname: a\n",
    ),
    "an empty side": (
        "signature: {inputs: [{name: x, type: double}], params: []}\n",
        {"inputs": [X], "params": [PARAM]},
        "signature: {inputs: [{name: x, type: double}], "
        "params: [{name: scale, type: double, default: 2.0}]}\n",
    ),
    "none": (
        "name: a\n",
        {"inputs": [X]},
        "name: a\n\nsignature:\n  inputs: [{name: x, type: double}]\n",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_only_what_is_missing_is_written(case: str) -> None:
    before, whole, after = CASES[case]
    completed = with_signature(parse(before, file="mlpack.yaml"), before, whole)
    assert completed == after
    found: Any = parse(completed, file="mlpack.yaml").data["signature"]
    assert found == whole


def test_a_variants_own_signature_is_completed_where_it_is(tmp_path: Path) -> None:
    root = write_project(
        tmp_path,
        manifest=f"{MANIFEST}variants:\n  a: {{}}\n  b:\n    signature:\n      inputs:\n"
        "        - {name: x, type: float}\n",
    )
    first, second = mlpack.load_manifest(root / "mlpack.yaml").variants
    before = (root / "mlpack.yaml").read_text()
    own = {"inputs": [{"name": "x", "type": "float"}, NEW]}
    assert with_signature(second.document, before, own) == before + (
        "        - {name: z, type: long}\n"
    )
    shared = {"inputs": [X, NEW], "outputs": [X]}
    assert with_signature(first.document, before, shared) == before.replace(
        "inputs: [{name: x, type: double}]",
        "inputs: [{name: x, type: double}, {name: z, type: long}]",
    )
