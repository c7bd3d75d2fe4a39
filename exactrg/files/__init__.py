"""Files of models, samples and checkpoints; docs/files.md documents them byte by byte."""
