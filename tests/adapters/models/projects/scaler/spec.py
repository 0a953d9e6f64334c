"""A signature as code, made by inference, which leaves flags behind."""

import pandas as pd
from mlflow.models import ModelSignature
from mlflow.types import ColSpec, Schema

SIGNATURE = ModelSignature(
    inputs=Schema([ColSpec("long", "a"), ColSpec("double", "b", required=False)]),
    outputs=None,
)
SIGNATURE._is_signature_from_type_hint = True
NOT_ONE = pd.DataFrame
