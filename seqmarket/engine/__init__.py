"""The native engine: winner determination with its proof, in C, behind `library`."""
