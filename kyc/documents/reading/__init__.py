"""Pictures of documents read offline: the machine-readable zone, the barcode, the printed text, the picture's quality.

Runs in processes of its own (`reader` starts them, `child` is what they run); nothing else of the product loads
OpenCV or the networks. Everything but `reader` and `child` is functions of arrays. docs/identity.md has the method
and its figures.
"""
