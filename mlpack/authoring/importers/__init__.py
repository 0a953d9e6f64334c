"""Models and projects that exist already, read as manifests: one module a kind of source."""

from __future__ import annotations

from collections.abc import Mapping

from mlpack.authoring.importers.model import Imported, Importer, Left, NewFile, Source, ToRun
from mlpack.authoring.importers.packaging_folder import CommandImporter, FolderImporter
from mlpack.authoring.importers.requirements import RequirementsImporter
from mlpack.authoring.importers.saved_model import SavedImporter
from mlpack.authoring.importers.script import ScriptImporter

# In this order each is asked whether it knows the source: the first that does reads it.
IMPORTERS: Mapping[str, Importer] = {
    "command line": CommandImporter(),
    "saved model": SavedImporter(),
    "packaging folder": FolderImporter(),
    "script": ScriptImporter(),
    "file of dependencies": RequirementsImporter(),
}

__all__ = ["IMPORTERS", "Imported", "Importer", "Left", "NewFile", "Source", "ToRun"]
