// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Appraisal} from "../../../contracts/interfaces/ICertificateChecker.sol";
import {ISealedBidMarket, MarketParameters} from "../../../contracts/interfaces/ISealedBidMarket.sol";
import {ISequencingRights} from "../../../contracts/interfaces/ISequencingRights.sol";
import {Bundle} from "../../../contracts/libraries/Bundle.sol";
import {Lineup} from "../../../contracts/libraries/Lineup.sol";
import {Phase} from "../../../contracts/libraries/Schedule.sol";
import {Assertions} from "../support/Assertions.sol";
import {BruteForce, Instance} from "../support/BruteForce.sol";
import {vm} from "../support/Vm.sol";
import {GhostEntry, GhostRollup, GhostRound} from "./GhostBook.sol";

/// @title GhostLedger: what the market's books should say, kept apart from the market
/// @notice Accounts, lanes, rollups, rounds and entries as the rules make them, with the clock that they go by. Deeds write here, invariants compare.
abstract contract GhostLedger is Assertions {
    uint256 public constant ACTORS = 6;
    uint256 internal constant MOST_ROLLUPS = 4;

    ISealedBidMarket public immutable market;
    ISequencingRights public immutable rights;

    address[] public actors;
    uint256 public clock;
    uint256 public openedRounds;

    mapping(address account => uint256) public freeTicks;
    mapping(address account => uint256) public lockedTicks;
    uint256[] public laneTicks;
    address[] internal lanePayouts;

    mapping(uint256 rollup => GhostRollup) internal rollups;
    mapping(uint256 round => GhostRound) internal rounds;
    mapping(uint256 round => mapping(address bidder => GhostEntry)) internal entries;

    bool public phaseReturned;
    bool public lineupMoved;

    constructor(ISealedBidMarket market_) {
        market = market_;
        rights = market_.rights();
        clock = vm.getBlockTimestamp();
        for (uint256 i; i < ACTORS; ++i) actors.push(address(uint160(0xa11ce000 + i)));
    }

    // --------------------------------------------------------- what tests read

    function instanceOf(uint256 round) public view returns (Instance memory) {
        return BruteForce.read(rounds[round].reserves, rounds[round].book);
    }

    function roundOf(uint256 round) external view returns (GhostRound memory) {
        return rounds[round];
    }

    function entryOf(uint256 round, address bidder) external view returns (GhostEntry memory) {
        return entries[round][bidder];
    }

    function lanes() external view returns (uint256) {
        return laneTicks.length;
    }

    /// @notice What an actor's registered rollups and unclosed entries lock, counted one by one.
    function backingOf(address actor) external view returns (uint256 ticks) {
        for (uint256 i; i < MOST_ROLLUPS; ++i) {
            if (rollups[i].owner == actor) ticks += _terms().registrationDepositTicks;
        }
        for (uint256 round; round < openedRounds; ++round) {
            if (rounds[round].openEntries == 0) continue;
            GhostEntry storage entry = entries[round][actor];
            if (entry.stage == 1) ticks += entry.collateralTicks;
            if (entry.stage == 2) ticks += entry.exposureTicks - entry.paidTicks;
        }
    }

    // -------------------------------------------------------------------- time

    function _pass(uint256 lapse) internal {
        clock += lapse;
        vm.warp(clock);
        _open();
    }

    /// @dev Freezes in the ghost books the terms of each round that has opened, and holds the market's lineup to them.
    function _open() internal {
        uint256 unopened = market.firstUnopenedRound(clock);
        for (; openedRounds < unopened; ++openedRounds) {
            GhostRound storage its = rounds[openedRounds];
            uint256 size;
            for (uint256 i; i < MOST_ROLLUPS; ++i) {
                its.defaultSequencers.push(rollups[i].defaultSequencer);
                if (!rollups[i].active) continue;
                its.active |= 1 << i;
                size = i + 1;
            }
            bytes memory laneBytes;
            for (uint256 i; i < size; ++i) {
                its.reserves = abi.encodePacked(its.reserves, rollups[i].reserveTicks);
                laneBytes = abi.encodePacked(laneBytes, rollups[i].lane);
            }
            its.lineupHash = keccak256(abi.encode(Lineup(Bundle.wrap(its.active), size, its.reserves, laneBytes)));
        }
    }

    /// @dev Looks at the latest rounds: their lineups stay, their phases and entries only go forward.
    function _observe() internal {
        for (uint256 round = openedRounds > 6 ? openedRounds - 6 : 0; round < openedRounds; ++round) {
            GhostRound storage its = rounds[round];
            if (keccak256(abi.encode(market.lineupOf(round))) != its.lineupHash) lineupMoved = true;
            uint256 phase = uint256(_phase(round));
            if (phase < its.lastPhase) phaseReturned = true;
            its.lastPhase = phase;
            if (its.settled != market.assignmentOf(round).settled || its.proved != market.assignmentOf(round).proved) phaseReturned = true;
            if (its.endsAt != market.assignmentOf(round).endsAt) phaseReturned = true;
            for (uint256 i; i < ACTORS; ++i) {
                uint256 tag = uint256(bytes32(abi.encode(market.sealedOf(round, actors[i])))) >> 248;
                if (tag != entries[round][actors[i]].stage) phaseReturned = true;
            }
        }
    }

    /// @dev The phase by the page: genesis 1000, period 60, commit 60, reveal 30, assign 40, draw 10.
    function _phase(uint256 round) internal view returns (Phase) {
        uint256 start = 1000 + 60 * round;
        if (clock < start) return Phase.Pending;
        uint256 age = clock - start;
        if (age < 60) return Phase.Commit;
        if (age < 90) return Phase.Reveal;
        if (age < 130) return Phase.Assign;
        if (age < 140) return Phase.Draw;
        return age < 200 ? Phase.Window : Phase.Past;
    }

    /// @dev Whether the round has ended by time.
    function _ended(uint256 round) internal view returns (bool) {
        return _phase(round) > Phase.Assign || (rounds[round].endsAt != 0 && clock >= rounds[round].endsAt);
    }

    function _terms() internal view returns (MarketParameters memory) {
        return market.parameters();
    }

    /// @dev What the checker says of the best partition so far, which settles it.
    function _appraisalOf(uint256 round) internal view returns (Appraisal memory) {
        return market.checker().appraise(rounds[round].reserves, rounds[round].book, BruteForce.toList(rounds[round].chosen));
    }

    // ------------------------------------------------------------------- money

    function _lock(address account, uint256 ticks) internal {
        freeTicks[account] -= ticks;
        lockedTicks[account] += ticks;
    }

    function _unlock(address account, uint256 ticks) internal {
        lockedTicks[account] -= ticks;
        freeTicks[account] += ticks;
    }

    function _newLane(address payout) internal returns (uint32) {
        laneTicks.push(0);
        lanePayouts.push(payout);
        return uint32(laneTicks.length - 1);
    }

    function _readLanes() internal {
        for (uint32 lane; lane < laneTicks.length; ++lane) (, laneTicks[lane]) = market.laneOf(lane);
    }

    function _lanesSum() internal view returns (uint256 sum) {
        for (uint256 lane; lane < laneTicks.length; ++lane) sum += laneTicks[lane];
    }

    /// @dev Charges the winners in the ghost books; the lanes together must have risen by as much, each sold rollup's lane at least by its reserve.
    function _sold(uint256 round, Instance memory instance, uint256 lanesBefore) internal {
        uint256 paid;
        uint256 reserves;
        for (uint256 j; j < instance.offers.length; ++j) {
            if ((rounds[round].chosen >> j) & 1 == 0) continue;
            uint256 ticks = instance.offers[j].valueTicks;
            address bidder = instance.offers[j].bidder;
            lockedTicks[bidder] -= ticks;
            entries[round][bidder].paidTicks += ticks;
            paid += ticks;
            for (uint256 i; i < instance.rollups; ++i) reserves += (instance.offers[j].mask >> i) & 1 == 1 ? instance.reserves[i] : 0;
        }
        _readLanes();
        assertEq(_lanesSum() - lanesBefore, paid, "what winners pay is what rollups earn");
        assertLe(reserves, paid, "rollups that are sold earn their reserves");
        rounds[round].settled = true;
    }
}
