"""New projects: real files shipped with mlpack, and the few facts that are filled in."""

from mlpack.authoring.templates.filling import (
    CI_FILES,
    LICENSES,
    SCHEMA_FILE,
    TEMPLATES,
    Facts,
    ci_file,
    ignore_file,
    license_file,
    manifest_head,
    template_files,
)

__all__ = [
    "CI_FILES",
    "LICENSES",
    "SCHEMA_FILE",
    "TEMPLATES",
    "Facts",
    "ci_file",
    "ignore_file",
    "license_file",
    "manifest_head",
    "template_files",
]
