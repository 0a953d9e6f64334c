"""A top-level module named like the worker's; it must be this one that the model gets."""

KIND = "the user's own"
