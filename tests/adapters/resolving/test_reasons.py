"""uv's reasons in one sentence, and what was probably meant."""

from __future__ import annotations

import pytest

from mlpack.adapters.resolving.reasons import unsolvable


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
