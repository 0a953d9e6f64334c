"""mlpack from Python: the functions that the command line calls, with errors as exceptions.

manifest = mlpack.load_manifest("mlpack.yaml")
for report in mlpack.build(manifest):
    print(report.package, report.digest)
"""

from mlpack.api.comparing import diff, export, inspect
from mlpack.api.importing import import_
from mlpack.api.packages import predict, verify
from mlpack.api.projects import (
    build,
    check_lock,
    list_models,
    load_manifest,
    run,
    signature,
    update_lock,
)
from mlpack.api.starting import init, look_around
from mlpack.workflow.options import BuildOptions, ImportOptions, InitOptions, VerifyOptions

__all__ = [
    "BuildOptions",
    "ImportOptions",
    "InitOptions",
    "VerifyOptions",
    "build",
    "check_lock",
    "diff",
    "export",
    "import_",
    "init",
    "inspect",
    "list_models",
    "load_manifest",
    "look_around",
    "predict",
    "run",
    "signature",
    "update_lock",
    "verify",
]
