"""Python source as facts: classes, imports, and what the code reads and writes; nothing is run."""

from mlpack.code.families import Family, chain, locate
from mlpack.code.folders import FoundClass, python_files, python_model_classes, read_module
from mlpack.code.model import (
    Base,
    ClassFacts,
    Function,
    Import,
    Mistake,
    ModuleFacts,
    Parameter,
    Use,
    Write,
)
from mlpack.code.opening import Imported, Imports, opening
from mlpack.code.parsing import parse
from mlpack.code.places import silenced

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
    "locate",
    "opening",
    "parse",
    "python_files",
    "python_model_classes",
    "read_module",
    "silenced",
]
