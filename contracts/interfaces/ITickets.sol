// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC6909} from "@openzeppelin/contracts/interfaces/draft-IERC6909.sol";
import {Order} from "../libraries/Order.sol";
import {Phase} from "../libraries/Schedule.sol";
import {IEscrow} from "./IEscrow.sol";
import {IPoolErrors} from "./IPoolErrors.sol";
import {IRandomness} from "./IRandomness.sol";
import {ITicketMarket} from "./ITicketMarket.sol";

/// @notice The pools of a round.
/// @param digest over them in the order of opening, see `PoolList`
/// @param pools how many
/// @param drawPoint the point of the source of randomness that the round is drawn by; fixed when its first pool opens
/// @param feesTaken whether the market has the fees of its pools
struct PoolBook {
    bytes32 digest;
    uint16 pools;
    uint64 drawPoint;
    bool feesTaken;
}

/// @title The tickets of a ticket market: pools, strips, prices. The story stands in `ITicketMarket`
/// @notice It holds what buyers pay until a pool is sold or refunded, and their accounts. A strip of consecutive tickets is an ERC-6909 token: it can be split and traded while the sale lasts.
/// Rule tickets_are_conserved: the strips of a pool follow each other without gap or overlap, from ticket 0 to the last one sold. Rule price_stays_on_curve: what they paid together
/// is what the curve says of their number (time-phased: of the times of purchase).
interface ITickets is IEscrow, IERC6909, IPoolErrors {
    event DrawPointFixed(uint256 indexed round, uint256 drawPoint);
    event PoolOpened(uint256 indexed round, uint256 indexed pool, uint256 bundle, uint64 baseTicks, uint256 number);
    event TicketsRefunded(uint256 indexed round, uint256 indexed id, address indexed holder, uint64 ticks);

    error DeadlinePassed(uint256 deadline, uint256 timestamp);
    error NotOnSale(uint256 bundle, uint256 active);
    error PoolsFull(uint256 pools, uint256 limit);
    error PoolIsOpen(uint256 round, uint256 bundle);
    error TicketsOutOfRange(uint256 tickets, uint256 remaining);
    error PriceTooHigh(uint256 priceTicks, uint256 mostTicks);
    error NotBefore(uint256 id, uint256 end, uint256 start);

    error NotHolder(uint256 id, address account, address holder);
    error NotAllowed(uint256 id, address spender, uint256 allowed, uint256 amount);
    error NotWholeStrip(uint256 id, uint256 amount, uint256 tickets);
    error SplitOutOfRange(uint256 at, uint256 start, uint256 end);

    error NotRefundable(uint256 round, uint256 bundle);
    error NothingToRefund(uint256 id);
    error WrongPhase(uint256 round, Phase needed, Phase found);
    error NotMarket(address caller, address market);
    error FeesTaken(uint256 round);

    /// @notice Opens the pool of a bundle and buys its first tickets. Takes the fee of a pool too, which goes back with the first strip where the round is void.
    /// Pays as `buy` does. Raises WrongPhase, DeadlinePassed, NotOnSale, PoolsFull, PoolIsOpen, NoSuchStrip, NotLastStrip, PriceOutOfRange, and what `buy` raises.
    /// @param priorLast where the last strip of the bundle's last pool starts (its sales move the price); 0 where the bundle never had one
    /// @return id the token of the strip
    function open(uint256 round, uint256 bundle, uint16 priorLast, uint16 count, uint64 mostTicks, uint256 deadline)
        external
        payable
        returns (uint256 id);

    /// @notice Buys tickets of an open pool. Ether sent along pays; what it leaves over is credited to the caller's free balance, what it
    /// lacks is taken from there. Raises WrongPhase, DeadlinePassed, NoSuchStrip, TicketsOutOfRange, PriceTooHigh, NotWholeTicks, EscrowFull, InsufficientFree.
    /// @param order all but the bundle in one word, as `makeOrder` makes it
    /// @return id the token of the strip
    function buy(Order order, uint256 bundle) external payable returns (uint256 id);

