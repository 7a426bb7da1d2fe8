// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Appraisal} from "../../../contracts/interfaces/ICertificateChecker.sol";
import {ISealedBidMarket} from "../../../contracts/interfaces/ISealedBidMarket.sol";
import {Phase} from "../../../contracts/libraries/Schedule.sol";
import {BruteForce} from "../support/BruteForce.sol";
import {Chance, Dice} from "../support/Chance.sol";
import {vm} from "../support/Vm.sol";
import {AccountDeeds} from "./AccountDeeds.sol";
import {AssignmentDeeds} from "./AssignmentDeeds.sol";
import {BidDeeds} from "./BidDeeds.sol";
import {EndingDeeds} from "./EndingDeeds.sol";
import {Deed, GhostEntry, GhostRound} from "./GhostBook.sol";
import {GhostLedger} from "./GhostLedger.sol";
import {RightsDeeds} from "./RightsDeeds.sol";
import {RollupDeeds} from "./RollupDeeds.sol";

/// @title MarketHandler: six actors who do anything, each call with the outcome that the rules foresee
/// @notice Before each call the handler works out, from its own ghost books alone, whether the market must accept it or which error it must raise.
/// Any other outcome makes the handler revert, which fails the run. Here is what runs call; the deeds themselves are in the contracts it is made of.
contract MarketHandler is AccountDeeds, RollupDeeds, BidDeeds, AssignmentDeeds, EndingDeeds, RightsDeeds {
    using Chance for Dice;

    error Rehearsed(); // takes back a rehearsal that went well

    constructor(ISealedBidMarket market_) GhostLedger(market_) {}

    // ------------------------------------------------------------ what runs do

    /// @dev Sets the clock, and looks at the latest rounds afterwards.
    modifier step() {
        vm.warp(clock);
        _;
        _observe();
    }

    /// @notice One deed of any kind, for runs without a fuzzer.
    function anything(uint256 seed) external {
        uint256 kind = uint256(keccak256(abi.encode("kind", seed))) % 10;
        if (kind == 0) this.keepAccounts(seed);
        else if (kind == 1) this.keepRollups(seed);
        else if (kind == 2) this.commit(seed);
        else if (kind == 3) this.reveal(seed);
        else if (kind == 4) this.propose(seed);
        else if (kind == 5) this.claimProof(seed);
        else if (kind == 6) this.prove(seed);
        else if (kind == 7) this.finish(seed);
        else if (kind == 8) this.trade(seed);
        else this.pass(seed);
    }

    /// @notice Gives every actor money, and two of them a rollup each.
    function prepare() external step {
        for (uint256 i; i < ACTORS; ++i) _deposit(actors[i], actors[i], 3_000 gwei);
        for (uint256 seed; _registered() < 2; ++seed) _register(Dice(seed), actors[seed % 2], actors[seed % 2]);
    }

    function keepAccounts(uint256 seed) external step {
        Dice memory dice = Dice(seed);
        uint256 kind = dice.below(8);
        if (kind < 2) _deposit(_anyone(dice), _anyone(dice), dice.oneIn(6) ? dice.below(2) * 1.5 gwei : (1 + dice.below(500)) * 1 gwei);
        else if (kind < 4) _withdraw(dice, _anyone(dice));
        else if (kind == 4) _exit(_anyone(dice));
        else if (kind == 5) _force(1 + dice.below(1 ether));
        else _collect(dice, _anyone(dice));
    }

    function keepRollups(uint256 seed) external step {
        Dice memory dice = Dice(seed);
        address caller = _anyone(dice);
        uint256 rollup = dice.below(MOST_ROLLUPS);
        address owner = rollups[rollup].owner;
        if (owner != address(0) && !dice.oneIn(4)) caller = owner;
        uint256 kind = dice.below(12);
        if (kind < 3 && _registered() < MOST_ROLLUPS) _register(dice, caller, _anyone(dice));
        else if (kind < 6) _setReserve(caller, rollup, uint64(dice.below(12)));
        else if (kind < 7) _setPayout(caller, rollup, dice.oneIn(6) ? address(0) : _anyone(dice));
        else if (kind < 8) _setDefaultSequencer(caller, rollup, dice.oneIn(6) ? address(0) : _anyone(dice));
        else if (kind < 9) _offerOwnership(caller, rollup, _anyone(dice));
        else if (kind < 11) _acceptOwnership(dice.oneIn(4) || rollups[rollup].heir == address(0) ? caller : rollups[rollup].heir, rollup);
        else _deregister(caller, rollup);
    }

    function commit(uint256 seed) external step {
        Dice memory dice = Dice(seed);
        _commit(dice, _pickRound(dice, Phase.Commit), _anyone(dice));
    }

    function reveal(uint256 seed) external step {
        Dice memory dice = Dice(seed);
        uint256 round = _pickRound(dice, Phase.Reveal);
        _reveal(dice, round, _pickBidder(dice, round, 1), _anyone(dice));
    }

    function propose(uint256 seed) external step {
        Dice memory dice = Dice(seed);
        _propose(dice, _pickRound(dice, Phase.Assign), _anyone(dice));
    }

    function claimProof(uint256 seed) external step {
        Dice memory dice = Dice(seed);
        _claimProof(dice, _pickRound(dice, Phase.Assign), _anyone(dice));
    }

    function prove(uint256 seed) external step {
        if (claims.length == 0) return;
        Dice memory dice = Dice(seed);
        uint256 i = dice.oneIn(6) ? dice.below(claims.length) : claims.length - 1;
        if (!dice.oneIn(4)) _pass(5);
        _prove(dice, claims[i], _anyone(dice));
    }

    function finish(uint256 seed) external step {
        Dice memory dice = Dice(seed);
        uint256 round = dice.oneIn(6) ? _anyRound(dice) : _pickPast(dice);
        address caller = _anyone(dice);
        uint256 kind = dice.below(3);
        if (kind == 0) _settle(dice, round, caller);
        else if (kind == 1) _release(round, _pickBidder(dice, round, 2), caller);
        else _forfeit(dice, round, _pickBidder(dice, round, 1), caller);
    }

    function trade(uint256 seed) external step {
        Dice memory dice = Dice(seed);
        uint256 round = _pickRound(dice, Phase.Assign);
        if (dice.oneIn(2)) round = _pickPast(dice);
        uint256 winners = BruteForce.toList(rounds[round].chosen).length;
        uint256 winner = dice.below(winners + 1);
        if (winners > 0 && !dice.oneIn(6)) winner = dice.below(winners);
        if (holders[round << 16 | winner] == address(0) && !dice.oneIn(6)) _mint(round, winner, _anyone(dice));
        else _transfer(dice, round, winner);
    }

    /// @notice Time: a few seconds, to the next border of a phase, or some periods at once.
    function pass(uint256 seed) external step {
        Dice memory dice = Dice(seed);
        uint256 offset = (clock - 940) % 60; // runs begin a period before genesis
        uint256 border = offset < 10 ? 10 : offset < 20 ? 20 : offset < 30 ? 30 : 60;
        if (dice.oneIn(3)) _pass(1 + dice.below(12));
        else if (dice.oneIn(24)) _pass(60 * (1 + dice.below(3)));
        else _pass(border - offset - (dice.oneIn(4) && border - offset > 1 ? 1 : 0));
        ++done[uint256(Deed.Warp)];
    }

    // -------------------------------------------------------------- rehearsals

    /// @notice A stranger ends a round: settles it, releases and forfeits whatever is open. Afterwards the round locks nothing of anybody. Always reverts, with Rehearsed
    /// where all went well.
    function rehearseEnd(uint256 round) external {
        vm.warp(clock);
        GhostRound storage its = rounds[round];
        if (its.posted && !its.settled) {
            uint256 before = _lanesSum();
            Appraisal memory appraisal = _appraisalOf(round);
            vm.prank(address(0x5172a));
            market.settle(round, appraisal);
            _sold(round, instanceOf(round), before);
        }
        for (uint256 i; i < ACTORS; ++i) {
            GhostEntry storage entry = entries[round][actors[i]];
            vm.prank(address(0x5172a));
            if (entry.stage == 1) market.forfeit(round, actors[i], entry.commitment, entry.collateralTicks, entry.slots);
            if (entry.stage == 2) market.release(round, actors[i]);
            if (entry.stage == 1) lockedTicks[actors[i]] -= entry.collateralTicks;
            if (entry.stage == 2) lockedTicks[actors[i]] -= entry.exposureTicks - entry.paidTicks;
            assertEq(market.accountOf(actors[i]).lockedTicks, lockedTicks[actors[i]], "an ended round locks nothing");
        }
        revert Rehearsed();
    }

    /// @notice Every actor takes out all that is free. Always reverts, with Rehearsed where all went well.
    function rehearseExit() external {
        for (uint256 i; i < ACTORS; ++i) {
            uint64 ticks = market.accountOf(actors[i]).freeTicks;
            if (ticks == 0) continue;
            uint256 before = actors[i].balance;
            vm.prank(actors[i]);
            market.withdraw(ticks, actors[i]);
            assertEq(actors[i].balance - before, uint256(ticks) * 1 gwei, "all that is free goes out");
        }
        revert Rehearsed();
    }
}
