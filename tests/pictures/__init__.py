"""The pictures of the docs, made from real runs and from the law of imports."""
