#!/bin/sh
# run.sh BUILD SECONDS: each reader under libFuzzer for that long, two side by side, from seeds of the tests' own models.
# No crash, no hang (a run of 25 s), no leak, no single allocation above 1 GiB, no more than 2 GiB in all.
set -u
cd "$(dirname "$0")/../.."
build=${1:-build} seconds=${2:-60}
work=$(realpath "$build")/fuzz    # faults of child processes leave their reports in the current folder
readers='json npy archive hdf5 tflite model'

seeds() { # READER: files to start from
	case $1 in
	json) find tests examples -name '*.json' -size -20k ;;
	npy) find tests examples -name '*.npy' -size -20k ;;
	archive) find tests examples \( -name '*.npz' -o -name '*.keras' \) -size -40k ;;
	hdf5) find "$work/goldens" tests \( -name '*.h5' -o -name '*.hdf5' \) -size -80k ;;
	tflite) find "$work/goldens" tests -name '*.tflite' -size -40k ;;
	model) find tests examples "$work/goldens" \( -name '*.json' -o -name '*.keras' -o -name '*.h5' -o -name '*.hdf5' -o -name '*.tflite' \) -size -40k ;;
	esac
}

# A few of every family of goldens: the archives themselves are no models.
mkdir -p "$work/goldens"
for family in tests/conformance/*.tar.gz; do
	tar -tzf "$family" | grep -E '\.(keras|h5|hdf5|tflite)$' | sed -n '1~12p' | tar -xzf "$family" -C "$work/goldens" -T - 2>/dev/null
done
for reader in $readers; do
	corpus=$work/corpus-$reader
	mkdir -p "$corpus"
	seeds "$reader" | sort | awk '{ printf "%d %s\n", NR, $0 }' | while read -r n seed; do cp "$seed" "$corpus/seed-$n"; done
done

# shellcheck disable=SC2016
printf '%s\n' $readers | xargs -P 2 -I READER sh -c 'cd "$1" && "./fuzz-READER" corpus-READER -seed=1 -max_total_time="$2" -timeout=25 \
	-rss_limit_mb=2048 -malloc_limit_mb=1024 -close_fd_mask=3 -print_final_stats=1 -artifact_prefix="$1/" >READER.log 2>&1
	echo $? >READER.status' fuzz "$work" "$seconds"

passed=0 failed=0
for reader in $readers; do
	if [ "$(cat "$work/$reader.status")" = 0 ]; then
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
