"""A trained model's file, read but never loaded: what wrote it, what it takes, what loads it."""

from mlpack.authoring.files.model import ModelFile, Need
from mlpack.authoring.files.recognition import is_model_file, read_model_file
from mlpack.authoring.files.tables import rows_of
from mlpack.authoring.files.writing import Written, first_line, module_name, written

__all__ = [
    "ModelFile",
    "Need",
    "Written",
    "first_line",
    "is_model_file",
    "module_name",
    "read_model_file",
    "rows_of",
    "written",
]
