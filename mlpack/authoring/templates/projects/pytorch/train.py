"""Train the network and write its artifacts: `mlpack run -- python train.py`.

The penguins are drawn from the species' published means and deviations: nothing is downloaded.
"""

from pathlib import Path

import torch
from model_code.network import Network

HERE = Path(__file__).parent
# Bill length, bill depth and flipper length in mm, body mass in g: mean and standard deviation.
SPECIES = {
    "Adelie": ((38.8, 18.3, 190.0, 3701.0), (2.7, 1.2, 6.5, 459.0)),
    "Chinstrap": ((48.8, 18.4, 196.0, 3733.0), (3.3, 1.1, 7.1, 384.0)),
    "Gentoo": ((47.5, 15.0, 217.0, 5076.0), (3.1, 1.0, 6.5, 504.0)),
}


def penguins(each=300):
    means, deviations = (torch.tensor(column) for column in zip(*SPECIES.values(), strict=True))
    species = torch.arange(len(SPECIES)).repeat(each)
    return torch.normal(means[species], deviations[species]), species


def train(network, measurements, species, epochs=300):
    optimizer = torch.optim.Adam(network.parameters(), lr=0.02)
    for _ in range(epochs):
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(network(measurements), species).backward()
        optimizer.step()
    return network.eval()


def main():
    torch.manual_seed(0)
    measurements, species = penguins()
    network = train(Network(len(SPECIES), hidden=16), measurements, species)
    right = (network(measurements).argmax(dim=1) == species).float().mean()
    torch.save(network.state_dict(), HERE / "model_data" / "model.pt")
    (HERE / "model_data" / "labels.txt").write_text("\n".join(SPECIES) + "\n", encoding="utf-8")
    print(f"accuracy on the training data: {right:.3f}")


if __name__ == "__main__":
    main()
