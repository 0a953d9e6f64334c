"""What differs between two packages, in the terms of each kind of file."""

from mlpack.package.comparison.model import (
    Detail,
    FileDifference,
    FileSide,
    PackageComparison,
    RequirementChange,
    ValueChange,
)
from mlpack.package.comparison.packages import compare_packages
from mlpack.package.comparison.wording import Line, difference_lines, difference_text

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
