// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Puppet: a contract that plays a part in the market by its owner's orders; it has no hook for tokens
abstract contract Puppet {
    function act(address target, bytes calldata data) external payable returns (bytes memory answer) {
        bool done;
        (done, answer) = target.call{value: msg.value}(data);
        if (done) return answer;
        assembly ("memory-safe") {
            revert(add(answer, 32), mload(answer))
        }
    }
}

contract RevertingReceiver is Puppet {
    error Unwelcome();

    receive() external payable {
        revert Unwelcome();
    }
}

contract GasBurningReceiver is Puppet {
    receive() external payable {
        assembly ("memory-safe") {
            invalid()
        }
    }
}

/// @notice Calls back what it was armed with while it is paid, keeps the outcome, and accepts the payment.
contract ReenteringReceiver is Puppet {
    address public target;
    bytes public order;
    bool public done;
    bytes public answer;

    function arm(address target_, bytes calldata order_) external {
        target = target_;
        order = order_;
    }

    receive() external payable {
        (done, answer) = target.call(order);
    }
}

/// @notice Forces its ether upon an account that has no say in it.
contract ForcedGift {
    constructor(address payable account) payable {
        selfdestruct(account);
    }
}
