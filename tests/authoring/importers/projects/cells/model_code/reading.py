def read_counts(text, genes):
    pairs = dict(pair.split("=") for pair in text.split(","))
    return [float(pairs.get(gene, 0)) for gene in genes]
