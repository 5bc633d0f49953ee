#!/bin/sh
# Stands between cargo and rustc (`RUSTC_WORKSPACE_WRAPPER`) and compiles our own crates for libFuzzer.
#
# The flags are those of cargo-fuzz, without a sanitizer, so that the stable compiler takes them. Crates of
# others stay as they are: they are compiled once for the checks and for this, and what they do for us is
# mostly generic code, which is compiled into our crates.
rustc="$1"
shift
case " $* " in
*" --crate-name build_script_build "*) exec "$rustc" "$@" ;;
# Speed counts where detectors compute; optimising the server would take longer than it saves.
*" --crate-name hindcast "*) ;;
*) set -- "$@" -Copt-level=2 ;;
esac
exec "$rustc" "$@" -Cdebug-assertions=on \
  -Cpasses=sancov-module \
  -Cllvm-args=-sanitizer-coverage-level=4 \
  -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
  -Cllvm-args=-sanitizer-coverage-pc-table \
  -Cllvm-args=-sanitizer-coverage-trace-compares
