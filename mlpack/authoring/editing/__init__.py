"""Requirements edited where they are written, every other byte of the file kept."""

from mlpack.authoring.editing.planning import Edited, edits, own_dependencies

__all__ = ["Edited", "edits", "own_dependencies"]
