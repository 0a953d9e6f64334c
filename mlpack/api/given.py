"""What callers pass: one path or many, and lists that are no strings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar, cast, overload

from mlpack.manifest.model import Manifest

One = TypeVar("One", contravariant=True)
Rest = ParamSpec("Rest")
Made = TypeVar("Made", covariant=True)


class OneOrMany(Protocol[One, Rest, Made]):
    """Takes one, or a sequence of them: then it returns a tuple, in the same order."""

    @overload
    def __call__(self, given: One, /, *args: Rest.args, **options: Rest.kwargs) -> Made: ...

    @overload
    def __call__(
        self, given: Sequence[One], /, *args: Rest.args, **options: Rest.kwargs
    ) -> tuple[Made, ...]: ...


def one_or_many(work: Callable[Concatenate[One, Rest], Made]) -> OneOrMany[One, Rest, Made]:
    """Let a function of one path, or manifest, take several of them too."""

    @wraps(work)
    def taking(given: Any, /, *args: Any, **options: Any) -> Any:
        if is_one(given):
            return work(given, *args, **options)
        return tuple(work(each, *args, **options) for each in given)

    return cast("OneOrMany[One, Rest, Made]", taking)


def is_one(given: Any) -> bool:
    """Tell whether ``given`` is one path or manifest, not several."""
    return isinstance(given, (str, Path, Manifest))
