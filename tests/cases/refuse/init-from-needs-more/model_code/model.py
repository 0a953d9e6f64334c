import mlflow.pyfunc


class Model(mlflow.pyfunc.PythonModel):
    def __init__(self, config, tokenizer):
        self.config = config

    def predict(self, context, model_input, params=None):
        return model_input
