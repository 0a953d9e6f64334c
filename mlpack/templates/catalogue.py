"""What there is to start from."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath

TEMPLATES: Mapping[str, str] = {
    "minimal": "a table in, a table out; nothing to load",
    "sklearn": "a scikit-learn pipeline; a table in, labels out",
    "pytorch": "a small network; a table in, labels out",
    "file-uri": "the URI of a file in, a tensor out",
}
"""Name → what the model does, in the order of their size."""

LICENSES = ("MIT", "Apache-2.0", "BSD-3-Clause")
"""SPDX names of the licenses whose text is at hand."""

CI_FILES: Mapping[str, PurePosixPath] = {
    "github": PurePosixPath(".github/workflows/mlpack.yml"),
    "gitlab": PurePosixPath(".gitlab-ci.yml"),
}
"""Kind of CI → where its file belongs."""

SCHEMA_FILE = PurePosixPath(".mlpack/mlpack.schema.json")
"""Where a project keeps the schema that its manifest's first line names for editors."""
