// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ITicketMarket, TicketParameters} from "../../../contracts/interfaces/ITicketMarket.sol";
import {BasePriceTerms} from "../../../contracts/libraries/BasePrice.sol";
import {Curve} from "../../../contracts/libraries/PriceCurve.sol";
import {Schedule} from "../../../contracts/libraries/Schedule.sol";
import {Artifacts} from "./Artifacts.sol";

/// @title TicketStage: the ticket market that these tests play with: small numbers, a short schedule, the real checker, block hashes
/// @notice Round k: sale from 1000 + 60k, assign 50 s later, draw 90 s later, window 120 s later.
library TicketStage {
    uint256 internal constant GENESIS = 1_000;
    uint256 internal constant PERIOD = 60;
    uint256 internal constant SALE = 50;
    uint256 internal constant ASSIGN_END = 90;
    uint256 internal constant DRAW_TIME = 97; // a quarter into the draw phase
    uint256 internal constant WINDOW = 120;
    uint256 internal constant BLOCK_SECONDS = 4;
    uint256 internal constant TICK_WEI = 1 gwei;
    uint256 internal constant FEE_TICKS = 3;
    uint256 internal constant DEPOSIT_TICKS = 50;
    uint256 internal constant MOST_POOLS = 5;
    uint256 internal constant START_TICKS = 5;

    function deploy(Curve memory curve, BasePriceTerms memory basePrice) internal returns (ITicketMarket) {
        TicketParameters memory p = TicketParameters({
            schedule: Schedule({genesis: 1_000, periodSeconds: 60, commitSeconds: 50, revealSeconds: 0, assignSeconds: 40, drawSeconds: 30}),
            tickWei: TICK_WEI,
            registrationDepositTicks: uint64(DEPOSIT_TICKS),
            feePerPoolTicks: uint64(FEE_TICKS),
            proposerShareBps: 3_000,
            maxPoolsPerRound: uint16(MOST_POOLS),
            proofDelaySeconds: 5,
            epsilonBps: 2_000,
            epsilonSeconds: 8,
            curve: curve,
            basePrice: basePrice
        });
        address randomness = Artifacts.deploy("BlockHashRandomness", abi.encode(BLOCK_SECONDS));
        return ITicketMarket(Artifacts.deploy("TicketMarket", abi.encode(p, Artifacts.checker(), randomness)));
    }
}
