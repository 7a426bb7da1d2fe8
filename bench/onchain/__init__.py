"""What the contracts cost, by the receipts of real transactions: `make bench-gas`, described in `docs/gas.md`."""
