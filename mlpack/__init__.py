"""Turn a declarative file and a lock into a proven MLflow model."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

from mlpack._version import __version__

if TYPE_CHECKING:
    from mlpack.api import (
        BuildOptions,
        BuildReport,
        EditReport,
        ImportOptions,
        InitOptions,
        InitReport,
        LockReport,
        Manifest,
        Narrator,
        OutdatedReport,
        Prediction,
        PullOptions,
        PushOptions,
        SignatureReport,
        TreeReport,
        VerifyOptions,
        VerifyReport,
        add,
        build,
        check_lock,
        diff,
        doctor,
        export,
        fetch,
        import_,
        init,
        inspect,
        list_models,
        load_manifest,
        narrator,
        outdated,
        predict,
        pull,
        push,
        push_package,
        remove,
        run,
        signature,
        tree,
        update_lock,
        validate,
        verify,
        write_predictions,
    )
    from mlpack.api import update_lock as lock
    from mlpack.core.errors import (
        DependencyError,
        IntegrityError,
        ManifestError,
        MlpackError,
        ModelError,
        OutsideError,
        Problem,
        ReproducibilityError,
        Span,
        StaleLockError,
        UsageError,
    )

__all__ = [
    "BuildOptions",
    "BuildReport",
    "DependencyError",
    "EditReport",
    "ImportOptions",
    "InitOptions",
    "InitReport",
    "IntegrityError",
    "LockReport",
    "Manifest",
    "ManifestError",
    "MlpackError",
    "ModelError",
    "Narrator",
    "OutdatedReport",
    "OutsideError",
    "Prediction",
    "Problem",
    "PullOptions",
    "PushOptions",
    "ReproducibilityError",
    "SignatureReport",
    "Span",
    "StaleLockError",
    "TreeReport",
    "UsageError",
    "VerifyOptions",
    "VerifyReport",
    "__version__",
    "add",
    "build",
    "check_lock",
    "diff",
    "doctor",
    "export",
    "fetch",
    "import_",
    "init",
    "inspect",
    "list_models",
    "load_manifest",
    "lock",
    "narrator",
    "outdated",
    "predict",
    "pull",
    "push",
    "push_package",
    "remove",
    "run",
    "signature",
    "tree",
    "update_lock",
    "validate",
    "verify",
    "write_predictions",
]


class _Lock(ModuleType):
    """The package `mlpack.lock`, which is also the function that writes a lock."""

    def __call__(self, *args: Any, **options: Any) -> Any:
        """Do what `mlpack.update_lock` does."""
        from mlpack.api import update_lock

        return update_lock(*args, **options)


class _Mlpack(ModuleType):
    """The package `mlpack`, whose part `lock` has the name of a function too."""

    def __setattr__(self, name: str, value: Any) -> None:
        # So the import system binds what it has imported.
        if name == "lock" and isinstance(value, ModuleType):
            value.__class__ = _Lock
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Mlpack


def __getattr__(name: str) -> Any:
    if name == "lock":
        from importlib import import_module

        return import_module("mlpack.lock")
    # The command line must not pay for the Python interface.
    if name in __all__:
        from mlpack import api
        from mlpack.core import errors

        return getattr(api, name, None) or getattr(errors, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return list(__all__)
