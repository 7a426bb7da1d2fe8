// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {IERC6909} from "@openzeppelin/contracts/interfaces/draft-IERC6909.sol";
import {ITickets} from "./interfaces/ITickets.sol";
import {Strip, Strips, TicketIds} from "./libraries/Strip.sol";
import {TicketBook} from "./storage/TicketBook.sol";

/// @title TicketTokens: strips of tickets as ERC-6909 tokens
/// @notice A strip moves whole; to move a part of it, split it first. Where the balance of an id is a strip's tickets, it is all of them in one hand.
abstract contract TicketTokens is TicketBook {
    mapping(address owner => mapping(address spender => bool)) private operators;
    mapping(address owner => mapping(address spender => mapping(uint256 id => uint256))) private allowances;

    /// @inheritdoc IERC6909
    function transfer(address receiver, uint256 id, uint256 amount) external returns (bool) {
        _move(msg.sender, receiver, id, amount);
        return true;
    }

    /// @inheritdoc IERC6909
    function transferFrom(address sender, address receiver, uint256 id, uint256 amount) external returns (bool) {
        _requireAllowed(sender, id, amount);
        _move(sender, receiver, id, amount);
        return true;
    }

    /// @inheritdoc IERC6909
    function approve(address spender, uint256 id, uint256 amount) external returns (bool) {
        allowances[msg.sender][spender][id] = amount;

        emit Approval(msg.sender, spender, id, amount);
        return true;
    }

    /// @inheritdoc IERC6909
    function setOperator(address spender, bool approved) external returns (bool) {
        operators[msg.sender][spender] = approved;

        emit OperatorSet(msg.sender, spender, approved);
        return true;
    }

    /// @inheritdoc ITickets
    function split(uint256 id, uint16 at, uint16 before) external returns (uint256 rest) {
        Strip strip = _existing(id);
        uint256 start = TicketIds.startOf(id);
        _requireOnSale(TicketIds.roundOf(id));
        require(strip.holder() == msg.sender, NotHolder(id, msg.sender, strip.holder()));
        require(at > start && at < strip.end(), SplitOutOfRange(at, start, strip.end()));

        uint256 pool = TicketIds.poolOf(id);
        uint256 paidBefore = _revenueBefore(pool, start, before);
        // Every ticket of the strip paid alike; what can't be divided stays with the rest.
        uint256 part = (strip.revenueTicks() - paidBefore) * (at - start) / (strip.end() - start);
        rest = pool | at;
        _setStrip(rest, strip);
        _setStrip(id, Strips.make(msg.sender, at, paidBefore + part));

        emit Transfer(msg.sender, msg.sender, address(0), id, strip.end() - at);
        emit Transfer(msg.sender, address(0), msg.sender, rest, strip.end() - at);
    }

    /// @inheritdoc IERC6909
    function balanceOf(address owner, uint256 id) external view returns (uint256) {
        Strip strip = _strip(id);
        return owner != address(0) && strip.holder() == owner ? _ticketsOf(id, strip) : 0;
    }

    /// @inheritdoc IERC6909
    function allowance(address owner, address spender, uint256 id) external view returns (uint256) {
        return allowances[owner][spender][id];
    }

    /// @inheritdoc IERC6909
    function isOperator(address owner, address spender) external view returns (bool) {
        return operators[owner][spender];
    }

    /// @inheritdoc IERC165
    function supportsInterface(bytes4 interfaceId) external pure returns (bool) {
        return interfaceId == type(IERC6909).interfaceId || interfaceId == type(IERC165).interfaceId;
    }

    /// @dev How long ago the sale of the round opened; raises WrongPhase where it isn't under way.
    function _requireOnSale(uint256 round) internal view virtual returns (uint256 elapsedSeconds);

    function _ticketsOf(uint256 id, Strip strip) internal pure returns (uint256) {
        return strip.end() - TicketIds.startOf(id);
    }

    function _move(address sender, address receiver, uint256 id, uint256 amount) private {
        Strip strip = _existing(id);
        _requireOnSale(TicketIds.roundOf(id));
        require(receiver != address(0), ZeroAddress("receiver"));
        require(strip.holder() == sender, NotHolder(id, sender, strip.holder()));
        require(amount == _ticketsOf(id, strip), NotWholeStrip(id, amount, _ticketsOf(id, strip)));

        _setStrip(id, strip.heldBy(receiver));

        emit Transfer(msg.sender, sender, receiver, id, amount);
    }

    /// @dev Uses up an allowance, but an unlimited one; raises NotAllowed.
    function _requireAllowed(address sender, uint256 id, uint256 amount) private {
        if (sender == msg.sender || operators[sender][msg.sender]) return;
        uint256 allowed = allowances[sender][msg.sender][id];
        require(allowed >= amount, NotAllowed(id, msg.sender, allowed, amount));
        if (allowed != type(uint256).max) allowances[sender][msg.sender][id] = allowed - amount;
    }
}
