import numpy as np
import pandas as pd
from mlflow.models import ModelSignature
from mlflow.types import ColSpec, DataType, ParamSchema, ParamSpec, Schema, TensorSpec

DIMENSIONS = 2

MODEL_SIGNATURE = ModelSignature(
    inputs=Schema(
        [
            ColSpec(DataType.string, "counts"),
            ColSpec(type="string", name="note", required=False),
        ]
    ),
    outputs=Schema([TensorSpec(np.dtype(np.float32), (-1, DIMENSIONS), name=None)]),
    params=ParamSchema([ParamSpec("rounds", "long", 1)]),
)

INPUT_EXAMPLE = (
    pd.DataFrame({"counts": ["A=1,B=2", "C=4"], "note": ["first", "second"]}),
    {"rounds": 2},
)
