"""Find the axes of the embedding and write them: `mlpack run -- python train.py`."""

from pathlib import Path

import numpy as np
import pandas as pd

HERE = Path(__file__).parent


def main():
    rows = pd.read_csv(HERE / "data" / "flowers.csv").to_numpy()
    center = rows.mean(axis=0)
    _, _, axes = np.linalg.svd(rows - center, full_matrices=False)
    axes = axes[:2].T
    # The sign of an axis is free; without a rule it changes with the linear algebra library.
    axes = axes * np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(2)])
    # Rounded, so that another processor's last bit does not make another file.
    weights = {"center": center.round(4), "axes": axes.round(4)}
    weights = {name: array.astype(np.float32) for name, array in weights.items()}
    np.savez(HERE / "model_data" / "weights.npz", **weights)
    print(f"axes of {len(rows)} rows written")


if __name__ == "__main__":
    main()
