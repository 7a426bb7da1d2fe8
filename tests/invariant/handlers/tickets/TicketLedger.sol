// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Appraisal} from "../../../../contracts/interfaces/ICertificateChecker.sol";
import {ISequencingRights} from "../../../../contracts/interfaces/ISequencingRights.sol";
import {ITicketMarket} from "../../../../contracts/interfaces/ITicketMarket.sol";
import {ITickets} from "../../../../contracts/interfaces/ITickets.sol";
import {BasePriceTerms} from "../../../../contracts/libraries/BasePrice.sol";
import {Bundle} from "../../../../contracts/libraries/Bundle.sol";
import {Lineup} from "../../../../contracts/libraries/Lineup.sol";
import {Curve} from "../../../../contracts/libraries/PriceCurve.sol";
import {Phase} from "../../../../contracts/libraries/Schedule.sol";
import {Assertions} from "../../support/Assertions.sol";
import {BruteForce, Instance} from "../../support/BruteForce.sol";
import {ListWriter} from "../../support/ListWriter.sol";
import {TicketStage} from "../../support/TicketStage.sol";
import {vm} from "../../support/Vm.sol";
import {GhostPool, GhostSeller, GhostStrip, GhostTicketRound} from "./TicketGhosts.sol";

/// @title TicketLedger: what the books of a ticket market should say, kept apart from it
/// @notice Pools as lists of strips that each know what they paid; accounts, lanes, rollups and rounds as the rules make them; clock and height of the chain. Deeds write here, invariants compare.
abstract contract TicketLedger is Assertions {
    uint256 public constant ACTORS = 5;
    uint256 internal constant MOST_ROLLUPS = 3;

    ITicketMarket public immutable market;
    ITickets public immutable tickets;
    ISequencingRights public immutable rights;
    Curve internal curve;
    BasePriceTerms internal basePrice;

    address[] public actors;
    uint256 public clock;
    uint256 public height;
    uint256 public openedRounds;

    // at the tickets
    mapping(address account => uint256) public purseTicks;
    uint256 public forcedOnTickets;
    GhostPool[] internal pools;
    mapping(uint256 bundle => uint256) internal lastPools; // the number of a bundle's last pool, + 1

    // at the market
    mapping(address account => uint256) public freeTicks;
    mapping(address account => uint256) public lockedTicks;
    uint256[] public laneTicks;
    address[] internal lanePayouts;
    uint256 public forcedOnMarket;
    mapping(uint256 rollup => GhostSeller) internal sellers;
    mapping(uint256 round => GhostTicketRound) internal rounds;

    bool public phaseReturned;
    bool public lineupMoved;
    bool public seedCameEarly;

    constructor(ITicketMarket market_) {
        market = market_;
        tickets = market_.tickets();
        rights = market_.rights();
        curve = market_.parameters().curve;
        basePrice = market_.parameters().basePrice;
        clock = vm.getBlockTimestamp();
        height = 10;
        for (uint256 i; i < ACTORS; ++i) actors.push(address(uint160(0xa11ce000 + i)));
    }

    // --------------------------------------------------------- what tests read

    function roundOf(uint256 round) external view returns (GhostTicketRound memory) {
        return rounds[round];
    }

    function poolOf(uint256 pool) external view returns (GhostPool memory) {
        return pools[pool];
    }

    function lanes() external view returns (uint256) {
        return laneTicks.length;
    }

    /// @notice What the tickets hold for unsettled pools, strip by strip.
    function pooledTicks() external view returns (uint256 ticks) {
        for (uint256 i; i < pools.length; ++i) {
            if (pools[i].released) continue;
            for (uint256 k; k < pools[i].strips.length; ++k) ticks += pools[i].strips[k].refunded ? 0 : pools[i].strips[k].paidTicks;
        }
    }

    /// @notice The fees of pools that nobody has yet.
    function feesTicks() external view returns (uint256 ticks) {
        for (uint256 round; round < openedRounds; ++round) ticks += rounds[round].feesTicks;
    }

    function soldOf(uint256 pool) public view returns (uint256) {
        return pools[pool].strips[pools[pool].strips.length - 1].end;
    }

    function revenueOf(uint256 pool) public view returns (uint256 ticks) {
        for (uint256 k; k < pools[pool].strips.length; ++k) ticks += pools[pool].strips[k].paidTicks;
    }

    /// @notice The pools of a round that are offers, in their order: those that took in as much as their rollups' reserves.
    function offeringOf(uint256 round) public view returns (uint256[] memory numbers) {
        uint256[] storage all = rounds[round].pools;
        numbers = new uint256[](all.length);
        uint256 count;
        for (uint256 i; i < all.length; ++i) {
            if (revenueOf(all[i]) >= _reservesOf(round, pools[all[i]].bundle)) numbers[count++] = all[i];
        }
        assembly ("memory-safe") {
            mstore(numbers, count) // only ever shortens
        }
    }

    /// @notice The offer book of a round by the page, byte by byte.
    function bookOf(uint256 round) public view returns (bytes memory book) {
        uint256[] memory numbers = offeringOf(round);
        uint256 maskBytes = _maskBytes(round);
        for (uint256 i; i < numbers.length; ++i) {
            uint256 bundle = pools[numbers[i]].bundle;
            bool single = bundle & (bundle - 1) == 0;
            bytes memory held = single ? abi.encodePacked(uint8(_lowest(bundle))) : ListWriter.fieldOf(bundle, maskBytes);
            book = abi.encodePacked(
                book, address(uint160(soldOf(numbers[i]))), uint16(1), uint8(8), uint8(single ? 1 : 0), uint64(revenueOf(numbers[i])), held
            );
        }
    }

    /// @notice All pools of a round as callers show them.
    function shownPools(uint256 round) public view returns (bytes memory shown) {
        for (uint256 i; i < rounds[round].pools.length; ++i) shown = bytes.concat(shown, _shown(round, rounds[round].pools[i]));
    }

    function instanceOf(uint256 round) public view returns (Instance memory) {
        return BruteForce.read(rounds[round].reserves, bookOf(round));
    }

    /// @notice The token of a pool's strip by the page: hash (208) ‖ round (32) ‖ start (16).
    function tokenOf(uint256 pool, uint256 start) public view returns (uint256) {
        GhostPool storage its = pools[pool];
        bytes32 hash = keccak256(abi.encode(its.round, its.bundle, its.baseTicks));
        return uint256(bytes32(abi.encodePacked(bytes26(hash << 48), uint32(its.round), uint16(start))));
    }

    /// @notice Whether the rules give a pool's money back now.
    function refundable(uint256 round, uint256 bundle) public view returns (bool) {
        GhostTicketRound storage its = rounds[round];
        if (!its.posted) return _phase(round) > Phase.Assign;
        if (!its.proved && !_ended(round)) return false;
        if (!its.drawn && _phase(round) >= Phase.Window) return true;
        uint256[] memory offering = offeringOf(round);
        for (uint256 j; j < offering.length; ++j) {
            if ((its.chosen >> j) & 1 == 1 && pools[offering[j]].bundle == bundle) return false;
        }
        return true;
    }

    /// @notice The winning ticket of a pool, by long division of the seed's range. A word is refused with a chance below 2^-250, which is left out.
    function winningTicketOf(uint256 pool) public view returns (uint256) {
        GhostPool storage its = pools[pool];
        uint256 word = uint256(keccak256(abi.encode(rounds[its.round].seed, block.chainid, address(tickets), its.round, its.bundle)));
        uint256 sold = soldOf(pool);
        return ((word >> 128) * sold + ((word & type(uint128).max) * sold >> 128)) >> 128;
    }

    // -------------------------------------------------------------------- time

    /// @dev Sets the chain: its clock, its height, and the hashes of the draw points, which a run forgets from call to call.
    function _wake() internal {
        vm.warp(clock);
        vm.roll(height);
        for (uint256 round = openedRounds > 6 ? openedRounds - 6 : 0; round < openedRounds; ++round) {
            GhostTicketRound storage its = rounds[round];
            if (its.seed != 0 && _visible(its.drawPoint)) vm.setBlockhash(its.drawPoint, its.seed);
        }
    }

    /// @dev Blocks are as close as the source assumes, or further apart where the chain stalls.
    function _pass(uint256 lapse, bool stalls) internal {
        clock += lapse;
        if (!stalls) height += lapse / TicketStage.BLOCK_SECONDS;
        _freeze();
        for (uint256 round = openedRounds > 6 ? openedRounds - 6 : 0; round < openedRounds; ++round) {
            GhostTicketRound storage its = rounds[round];
            if (its.pools.length == 0 || its.seed != 0 || its.drawPoint >= height) continue;
            its.seed = keccak256(abi.encode("block", its.drawPoint, height, clock));
            if (clock < _start(round) + TicketStage.ASSIGN_END) seedCameEarly = true;
        }
        _wake();
    }

    /// @dev Freezes in the ghost books the terms of each round that has opened.
    function _freeze() private {
        uint256 unopened = clock < TicketStage.GENESIS ? 0 : (clock - TicketStage.GENESIS) / TicketStage.PERIOD + 1;
        for (; openedRounds < unopened; ++openedRounds) {
            GhostTicketRound storage its = rounds[openedRounds];
            uint256 size;
            for (uint256 i; i < MOST_ROLLUPS; ++i) {
                its.defaultSequencers.push(sellers[i].defaultSequencer);
                its.lanes.push(sellers[i].lane);
                if (sellers[i].owner == address(0)) continue;
                its.active |= 1 << i;
                size = i + 1;
            }
            bytes memory laneBytes;
            for (uint256 i; i < size; ++i) {
                bool active = sellers[i].owner != address(0);
                its.reserves = abi.encodePacked(its.reserves, active ? sellers[i].reserveTicks : uint64(0));
                laneBytes = abi.encodePacked(laneBytes, active ? sellers[i].lane : uint32(0));
            }
            its.lineupHash = keccak256(abi.encode(Lineup(Bundle.wrap(its.active), size, its.reserves, laneBytes)));
        }
    }

    /// @dev Looks at the latest rounds: their lineups and draw points stay, their phases only go forward.
    function _observe() internal {
        for (uint256 round = openedRounds > 6 ? openedRounds - 6 : 0; round < openedRounds; ++round) {
            GhostTicketRound storage its = rounds[round];
            if (keccak256(abi.encode(market.lineupOf(round))) != its.lineupHash) lineupMoved = true;
            uint256 phase = uint256(_phase(round));
            if (phase < its.lastPhase || phase != uint256(market.phaseOf(round, clock))) phaseReturned = true;
            its.lastPhase = phase;
            if (its.settled != market.assignmentOf(round).settled || its.proved != market.assignmentOf(round).proved) phaseReturned = true;
            if (its.endsAt != market.assignmentOf(round).endsAt || its.posted != market.assignmentOf(round).posted) phaseReturned = true;
            if (its.drawPoint != tickets.poolsOf(round).drawPoint || its.pools.length != tickets.poolsOf(round).pools) phaseReturned = true;
        }
    }

    function _start(uint256 round) internal pure returns (uint256) {
        return TicketStage.GENESIS + TicketStage.PERIOD * round;
    }

    /// @dev The phase by the page, see `TicketStage`.
    function _phase(uint256 round) internal view returns (Phase) {
        if (clock < _start(round)) return Phase.Pending;
        uint256 age = clock - _start(round);
        if (age < TicketStage.SALE) return Phase.Commit;
        if (age < TicketStage.ASSIGN_END) return Phase.Assign;
        if (age < TicketStage.WINDOW) return Phase.Draw;
        return age < TicketStage.WINDOW + TicketStage.PERIOD ? Phase.Window : Phase.Past;
    }

    /// @dev Whether the round has ended by time.
    function _ended(uint256 round) internal view returns (bool) {
        return _phase(round) > Phase.Assign || (rounds[round].endsAt != 0 && clock >= rounds[round].endsAt);
    }

    /// @dev Whether a block is one of the last 256.
    function _visible(uint256 number) internal view returns (bool) {
        return number < height && number + 256 >= height;
    }

    // ------------------------------------------------------------------- pieces

    /// @dev bundle (W) ‖ base price (8) ‖ start of the last strip (2)
    function _shown(uint256 round, uint256 pool) internal view returns (bytes memory) {
        GhostPool storage its = pools[pool];
        GhostStrip storage last = its.strips[its.strips.length - 1];
        return abi.encodePacked(ListWriter.fieldOf(its.bundle, _maskBytes(round)), uint64(its.baseTicks), uint16(last.start));
    }

    function _maskBytes(uint256 round) internal view returns (uint256) {
        return (rounds[round].reserves.length / 8 + 7) / 8;
    }

    function _reservesOf(uint256 round, uint256 bundle) internal view returns (uint256 sum) {
        for (uint256 i; i < MOST_ROLLUPS; ++i) {
            if ((bundle >> i) & 1 == 1) sum += BruteForce.field(rounds[round].reserves, 8 * i, 8);
        }
    }

    function _lowest(uint256 bundle) internal pure returns (uint256 rollup) {
        while ((bundle >> rollup) & 1 == 0) ++rollup;
    }

    /// @dev What the checker says of the best partition so far.
    function _appraisalOf(uint256 round) internal view returns (Appraisal memory) {
        return market.checker().appraise(rounds[round].reserves, bookOf(round), BruteForce.toList(rounds[round].chosen));
    }

    function _newLane(address payout) internal returns (uint32) {
        laneTicks.push(0);
        lanePayouts.push(payout);
        return uint32(laneTicks.length - 1);
    }
}
