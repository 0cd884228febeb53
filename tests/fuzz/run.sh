#!/bin/sh
# run.sh BUILD SECONDS: each reader under libFuzzer for that long, from seeds of the tests' own models.
set -u
cd "$(dirname "$0")/../.."
build=${1:-build} seconds=${2:-60}
passed=0 failed=0
work=$(realpath "$build")/fuzz    # faults of child processes leave their reports in the current folder
for reader in json npy archive hdf5 model; do
	corpus=$work/corpus-$reader
	mkdir -p "$corpus"
	case $reader in
	json) seeds=$(find tests examples -name '*.json' -size -20k) ;;
	npy) seeds=$(find tests examples -name '*.npy' -size -20k) ;;
	archive) seeds=$(find tests examples \( -name '*.npz' -o -name '*.keras' \) -size -40k) ;;
	hdf5) seeds=$(find "$work" tests -name '*.h5' -size -80k) ;;
	model) seeds=$(find tests examples \( -name '*.json' -o -name '*.keras' \) -size -40k) ;;
	esac
	n=0
	for seed in $seeds; do
		n=$((n + 1))
		cp "$seed" "$corpus/seed-$n" 2>/dev/null
	done
	if (cd "$work" && "./fuzz-$reader" "$corpus" -seed=1 -max_total_time="$seconds" -timeout=25 -rss_limit_mb=2048 -close_fd_mask=3 \
		-print_final_stats=1 -artifact_prefix="$work/" >"$work/$reader.log" 2>&1); then
		passed=$((passed + 1))
		echo "$reader: $(sed -n 's/stat::number_of_executed_units: *//p' "$work/$reader.log") inputs, no fault"
	else
		failed=$((failed + 1))
		echo "$reader: a fault; the input is in $work"
		grep -E 'ERROR|SUMMARY|invariant|#[0-5] ' "$work/$reader.log" | head -n 12
	fi
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
