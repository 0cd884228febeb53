#!/bin/sh
# run.sh: every test that make test runs, as many suites side by side as there are processors (JOBS=n: so many); sums their
# closing lines into one, and says before it what failed.
# SUITES names those to run beside the unit tests; default: all.
# A suite is a script that ends in "N passed, N failed" (", N skipped"); what it lacks it reports as skipped by name.
set -u
unset MAKEFLAGS MFLAGS MAKELEVEL    # tests that call make start anew
cd "$(dirname "$0")/.."
export BUILD="${BUILD:-build}"
if [ "${1:-}" = one ]; then
	case $2 in
	unit/*) exec "$BUILD/tests/test_${2#unit/}" ;;
	*) exec sh "tests/$2/run.sh" "$BUILD/conv1dc" ;;
	esac
fi
. tests/lanes.sh
log=$BUILD/test-logs
rm -rf "$log"
mkdir -p "$log"
passed=0 failed=0 skipped=0

count() { # NAME: reads the closing line of its log
	test=$log/$1
	read -r status seconds 2>/dev/null <"$test.ended" || status=none seconds=0
	case $1 in
	unit/*)
		ok=$(grep -c '^\[ *OK \]' "$test")
		bad=$(grep -cE '^\[ *FAILED *\] [A-Za-z_]' "$test")
		[ "$status" != 0 ] && [ "$bad" = 0 ] && bad=1
		echo "$ok passed, $bad failed" >>"$test"
		;;
	esac
	line=$(grep -E '^[0-9]+ passed, [0-9]+ failed' "$test" | tail -n 1)
	p=$(echo "$line" | sed -n 's/^\([0-9]*\) passed.*/\1/p')
	f=$(echo "$line" | sed -n 's/.* \([0-9]*\) failed.*/\1/p')
	s=$(echo "$line" | sed -n 's/.* \([0-9]*\) skipped.*/\1/p')
	if [ -z "$p" ] || { [ "$status" != 0 ] && [ "$f" = 0 ]; }; then
		p=${p:-0} f=$((${f:-0} + 1))
		echo "$1: ended with status $status and without a failed test to show" >&2
	fi
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + ${s:-0}))
	took=
	[ "$seconds" -lt 1 ] || took="  $seconds s"
	printf '%-28s %5d passed, %d failed%s%s\n' "$1" "$p" "$f" "${s:+, $s skipped}" "$took"
	if [ "$f" != 0 ]; then
		grep -vE '^\[ +(RUN|OK) ' "$test" | tail -n "${TEST_LOG_LINES:-60}" | sed 's/^/    /'
		sh tests/failures.sh "$test" | sed "s|^|failed: $1: |" >>"$log/failures"
	else
		grep -E '^skipped' "$test" | sed 's/^/    /'
	fi
}

units=
for test in "$BUILD"/tests/test_*; do
	case $test in *.d | *.o) continue ;; esac
	[ -x "$test" ] && units="$units unit/${test##*/test_}"
done
suites=
for suite in ${SUITES:-golden windows malformed commands quantise tflite integers quantised placement cmake tune training page regress conformance variable emitted harness examples memory exhaustive models samebits}; do
	[ -f "tests/$suite/run.sh" ] && suites="$suites $suite"
done
# The longest first, that no processor waits for one of them at the end.
first=
for suite in conformance emitted models samebits; do
	case " $suites " in *" $suite "*) first="$first $suite" ;; esac
done
rest=$(for suite in $suites; do case " $first " in *" $suite "*) ;; *) echo "$suite" ;; esac; done)

# shellcheck disable=SC2086
printf '%s\n' $units $first $rest | side_by_side "$log" sh tests/run.sh one | in_order $units $suites | {
	while read -r name; do count "$name"; done
	[ ! -s "$log/failures" ] || cat "$log/failures"
	echo "$passed passed, $failed failed, $skipped skipped"
	[ "$failed" = 0 ]
}
