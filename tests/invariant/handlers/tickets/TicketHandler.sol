// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Appraisal} from "../../../../contracts/interfaces/ICertificateChecker.sol";
import {IEscrow} from "../../../../contracts/interfaces/IEscrow.sol";
import {ITicketMarket} from "../../../../contracts/interfaces/ITicketMarket.sol";
import {Phase} from "../../../../contracts/libraries/Schedule.sol";
import {Chance, Dice} from "../../support/Chance.sol";
import {TicketStage} from "../../support/TicketStage.sol";
import {vm} from "../../support/Vm.sol";
import {DrawDeeds} from "./DrawDeeds.sol";
import {PartitionDeeds} from "./PartitionDeeds.sol";
import {SaleDeeds} from "./SaleDeeds.sol";
import {StripDeeds} from "./StripDeeds.sol";
import {TicketDeed} from "./TicketGhosts.sol";
import {TicketLedger} from "./TicketLedger.sol";
import {TicketPurseDeeds} from "./TicketPurseDeeds.sol";

/// @title TicketHandler: five actors who do anything at a ticket market, each call with the outcome that the rules foresee
/// @notice Before each call the handler works out, from its own ghost books alone, whether the call must be accepted or which error it must raise.
/// Any other outcome makes the handler revert, which fails the run. Here is what runs call; the deeds themselves are in the contracts it is made of.
contract TicketHandler is TicketPurseDeeds, SaleDeeds, StripDeeds, PartitionDeeds, DrawDeeds {
    using Chance for Dice;

    error Rehearsed(); // takes back a rehearsal that went well

    address private constant STRANGER = address(0x5172a);

    constructor(ITicketMarket market_) TicketLedger(market_) {}

    // ------------------------------------------------------------ what runs do

    /// @dev Sets the chain, and looks at the latest rounds afterwards.
    modifier step() {
        _wake();
        _;
        _observe();
    }

    /// @notice One deed of any kind, for runs without a fuzzer.
    function anything(uint256 seed) external {
        uint256 kind = uint256(keccak256(abi.encode("kind", seed))) % 10;
        if (kind == 0) this.keepMoney(seed);
        else if (kind == 1) this.keepRollups(seed);
        else if (kind == 2) this.open(seed);
        else if (kind == 3) this.buy(seed);
        else if (kind == 4) this.handle(seed);
        else if (kind == 5) this.propose(seed);
        else if (kind == 6) this.prove(seed);
        else if (kind == 7) this.finish(seed);
        else if (kind == 8) this.refund(seed);
        else this.pass(seed);
    }

    /// @notice Gives every actor money, and two of them a rollup each.
    function prepare() external step {
        for (uint256 i; i < ACTORS; ++i) {
            _deposit(actors[i], actors[i], 200 gwei);
            _depositAtMarket(actors[i], actors[i], 200 gwei);
        }
        _register(actors[0], 7, actors[0], actors[3]);
        _register(actors[1], 0, actors[1], actors[4]);
        _pass(60, false);
    }

    function keepMoney(uint256 seed) external step {
        Dice memory dice = Dice(seed);
        uint256 kind = dice.below(10);
        uint256 amountWei = dice.oneIn(6) ? dice.below(2) * 1.5 gwei : (1 + dice.below(80)) * 1 gwei;
        if (kind < 3) _deposit(_anyone(dice), _anyone(dice), amountWei);
        else if (kind < 5) _withdraw(dice, _anyone(dice));
        else if (kind < 6) _depositAtMarket(_anyone(dice), _anyone(dice), amountWei);
        else if (kind < 7) _withdrawAtMarket(dice, _anyone(dice));
        else if (kind < 8) _force(dice.oneIn(2), 1 + dice.below(1 ether));
        else _collect(dice.below(laneTicks.length + 1), _anyone(dice));
    }

    function keepRollups(uint256 seed) external step {
        Dice memory dice = Dice(seed);
        address caller = _anyone(dice);
        uint256 rollup = dice.below(MOST_ROLLUPS);
        address owner = sellers[rollup].owner;
        if (owner != address(0) && !dice.oneIn(4)) caller = owner;
        uint256 kind = dice.below(10);
        if (_registered() < 2 || (kind < 4 && _registered() < MOST_ROLLUPS)) {
            _register(caller, uint64(dice.below(12)), dice.oneIn(12) ? address(0) : _anyone(dice), _anyone(dice));
        } else if (kind < 7) {
            _setReserve(caller, rollup, uint64(dice.oneIn(8) ? 60 + dice.below(60) : dice.below(16)));
        } else if (kind < 9) {
            _setPayout(caller, rollup, _anyone(dice));
        } else {
            _deregister(caller, rollup);
        }
    }

    function open(uint256 seed) external step {
        Dice memory dice = Dice(seed);
        uint256 round = _pickRound(dice, Phase.Commit);
        uint256 bundle = dice.below(1 << MOST_ROLLUPS);
        if (!dice.oneIn(8)) bundle &= rounds[round].active;
        _open(dice, round, bundle, _anyone(dice));
    }

    function buy(uint256 seed) external step {
        if (pools.length == 0) return;
        Dice memory dice = Dice(seed);
        _buy(dice, _pickPool(dice, _pickRound(dice, Phase.Commit)), _anyone(dice));
    }

    /// @notice Splits a strip or hands it on: its holder, as a rule.
    function handle(uint256 seed) external step {
        if (pools.length == 0) return;
        Dice memory dice = Dice(seed);
        uint256 pool = _pickPool(dice, _pickRound(dice, Phase.Commit));
        uint256 k = dice.below(pools[pool].strips.length);
        address holder = pools[pool].strips[k].holder;
        address caller = holder == address(0) || dice.oneIn(6) ? _anyone(dice) : holder;
        uint256 kind = dice.below(8);
        if (kind < 3) _split(dice, pool, k, caller);
        else if (kind < 5) _transfer(dice, pool, k, caller);
        else if (kind < 6) _approve(dice, pool, k, _anyone(dice));
        else if (kind < 7) _setOperator(dice, _anyone(dice), _anyone(dice));
        else _approveOrTake(dice, pool, k);
    }

    function propose(uint256 seed) external step {
        Dice memory dice = Dice(seed);
        _propose(dice, _pickRound(dice, Phase.Assign), _anyone(dice));
    }

    /// @notice Claims a proof, or shows one that was claimed, mostly after it has aged.
    function prove(uint256 seed) external step {
        Dice memory dice = Dice(seed);
        if (proofs.length == 0 || dice.oneIn(2)) return _claimProof(dice, _pickRound(dice, Phase.Assign), _anyone(dice));
        uint256 i = dice.oneIn(6) ? dice.below(proofs.length) : proofs.length - 1;
        if (!dice.oneIn(4)) _pass(5, false);
        _prove(dice, proofs[i], _anyone(dice));
    }

    function finish(uint256 seed) external step {
        Dice memory dice = Dice(seed);
        address caller = _anyone(dice);
        uint256 kind = dice.below(8);
        uint256 round = _pickRound(dice, Phase.Draw);
        if (kind < 5 && !dice.oneIn(4)) _awaitSeed(round);
        if (kind < 4) _draw(dice, round, caller);
        else if (kind < 5) _capture(round, caller);
        else if (kind < 7) _settle(dice, dice.oneIn(2) ? round : _anyRound(dice), caller);
        else _mint(dice.oneIn(4) ? _anyRound(dice) : _lastDrawn(), dice.below(dice.oneIn(4) ? 4 : 1), caller);
    }

    function refund(uint256 seed) external step {
        if (pools.length == 0) return;
        Dice memory dice = Dice(seed);
        uint256 latest = pools.length < 12 ? pools.length : 12;
        uint256 pool = pools.length - 1 - dice.below(latest);
        for (uint256 tries; tries < 4 && !refundable(pools[pool].round, pools[pool].bundle); ++tries) {
            pool = pools.length - 1 - dice.below(latest);
        }
        uint256 strips = pools[pool].strips.length;
        uint256 k = dice.oneIn(2) ? 0 : dice.below(strips + 1);
        _refund(dice, pool, k, dice.oneIn(8) ? 0 : 1 + dice.below(strips + 1), _anyone(dice));
    }

    /// @notice Time: a few seconds, to the next border of a phase, or some periods at once. At times no block comes.
    function pass(uint256 seed) external step {
        Dice memory dice = Dice(seed);
        uint256 offset = (clock - 940) % 60; // borders of all rounds' phases lie at 0 (opening, window), 30 (assign's end) and 50 (sale's end) of a period
        uint256 border = offset < 30 ? 30 : offset < 50 ? 50 : 60;
        bool stalls = dice.oneIn(10);
        if (dice.oneIn(3)) _pass(1 + dice.below(12), stalls);
        else if (dice.oneIn(24)) _pass(60 * (1 + dice.below(3)), stalls);
        else _pass(border - offset - (dice.oneIn(4) && border - offset > 1 ? 1 : 0), stalls);
        ++done[uint256(TicketDeed.Pass)];
    }

    /// @dev Waits for the block of a round's draw point, where that comes within the draw phase.
    function _awaitSeed(uint256 round) private {
        uint256 point = rounds[round].drawPoint;
        if (_phase(round) != Phase.Draw || rounds[round].pools.length == 0 || point < height) return;
        uint256 wait = (point + 1 - height) * TicketStage.BLOCK_SECONDS;
        if (clock + wait < _start(round) + TicketStage.WINDOW) _pass(wait, false);
    }

    function _lastDrawn() private view returns (uint256 round) {
        for (uint256 back = 1; back <= 6 && back <= openedRounds; ++back) {
            round = openedRounds - back;
            if (rounds[round].drawn && rounds[round].winners.length > 0) return round;
        }
    }

    /// @dev A spender who has it approved, or who takes it.
    function _approveOrTake(Dice memory dice, uint256 pool, uint256 k) private {
        address spender = _anyone(dice);
        if (dice.oneIn(2)) _approve(dice, pool, k, spender);
        _transferFrom(dice, pool, k, spender);
    }

    // -------------------------------------------------------------- rehearsals

    /// @notice Every actor takes out all that is free, of both contracts. Always reverts, with Rehearsed where all went well.
    function rehearseExit() external {
        _wake();
        _takeAllOut();
        revert Rehearsed();
    }

    /// @notice A stranger ends every round that began; then all take out what is theirs. Nothing is left but what was forced. Always reverts, with Rehearsed where all went well.
    function rehearseEnd() external {
        _pass(2 * TicketStage.WINDOW, false);
        for (uint256 round; round < openedRounds; ++round) {
            assertTrue(market.isVoid(round) != market.isFinal(round) || _phase(round) <= Phase.Assign, "final or void");
            if (!rounds[round].posted || rounds[round].settled) continue;
            Appraisal memory appraisal = _appraisalOf(round);
            vm.prank(STRANGER);
            market.settle(round, appraisal);
        }
        for (uint256 pool; pool < pools.length; ++pool) {
            (uint256 round, uint256 bundle) = (pools[pool].round, pools[pool].bundle);
            bool owed;
            for (uint256 k; k < pools[pool].strips.length; ++k) owed = owed || !pools[pool].strips[k].refunded;
            if (pools[pool].released || !owed) continue;
            assertTrue(market.isRefundable(round, bundle), "what isn't sold is given back");
            vm.prank(STRANGER);
            tickets.refund(round, bundle, uint64(pools[pool].baseTicks), 0, 0, type(uint256).max);
        }
        for (uint32 lane; lane < laneTicks.length; ++lane) if (laneTicks[lane] > 0) market.collect(lane);
        for (uint256 i; i < MOST_ROLLUPS; ++i) {
            if (sellers[i].owner == address(0)) continue;
            vm.prank(sellers[i].owner);
            market.deregister(i);
        }
        _takeAllOut();
        assertEq(address(tickets).balance, forcedOnTickets, "nothing of anybody is left at the tickets");
        assertEq(address(market).balance, forcedOnMarket, "nothing of anybody is left at the market");
        revert Rehearsed();
    }

    function _takeAllOut() private {
        for (uint256 i; i < ACTORS; ++i) {
            _takeOut(tickets, actors[i]);
            _takeOut(market, actors[i]);
        }
    }

    function _takeOut(IEscrow escrow, address actor) private {
        uint64 ticks = escrow.accountOf(actor).freeTicks;
        if (ticks == 0) return;
        uint256 before = actor.balance;
        vm.prank(actor);
        escrow.withdraw(ticks, actor);
        assertEq(actor.balance - before, uint256(ticks) * TicketStage.TICK_WEI, "all that is free goes out");
    }
}
