"""Register a package with MLflow's own client, unchanged: python register.py PACKAGE NAME."""

import sys

from mlflow import MlflowClient

package, name = sys.argv[1:]
client = MlflowClient()
model = client.create_logged_model(experiment_id="0", name=name)
client.log_model_artifacts(model.model_id, package)
client.finalize_logged_model(model.model_id, "READY")
if not client.search_registered_models(f"name = '{name}'"):
    client.create_registered_model(name)
source = f"models:/{model.model_id}"
version = client.create_model_version(name, source, model_id=model.model_id)
print(f"models:/{name}/{version.version}")
