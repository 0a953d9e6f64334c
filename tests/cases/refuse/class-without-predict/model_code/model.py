import mlflow.pyfunc


class Model(mlflow.pyfunc.PythonModel):
    def load_context(self, context):
        self.ready = True

