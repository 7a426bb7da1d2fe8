// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice What happened to a bidder's sealed list. `stage`: 0 nothing, 1 sealed, 2 revealed, 3 closed.
/// @param exposureTicks at reveal; paidTicks: what winning has cost since, the round still locks the difference
struct GhostEntry {
    uint256 stage;
    uint64 collateralTicks;
    uint16 slots;
    uint16 offers;
    bytes32 salt;
    bytes32 commitment;
    bytes records;
    uint256 exposureTicks;
    uint256 paidTicks;
}

/// @notice A round as seen from outside, kept apart from the market's own books.
/// @param endsAt as a proof within ε has set it, or 0; excessTicks: how much better no partition was then
/// @param optimum by brute force over the whole book; taken when a round is proved
struct GhostRound {
    bytes reserves;
    uint256 active;
    bytes32 lineupHash;
    address[] defaultSequencers;
    bytes book;
    uint256 slots;
    uint256 potTicks;
    uint256 openEntries;
    uint256 lastPhase;
    bool posted;
    bool proved;
    bool settled;
    address proposer;
    uint256 proposedAt;
    uint256 endsAt;
    uint256 excessTicks;
    uint256 valueTicks;
    uint256 chosen;
    uint256 optimum;
}

struct GhostRollup {
    address owner;
    address heir;
    bool active;
    uint64 reserveTicks;
    uint32 lane;
    address defaultSequencer;
}

/// @notice A certificate that somebody has made, and for whom it was claimed.
struct GhostClaim {
    uint256 round;
    address prover;
    bytes certificate;
    uint256 claimedAt;
    bool honest;
    uint256 valueTicks;
    uint256 excessTicks;
    uint256 chosen;
}

/// @notice What a handler can do; `done` and `refused` are counted for each.
enum Deed {
    Deposit,
    Withdraw,
    Exit,
    Register,
    SetReserve,
    SetPayout,
    SetDefaultSequencer,
    OfferOwnership,
    AcceptOwnership,
    Deregister,
    Commit,
    Reveal,
    Propose,
    ClaimProof,
    Prove,
    ProveFalse,
    ProveWithin,
    ProposeRead,
    ProveRead,
    Settle,
    Release,
    ReleaseVoid,
    Forfeit,
    ForfeitVoid,
    Collect,
    Mint,
    Transfer,
    Force,
    Warp
}
