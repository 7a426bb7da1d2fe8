"""The rules of the market by name. README, tests and invariants use these names; a test holds them together."""

RULES: dict[str, str] = {
    "escrow_is_solvent": "A contract's balance covers all accounts, pots, pools and revenue lanes at any time; forced ether changes nothing.",
    "items_sold_once": "No rollup is in two winning bundles of a round, and no two winners are of one XOR group.",
    "nobody_pays_above_bid": "A winner pays its bid, and never more than its collateral; a forfeit never exceeds the collateral.",
    "certificate_is_honest": "A round that is proved is worth as much as brute force over every accepted offer finds.",
    "phase_never_returns": "The phases of a round follow from the schedule and the clock alone, in order, as half-open intervals.",
    "exit_is_open": "What isn't locked can be withdrawn in every phase; what is locked is unlocked after its round, by anybody.",
    "price_stays_on_curve": "A batch of tickets costs the sum of its tickets' prices on the pool's curve, however it is split; base prices move within their rule.",
    "tickets_are_conserved": "The strips of a pool follow each other without gap or overlap; each ticket is refunded, or takes part in the draw, once.",
    "draw_is_determined": "The winning ticket follows from the seed of a draw point fixed during the sale, the pool and its tickets; there is no second draw.",
    "round_always_ends": "Past its assign phase a round is final or void, and a stranger can settle it and release everybody.",
}
