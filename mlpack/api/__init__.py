"""mlpack from Python: the functions that the command line calls, with errors as exceptions.

    import mlpack

    for report in mlpack.build("mlpack.yaml"):
        print(report.package, report.digest)

Nothing is printed unless a narrator is given, nothing exits, and no working folder is changed.
"""

from mlpack.api.authoring import import_, init, look_around
from mlpack.api.dependencies import add, check_upgradable, outdated, remove, tree
from mlpack.api.machine import cache_dir, cache_size, doctor, prune_cache, verify_cache
from mlpack.api.outside import narrator
from mlpack.api.packages import diff, export, inspect, predict, verify, write_predictions
from mlpack.api.projects import (
    build,
    check_lock,
    fetch,
    fetcher,
    list_models,
    load_manifest,
    lock_updater,
    run,
    signature,
    update_lock,
    validate,
    write_signature,
)
from mlpack.api.publishing import pull, push, push_package
from mlpack.manifest.model import Manifest
from mlpack.ports import Narrator, Prediction
from mlpack.ports.dependency_reports import EditReport, OutdatedReport, TreeReport
from mlpack.ports.report import BuildReport, InitReport, LockReport, SignatureReport, VerifyReport
from mlpack.workflow.options import (
    BuildOptions,
    ImportOptions,
    InitOptions,
    PullOptions,
    PushOptions,
    VerifyOptions,
)

__all__ = [
    "BuildOptions",
    "BuildReport",
    "EditReport",
    "ImportOptions",
    "InitOptions",
    "InitReport",
    "LockReport",
    "Manifest",
    "Narrator",
    "OutdatedReport",
    "Prediction",
    "PullOptions",
    "PushOptions",
    "SignatureReport",
    "TreeReport",
    "VerifyOptions",
    "VerifyReport",
    "add",
    "build",
    "cache_dir",
    "cache_size",
    "check_lock",
    "check_upgradable",
    "diff",
    "doctor",
    "export",
    "fetch",
    "fetcher",
    "import_",
    "init",
    "inspect",
    "list_models",
    "load_manifest",
    "lock_updater",
    "look_around",
    "narrator",
    "outdated",
    "predict",
    "prune_cache",
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
    "verify_cache",
    "write_predictions",
    "write_signature",
]
