"""Commands of `repat`, a module each; `cli` registers them. Thin: parse, call, print, exit status."""
