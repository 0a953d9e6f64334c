"""Fit the classifier on the Iris data and write what it learned.

Run it in the locked environment: `mlpack run -- python train.py`.
"""

import json
from pathlib import Path

from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression

HERE = Path(__file__).parent


def main() -> None:
    iris = load_iris()
    classifier = LogisticRegression(max_iter=1000).fit(iris.data, iris.target)
    learned = {
        "features": [name.removesuffix(" (cm)").replace(" ", "_") for name in iris.feature_names],
        "classes": [str(name) for name in iris.target_names],
        # Four decimals lose nothing here and give the same file on every machine.
        "coef": classifier.coef_.round(4).tolist(),
        "intercept": classifier.intercept_.round(4).tolist(),
    }
    text = json.dumps(learned, indent=2) + "\n"
    (HERE / "model_data" / "classifier.json").write_text(text, encoding="utf-8")
    print(f"accuracy on the training data: {classifier.score(iris.data, iris.target):.3f}")


if __name__ == "__main__":
    main()
