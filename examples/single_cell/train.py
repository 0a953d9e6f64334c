"""Make the cells and train both encoders: `mlpack run -- python train.py`.

The cells are simulated: each cell type has its own mean counts. Training is a principal component
analysis of the log-normalised counts; human and mouse differ in genes and in cells.
"""

import json
from pathlib import Path

import anndata
import numpy as np
import pandas as pd
from model_code.encoder import log_normalise
from scipy.sparse import csr_matrix

HERE = Path(__file__).parent
GENES, TYPES, SIZE = 300, 20, 16
TARGET_SUM = 10_000.0
ORGANISMS = {"human": "ENSG", "mouse": "ENSMUSG"}


def simulated_cells(generator, means, cells):
    kinds = generator.integers(len(means), size=cells)
    depth = generator.uniform(0.5, 1.5, size=(cells, 1))
    return generator.poisson(means[kinds] * depth).astype(np.float32)


def principal_axes(counts):
    expression = log_normalise(counts, TARGET_SUM)
    center = expression.mean(axis=0)
    _, _, axes = np.linalg.svd(expression - center, full_matrices=False)
    axes = axes[:SIZE].T
    # The sign of an axis is free; without a rule it changes with the linear algebra library.
    axes = axes * np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(SIZE)])
    return center, axes


def write_encoder(folder, genes, center, axes):
    folder.mkdir(parents=True, exist_ok=True)
    config = {"size": SIZE, "target_sum": TARGET_SUM}
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
    (folder / "vocabulary.json").write_text(json.dumps(genes) + "\n", encoding="utf-8")
    weights = {"center": center, "axes": axes}
    # Rounded, so that another processor's last bit does not make another file.
    rounded = {name: array.round(4).astype(np.float32) for name, array in weights.items()}
    np.savez(folder / "weights.npz", **rounded)


def write_cells(path, counts, genes, organism):
    path.parent.mkdir(exist_ok=True)
    cells = anndata.AnnData(
        X=csr_matrix(counts),
        obs=pd.DataFrame(index=[f"cell_{index}" for index in range(len(counts))]),
        var=pd.DataFrame({"ensembl_id": genes}, index=[f"gene_{i}" for i in range(len(genes))]),
        uns={"organism": organism},
    )
    cells.write_h5ad(path, compression="gzip")


def main():
    for seed, (organism, prefix) in enumerate(ORGANISMS.items()):
        generator = np.random.default_rng(seed)
        genes = [f"{prefix}{index:011d}" for index in range(1, GENES + 1)]
        means = generator.gamma(0.3, 2.0, size=(TYPES, GENES))
        center, axes = principal_axes(simulated_cells(generator, means, 1000).astype(np.float64))
        write_encoder(HERE / "model_data" / organism, genes, center, axes)
        # Real files name genes that a model does not know, in another order.
        order = generator.permutation(GENES)[: GENES * 2 // 3]
        counts = simulated_cells(generator, means, 12)[:, order]
        known = [genes[index] for index in order[:-5]] + [f"{prefix}{9:011d}{i}" for i in range(5)]
        write_cells(HERE / "data" / f"{organism}.h5ad", counts, known, organism)


if __name__ == "__main__":
    main()
