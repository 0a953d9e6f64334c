import pack.wieghts
