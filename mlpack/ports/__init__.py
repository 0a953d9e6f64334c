"""What the workflow asks of the outside: a protocol for each kind of effect, and its values."""

from mlpack.ports.environments import (
    Delivery,
    Environment,
    EnvironmentRequest,
    Environments,
    Meanwhile,
    Progress,
    Release,
    Resolver,
    Sources,
    UpgradeScope,
    upgraded_names,
)
from mlpack.ports.models import (
    ExampleData,
    Expectation,
    FetchRequest,
    Isolation,
    ModelRunner,
    Prediction,
    PredictRequest,
    RecordRequest,
    SavedModel,
    SaveRequest,
)
from mlpack.ports.outside import Narrator

__all__ = [
    "Delivery",
    "Environment",
    "EnvironmentRequest",
    "Environments",
    "ExampleData",
    "Expectation",
    "FetchRequest",
    "Isolation",
    "Meanwhile",
    "ModelRunner",
    "Narrator",
    "PredictRequest",
    "Prediction",
    "Progress",
    "RecordRequest",
    "Release",
    "Resolver",
    "SaveRequest",
    "SavedModel",
    "Sources",
    "UpgradeScope",
    "upgraded_names",
]
