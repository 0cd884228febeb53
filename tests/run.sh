#!/bin/sh
# run.sh: every test that make test runs; sums the suites' closing lines into one.
# SUITES names those to run beside the unit tests; default: all.
# A suite is a script that ends in "N passed, N failed" (", N skipped"); what it lacks it reports as skipped by name.
set -u
unset MAKEFLAGS MFLAGS MAKELEVEL    # tests that call make start anew
cd "$(dirname "$0")/.."
build=${BUILD:-build}
binary=$build/conv1dc
log=$build/test-logs
mkdir -p "$log"
passed=0 failed=0 skipped=0

count() { # NAME LOG STATUS: reads the closing line
	line=$(grep -E '^[0-9]+ passed, [0-9]+ failed' "$2" | tail -n 1)
	p=$(echo "$line" | sed -n 's/^\([0-9]*\) passed.*/\1/p')
	f=$(echo "$line" | sed -n 's/.* \([0-9]*\) failed.*/\1/p')
	s=$(echo "$line" | sed -n 's/.* \([0-9]*\) skipped.*/\1/p')
	if [ -z "$p" ] || { [ "$3" -ne 0 ] && [ "$f" = 0 ]; }; then
		p=${p:-0} f=$((${f:-0} + 1))
		echo "$1: ended with status $3 and without a failed test to show" >&2
	fi
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + ${s:-0}))
	printf '%-28s %5d passed, %d failed%s\n' "$1" "$p" "$f" "${s:+, $s skipped}"
	if [ "$f" != 0 ]; then
		grep -vE '^\[ +(RUN|OK) ' "$2" | tail -n "${TEST_LOG_LINES:-60}" | sed 's/^/    /'
	else
		grep -E '^skipped' "$2" | sed 's/^/    /'
	fi
}

for test in "$build"/tests/test_*; do
	case $test in *.d | *.o) continue ;; esac
	[ -x "$test" ] || continue
	name=$(basename "$test")
	"$test" >"$log/$name" 2>&1
	status=$?
	ok=$(grep -c '^\[ *OK \]' "$log/$name")
	bad=$(grep -cE '^\[ *FAILED *\] [A-Za-z_]' "$log/$name")
	[ "$status" -ne 0 ] && [ "$bad" = 0 ] && bad=1
	echo "$ok passed, $bad failed" >>"$log/$name"
	count "unit/${name#test_}" "$log/$name" "$status"
done

for suite in ${SUITES:-golden windows malformed commands quantise tflite integers quantised placement cmake tune training page regress conformance variable emitted harness examples memory exhaustive models samebits}; do
	[ -f "tests/$suite/run.sh" ] || continue
	sh "tests/$suite/run.sh" "$binary" >"$log/$suite" 2>&1
	count "$suite" "$log/$suite" $?
done

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
