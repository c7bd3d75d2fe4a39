"""Numbers: the float and the exact ring, and the scalar type for logarithms."""
