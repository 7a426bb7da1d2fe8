// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAssignment} from "../../contracts/interfaces/IAssignment.sol";
import {ISealedBidMarket, MarketParameters} from "../../contracts/interfaces/ISealedBidMarket.sol";
import {Schedule} from "../../contracts/libraries/Schedule.sol";
import {Artifacts} from "./support/Artifacts.sol";
import {Assertions} from "./support/Assertions.sol";
import {vm} from "./support/Vm.sol";

/// @title What was sealed or claimed on one chain opens nothing on another, even at the same address and over the same book
contract OtherChainTest is Assertions {
    uint256 private constant HERE = 31337;
    uint256 private constant THERE = 31338;
    bytes32 private constant SALT = "salt";

    ISealedBidMarket private market;
    bytes private records = hex"01010500"; // 5 ticks for rollup 0

    function setUp() public {
        vm.chainId(HERE);
        vm.warp(900);
        MarketParameters memory p = MarketParameters({
            schedule: Schedule({
                genesis: 1000, periodSeconds: 100, commitSeconds: 100, revealSeconds: 100, assignSeconds: 100, drawSeconds: 0
            }),
            tickWei: 1 gwei,
            bondTicks: 1,
            forfeitBps: 0,
            feePerOfferTicks: 1,
            proposerShareBps: 0,
            registrationDepositTicks: 0,
            maxOffersPerBidder: 1,
            maxOffersPerRound: 1,
            proofDelaySeconds: 1,
            epsilonBps: 0,
            epsilonSeconds: 0
        });
        market = ISealedBidMarket(Artifacts.deploy("SealedBidMarket", abi.encode(p, Artifacts.checker())));
        market.register(0, address(this), address(this));
        vm.deal(address(this), 10 gwei);
        market.deposit{value: 10 gwei}(address(this));
        vm.warp(1000);
        market.commit(0, market.commitmentOf(0, address(this), records, SALT), 6, 1);
        vm.warp(1100);
    }

    function test_reveal__on_another_chain__reverts_WrongOpening() external {
        vm.chainId(THERE);
        assertTrue(_reveal() == ISealedBidMarket.WrongOpening.selector, "refused there");

        vm.chainId(HERE);
        assertTrue(_reveal() == bytes4(0), "opened here");
    }

    function test_prove__with_a_claim_of_another_chain__reverts_UnknownClaim() external {
        _reveal();
        vm.warp(1200);
        market.claimProof(0, market.claimOf(0, address(this), keccak256(_certificate())));
        vm.warp(1201);

        vm.chainId(THERE);
        assertTrue(_prove() == IAssignment.UnknownClaim.selector, "refused there");

        vm.chainId(HERE);
        assertTrue(_prove() == bytes4(0), "proved here");
        assertTrue(market.isFinal(0), "final");
    }

    function _reveal() private returns (bytes4) {
        (, bytes memory answer) = address(market).call(abi.encodeCall(ISealedBidMarket.reveal, (0, address(this), 6, 1, SALT, records)));
        return selectorOf(answer);
    }

    function _prove() private returns (bytes4) {
        bytes memory book = abi.encodePacked(address(this), uint16(1), records);
        (, bytes memory answer) = address(market).call(abi.encodeCall(ISealedBidMarket.prove, (0, address(this), book, _certificate())));
        return selectorOf(answer);
    }

    /// @dev The only offer wins; the price 5 of its rollup leaves no budget: 5 − (5 + 1) < 0.
    function _certificate() private pure returns (bytes memory) {
        bytes memory head = abi.encodePacked(uint8(2), uint8(0), uint64(1), uint80(5), uint64(1), uint16(1), uint16(0));
        return abi.encodePacked(head, uint8(1), int8(5), uint16(0), uint8(0));
    }
}
