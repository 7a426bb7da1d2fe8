// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice The phases of a round, in the order of time. Each interval is half-open: [start, end).
enum Phase {
    Pending,
    Commit,
    Reveal,
    Assign,
    Draw,
    Window,
    Past
}

/// @notice The deployment schedule. Round k opens at genesis + k·period; all seconds are wall-clock seconds.
struct Schedule {
    uint64 genesis;
    uint32 periodSeconds;
    uint32 commitSeconds;
    uint32 revealSeconds;
    uint32 assignSeconds;
    uint32 drawSeconds;
}

/// @title Schedules: every phase boundary from the deployment schedule and a timestamp
/// @notice Twin: `seqmarket/model/schedule.py`. No transaction opens or closes a phase.
/// The sums can't overflow: a round is below 2^32, so every boundary is below 2^64 + 2^32·2^32 + 4·2^32 < 2^66.
library Schedules {
    error EmptyPhase(string phase);
    error RoundOutOfRange(uint256 round, uint256 last);

    uint256 internal constant LAST_ROUND = type(uint32).max;

    /// @notice A market decides by its format whether it has a reveal and a draw phase.
    function requireValid(Schedule memory self) internal pure {
        require(self.periodSeconds > 0, EmptyPhase("period"));
        require(self.commitSeconds > 0, EmptyPhase("commit"));
        require(self.assignSeconds > 0, EmptyPhase("assign"));
    }

    function commitStart(Schedule memory self, uint256 round) internal pure returns (uint256) {
        require(round <= LAST_ROUND, RoundOutOfRange(round, LAST_ROUND));
        return uint256(self.genesis) + round * self.periodSeconds;
    }

    function revealStart(Schedule memory self, uint256 round) internal pure returns (uint256) {
        return commitStart(self, round) + self.commitSeconds;
    }

    function assignStart(Schedule memory self, uint256 round) internal pure returns (uint256) {
        return revealStart(self, round) + self.revealSeconds;
    }

    function assignEnd(Schedule memory self, uint256 round) internal pure returns (uint256) {
        return assignStart(self, round) + self.assignSeconds;
    }

    /// @notice The time that a lottery's seed may not be known before: a quarter into the draw phase, as a chain's clock may be behind a beacon's.
    function drawTime(Schedule memory self, uint256 round) internal pure returns (uint256) {
        return assignEnd(self, round) + self.drawSeconds / 4;
    }

    function windowStart(Schedule memory self, uint256 round) internal pure returns (uint256) {
        return assignEnd(self, round) + self.drawSeconds;
    }

    function windowEnd(Schedule memory self, uint256 round) internal pure returns (uint256) {
        return windowStart(self, round) + self.periodSeconds;
    }

    function phaseAt(Schedule memory self, uint256 round, uint256 timestamp) internal pure returns (Phase) {
        if (timestamp < commitStart(self, round)) return Phase.Pending;
        if (timestamp < revealStart(self, round)) return Phase.Commit;
        if (timestamp < assignStart(self, round)) return Phase.Reveal;
        if (timestamp < assignEnd(self, round)) return Phase.Assign;
        if (timestamp < windowStart(self, round)) return Phase.Draw;
        if (timestamp < windowEnd(self, round)) return Phase.Window;
        return Phase.Past;
    }

    /// @notice The first round whose commit phase hasn't opened: where a change of a rollup's terms takes effect.
    function firstUnopenedRound(Schedule memory self, uint256 timestamp) internal pure returns (uint256) {
        if (timestamp < self.genesis) return 0;
        return (timestamp - self.genesis) / self.periodSeconds + 1;
    }

    /// @notice The round that sells the slot at `timestamp`; `sold` is false before the first window.
    function roundOfSlot(Schedule memory self, uint256 timestamp) internal pure returns (bool sold, uint256 round) {
        uint256 first = windowStart(self, 0);
        if (timestamp < first) return (false, 0);
        return (true, (timestamp - first) / self.periodSeconds);
    }
}
