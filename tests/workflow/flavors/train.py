"""Train one small model for each flavor, and save it with MLflow as most people do."""

from __future__ import annotations

import sys
from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
from mlflow.models import infer_signature

FOLDER = Path("model_data")
# To infer the requirements of each takes MLflow half a minute.
ANY = {"pip_requirements": sys.argv[1]}
X = pd.DataFrame({"a": [0.0, 1.0, 2.0, 3.0] * 8, "b": [1.0, 0.0] * 16})
Y = pd.Series([0, 0, 1, 1] * 8)


def sklearn(place: Path) -> None:
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression().fit(X, Y)
    mlflow.sklearn.save_model(model, place, signature=infer_signature(X, model.predict(X)), **ANY)


def sklearn_pickle(place: Path) -> None:
    from sklearn.ensemble import RandomForestRegressor

    model = RandomForestRegressor(n_estimators=3, random_state=0).fit(X, Y)
    signature = infer_signature(X, model.predict(X))
    mlflow.sklearn.save_model(
        model,
        place,
        signature=signature,
        serialization_format="cloudpickle",
        input_example=X[:2],
        **ANY,
    )


def xgboost(place: Path) -> None:
    from xgboost import XGBClassifier

    model = XGBClassifier(n_estimators=3, max_depth=2).fit(X, Y)
    mlflow.xgboost.save_model(model, place, signature=infer_signature(X, model.predict(X)), **ANY)


def lightgbm(place: Path) -> None:
    import lightgbm as lgb

    options = {"objective": "regression", "min_data_in_leaf": 1, "verbose": -1, "num_threads": 1}
    model = lgb.train(options, lgb.Dataset(X, Y), 3)
    mlflow.lightgbm.save_model(model, place, signature=infer_signature(X, model.predict(X)), **ANY)


def catboost(place: Path) -> None:
    from catboost import CatBoostRegressor

    model = CatBoostRegressor(iterations=3, verbose=0, allow_writing_files=False).fit(X, Y)
    mlflow.catboost.save_model(model, place, signature=infer_signature(X, model.predict(X)), **ANY)


def statsmodels(place: Path) -> None:
    import statsmodels.api as sm

    model = sm.OLS(Y, X).fit()
    mlflow.statsmodels.save_model(
        model, place, signature=infer_signature(X, model.predict(X)), **ANY
    )


def onnx(place: Path) -> None:
    import onnx.helper as h

    vector = [h.make_tensor_value_info(name, 1, ["n", 2]) for name in ("x", "y")]
    graph = h.make_graph([h.make_node("Neg", ["x"], ["y"])], "negation", vector[:1], vector[1:])
    model = h.make_model(graph, opset_imports=[h.make_opsetid("", 17)], ir_version=8)
    given = {"x": X[:2].to_numpy(np.float32)}
    mlflow.onnx.save_model(
        model, place, signature=infer_signature(given, {"y": -given["x"]}), **ANY
    )


def spacy(place: Path) -> None:
    import spacy as library

    model = library.blank("en")
    categories = model.add_pipe("textcat")
    categories.add_label("good")
    categories.add_label("bad")
    model.initialize()
    told = pd.DataFrame({"predictions": [{"good": 0.5, "bad": 0.5}]})
    signature = infer_signature(pd.DataFrame({"text": ["a"]}), told)
    mlflow.spacy.save_model(model, place, signature=signature, **ANY)


def loader(place: Path) -> None:
    """A module of the user's own that loads plain data."""
    Path("data.json").write_text('{"factor": 3}')
    signature = infer_signature(X[["a"]], X["a"])
    mlflow.pyfunc.save_model(
        place,
        loader_module="loading",
        data_path="data.json",
        code_paths=["loading.py"],
        signature=signature,
        **ANY,
    )


def code(place: Path) -> None:
    """A model from code, with an artifact and a configuration."""
    Path("offset.txt").write_text("10")
    signature = infer_signature(X[["a"]], X["a"])
    mlflow.pyfunc.save_model(
        place,
        python_model="as_code.py",
        artifacts={"offset": "offset.txt"},
        model_config={"factor": 2},
        signature=signature,
        **ANY,
    )


def pickled(place: Path) -> None:
    """An instance whose class is in no module that the package has."""

    class Sum(mlflow.pyfunc.PythonModel):
        def predict(self, context, model_input, params=None):  # type: ignore[no-untyped-def]
            return model_input.sum(axis=1).to_numpy()

    mlflow.pyfunc.save_model(place, python_model=Sum(), signature=infer_signature(X, X["a"]), **ANY)


def torch(place: Path) -> None:
    import torch as library

    library.manual_seed(0)
    model = library.nn.Linear(2, 1)
    given = X.to_numpy(np.float32)
    with library.no_grad():
        signature = infer_signature(given, model(library.from_numpy(given)).numpy())
    mlflow.pytorch.save_model(model, place, signature=signature, input_example=given[:2], **ANY)


def transformers(place: Path) -> None:
    """A text classifier with random weights and a vocabulary of five words."""
    import torch as library
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizer, pipeline

    library.manual_seed(0)
    Path("vocab.txt").write_text("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nhello\n")
    sizes = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 1}
    model = BertForSequenceClassification(BertConfig(vocab_size=6, intermediate_size=8, **sizes))
    tokenizer = BertTokenizer("vocab.txt")
    classify = pipeline("text-classification", model=model, tokenizer=tokenizer)
    signature = infer_signature("hello", pd.DataFrame({"label": ["a"], "score": [0.5]}))
    mlflow.transformers.save_model(classify, place, signature=signature, **ANY)


for name in sys.argv[2:]:
    globals()[name](FOLDER / name)
