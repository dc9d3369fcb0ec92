"""The catalogue (目录): bases, labs and units: looked at, changed, shown to the public, taken in and out as sheets."""
