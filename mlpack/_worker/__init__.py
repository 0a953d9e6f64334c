"""The part of mlpack that runs inside a model's own environment, by path, knowing only MLflow."""
