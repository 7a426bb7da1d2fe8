// The second chain of tests/e2e/test_second_chain.py: Hardhat's own EVM under the rules of Osaka, a block a transaction.
module.exports = {
  solidity: "0.8.30", // it compiles nothing, but wants to be told
  networks: { hardhat: { chainId: 31337, hardfork: "osaka", mining: { auto: true, interval: 0 } } },
};
