import mlflow.pyfunc


class Model(mlflow.pyfunc.ChatModel):
    def predict(self, context, model_input, params=None):
        return model_input
