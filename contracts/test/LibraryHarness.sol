// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IBidListErrors} from "../interfaces/IBidListErrors.sol";
import {BidList, BidListTotals} from "../libraries/BidList.sol";
import {Bundle} from "../libraries/Bundle.sol";
import {Chunk} from "../libraries/Chunk.sol";
import {Lineup, Lineups} from "../libraries/Lineup.sol";
import {RevenueSplit} from "../libraries/RevenueSplit.sol";
import {Phase, Schedule, Schedules} from "../libraries/Schedule.sol";
import {Sealed, SealedLib} from "../libraries/Sealed.sol";

/// @title LibraryHarness: the pure libraries behind external functions, for the tests that compare them with their Python twins
contract LibraryHarness is IBidListErrors {
    using Schedules for Schedule;

    struct Boundaries {
        uint256 commitStart;
        uint256 revealStart;
        uint256 assignStart;
        uint256 assignEnd;
        uint256 drawTime;
        uint256 windowStart;
        uint256 windowEnd;
    }

    /// @dev On top of what is due already.
    function split(uint256 payment, Bundle bundle, bytes calldata reserves, uint64[] calldata singles, uint256[] memory due)
        external
        pure
        returns (bytes memory shares, uint256[] memory)
    {
        shares = RevenueSplit.split(payment, bundle, reserves, singles, due);
        return (shares, due);
    }

    function boundaries(Schedule calldata schedule, uint256 round) external pure returns (Boundaries memory) {
        Schedule memory s = schedule;
        s.requireValid();
        return Boundaries({
            commitStart: s.commitStart(round),
            revealStart: s.revealStart(round),
            assignStart: s.assignStart(round),
            assignEnd: s.assignEnd(round),
            drawTime: s.drawTime(round),
            windowStart: s.windowStart(round),
            windowEnd: s.windowEnd(round)
        });
    }

    function clock(Schedule calldata schedule, uint256 round, uint256 timestamp)
        external
        pure
        returns (Phase phase, uint256 firstUnopened, bool sold, uint256 slotRound)
    {
        Schedule memory s = schedule;
        phase = s.phaseAt(round, timestamp);
        firstUnopened = s.firstUnopenedRound(timestamp);
        (sold, slotRound) = s.roundOfSlot(timestamp);
    }

    function audit(bytes calldata records, Bundle active, bytes calldata reserves) external pure returns (BidListTotals memory) {
        return BidList.audit(records, Lineup(active, reserves.length / 8, reserves, new bytes(reserves.length / 2)));
    }

    function extend(bytes32 digest, address bidder, uint16 count, bytes calldata records) external pure returns (bytes32) {
        return Chunk.extend(digest, bidder, count, records);
    }

    function commitmentOf(uint256 chainId, address market, uint256 round, address bidder, bytes calldata records, bytes32 salt)
        external
        pure
        returns (bytes32)
    {
        return SealedLib.commitmentOf(chainId, market, round, bidder, records, salt);
    }

    function seal(bytes32 commitment, uint64 collateralTicks, uint16 offerSlots) external pure returns (Sealed) {
        return SealedLib.seal(commitment, collateralTicks, offerSlots);
    }

    function lineupAfter(uint256[] calldata rollups, bool[] calldata active, uint64[] calldata reserves, uint32[] calldata lanes)
        external
        pure
        returns (Lineup memory lineup)
    {
        for (uint256 i; i < rollups.length; ++i) {
            lineup = Lineups.withRollup(lineup, rollups[i], active[i], reserves[i], lanes[i]);
            lineup = Lineups.unpack(Lineups.pack(lineup));
        }
    }
}
