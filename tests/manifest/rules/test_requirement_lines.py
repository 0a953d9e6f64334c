"""A requirement is written in one way, whether it takes a parser to read it or not."""

from __future__ import annotations

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from mlpack.manifest.rules.requirement import SIMPLE
from mlpack.manifest.rules.requirement_lines import entry_of

SHORT = [
    "numpy", "Scikit_Learn==1.7", "a.b ~=2.3", "x ==1.0.*", "PyYAML >=6", "torch!=2.0", "a-_b<3",
    "zope.interface>1",
]  # fmt: skip


@pytest.mark.parametrize("text", SHORT)
def test_a_simple_line_is_written_as_the_parser_writes_it(text: str) -> None:
    requirement = Requirement(text)
    requirement.name = canonicalize_name(requirement.name)
    assert SIMPLE.fullmatch(text)
    found = entry_of(text, "dependencies")
    assert (found.name, found.text) == (requirement.name, str(requirement))


def test_a_line_that_is_not_simple_is_parsed() -> None:
    assert not SIMPLE.fullmatch("Torch[Opt_A]>=2,<3")
    assert entry_of("Torch[Opt_A]>=2,<3", "dependencies").text == "torch[opt-a]<3,>=2"
