# suite.sh: what the suites' scripts have in common; sourced.  Sets work (a folder of its own, removed at the end).
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
HOME=$work    # no test needs or touches its user's own
export HOME
passed=0 failed=0 skipped=0

ok() { # TEXT COMMAND...: one test
	text=$1
	shift
	if "$@" >"$work/log" 2>&1; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAILED: $text: $*"
		tail -n 20 "$work/log" | sed 's/^/    /'
	fi
}
skip() { # WHAT AND WHY
	skipped=$((skipped + 1))
	echo "skipped: $1"
}
closing() {
	echo "$passed passed, $failed failed, $skipped skipped"
	[ "$failed" = 0 ]
}
