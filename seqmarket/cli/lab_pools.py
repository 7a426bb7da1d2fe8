"""`seqmarket lab pools`: operator pool trees."""

from seqmarket.cli.lab_study import study_command

pools = study_command("pools", "Operator pool trees: when a tree of pools beats one pool, and a forest a tree.", seeds=6)
