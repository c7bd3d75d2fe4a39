"""exactrg: exact verdicts on the mapping between variational RG and deep learning."""
