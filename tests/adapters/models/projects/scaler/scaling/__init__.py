"""A package with a module of its own, named like one of the worker's."""
