"""uv's reasons in one sentence, and what was probably meant."""

from __future__ import annotations

import pytest

from mlpack.adapters.resolving.reasons import unsolvable
from mlpack.core.errors import MlpackError
from tests.adapters.resolving.conftest import Resolve
from tests.indexes import Index


@pytest.mark.parametrize(
    ("name", "meant"),
    [("pandsa", "pandas"), ("sklearn", "scikit-learn"), ("scikitlearn", "scikit-learn")],
)
def test_a_package_that_no_index_has_gets_the_one_that_was_meant(name: str, meant: str) -> None:
    error = unsolvable(
        f"Because {name} was not found in the package registry and you require {name}, we can "
        "conclude that your requirements are unsatisfiable."
    )
    assert error.message == f"{name} was not found in any package index"
    assert error.hint == f"did you mean `{meant}`?"


def test_a_name_like_no_other_gets_the_usual_way_out() -> None:
    error = unsolvable("Because qqqzzz was not found in the package registry and you require it")
    assert "did you mean" not in str(error.hint)


def test_the_first_index_that_has_a_package_is_named(index: Index, resolve: Resolve) -> None:
    index.wheel("leaf", "2.0")
    with Index().served() as other:
        other.wheel("leaf", "1.0")
        with pytest.raises(MlpackError) as refused:
            resolve("leaf>=2", index_url=index.url, extra_index_urls=(other.url,))
    told = refused.value.details or ""
    assert f"hint: leaf is looked for only on the first index that has it, {other.url}" in told
    assert "--" not in told


def test_what_cannot_be_built_names_the_key_of_the_manifest(index: Index, resolve: Resolve) -> None:
    index.sdist("leaf", "1.0", setup="import absent")
    with pytest.raises(MlpackError) as refused:
        resolve("leaf")
    told = refused.value.details or ""
    assert told.endswith(
        "\nhint: leaf needs absent to be built: add leaf to `dependencies.no_build_isolation`, and "
        "absent to the requirements"
    )
    assert "pyproject" not in told


def test_a_package_for_a_newer_python_has_no_hint_of_uvs(index: Index, resolve: Resolve) -> None:
    index.wheel("leaf", "1.0", requires_python=">=3.13")
    with pytest.raises(MlpackError) as refused:
        resolve("leaf")
    assert "requires-python" not in str(refused.value.details)
