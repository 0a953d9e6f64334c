import mlflow.pyfunc


class Model(mlflow.pyfunc.PythonModel):
    async def predict(self, context, model_input, params=None):
        return model_input
