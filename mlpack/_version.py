"""The version, apart from the package's face, so that every room may state it."""

__version__ = "0.1.0"
