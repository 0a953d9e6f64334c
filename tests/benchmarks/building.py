"""Building against doing it by hand: first, after an edit, with nothing to do, sixteen times."""

from __future__ import annotations

import os
import shutil
import statistics
import sys
import time
from pathlib import Path

from tests.benchmarks.by_hand import ByHand
from tests.benchmarks.timing import Figure, call, example, in_turn, mlpack, put_aside

EXAMPLES = tuple(os.environ.get("MLPACK_BENCH_EXAMPLES", "quickstart single_cell").split())
ONE_PROCESS = """
import sys
import mlflow.pyfunc
from mlflow.models import Model
sys.path.insert(0, ".")
package, save_to = sys.argv[1:]
mlflow.pyfunc.load_model  # imported as both need it
from model_code.{module} import {name}
mlflow.pyfunc.save_model(save_to, python_model={name}(), code_paths=["model_code"],
    artifacts={artifacts!r}, model_config={config!r}, pip_requirements=["mlflow-skinny==3.17.2"])
import os
model = mlflow.pyfunc.load_model(save_to)
described = Model.load(package)
example = described.load_input_example(package)
params = described.load_input_example_params(package)
os.chdir(os.path.join(package, "input_example"))
model.predict(example, params=params)
"""


def first_build(where: Path, runs: int) -> list[Figure]:
    """Empty environments, a warm package cache, no lock: everything from the manifest on."""
    figures = []
    for name in EXAMPLES:
        project = example(name, where / "ours")
        for installer, factor in (("pip", 6.0), ("uv", 1.5)):
            hand = ByHand(example(name, where / installer), installer)  # type: ignore[arg-type]

            def ours(project: Path = project) -> None:
                mlpack("build", *_one(project), cwd=project, cache=project / "cache")

            def forget(project: Path = project, hand: ByHand = hand) -> None:
                put_aside(*(project / left for left in ("cache", "dist", "mlpack.lock")))
                hand.forget()

            ours()
            hand.package()
            mine, theirs = in_turn(ours, hand.package, runs, before=forget)
            figures.append(
                Figure(
                    name=f"first build, {name}",
                    ours=mine,
                    other=theirs,
                    what_other=f"{installer} installs",
                    target=f"1/{factor:g}",
                    met=theirs / mine >= factor,
                )
            )
    return figures


def after_an_edit(where: Path, runs: int) -> list[Figure]:
    """One line of the model's code changed: save and forward pass again, all else kept."""
    figures = []
    for name in EXAMPLES:
        project = example(name, where / "edit")
        cache = project / "cache"
        mlpack("build", *_one(project), cwd=project, cache=cache)
        package = next(path for path in (project / "dist").iterdir() if path.is_dir())
        python = next(cache.glob("environments/*/bin/python"))
        code = next(path for path in (project / "model_code").glob("*r.py"))
        script = project / "one_process.py"
        script.write_text(_script(name))
        number = iter(range(10_000))

        def ours(project: Path = project, cache: Path = cache, code: Path = code) -> None:
            with code.open("a") as file:
                file.write(f"# edit {next(number)}\n")  # noqa: B023 - called within the loop
            mlpack("build", *_one(project), cwd=project, cache=cache)

        def hand(project: Path = project, python: Path = python, package: Path = package) -> None:
            shutil.rmtree(project / "saved", ignore_errors=True)
            call([python, "one_process.py", package, project / "saved"], project)

        ours()
        hand()
        mine, theirs = in_turn(ours, hand, runs)
        figures.append(
            Figure(
                name=f"one line edited, {name}",
                ours=mine,
                other=theirs,
                what_other="one process that imports MLflow, saves, loads, predicts",
                target="1.4",
                met=mine / theirs <= 1.4,
            )
        )
    return figures


def nothing_changed(where: Path, runs: int) -> list[Figure]:
    """A build that has nothing to do."""
    project = example("quickstart", where / "nothing")
    cache = project / "cache"
    for _ in range(3):
        mlpack("build", cwd=project, cache=cache)
        time.sleep(0.1)
    mine, theirs = in_turn(
        lambda: mlpack("build", cwd=project, cache=cache),
        lambda: void(call([sys.executable, "-c", "import typer, yaml"], project)),
        max(runs, 9),
    )
    return [
        Figure(
            name="nothing changed, quickstart",
            ours=mine,
            other=theirs,
            what_other='`python -c "import typer, yaml"`',
            target="2",
            met=mine / theirs <= 2,
        )
    ]


def sixteen_variants(where: Path, runs: int) -> list[Figure]:
    """Sixteen variants of one environment, against the environment and a forward pass for each."""
    project = example("quickstart", where / "sixteen")
    variants = "".join(f"  v{number}: {{tags: {{n: '{number}'}}}}\n" for number in range(16))
    with (project / "mlpack.yaml").open("a") as file:
        file.write(f"variants:\n{variants}")
    cache, processors = project / "cache", _processors()
    mlpack("lock", cwd=project, cache=cache)
    environment, passes, ours = [], [], []
    for _ in range(runs):
        put_aside(cache, project / "dist")
        started = time.perf_counter()
        mlpack("run", "--", "python", "-c", "", cwd=project, cache=cache)
        environment.append(time.perf_counter() - started)
        put_aside(cache)
        started = time.perf_counter()
        mlpack("build", cwd=project, cache=cache)
        ours.append(time.perf_counter() - started)
        python = next(cache.glob("environments/*/bin/python"))
        load = "import sys, mlflow.pyfunc; m = mlflow.pyfunc.load_model(sys.argv[1]); " + (
            "import pandas as pd; m.predict(pd.DataFrame([{'input_uri': sys.argv[2]}]))"
        )
        argv = [python, "-c", load, project / "dist/quickstart-v0", project / "data/flowers.csv"]
        started = time.perf_counter()
        call(argv, project)
        passes.append(time.perf_counter() - started)
    allowed = statistics.median(environment) + 16 * statistics.median(passes) / processors
    mine = statistics.median(ours)
    return [
        Figure(
            name="16 variants, one environment",
            ours=mine,
            other=allowed,
            what_other="environment + 16 forward passes / processors",
            target="1.2",
            met=mine / allowed <= 1.2,
        )
    ]


BENCHMARKS = {
    "first": first_build,
    "edit": after_an_edit,
    "nothing": nothing_changed,
    "sixteen": sixteen_variants,
}


def void(_: object) -> None:
    """Forget a result."""


def _one(project: Path) -> list[str]:
    return ["--variant", "human"] if project.name == "single_cell" else []


def _processors() -> int:
    from mlpack.core.process import processors

    return processors()


def _script(name: str) -> str:
    if name == "quickstart":
        known = ("classifier", "IrisClassifier", {"classifier": "model_data/classifier.json"})
        config = {"unsure_label": "unsure"}
    else:
        known = ("embedder", "CellEmbedder", {"encoder": "model_data/human"})
        config = {"scale_to_unit": True, "organism": "human"}
    module, cls, artifacts = known
    return ONE_PROCESS.format(module=module, name=cls, artifacts=artifacts, config=config)
