"""`seqmarket lab formats`."""

from seqmarket.cli.lab_study import study_command

formats = study_command("formats", "Public bids, sealed first price, VCG and lottery on the same values.", seeds=10)
