def prepare(:
    pass
