# lanes.sh: work side by side, what it says in a fixed order; sourced.
# JOBS: how many at a time; as many as there are processors unless it is said.
jobs=${JOBS:-$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1)}

# FOLDER COMMAND... <NAMES: runs COMMAND NAME for each name (a line without blanks) in the order of the lines.  What it says goes to
# FOLDER/NAME, its status and seconds to FOLDER/NAME.ended; prints each name when it is through.
side_by_side() {
	# shellcheck disable=SC2016
	xargs -P "$jobs" -n 1 sh -c '
		folder=$1
		shift
		for name; do :; done
		mkdir -p "$(dirname "$folder/$name")"
		rm -f "$folder/$name.ended"
		start=$(date +%s)
		"$@" >"$folder/$name" 2>&1 </dev/null
		echo "$? $(($(date +%s) - start))" >"$folder/$name.ended"
		echo "$name"' lanes "$@"
}

# NAMES <what side_by_side prints: the same names in this order, each as soon as it and all before it are through; those that
# never were come last.
in_order() {
	through=' '
	while [ $# -gt 0 ] && read -r name; do
		through="$through$name "
		while [ $# -gt 0 ]; do
			case $through in *" $1 "*) ;; *) break ;; esac
			echo "$1"
			shift
		done
	done
	for name; do echo "$name"; done
}
