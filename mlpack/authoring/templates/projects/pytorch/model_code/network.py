"""The network, used by train.py and by the model: four measurements in, one score a species out."""

from torch import nn

FEATURES = ("bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g")


class Network(nn.Module):
    """Two layers behind a batch norm, which brings millimetres and grams to one scale."""

    def __init__(self, classes, hidden):
        super().__init__()
        self.layers = nn.Sequential(
            nn.BatchNorm1d(len(FEATURES)),
            nn.Linear(len(FEATURES), hidden),
            nn.ReLU(),
            nn.Linear(hidden, classes),
        )

    def forward(self, measurements):
        return self.layers(measurements)
