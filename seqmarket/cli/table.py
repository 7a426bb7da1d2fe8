"""Every command of `seqmarket`: its words, where it stands (`module:command` of this package), and its line of help.

A new command is one line here and one file beside this one; a test holds each line to the command's own help.
"""

COMMANDS = {
    "solve": ("solve:solve", "Find the best partition of FILE and prove it."),
    "check": ("check:check_file", "Check CERTIFICATE against FILE, trusting nothing else."),
    "quote": ("quote:quote", "What a batch of tickets costs."),
    "rollup list": ("rollup:list_", "The rollups of the next round with their terms."),
    "rollup show": ("rollup:show", "One rollup with its terms, and who sequences it now."),
    "rollup register": ("rollup:register", "Register a rollup of the account's, depositing what it lacks for the registration."),
    "rollup reserve": ("rollup:reserve", "Set the reserve price of ROLLUP to AMOUNT, such as '2 ether'."),
    "rollup payout": ("rollup:payout", "Pay the revenue of ROLLUP to ADDRESS."),
    "rollup default-sequencer": ("rollup:default_sequencer", "Let ADDRESS sequence ROLLUP where nobody bought it."),
    "rollup offer": ("rollup:offer", "Offer ROLLUP to a new owner, who has to accept it."),
    "rollup accept": ("rollup:accept", "Take over ROLLUP, which its owner offered to the account."),
    "rollup deregister": ("rollup:deregister", "Take ROLLUP out of all rounds that haven't opened."),
    "rollup collect": ("rollup:collect", "Credit what the lane of ROLLUP earned to its payout address."),
    "ticket quote": ("quote:quote", "What a batch of tickets costs."),
    "ticket buy": ("ticket:buy", "Buy tickets of the bundle ROLLUPS, such as '0,1'."),
    "ticket list": ("ticket:list_", "The strips of tickets that an account holds."),
    "ticket transfer": ("ticket:transfer", "Give the first COUNT tickets of the strip TOKEN to another."),
    "ticket split": ("ticket:split", "Split the strip TOKEN after its first COUNT tickets."),
    "ticket refund": ("ticket:refund", "Credit the holders of tickets that weren't sold with what they paid; by anybody."),
    "round status": ("round:status", "The rounds under way, or one round in full."),
    "round watch": ("round:watch", "Follow a round until it ends."),
    "round book": ("round:book", "The offers of ROUND as an instance file, which `solve` and `check` read."),
    "round assign": ("round:assign", "Find a round's best partition and prove it on chain."),
    "round draw": ("round:draw", "Draw the winning tickets of a round and pay the rollups."),
    "round settle": ("round:settle", "Settle ROUND, which ended by time, with its best proposal."),
    "right show": ("right:show", "The rights of ROUND: winners by number, their rollups, and who holds each."),
    "right who": ("right:who", "Who sequences ROLLUP."),
    "right mint": ("right:mint", "Make the token of the right of WINNER in ROUND; it is the winner's, whoever sends this."),
    "right transfer": ("right:transfer", "Give the right of WINNER in ROUND, once minted, to another; until its window opens."),
    "escrow show": ("escrow:show", "What ACCOUNT, an address or an alias of ape's, owns."),
    "escrow deposit": ("escrow:deposit", "Put AMOUNT, such as '2 ether', on a free balance."),
    "escrow withdraw": ("escrow:withdraw", "Take AMOUNT ('2 ether', a number of ticks, or 'all') out of the free balance."),
    "lab equilibrium": ("lab:equilibrium", "Bids, shares, payments, revenue and fairness in equilibrium."),
    "lab frontier": ("lab:frontier", "Revenue against fairness over the exponent of Tullock's contest."),
    "lab rules": ("lab:rules", "A table of all rules for the same players."),
    "devnet": ("devnet:devnet", "Keep a local chain with the market on it running."),
}

GROUPS = {
    "rollup": "What a rollup's owner does, and what anybody may see of rollups.",
    "ticket": "Chances to sequence: the tickets of a ticket market.",
    "round": "Where rounds stand, and the duties by which anybody moves them on.",
    "right": "Who sequences, and the tokens by which winners sell that on.",
    "escrow": "An account's money at the market.",
    "lab": "Studies of the market's rules, without a chain.",
}
"""The nouns, with their line of help."""
