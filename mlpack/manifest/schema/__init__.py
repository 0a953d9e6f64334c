"""The manifest's JSON schema (draft-07), and its judgement in sentences with a place."""

from mlpack.manifest.schema.checking import check, fits
from mlpack.manifest.schema.suggestions import closest, known_alias
from mlpack.manifest.schema.text import load, platform_names, text

__all__ = ["check", "closest", "fits", "known_alias", "load", "platform_names", "text"]
