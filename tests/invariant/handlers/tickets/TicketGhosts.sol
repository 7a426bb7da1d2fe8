// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice Tickets [start, end) of a pool in one hand.
/// @param paidTicks what they paid, the strip's own: the ghost keeps no running sums
struct GhostStrip {
    uint256 start;
    uint256 end;
    address holder;
    uint256 paidTicks;
    bool refunded;
}

/// @notice A pool as its buyers see it; its strips stand in order.
/// @param released whether the draw has sent its money to the rollups
struct GhostPool {
    uint256 round;
    uint256 bundle;
    uint256 baseTicks;
    uint256 floorTicks;
    bool released;
    GhostStrip[] strips;
}

/// @notice A round as seen from outside, kept apart from the market's own books.
/// @param pools the ghost's own numbers of its pools, in the order of opening
/// @param feesTicks that its pools paid and nobody has yet
/// @param seed of its draw point once that block is mined
/// @param endsAt as a proof within ε has set it, or 0; excessTicks: how much better no partition was then
/// @param winners the holders of the drawn tickets, in the order of the winners
struct GhostTicketRound {
    bytes reserves;
    uint256 active;
    bytes32 lineupHash;
    address[] defaultSequencers;
    uint32[] lanes;
    uint256[] pools;
    uint256 feesTicks;
    uint256 drawPoint;
    bytes32 seed;
    bool captured;
    uint256 lastPhase;
    bool posted;
    bool proved;
    bool settled;
    bool drawn;
    address proposer;
    uint256 proposedAt;
    uint256 endsAt;
    uint256 excessTicks;
    uint256 valueTicks;
    uint256 chosen;
    address[] winners;
}

struct GhostSeller {
    address owner;
    uint64 reserveTicks;
    uint32 lane;
    address defaultSequencer;
}

/// @notice A certificate that somebody has made, and for whom it was claimed.
struct GhostProof {
    uint256 round;
    address prover;
    bytes certificate;
    bool honest;
    uint256 valueTicks;
    uint256 excessTicks;
    uint256 chosen;
}

/// @notice What the handler can do; `done` and `refused` are counted for each.
enum TicketDeed {
    Deposit,
    Withdraw,
    DepositAtMarket,
    WithdrawAtMarket,
    Collect,
    Register,
    SetReserve,
    SetPayout,
    Deregister,
    Open,
    Buy,
    Split,
    Transfer,
    TransferFrom,
    Approve,
    SetOperator,
    Propose,
    ClaimProof,
    Prove,
    ProveWithin,
    ProveFalse,
    Settle,
    Capture,
    Draw,
    DrawAgain,
    Refund,
    RefundVoid,
    RefundUndrawn,
    Mint,
    Force,
    Pass
}
