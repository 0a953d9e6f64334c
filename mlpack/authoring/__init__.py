"""How a manifest comes to be: from a template, a folder's code, or what was packaged before."""
