"""approx: the nouns of exactrg at scale."""
