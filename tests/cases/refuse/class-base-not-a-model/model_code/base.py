class Base:
    """What all our models share."""
