"""What differs between two packages, in the terms of each kind of file."""

from mlpack.comparison.model import (
    Detail,
    FileDifference,
    FileSide,
    PackageComparison,
    RequirementChange,
    ValueChange,
)
from mlpack.comparison.packages import compare_packages
from mlpack.comparison.wording import Line, difference_lines, difference_text

__all__ = [
    "Detail",
    "FileDifference",
    "FileSide",
    "Line",
    "PackageComparison",
    "RequirementChange",
    "ValueChange",
    "compare_packages",
    "difference_lines",
    "difference_text",
]
