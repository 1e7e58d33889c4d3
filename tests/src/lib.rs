//! Tests of the composed system, and of the providers against what real hosts sent. The tests stand in `tests/`.
