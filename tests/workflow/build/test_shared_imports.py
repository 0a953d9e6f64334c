"""One process may make the imports that all models of a build begin with, and no others."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from mlpack.lock.model import LockedPackage
from mlpack.lock.text import read_lock
from mlpack.manifest.reading import read
from mlpack.ports.plan import Plan, plan
from mlpack.workflow.environment import shared_imports
from tests.conftest import ROOT
from tests.workflow.conftest import MODEL, write_project

QUICKSTART = ROOT / "examples/quickstart"


def planned(root: Path, model: str, **others: str) -> Plan:
    """Plan a project with this model and other files of code, in the quickstart's environment."""
    write_project(root, model=f"{model}\nDONE = True\n{MODEL}")
    for name, text in others.items():
        (root / "model_code" / f"{name}.py").write_text(text)
    (variant,) = read(root / "mlpack.yaml").variants
    lock = read_lock(QUICKSTART / "mlpack.lock")
    (bare,) = (replace(each, artifacts={}) for each in lock.variants.values())
    return plan(variant, replace(lock, variants={"": bare}), output=None, build_time=0)


def test_a_model_shares_what_its_module_begins_with(tmp_path: Path) -> None:
    model = "import json\nfrom sklearn.svm import SVC\n"
    assert shared_imports([planned(tmp_path, model)]) == (("json", ()), ("sklearn.svm", ("SVC",)))


def test_several_models_share_what_all_of_them_begin_with(tmp_path: Path) -> None:
    first = planned(tmp_path / "a", "import torch\nimport scipy\nimport sklearn\n")
    second = planned(tmp_path / "b", "import sklearn\nimport torch\n")
    third = planned(tmp_path / "c", "from torch import nn\nimport sklearn\n")
    assert shared_imports([first, second]) == (("torch", ()), ("sklearn", ()))
    assert shared_imports([first, second, third]) == (("sklearn", ()),)


def test_the_package_around_the_module_comes_first(tmp_path: Path) -> None:
    plain = planned(tmp_path / "a", "import torch\n", __init__="import scipy\n")
    assert shared_imports([plain]) == (("scipy", ()), ("torch", ()))
    doing = planned(tmp_path / "b", "import torch\n", __init__="import scipy\nSEED = 1\n")
    assert shared_imports([doing]) == (("scipy", ()),)


def test_local_code_comes_before_what_follows_it(tmp_path: Path) -> None:
    model = "import scipy\nfrom model_code.helper import f\nimport torch\n"
    found = shared_imports([planned(tmp_path, model, helper="def f(): ...\n")])
    assert found == (("scipy", ()),)


@pytest.mark.parametrize("name", ["queue", "joblib", "yaml", "sklearn"])
def test_code_that_may_hide_a_module_of_a_library_shares_nothing(tmp_path: Path, name: str) -> None:
    one = planned(tmp_path, "import scipy\n")
    (own,) = (file for file in one.code if file.target.name == "doubler.py")
    hiding = replace(one, code=(*one.code, replace(own, target=own.target.parent.with_name(name))))
    locked = one.environment
    more = LockedPackage(name="pyyaml", version="6.0", marker=None, sha256=())
    environment = replace(locked, packages=(*locked.packages, more))
    assert shared_imports([one]) != ()
    assert shared_imports([replace(hiding, environment=environment)]) == ()


def test_code_that_is_gone_shares_nothing(tmp_path: Path) -> None:
    one = planned(tmp_path, "import scipy\n")
    (tmp_path / "model_code/doubler.py").unlink()
    assert shared_imports([one]) == ()
