"""Files of an index are grouped by the version that the library reads from each name."""

from __future__ import annotations

import pytest
from packaging.version import Version

from mlpack.adapters.resolving.compatible import ServedFile, by_version, version_of

NAMES = {
    "leaf-1.0-py3-none-any.whl": "1",
    "leaf-1.0.0-py3-none-any.whl": "1",
    "leaf-1.0-1-py3-none-any.whl": "1",
    "leaf-1.0-x-py3-none-any.whl": None,
    "leaf-1.0-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl": "1",
    "leaf-2024.01.05-py3-none-any.whl": "2024.1.5",
    "leaf-1!2.0rc1-py2.py3-none-any.whl": "1!2rc1",
    "leaf-py3-none-any.whl": None,
    "leaf-1.0-none-any.whl": None,
    "leaf-old-py3-none-any.whl": None,
    "a__b-1.0-py3-none-any.whl": None,
    "a-b-1.0-1-py3-none-any.whl": None,
    ".whl": None,
    "leaf-1.0.tar.gz": "1",
    "leaf-3.zip": "3",
    "leaf.tar.gz": None,
    "leaf-1.0.exe": None,
}


@pytest.mark.parametrize("turned", [False, True])
def test_one_name_stands_for_all_that_begin_as_it_does(turned: bool) -> None:
    files = [ServedFile(filename=name) for name in NAMES]
    if turned:
        files.reverse()
    found = {
        file.filename: version for version, group in by_version(files).items() for file in group
    }
    assert found == {name: Version(text) for name, text in NAMES.items() if text}
    alone = {file.filename: version_of(file) for file in files}
    assert found == {name: Version(text) for name, text in alone.items() if text}
