"""TOML files written by hand: read with every mistake explained, written to be read.

reading    bytes -> instance of a model, or InvalidFile with all problems
writing    instance -> TOML
syntax     TOML -> plain data, going on after a mistake
lines      the line on which each value stands
checking   what is wrong, by the model's JSON Schema
form       finds the way about in that schema
problems   Problem and InvalidFile, and the words in them
names      units at the end of names, and the name that was meant
"""

from scenarios.loading.problems import InvalidFile, Problem
from scenarios.loading.reading import read_toml, read_toml_file
from scenarios.loading.writing import write_toml

__all__ = ["InvalidFile", "Problem", "read_toml", "read_toml_file", "write_toml"]
