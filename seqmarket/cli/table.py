"""Every command of `seqmarket`: its words, where it stands (`module:command` of this package), and its line of help.

A new command is one line here and one file beside this one; a test holds each line to the command's own help.
"""

COMMANDS = {
    "solve": ("solve:solve", "Find the best partition of FILE and prove it."),
    "check": ("check:check_file", "Check CERTIFICATE against FILE, trusting nothing else."),
    "quote": ("ticket:quote", "What a batch of tickets costs."),
    "ticket quote": ("ticket:quote", "What a batch of tickets costs."),
    "lab equilibrium": ("lab:equilibrium", "Bids, shares, payments, revenue and fairness in equilibrium."),
    "lab frontier": ("lab:frontier", "Revenue against fairness over the exponent of Tullock's contest."),
    "lab rules": ("lab:rules", "A table of all rules for the same players."),
    "lab pools": ("lab_pools:pools", "Operator pool trees: when a tree of pools beats one pool, and a forest a tree."),
    "lab withholding": ("lab_withholding:withholding", "What a block builder gains by biasing a draw, and a bidder by not revealing."),
    "lab formats": ("lab_formats:formats", "Public bids, sealed first price, VCG and lottery on the same values."),
    "lab curves": ("lab_curves:curves", "Ticket prices under every curve and both base-price rules, beside auctions."),
}

GROUPS = {
    "ticket": "Chances to sequence: tickets of a ticket market.",
    "lab": "Studies of the market's rules, without a chain.",
}
"""The nouns, with their line of help."""
