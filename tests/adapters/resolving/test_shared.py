"""Equal questions of one run are asked once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from mlpack.adapters.resolving import SharingResolver, UvResolver
from mlpack.lock.model import LockedEnvironment, LockedPackage
from mlpack.lock.request import ResolveRequest
from mlpack.ports import UpgradeScope

NUMPY = LockedPackage(name="numpy", version="2.0.0", marker=None, sha256=("a" * 64,))
REQUEST = ResolveRequest(
    python="3.11", requirements=("numpy",), inputs={"requirements.in": "sha256:1"}, root=Path("/a")
)


class Counting(UvResolver):
    """Knows one answer, and counts how often it is asked."""

    asked: list[ResolveRequest] = []  # noqa: RUF012 - each test has a class of its own

    def __init__(self) -> None:
        type(self).asked.clear()

    def resolve(
        self,
        request: ResolveRequest,
        *,
        previous: LockedEnvironment | None = None,
        upgrade: UpgradeScope = frozenset(),
        offline: bool = False,
    ) -> LockedEnvironment:
        self.asked.append(request)
        return LockedEnvironment(
            request=request.digest, python="3.11.7", packages=(NUMPY,), inputs=request.inputs
        )


def test_an_equal_request_gets_the_same_answer_for_its_own_files() -> None:
    resolver = SharingResolver(resolver=Counting())
    first = resolver.resolve(REQUEST)
    elsewhere = replace(REQUEST, root=Path("/b"), inputs={"pyproject.toml": "sha256:2"})
    second = resolver.resolve(elsewhere)
    assert Counting.asked == [REQUEST]
    assert second == replace(first, inputs={"pyproject.toml": "sha256:2"})


def test_another_question_is_asked() -> None:
    resolver = SharingResolver(resolver=Counting())
    known = resolver.resolve(REQUEST)
    other = replace(known, packages=(replace(NUMPY, version="1.9"),))
    resolver.resolve(REQUEST, previous=known)
    resolver.resolve(REQUEST, previous=other)
    resolver.resolve(REQUEST, previous=replace(other, resolved=False))
    resolver.resolve(REQUEST, previous=known, upgrade="all")
    resolver.resolve(REQUEST, previous=known, upgrade=frozenset({"numpy"}))
    resolver.resolve(replace(REQUEST, requirements=("numpy<3",)))
    assert len(Counting.asked) == 7
    resolver.resolve(REQUEST, previous=known, upgrade=frozenset({"numpy"}))
    assert len(Counting.asked) == 7


def test_folders_of_wheels_are_those_of_one_project() -> None:
    resolver = SharingResolver(resolver=Counting())
    links = replace(REQUEST, find_links=("wheels",))
    resolver.resolve(links)
    resolver.resolve(replace(links, root=Path("/b")))
    resolver.resolve(replace(links, find_links=("https://example.org/wheels",), root=Path("/c")))
    resolver.resolve(replace(links, find_links=("https://example.org/wheels",), root=Path("/d")))
    assert len(Counting.asked) == 3
