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
    "lab mechanisms": ("lab_mechanisms:mechanisms", "All rules and formats against all constraints, each cell computed."),
    "lab collusion": ("lab_mechanisms:collusion", "For each mechanism an off-chain agreement that all its members prefer."),
    "lab cartel": ("lab_mechanisms:cartel", "The repeated cartel: from which discount factors on it holds."),
    "lab budget": ("lab_buying:budget", "How many tickets of which pools to buy with a budget."),
    "lab dynamics": ("lab_learning:dynamics", "Best replies in turn, until they rest or come back."),
    "lab learning": ("lab_learning:learning", "Bidders who learn, in many runs at once."),
    "lab bayes": ("lab_learning:bayes", "An equilibrium of players who know their own values alone."),
    "lab timing": ("lab_buying:timing", "When to buy tickets, by dynamic programming."),
    "lab informed": ("lab_buying:informed", "Two buyers of whom none, one or both know when the price rises."),
    "lab seeds": ("lab_seeds:seeds", "Every number that the seeds print, beside ours."),
}

GROUPS = {
    "ticket": "Chances to sequence: tickets of a ticket market.",
    "lab": "Studies of the market's rules, without a chain.",
}
"""The nouns, with their line of help."""
