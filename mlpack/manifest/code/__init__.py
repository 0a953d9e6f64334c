"""Python source as facts: classes, imports, and what the code reads and writes; nothing is run."""

from mlpack.manifest.code.decoding import decoded_columns
from mlpack.manifest.code.families import Family, chain, locate
from mlpack.manifest.code.folders import FoundClass, python_files, python_model_classes, read_module
from mlpack.manifest.code.imports import Imported, Imports, opening
from mlpack.manifest.code.model import (
    Base,
    ClassFacts,
    Function,
    Import,
    Mistake,
    ModuleFacts,
    Parameter,
    Use,
    Write,
    silenced,
)
from mlpack.manifest.code.parsing import parse

__all__ = [
    "Base",
    "ClassFacts",
    "Family",
    "FoundClass",
    "Function",
    "Import",
    "Imported",
    "Imports",
    "Mistake",
    "ModuleFacts",
    "Parameter",
    "Use",
    "Write",
    "chain",
    "decoded_columns",
    "locate",
    "opening",
    "parse",
    "python_files",
    "python_model_classes",
    "read_module",
    "silenced",
]
