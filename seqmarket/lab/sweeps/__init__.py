"""Sweeps: a list of cells, a pure function from a cell to rows, and what keeps, spreads, resumes and reads them."""
