"""What a sequencer does: seal bids, keep their secrets, open them in time; and, as a solver, find the best partition and prove it."""
