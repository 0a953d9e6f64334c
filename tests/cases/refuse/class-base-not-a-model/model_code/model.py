import mlflow.pyfunc
from model_code.base import Base


class Model(Base):
    def predict(self, context, model_input, params=None):
        return model_input
