"""One row naming an `.h5ad` file in; the embedding of each of its cells out."""

import mlflow.pyfunc
import numpy as np

from model_code.cells import aligned_counts, read_cells
from model_code.encoder import Encoder


class CellEmbedder(mlflow.pyfunc.PythonModel):
    """A float32 array of shape (cells, 16)."""

    def load_context(self, context):
        self.encoder = Encoder(context.artifacts["encoder"])
        self.organism = context.model_config["organism"]
        self.scale_to_unit = context.model_config["scale_to_unit"]

    def predict(self, context, model_input, params=None):
        uris = list(model_input["input_uri"])
        if len(uris) != 1:
            raise ValueError(f"expected one row with the column input_uri, got {len(uris)} rows")
        params = params or {}
        return self._forward(self._get_input(uris[0], **params), **params)

    def _get_input(self, uri, gene_col_name="ensembl_id", **_):
        cells = read_cells(uri)
        organism = cells.uns.get("organism", self.organism)
        if organism != self.organism:
            raise ValueError(f"{uri} holds cells of {organism}, the model knows {self.organism}")
        return aligned_counts(cells, self.encoder.vocabulary, gene_col_name)

    def _forward(self, input_obj, batch_size=32, precision="32", **_) -> np.ndarray:
        if batch_size < 1:
            raise ValueError(f"batch_size is {batch_size}; it must be at least 1")
        batches = [
            self.encoder.encode(input_obj[start : start + batch_size], precision)
            for start in range(0, len(input_obj), batch_size)
        ]
        empty = np.zeros((0, self.encoder.config["size"]), dtype=np.float32)
        embedding = np.concatenate([empty, *batches])
        return _unit_length(embedding) if self.scale_to_unit else embedding


def _unit_length(embedding):
    lengths = np.linalg.norm(embedding, axis=1, keepdims=True)
    return embedding / np.where(lengths > 0, lengths, 1).astype(np.float32)
