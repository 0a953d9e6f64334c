"""The outside as the workflow sees it: ports, and the few facts that come from the machine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from mlpack.ports import Environment, Environments, ModelRunner, Narrator, Resolver, Sources
from mlpack.store import DigestMemory, Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """Everything that has effects; whoever composes the program chooses the kinds.

    ``cache`` is the folder for what can be made again, ``memory`` knows the digests of files that
    have not changed, ``store`` keeps bytes by digest, ``clock`` gives seconds for durations,
    ``build_time`` (seconds since the epoch) overrides the lock's. Without ``sources`` nothing may
    be downloaded.
    """

    resolver: Resolver
    environments: Environments
    pip_environments: Environments
    current_environment: Callable[[], Environment]
    models: ModelRunner
    narrator: Narrator
    cache: Path
    memory: DigestMemory
    store: Store
    clock: Callable[[], float]
    build_time: int | None = None
    sources: Sources | None = None
