"""How much a whole `repat run` costs beside a floor and a pandas script on the same files (issue 6). `python -m benchmarks --help`."""
