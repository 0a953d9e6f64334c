"""Fit the pipeline on the Iris data and write it: `mlpack run -- python train.py`."""

from pathlib import Path

import joblib
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

HERE = Path(__file__).parent


def main():
    iris = load_iris(as_frame=True)
    # The words before the unit: "sepal length (cm)" becomes sepal_length.
    features = iris.data.rename(columns=lambda name: "_".join(name.split()[:2]))
    species = iris.target_names.astype(object)[iris.target]
    pipeline = make_pipeline(StandardScaler(), LogisticRegression()).fit(features, species)
    joblib.dump(pipeline, HERE / "model_data" / "pipeline.joblib")
    print(f"accuracy on the training data: {pipeline.score(features, species):.3f}")


if __name__ == "__main__":
    main()
