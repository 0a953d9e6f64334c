"""Inheritance over several modules: what a class inherits, and whether it is a PythonModel."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from mlpack.manifest.code.model import Base, ClassFacts, Function, ModuleFacts

Verdict = Literal["yes", "no", "unknown"]

_HOMES = ("mlflow.pyfunc", "mlflow.pyfunc.model", "mlflow")
_MODELS = ("PythonModel", "ChatModel", "ChatAgent", "ResponsesAgent")
PYTHON_MODELS = frozenset(
    [
        *(f"{home}.{name}" for home in _HOMES for name in _MODELS),
        "mlflow.pyfunc.model.chat_agent.ChatAgent",
        "mlflow.types.responses.ResponsesAgent",
    ]
)
"""The dotted names of ``mlflow.pyfunc.PythonModel`` and of MLflow's subclasses of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """A class with its ancestors in the same code, nearest first.

    ``unknown`` are bases that lie elsewhere and are none of MLflow's, so that nobody knows what
    they bring.
    """

    members: tuple[tuple[ModuleFacts, ClassFacts], ...]
    unknown: tuple[Base, ...]
    from_mlflow: tuple[str, ...]

    @property
    def is_model(self) -> Verdict:
        """Whether the class is a PythonModel, as far as the code tells."""
        if self.from_mlflow:
            return "yes"
        dynamic = any(facts.metaclass or facts.decorators for _, facts in self.members)
        return "unknown" if self.unknown or dynamic else "no"

    @property
    def agent(self) -> str | None:
        """The class of MLflow's that it extends and that sets its signature, such as ChatAgent."""
        names = (base.rpartition(".")[2] for base in self.from_mlflow)
        return next((name for name in names if name != "PythonModel"), None)

    def method(self, name: str) -> Function | None:
        """Return the method that the class has under this name, inherited from the code or own."""
        return next((found for _, each in self.members if (found := each.method(name))), None)

    def has(self, name: str) -> Verdict:
        """Whether instances have this attribute; what MLflow's bases bring does not count."""
        for _, each in self.members:
            if each.method(name) or name in each.attributes:
                return "yes"
        dynamic = any(each.metaclass or each.decorators for _, each in self.members)
        return "unknown" if self.unknown or dynamic else "no"


def chain(module: ModuleFacts, facts: ClassFacts, modules: Mapping[str, ModuleFacts]) -> Family:
    """Return the family of a class; ``modules`` are those of the code, by dotted name."""
    members: list[tuple[ModuleFacts, ClassFacts]] = []
    unknown: list[Base] = []
    ours: list[str] = []
    waiting = [(module, facts)]
    while waiting:
        home, each = waiting.pop(0)
        if any(each is known for _, known in members):
            continue
        members.append((home, each))
        for base in each.bases:
            if base.resolved in PYTHON_MODELS:
                ours.append(str(base.resolved))
            elif parent := _parent(base, home, modules):
                waiting.append(parent)
            elif not _plain(base):
                unknown.append(base)
    return Family(members=tuple(members), unknown=tuple(unknown), from_mlflow=tuple(ours))


def locate(name: str, modules: Mapping[str, ModuleFacts]) -> tuple[ModuleFacts, ClassFacts] | None:
    """Return the class behind a dotted name, names that modules merely pass on followed."""
    for _ in range(8):
        home, _, rest = name.rpartition(".")
        for prefix, qualname in _splits(home, rest):
            module = modules.get(prefix)
            if module is None:
                continue
            if found := module.find(qualname):
                return module, found
            first, dot, tail = qualname.partition(".")
            onward = f"{module.names.get(first, '')}{dot}{tail}"
            if first not in module.names or onward == name:
                return None
            name = onward
            break
        else:
            return None
    return None


def _splits(home: str, rest: str) -> Iterator[tuple[str, str]]:
    while home:
        yield home, rest
        home, _, last = home.rpartition(".")
        rest = f"{last}.{rest}"


def _parent(
    base: Base, home: ModuleFacts, modules: Mapping[str, ModuleFacts]
) -> tuple[ModuleFacts, ClassFacts] | None:
    if base.resolved is None:
        return None
    own = home.find(base.resolved)
    if own and home.module is None:
        return home, own
    return locate(base.resolved, {**({home.module: home} if home.module else {}), **modules})


def _plain(base: Base) -> bool:
    """Whether a base from elsewhere is known to bring nothing: an object, an ABC, a generic."""
    return base.resolved in (
        "builtins.object", "abc.ABC", "typing.Generic", "typing.Protocol",
    )  # fmt: skip
