"""Trains and saves small models, one file a kind: ``python train.py FOLDER KIND...``.

Beside each file is NAME.expected.json: a row, and what the framework itself predicts for it.
"""

import json
import os
import pickle
import sys
from pathlib import Path

import numpy as np
import pandas as pd

OUT = Path(sys.argv[1])
COLUMNS = ["width", "height", "weight"]
RANDOM = np.random.default_rng(0)
TABLE = pd.DataFrame(RANDOM.normal(size=(60, 3)), columns=COLUMNS)
COLORED = TABLE.assign(color=RANDOM.choice(["red", "green"], 60))
NUMBERS = TABLE.to_numpy(dtype="float32")
BIG = (TABLE["width"] + TABLE["height"] > 0).astype(int)
LABELS = np.where(BIG, "big", "small")


def expect(name, rows, predicted):
    rows = rows.to_dict("records") if isinstance(rows, pd.DataFrame) else np.asarray(rows).tolist()
    told = {"rows": rows, "predicted": np.asarray(predicted).tolist()}
    (OUT / f"{name}.expected.json").write_text(json.dumps(told))


def sklearn():
    import joblib
    from sklearn.compose import make_column_transformer
    from sklearn.ensemble import RandomForestRegressor
    from sklearn.linear_model import LinearRegression, LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    labels = make_pipeline(StandardScaler(), LogisticRegression()).fit(TABLE, LABELS)
    joblib.dump(labels, OUT / "labels.joblib", compress=3)
    expect("labels.joblib", TABLE[:1], labels.predict(TABLE[:1]))
    encoder = make_column_transformer(
        (OneHotEncoder(), ["color"]), (StandardScaler(), ["width", "height"])
    )
    columns = make_pipeline(encoder, LinearRegression()).fit(COLORED, TABLE["width"])
    joblib.dump(columns, OUT / "columns.joblib")
    expect("columns.joblib", COLORED[:1], columns.predict(COLORED[:1]))
    forest = RandomForestRegressor(3, max_depth=2, random_state=0).fit(NUMBERS, TABLE["width"])
    (OUT / "forest.pkl").write_bytes(pickle.dumps(forest))
    expect("forest.pkl", NUMBERS[:1], forest.predict(NUMBERS[:1]))


def xgboost():
    import joblib
    import xgboost

    model = xgboost.XGBClassifier(n_estimators=3, max_depth=2).fit(TABLE, BIG)
    for name in ("xgb.json", "xgb.ubj"):
        model.save_model(OUT / name)
        expect(name, TABLE[:1], model.predict_proba(TABLE[:1])[:, 1])
    joblib.dump(model, OUT / "xgb.joblib", compress=3)
    expect("xgb.joblib", TABLE[:1], model.predict(TABLE[:1]))
    three = xgboost.XGBClassifier(n_estimators=2, max_depth=2).fit(NUMBERS, np.arange(60) % 3)
    three.save_model(OUT / "three.ubj")
    expect("three.ubj", NUMBERS[:1], three.predict_proba(NUMBERS[:1]))


def lightgbm():
    import joblib
    import lightgbm

    coded = COLORED.astype({"color": "category"})
    model = lightgbm.LGBMRegressor(n_estimators=2, num_leaves=4, min_child_samples=2, verbose=-1)
    booster = model.fit(coded, TABLE["width"]).booster_
    joblib.dump(model, OUT / "lgb.joblib", compress=3)
    booster.save_model(OUT / "lgb.txt")
    expect("lgb.txt", COLORED[:1], booster.predict(coded[:1]))


def catboost():
    import joblib
    from catboost import CatBoostClassifier

    model = CatBoostClassifier(iterations=3, depth=2, verbose=0, allow_writing_files=False)
    model.fit(COLORED, LABELS, cat_features=["color"])
    joblib.dump(model, OUT / "cat.joblib", compress=3)
    model.save_model(str(OUT / "cat.cbm"))
    expect("cat.cbm", COLORED[:1], model.predict(COLORED[:1]).ravel())


def onnx():
    from skl2onnx import to_onnx
    from sklearn.linear_model import LinearRegression, LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    line = LinearRegression().fit(NUMBERS, TABLE["width"])
    (OUT / "line.onnx").write_bytes(to_onnx(line, NUMBERS).SerializeToString())
    expect("line.onnx", NUMBERS[:1], line.predict(NUMBERS[:1]).reshape(-1, 1))
    table = TABLE.astype("float32")
    labels = make_pipeline(StandardScaler(), LogisticRegression()).fit(table, LABELS)
    made = to_onnx(labels, table, options={id(labels): {"zipmap": False}})
    del made.graph.output[1:]
    (OUT / "labels.onnx").write_bytes(made.SerializeToString())
    expect("labels.onnx", table[:1], labels.predict(table[:1]))
    both = LogisticRegression().fit(NUMBERS, BIG)
    made = to_onnx(both, NUMBERS, options={id(both): {"zipmap": False}})
    (OUT / "both.onnx").write_bytes(made.SerializeToString())
    expect("both.onnx", NUMBERS[:1], both.predict(NUMBERS[:1]))


def keras():
    os.environ["KERAS_BACKEND"] = "jax"
    import keras

    layers = [keras.Input((3,)), keras.layers.Dense(4, "relu"), keras.layers.Dense(2, "softmax")]
    model = keras.Sequential(layers)
    model.save(OUT / "net.keras")
    expect("net.keras", NUMBERS[:1], model.predict(NUMBERS[:1], verbose=0))


def torch():
    import torch
    from safetensors.torch import save_file

    torch.manual_seed(0)
    net = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.ReLU(), torch.nn.Linear(4, 1))
    torch.save(net.state_dict(), OUT / "weights.pt")
    torch.save({"epoch": 3, "model_state_dict": net.state_dict()}, OUT / "checkpoint.pth")
    torch.save(net, OUT / "whole.pt")
    torch.save(net.state_dict(), OUT / "older.pt", _use_new_zipfile_serialization=False)
    torch.jit.script(net).save(OUT / "script.pt")
    save_file(net.state_dict(), OUT / "weights.safetensors", metadata={"format": "pt"})
    predicted = net(torch.as_tensor(NUMBERS[:1])).detach().numpy()
    for name in ("weights.pt", "checkpoint.pth", "whole.pt", "script.pt", "weights.safetensors"):
        expect(name, NUMBERS[:1], predicted)


if __name__ == "__main__":
    OUT.mkdir(parents=True, exist_ok=True)
    for kind in sys.argv[2:]:
        globals()[kind]()
