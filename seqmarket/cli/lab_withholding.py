"""`seqmarket lab withholding`: what withholding gains."""

from seqmarket.cli.lab_study import study_command

withholding = study_command("withholding", "What a block builder gains by biasing a draw, and a bidder by not revealing.", seeds=20)
