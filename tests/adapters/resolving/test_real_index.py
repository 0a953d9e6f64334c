"""The real index: what it says of real packages is what small ones in other tests stand for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from packaging.version import Version

from mlpack.core.errors import DependencyError
from mlpack.lock.request import ResolveRequest
from tests.adapters.resolving.conftest import pins, resolver

pytestmark = pytest.mark.network


def _request(python: str, *requirements: str) -> ResolveRequest:
    return ResolveRequest(
        python=python, requirements=requirements, exclude_newer="2026-06-01T00:00:00Z"
    )


def test_an_upper_bound_of_a_real_package_is_enforced(tmp_path: Path) -> None:
    real = resolver(dict(os.environ), tmp_path)
    older = real.resolve(_request("3.12", "snowflake-snowpark-python==1.34.0"))
    assert pins(older)["snowflake-snowpark-python"] == "1.34.0"
    with pytest.raises(DependencyError) as refused:
        real.resolve(_request("3.13", "snowflake-snowpark-python==1.34.0"))
    assert refused.value.message.startswith(
        "No version of snowflake-snowpark-python allowed by the requirements supports Python 3.13"
    )


def test_a_real_lock_is_universal_hashed_and_for_its_python(tmp_path: Path) -> None:
    real = resolver(dict(os.environ), tmp_path)
    found = real.resolve(_request("3.10", "numpy", "tqdm"))
    known = pins(found)
    # The last numpy for 3.10 is not the newest, and tqdm needs colorama on Windows alone.
    assert Version(known["numpy"]) < Version("2.3")
    assert known["colorama"].endswith("; sys_platform == 'win32'")
    assert all(len(package.sha256) >= 1 for package in found.packages)
    numpy = next(package for package in found.packages if package.name == "numpy")
    assert len(numpy.sha256) > 5
    again = real.resolve(_request("3.10", "numpy", "tqdm"), offline=True)
    assert again == found


def test_real_pins_that_only_newer_pythons_contradict_are_satisfiable(tmp_path: Path) -> None:
    # pandas asks for numpy 1.26 on Python 3.12 and newer, and for 1.23.2 on 3.11.
    real = resolver(dict(os.environ), tmp_path)
    known = pins(real.resolve(_request("3.11", "numpy==1.24.4", "pandas==2.2.2")))
    assert (known["numpy"], known["pandas"]) == ("1.24.4", "2.2.2")
