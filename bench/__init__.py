"""The certified solver beside CP-SAT, SCIP and HiGHS on 70 CATS files: `make bench`, described in `docs/benchmarks.md`."""
