"""Misspells a module of its own package."""

import pack.wieghts

WEIGHTS = pack.wieghts
