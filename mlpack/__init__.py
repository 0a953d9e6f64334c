"""Turn a declarative file and a lock into a proven MLflow model."""

__version__ = "0.1.0"
