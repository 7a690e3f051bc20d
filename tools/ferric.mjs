#!/usr/bin/env node
// The command `ferric`: the same entry as the npm scripts.
import "./bootstrap.mjs";
