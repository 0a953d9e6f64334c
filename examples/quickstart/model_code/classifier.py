"""Name the species of each flower in a CSV file."""

import json
from pathlib import Path

import mlflow.pyfunc
import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression


class IrisClassifier(mlflow.pyfunc.PythonModel):
    """One row naming a CSV file in; one label for each of that file's rows out."""

    def load_context(self, context):
        learned = json.loads(Path(context.artifacts["classifier"]).read_text(encoding="utf-8"))
        self.features = learned["features"]
        self.classifier = _classifier(learned)
        self.unsure_label = context.model_config["unsure_label"]

    def predict(self, context, model_input, params=None):
        min_probability = (params or {}).get("min_probability", 0.0)
        flowers = self._flowers(_only_uri(model_input))
        probabilities = self.classifier.predict_proba(flowers.to_numpy())
        labels = self.classifier.classes_[probabilities.argmax(axis=1)]
        sure = probabilities.max(axis=1) >= min_probability
        return pd.DataFrame({"label": np.where(sure, labels, self.unsure_label)})

    def _flowers(self, uri):
        flowers = pd.read_csv(uri)
        missing = [name for name in self.features if name not in flowers]
        if missing:
            raise ValueError(f"{uri} has no column {', '.join(missing)}")
        return flowers[self.features]


def _only_uri(model_input):
    uris = list(model_input["input_uri"])
    if len(uris) != 1:
        raise ValueError(f"expected one row with the column input_uri, got {len(uris)} rows")
    return uris[0]


def _classifier(learned):
    # Parameters as JSON, not a pickle: any later scikit-learn can read them.
    classifier = LogisticRegression()
    classifier.classes_ = np.array(learned["classes"], dtype=object)
    classifier.coef_ = np.array(learned["coef"])
    classifier.intercept_ = np.array(learned["intercept"])
    classifier.n_features_in_ = len(learned["features"])
    return classifier
