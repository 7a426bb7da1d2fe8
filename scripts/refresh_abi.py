"""Write the compiler's ABIs to `seqmarket/chain/abi`: `python scripts/refresh_abi.py`, after a change of the contracts."""

from pathlib import Path

import ape

from seqmarket.chain.abi import CONTRACTS, dump

ROOT = Path(__file__).resolve().parent.parent


def compiled(contract: str) -> list[dict]:
    """The ABI that the compiler gives for a contract."""
    entries = ape.Project(ROOT).get_contract(contract).contract_type.abi
    return [entry.model_dump(mode="json", by_alias=True, exclude_none=True) for entry in entries]


def main() -> None:
    """Write every ABI file."""
    for contract in CONTRACTS:
        (ROOT / "seqmarket" / "chain" / "abi" / f"{contract}.json").write_text(dump(compiled(contract)), encoding="utf-8")
        print(f"{contract}: written")


if __name__ == "__main__":
    main()
