"""Turn a declarative file and a lock into a proven MLflow model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlpack._version import __version__

if TYPE_CHECKING:
    from mlpack.api import (
        BuildOptions,
        InitOptions,
        VerifyOptions,
        build,
        check_lock,
        diff,
        export,
        init,
        inspect,
        list_models,
        load_manifest,
        predict,
        run,
        signature,
        update_lock,
        verify,
    )
    from mlpack.errors import MlpackError, Problem

__all__ = [
    "BuildOptions",
    "InitOptions",
    "MlpackError",
    "Problem",
    "VerifyOptions",
    "__version__",
    "build",
    "check_lock",
    "diff",
    "export",
    "init",
    "inspect",
    "list_models",
    "load_manifest",
    "predict",
    "run",
    "signature",
    "update_lock",
    "verify",
]


def __getattr__(name: str) -> Any:
    # The command line must not pay for the Python interface.
    if name in ("MlpackError", "Problem"):
        from mlpack import errors

        return getattr(errors, name)
    if name in __all__:
        from mlpack import api

        return getattr(api, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
