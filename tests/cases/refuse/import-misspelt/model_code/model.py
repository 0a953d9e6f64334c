import mlflow.pyfunc

from model_code.netwrok import Net


class Model(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        return model_input