    /// @notice Splits a strip of the caller in two before ticket `at`, while the sale lasts. What it paid is shared by its tickets alike. Raises NoSuchStrip, WrongPhase, NotHolder, SplitOutOfRange, NotBefore.
    /// @param before where the strip before it starts; any number for a strip that starts at 0
    /// @return rest the token of the second part
    function split(uint256 id, uint16 at, uint16 before) external returns (uint256 rest);

    /// @notice Credits the holders of a pool that isn't sold with what they paid: `many` strips, from the one that starts at `start` on. By anybody; strips refunded before are passed over.
    /// Raises NotRefundable, NotBefore, NothingToRefund.
    /// @param before where the strip before the first one starts; any number where that starts at 0
    function refund(uint256 round, uint256 bundle, uint64 baseTicks, uint16 start, uint16 before, uint256 many) external;

    // ---------------------------------------------------------- for the market

    /// @notice The offer book that a round's pools make, as the checker reads it. Raises RaggedPoolList, NoSuchStrip, NotLastStrip, WrongPools.
    /// @param pools all pools of the round in the order of opening, see `PoolList`
    /// @param reserves of the round's rollups, 8 bytes each: a pool that took in less than those of its rollups is left out
    function bookOf(uint256 round, bytes calldata reserves, bytes calldata pools) external view returns (bytes memory book);

    /// @notice The seed of a round's draw point. Raises SeedMissing.
    function seedOf(uint256 round) external view returns (bytes32 seed);

    /// @notice The winning ticket of a pool for a round's seed, and who holds it. Rule draw_is_determined: by the seed, the pool and the number of its tickets. Raises NoSuchStrip, WrongStrip.
    /// @param tickets that the pool sold
    /// @param start of the strip that holds the ticket
    function drawnOf(bytes32 seed, uint256 round, uint256 bundle, uint64 baseTicks, uint256 tickets, uint256 start)
        external
        view
        returns (uint256 id, uint256 ticket, address holder);

    /// @notice Sends the market what sold pools took in. Raises NotMarket.
    function release(uint256 ticks) external;

    /// @notice Sends the market the fees of a round's pools. Raises NotMarket, FeesTaken.
    function takeFees(uint256 round) external returns (uint64 ticks);

    // ----------------------------------------------------------------- views

    function market() external view returns (ITicketMarket);
    function randomness() external view returns (IRandomness);
    function poolsOf(uint256 round) external view returns (PoolBook memory);

    /// @notice The token of the strip of a pool that starts at a ticket, whether or not there is one.
    function idOf(uint256 round, uint256 bundle, uint64 baseTicks, uint16 start) external view returns (uint256 id);

    /// @notice The order of `count` tickets for at most `mostTicks`, as `buy` takes it: `round (32 bits) ‖ baseTicks (64) ‖ after (16) ‖ count (16) ‖ mostTicks (64) ‖ deadline (64)`.
    /// @param baseTicks the pool's base price
    /// @param after_ where a strip of the pool starts, the last one at best: each strip that follows it costs 2,300 gas
    /// @param deadline the last second at which the purchase may be made
    function makeOrder(uint32 round, uint64 baseTicks, uint16 after_, uint16 count, uint64 mostTicks, uint64 deadline)
        external
        view
        returns (Order);

    /// @notice Who holds a strip (nobody where it was refunded), its tickets [start, end), and what all tickets of the pool before `end` paid. Raises NoSuchStrip.
    function stripOf(uint256 id) external view returns (address holder, uint256 start, uint256 end, uint64 revenueTicks);

    /// @notice The last round in which a bundle had a pool, and its base price then.
    function pricedOf(uint256 bundle) external view returns (bool known, uint256 round, uint64 baseTicks);

    /// @notice The base price at which a pool would open. Raises PoolIsOpen, NoSuchStrip, NotLastStrip, PriceOutOfRange.
    function basePriceOf(uint256 round, uint256 bundle, uint16 priorLast) external view returns (uint64 baseTicks);

    /// @notice What `count` tickets of a pool cost after `sold`, at a time. Raises TicketsOutOfRange.
    function costOf(uint256 round, uint64 baseTicks, uint256 sold, uint256 count, uint256 timestamp) external view returns (uint256 ticks);
}
