from mlflow.models import ModelSignature
from mlflow.types.schema import Array, ColSpec, DataType, Schema

SIGNATURE = ModelSignature(
    inputs=Schema([ColSpec("string", "path")]),
    outputs=Schema(
        [
            ColSpec("string", "text"),
            ColSpec("double", "number"),
            ColSpec(Array(DataType.string), "found"),
        ]
    ),
)
