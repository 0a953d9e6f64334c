from company_models import ServedModel


class Model(ServedModel):
    def predict(self, context, model_input, params=None):
        return model_input
