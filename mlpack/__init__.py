"""Turn a declarative file and a lock into a proven MLflow model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlpack._version import __version__

if TYPE_CHECKING:
    from mlpack.api import (
        BuildOptions,
        BuildReport,
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
        run,
        signature,
        tree,
        update_lock,
        verify,
        write_predictions,
    )
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
    "narrator",
    "outdated",
    "predict",
    "pull",
    "push",
    "push_package",
    "run",
    "signature",
    "tree",
    "update_lock",
    "verify",
    "write_predictions",
]


def __getattr__(name: str) -> Any:
    # The command line must not pay for the Python interface.
    if name in __all__:
        from mlpack import api
        from mlpack.core import errors

        return getattr(api, name, None) or getattr(errors, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return list(__all__)
