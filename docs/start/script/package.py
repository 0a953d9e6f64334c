import mlflow.pyfunc
import pandas as pd
from doubler import Doubler
from mlflow.models import ModelSignature
from mlflow.types import ColSpec, Schema

mlflow.pyfunc.save_model(
    "doubler",
    python_model=Doubler(),
    code_paths=["doubler.py"],
    signature=ModelSignature(Schema([ColSpec("double", "x")]), Schema([ColSpec("double", "x")])),
    input_example=pd.DataFrame({"x": [1.5, 2.0]}),
    pip_requirements=["mlflow-skinny==3.17.2", "pandas", "numpy"],
)
