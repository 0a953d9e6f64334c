"""Cells from an `.h5ad` file, their genes put in the order of a vocabulary."""

from pathlib import Path

import anndata
import numpy as np


def read_cells(uri):
    """Open ``uri``, a path that is absolute or relative to the working folder."""
    path = Path(uri.removeprefix("file://"))
    if not path.is_file():
        raise FileNotFoundError(f"input_uri names no file: {uri}")
    return anndata.read_h5ad(path)


def aligned_counts(cells, vocabulary, gene_col_name):
    """Return float32 counts of shape (cells, genes in the vocabulary); absent genes count 0."""
    if gene_col_name not in cells.var:
        known = ", ".join(cells.var.columns) or "none"
        raise ValueError(f"no column {gene_col_name!r} in var (columns: {known})")
    positions = {gene: index for index, gene in enumerate(vocabulary)}
    targets = np.array([positions.get(gene, -1) for gene in cells.var[gene_col_name]])
    found = np.flatnonzero(targets >= 0)
    if not found.size:
        raise ValueError(f"no gene of {gene_col_name!r} is in the model's vocabulary")
    counts = np.zeros((cells.n_obs, len(vocabulary)), dtype=np.float32)
    matrix = cells.X[:, found]
    counts[:, targets[found]] = matrix.toarray() if hasattr(matrix, "toarray") else matrix
    return counts
