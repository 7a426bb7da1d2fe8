"""`seqmarket lab curves`."""

from seqmarket.cli.lab_study import study_command

curves = study_command("curves", "Ticket prices under every curve and both base-price rules, beside auctions.", seeds=7)
