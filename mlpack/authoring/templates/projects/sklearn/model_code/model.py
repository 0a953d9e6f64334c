"""Name the species of flowers."""

import joblib
import mlflow.pyfunc
import pandas as pd


class Classifier(mlflow.pyfunc.PythonModel):
    """A table of measurements in; a label and its probability for each row out."""

    def load_context(self, context):
        self.pipeline = joblib.load(context.artifacts["pipeline"])

    def predict(self, context, model_input, params=None):
        min_probability = (params or {}).get("min_probability", 0.0)
        features = model_input[list(self.pipeline.feature_names_in_)]
        probabilities = self.pipeline.predict_proba(features)
        best = probabilities.max(axis=1)
        labels = pd.Series(self.pipeline.classes_[probabilities.argmax(axis=1)])
        return pd.DataFrame(
            {"label": labels.where(best >= min_probability, "unsure"), "probability": best}
        )
