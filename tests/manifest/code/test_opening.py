"""Only what surely happens first counts as a module's opening."""

from __future__ import annotations

import pytest

from mlpack.manifest.code import opening


@pytest.mark.parametrize(
    ("source", "imports", "whole"),
    [
        ("", (), True),
        ('"""Says what it is."""\n', (), True),
        ("import torch\n", (("torch", ()),), True),
        ("import a.b as c, d\n", (("a.b", ()), ("d", ())), True),
        ("from a.b import c, d as e\n", (("a.b", ("c", "d")),), True),
        ("from __future__ import annotations\nimport torch\n", (("torch", ()),), True),
        ("import torch\nLIMIT = 3\nimport scipy\n", (("torch", ()),), False),
        ("import os\nos.environ['A'] = '1'\nimport torch\n", (("os", ()),), False),
        ("try:\n    import torch\nexcept ImportError:\n    torch = None\n", (), False),
        ("if True:\n    import torch\n", (), False),
        ("import own\nimport torch\n", (), False),
        ("import torch\nfrom own.part import thing\nimport scipy\n", (("torch", ()),), False),
        ("from . import part\nimport torch\n", (), False),
        ("from .part import thing\nimport torch\n", (), False),
        ("'not a docstring'\n'another'\nimport torch\n", (), False),
        ("import torch\nthis is no Python\n", (), False),
        ("import torch\0\n", (), False),
    ],
)
def test_the_opening_ends_at_the_first_other_statement(
    source: str, imports: tuple[object, ...], whole: bool
) -> None:
    found = opening(source.encode(), local={"own"})
    assert (found.imports, found.whole) == (imports, whole)


def test_the_source_may_be_in_another_encoding() -> None:
    source = "# coding: latin-1\n'''\xe9'''\nimport torch\n".encode("latin-1")
    assert opening(source).imports == (("torch", ()),)
