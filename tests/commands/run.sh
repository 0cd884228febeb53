#!/bin/sh
# run.sh BINARY: the command line around a compilation: what the remake command says, what -MD names, and that nothing is
# written where standard output cannot take what is printed.
set -u
binary=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
here=$(cd "$(dirname "$0")" && pwd)
templates=$(cd "$here/../../templates" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
passed=0 failed=0 skipped=0

same() { # WHAT WANTED GOT
	if [ "$2" = "$3" ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		printf 'FAILED: %s: wanted\n%s\ngot\n%s\n' "$1" "$2" "$3"
	fi
}

# A layer without weights: open in all sizes, or in its steps, or in none.
cat >open.json <<-END
	{"class_name": "MaxPooling1D", "config": {"name": "p", "pool_size": 2}}
END
cat >steps.json <<-END
	{"class_name": "MaxPooling1D", "config": {"name": "p", "pool_size": 2, "batch_input_shape": [null, null, 2]}}
END
cat >fixed.json <<-END
	{"class_name": "MaxPooling1D", "config": {"name": "p", "pool_size": 2, "batch_input_shape": [null, 8, 2]}}
END

# ---- the remake command: options that change the output, in one order ----------------------------------------
remake() { # WANTED WORDS...
	wanted=$1
	shift
	"$binary" "$@" -o made >log 2>&1 || cat log
	same "remake of $*" "$wanted" "$(sed -n 's/^ \*     \(conv1dc .*\)/\1/p' made/*.h)"
	rm -r made
}
remake "conv1dc open.json --input-shape 8x2" open.json --input-shape 8x2
remake "conv1dc open.json --input-shape 8x2" open.json --steps 8 --input-shape 8x2
remake "conv1dc steps.json --steps 8" --steps=8 steps.json
remake "conv1dc steps.json --input-shape 8x2" steps.json --input-shape 8x2 --steps 8
remake "conv1dc fixed.json" fixed.json --input-shape 8x2 --steps 8 --keras 2 --fp separate --target c99 --prefix fixed
remake "conv1dc fixed.json --prefix other" "$work/fixed.json" --prefix other -q --color never
remake "conv1dc fixed.json" fixed.json --weights text
remake "conv1dc fixed.json --weights incbin" --weights=incbin fixed.json
remake "conv1dc fixed.json --weights embed --templates own" fixed.json --templates "$(mkdir own && echo own)" --weights embed
rmdir own
remake "conv1dc fixed.json --templates own" fixed.json --templates "$(mkdir own && echo own)"

# ---- a plan file -----------------------------------------------------------------------------------------------
cat >pool.plan <<-END
	{
	  "format": "conv1dc plan 1", "target": "sse2", "fp": "separate", "comment": "by hand",
	  "layers": [{ "layer": "p", "kernel": "pool1d" }]
	}
END
remake "conv1dc fixed.json --target sse2 --plan pool.plan" fixed.json --plan "$work/pool.plan"
"$binary" fixed.json --plan pool.plan -o made -MD >log 2>&1
same "-MD with --plan" "0 made/fixed.h made/fixed.c: fixed.json pool.plan" "$? $(cat made/fixed.d log)"
same "the plan's SHA-256" " *     $(sha256sum <pool.plan | cut -c 1-64)" "$(grep -A 1 'SHA-256 of pool.plan' made/fixed.c | tail -n 1)"
"$binary" fixed.json --plan pool.plan -o made --check >log 2>&1
same "--check with --plan" "0 " "$? $(cat log)"
echo '{"format": "conv1dc plan 1", "target": "sse2", "layers": []}' >empty.plan
"$binary" fixed.json --plan empty.plan -o made >log 2>&1
"$binary" fixed.json --target sse2 -o other >log 2>&1
for folder in made other; do sed '1,/^#include/d' $folder/fixed.c >$folder/code; done
same "a plan of no layer" "yes " "$([ -s made/code ] && echo yes) $(diff made/code other/code)"
rm -r made other

# ---- a name as long as a file's may be ------------------------------------------------------------------------
long=$(printf 'p%.0s' 1 2 3 4 5 6 7 8 9 10 11 12)
long=$long$long$long$long$long$long$long$long$long$long$long$long
"$binary" fixed.json --prefix "$long" -o long >log 2>&1
same "a prefix of ${#long} letters" "0 " "$? $(cat log)"

# ---- the dependency file: make reads every name ------------------------------------------------------------------
odd='a $b#:c.json'
cp fixed.json "$odd"
mkdir -p own/kernels
cp "$templates/model.h.ct" own
cp "$templates/kernels/common.ct" own/kernels
"$binary" "$odd" -o 'out dir' -MD -MP -MF odd.d --templates own >log 2>&1
same "-MD" "0 " "$? $(cat log)"
printf 'include odd.d\nout\\ dir/a__b__c.c:\n\t@echo '"'\$^'\n" >rules
if command -v make >/dev/null; then
	same "what make reads" "$odd own/kernels/common.ct own/model.h.ct" "$(make -s -B -f rules 'out dir/a__b__c.c' 2>&1)"
else
	skipped=$((skipped + 1))
	echo "skipped: the dependency file: make is not installed"
fi
"$binary" fixed.json -MD -o plain >log 2>&1
same "-MD without -MF" "plain/fixed.h plain/fixed.c: fixed.json" "$(cat plain/fixed.d)"

"$binary" fixed.json -MD -o plain --weights incbin >log 2>&1
same "-MD of three files" "plain/fixed.h plain/fixed.c plain/fixed_weights.S: fixed.json" "$(cat plain/fixed.d)"

# ---- reports --------------------------------------------------------------------------------------------------------
"$binary" "$here/page.json" --init 1 --max-ram 4K --max-flash 64K --report page.html -o made >log 2>&1
same "--report x.html (UPDATE=1 renews it)" "0 " "$? $(cat log)"
[ -n "${UPDATE:-}" ] && cp page.html "$here/page.html"
same "the page" "" "$(diff "$here/page.html" page.html | head -n 20)"
"$binary" "$here/page.json" --init 1 --report page.json -o made >log 2>&1
same "--report x.json" "0 1" "$? $(grep -c '"stack_bytes_estimate": [1-9]' page.json)"
rm -r made

# ---- budgets: status 1, nothing is written, and what is met is met exactly -----------------------------------------------
for way in "--max-ram 2047" "--max-flash 1K" "--max-stack 8"; do
	"$binary" "$here/page.json" --init 1 $way -o over --report over.html >log 2>&1
	same "$way" "1 1 no" "$? $(grep -c "more than ${way% *} " log) $(ls over over.html >/dev/null 2>&1 && echo yes || echo no)"
done
"$binary" "$here/page.json" --init 1 --max-ram 1K -o over --check >log 2>&1
same "--check --max-ram" "1 1" "$? $(grep -c 'error: the context takes' log)"
"$binary" "$here/page.json" --init 1 --target avx512 --max-stack 1K -o over >log 2>&1
same "--max-stack of a target without estimates" "2 1" "$? $(grep -c 'for the target avx512 takes is not known' log)"
"$binary" summary "$here/page.json" --init 1 --max-ram 1K >out 2>log
same "summary --max-ram" "1 1 1" "$? $(grep -c 'error: the context takes' log) $(grep -c 'Total params' out)"

# ---- several programs in one process: what one passes to its layers is not the next one's ------------------------------------
cat >two.json <<-END
	{"class_name": "Sequential", "config": {"name": "two", "layers": [
	  {"class_name": "Conv1D", "config": {"name": "wide", "filters": 8, "kernel_size": 3, "padding": "same", "batch_input_shape": [null, 64, 2]}},
	  {"class_name": "Conv1D", "config": {"name": "narrow", "filters": 1, "kernel_size": 1}}]}}
END
printf '%s\n' "two.json --init 1 --ram least" "two.json --init 1 --ram fastest" >rows.txt
"$binary" verify @rows.txt >log 2>&1
same "depth-first, then layer by layer" "0 0 failed" "$? $(sed -n 's/^.* passed, //p' log | tail -n 1)"

# ---- size: this machine's compiler; boards are for tests/firmware -----------------------------------------------------------
"$binary" size "$here/page.json" --init 1 --targets c99 --json >size.json 2>log
same "size --json" "0 1 2 0" "$? $(grep -c '"ram_bytes": 2048' size.json) $(grep -cE '"(text|rodata)_bytes": [1-9]' size.json) $(wc -l <log)"
"$binary" size "$here/page.json" --init 1 --targets c99 --max-ram 2047 >size.txt 2>log
same "size --max-ram" "1 1" "$? $(grep -c 'target c99: the context takes 2,048 bytes, 1 more than --max-ram 2047' log)"
"$binary" size "$here/page.json" --init 1 --targets c99,c98 >size.txt 2>log
same "size of an unknown target" "2 1" "$? $(grep -c "not 'c98'" log)"
"$binary" size "$here/page.json" --init 1 --targets c99 --fp fused >size.txt 2>log
same "size of a target that cannot" "3 1" "$? $(grep -c 'skipped: c99: it has no fused multiply-add' size.txt)"
(PATH=/nowhere "$binary" size "$here/page.json" --init 1 --targets cortex-m4f,rv32imc) >size.txt 2>log
same "size without tools" "3 2" "$? $(grep -c 'skipped: .*: there is no .* (Debian: apt-get install .*)' size.txt)"

# ---- large tables in a file of their own --------------------------------------------------------------------------
large=$here/../golden/apart
apart() { # FORM: writes to the folder of that name
	"$binary" "$large.json" "$large.npz" --weights "$1" -o "$1" -Wno-non-finite-weights >log 2>&1
	same "--weights $1" "0 $2" "$? $(ls "$1" | tr '\n' ' ' | sed 's/ $//')"
	"$binary" "$large.json" "$large.npz" --weights "$1" -o "$1" -Wno-non-finite-weights --check >log 2>&1
	same "--check --weights $1" "0 " "$? $(cat log)"
}
apart text "apart.c apart.h"
apart incbin "apart.c apart.h apart_weights.S"
apart embed "apart.c apart.h apart_weights.bin"
same "an unknown form" "conv1dc: error: --weights takes text|incbin|embed, not 'base64'" \
	"$("$binary" fixed.json --weights base64 2>&1 | head -n 1)"
dd if=/dev/zero of=embed/apart_weights.bin bs=1 seek=3 count=1 conv=notrunc 2>/dev/null
"$binary" "$large.json" "$large.npz" --weights embed -o embed -Wno-non-finite-weights --check >log 2>&1
same "--check sees a changed byte" "4 embed/apart_weights.bin: is not apart_weights.bin as conv1dc makes it" "$? $(cat log)"
sed 's/0xffc000017fc12345/0xffc000017fc12346/' incbin/apart_weights.S >changed && mv changed incbin/apart_weights.S
"$binary" "$large.json" "$large.npz" --weights incbin -o incbin -Wno-non-finite-weights --check >log 2>&1
same "--check sees a changed NaN" "4 1" "$? $(grep -c '^-.*0x7*f*fc000017fc12346' log)"

# ---- standard output that takes nothing -------------------------------------------------------------------------
refused() { # WHAT STATUS: of a command that could not print
	same "$1" "3 standard output: error: cannot be written" "$2 $(cat log)"
}
"$binary" fixed.json -d plan -o closed >&- 2>log
refused "-d with standard output closed" $?
same "nothing is written then" "" "$(ls closed 2>/dev/null)"
"$binary" summary fixed.json >&- 2>log
refused "summary with standard output closed" $?
"$binary" fixed.json --check -o absent >&- 2>log
refused "--check with standard output closed" $?
if [ -w /dev/full ]; then
	"$binary" fixed.json -d plan -o full >/dev/full 2>log
	refused "-d with a full disk" $?
	same "nothing is written then" "" "$(ls full 2>/dev/null)"
	"$binary" --help >/dev/full 2>log
	refused "--help with a full disk" $?
else
	skipped=$((skipped + 1))
	echo "skipped: a full disk: there is no /dev/full"
fi
"$binary" fixed.json -o quiet <&- >&- 2>&-
same "all streams closed" "0 fixed.c fixed.h" "$? $(ls quiet | tr '\n' ' ' | sed 's/ $//')"
"$binary" fixed.json -o open >log 2>&1
same "the same bytes then" "" "$(cmp quiet/fixed.c open/fixed.c 2>&1; cmp quiet/fixed.h open/fixed.h 2>&1)"

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
