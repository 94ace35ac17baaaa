"""Run the command line with ``python -m radiomics_mammo``."""

from radiomics_mammo.cli.main import main

if __name__ == "__main__":
    main()
