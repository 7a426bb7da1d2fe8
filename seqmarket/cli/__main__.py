"""`python -m seqmarket.cli`."""

from seqmarket.cli import main

if __name__ == "__main__":
    main()
