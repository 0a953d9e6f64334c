"""The code that travels with the model."""
