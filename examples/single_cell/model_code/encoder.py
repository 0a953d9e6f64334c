"""The encoder: counts of known genes in, one embedding a cell out."""

import json
from pathlib import Path

import numpy as np

# Half precision is for the large product only; what comes out is always float32.
PRECISIONS = {"32": np.float32, "16-mixed": np.float16}


class Encoder:
    """Log-normalised counts, centred and projected onto the axes that training found."""

    def __init__(self, folder):
        folder = Path(folder)
        self.config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        self.vocabulary = json.loads((folder / "vocabulary.json").read_text(encoding="utf-8"))
        with np.load(folder / "weights.npz", allow_pickle=False) as weights:
            self.center = weights["center"]
            self.axes = weights["axes"]

    def encode(self, counts, precision):
        """Embed ``counts`` of shape (cells, genes in the vocabulary) as float32 (cells, size)."""
        if precision not in PRECISIONS:
            raise ValueError(f"precision is {precision!r}; it must be one of {list(PRECISIONS)}")
        dtype = PRECISIONS[precision]
        centred = log_normalise(counts, self.config["target_sum"]) - self.center
        return (centred.astype(dtype) @ self.axes.astype(dtype)).astype(np.float32)


def log_normalise(counts, target_sum):
    """Scale each cell to ``target_sum`` counts and take log(1 + x); an empty cell stays zero."""
    totals = counts.sum(axis=1, keepdims=True)
    scale = np.divide(target_sum, totals, out=np.zeros_like(totals), where=totals > 0)
    return np.log1p(counts * scale)
