# conv1dc: make, make demo, make test; make help lists the others.
#
# Variables: CC, CFLAGS (optimisation and debugging only), BUILD (build folder), PREFIX, DESTDIR.

BUILD   ?= build
PREFIX  ?= /usr/local
CFLAGS  ?= -O2 -g
VERSION := $(shell sed -n 's/.*CONV1DC_VERSION "\(.*\)"/\1/p' generator/base/base.h)

# The interpreter's arithmetic is the definition: the same guards as the emitted code.
STRICT  := -std=c11 -D_POSIX_C_SOURCE=200809L -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror \
           -ffp-contract=off -fno-fast-math
INCLUDE  = -Igenerator -I. -I$(BUILD)
PACKAGES := libcjson lua5.4 hdf5 libzip libmd
PACKAGE_CFLAGS = $(patsubst -I%,-isystem %,$(shell pkg-config --cflags $(PACKAGES) 2>/dev/null))
PACKAGE_LIBS   = $(shell pkg-config --libs $(PACKAGES) 2>/dev/null) -lm

ROOMS     := base graph layers eval load passes kernels targets plan emit judge report
SOURCES   := $(sort $(foreach room,$(ROOMS),$(wildcard generator/$(room)/*.c)))
OBJECTS   := $(SOURCES:%.c=$(BUILD)/%.o) $(BUILD)/embedded.o
MAIN      := $(sort $(wildcard generator/*.c))
EMBEDDED  := $(sort $(wildcard templates/*.ct templates/*.lua templates/*/*.ct templates/*/*.lua runtime/*.h))
UNIT      := $(patsubst tests/unit/%.c,$(BUILD)/tests/%,$(sort $(wildcard tests/unit/test_*.c)))

.PHONY: all demo test install clean help
all: $(BUILD)/conv1dc

$(BUILD)/conv1dc: $(MAIN:%.c=$(BUILD)/%.o) $(BUILD)/libconv1dc.a
	@echo '  LD  $@'
	@$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(PACKAGE_LIBS)

$(BUILD)/libconv1dc.a: $(OBJECTS)
	@rm -f $@
	@$(AR) rcs $@ $^

$(BUILD)/%.o: %.c | $(BUILD)/.packages
	@mkdir -p $(@D)
	@echo '  CC  $<'
	@$(CC) $(STRICT) $(CFLAGS) $(INCLUDE) $(PACKAGE_CFLAGS) -MMD -MP -c -o $@ $<

# The activations where subnormals are flushed: made of the same text.
$(BUILD)/flush: tools/flush.c
	@mkdir -p $(@D)
	@echo '  CC  $<'
	@$(CC) $(STRICT) $(CFLAGS) -o $@ $<
$(BUILD)/activations_flushed.h: $(BUILD)/flush runtime/activations.h
	@echo '  FLUSH  runtime/activations.h'
	@$(BUILD)/flush < runtime/activations.h > $@.new
	@mv $@.new $@
$(BUILD)/generator/layers/activation.o: $(BUILD)/activations_flushed.h

$(BUILD)/embedded.o: $(BUILD)/embedded.c
	@$(CC) $(STRICT) $(CFLAGS) $(INCLUDE) -c -o $@ $<
$(BUILD)/embedded.c: $(EMBEDDED) tools/embed.sh
	@mkdir -p $(@D)
	@echo '  EMBED  templates runtime'
	@sh tools/embed.sh $(EMBEDDED) > $@.new
	@mv $@.new $@

-include $(OBJECTS:.o=.d) $(MAIN:%.c=$(BUILD)/%.d) $(UNIT:=.d)

# ---- what the machine lacks ----------------------------------------------------------------------
$(BUILD)/.packages:
	@mkdir -p $(BUILD)
	@sh tools/packages.sh check build
	@touch $@
.PHONY: packages-build packages-demo packages-test packages-ci
packages-%:
	@sh tools/packages.sh install $*

# ---- tests ------------------------------------------------------------------------------------------
CMOCKA = $(shell pkg-config --libs cmocka 2>/dev/null)
# Tests leave out the fields of configs that no key sets.
$(BUILD)/tests/%: tests/unit/%.c $(BUILD)/libconv1dc.a
	@mkdir -p $(@D)
	@echo '  TEST  $<'
	@$(CC) $(STRICT) -Wno-missing-field-initializers $(CFLAGS) $(INCLUDE) $(PACKAGE_CFLAGS) -MMD -MP -MF $@.d -o $@ $< $(BUILD)/libconv1dc.a $(PACKAGE_LIBS) $(CMOCKA)

# Random models: a program of several files.
MODELS := $(patsubst %.c,$(BUILD)/%.o,$(filter-out tests/models/drive.c,$(wildcard tests/models/*.c)))
$(BUILD)/tests/models/models: $(MODELS) $(BUILD)/libconv1dc.a
	@echo '  LD  $@'
	@$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(PACKAGE_LIBS)
-include $(MODELS:.o=.d)
# A corpus of models as C for every target: the drafts of random models, and what hashes their outputs.
CORPUS := $(patsubst %.c,$(BUILD)/%.o,tests/samebits/corpus.c tests/samebits/shapes.c \
	$(filter-out %/models.c %/drive.c %/trial.c %/reduce.c %/write_keras.c,$(wildcard tests/models/*.c)))
$(BUILD)/tests/samebits/corpus: $(CORPUS) $(BUILD)/libconv1dc.a
	@echo '  LD  $@'
	@$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(PACKAGE_LIBS)
-include $(CORPUS:.o=.d)
# Random quantised layers as C, and what the interpreter makes of them.
LAYERS := $(BUILD)/tests/integers/layers.o $(BUILD)/tests/models/pieces.o
$(BUILD)/tests/integers/layers: $(LAYERS) $(BUILD)/libconv1dc.a
	@echo '  LD  $@'
	@$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(PACKAGE_LIBS)
-include $(LAYERS:.o=.d)

.PHONY: unit check-all demo-run
unit: $(UNIT) $(BUILD)/tests/models/models $(BUILD)/tests/samebits/corpus $(BUILD)/tests/integers/layers
# What make test does once nothing is missing.
check-all: all unit
	@BUILD=$(BUILD) sh tests/run.sh
test: packages-test
	@$(MAKE) --no-print-directory check-all

demo: packages-demo
	@$(MAKE) --no-print-directory all
	@$(MAKE) --no-print-directory -C examples/ecg CONV1DC=$(abspath $(BUILD))/conv1dc demo

# ---- the long ones ---------------------------------------------------------------------------------------
# Unit tests, readers, goldens and every third case of conformance with a tool built with the sanitizers: what is judged is the
# generator, so that emitted code, which has its own tests, is not built again.
.PHONY: sanitize fuzz
sanitize: packages-test
	@SUITES='golden malformed tflite quantise regress conformance' TAKE=3 BUILD_EMITTED=no WAYS='rows3 avx2 avx512 neon' $(MAKE) --no-print-directory BUILD=build-sanitize \
		CFLAGS='-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer' check-all

# What is emitted for microcontrollers, on their instruction sets under QEMU; variables: tests/firmware/all.sh, run.sh.
.PHONY: test-firmware
test-firmware:
	@sh tools/packages.sh install firmware
	@$(MAKE) --no-print-directory all
	sh tests/firmware/all.sh $(BUILD)/conv1dc

.PHONY: bench bench-doc bench-textbook test-exhaustive
# All 2^32 inputs of every activation: minutes each.
test-exhaustive: packages-test
	@$(MAKE) --no-print-directory all
	sh tests/exhaustive/run.sh $(BUILD)/conv1dc 1
# Emitted code against oneDNN, LiteRT and onnxruntime; variables: tests/bench/run.sh.
PYTHON ?= python3
bench:
	-@sh tools/packages.sh install bench
	@$(MAKE) --no-print-directory all
	@PYTHON='$(PYTHON)' sh tests/bench/run.sh $(BUILD)/conv1dc $(BUILD)/bench
# What each tile of a vector kernel reaches, with gcc and clang: the rows of generator/targets/tiles.def.
.PHONY: tiles
tiles: packages-test
	@$(MAKE) --no-print-directory all
	@TARGETS='$(TARGETS)' COMPILERS='$(COMPILERS)' sh tests/bench/tiles/run.sh $(BUILD)
# docs/performance.md and its drawings from the last run of make bench.
bench-doc:
	sh tests/bench/publish.sh $(BUILD)/bench docs
# What the tool and gcc cost as models grow; c99 output against the textbook loop.
bench-textbook: packages-test
	@$(MAKE) --no-print-directory all
	sh tests/bench/textbook/run.sh $(BUILD)/conv1dc $(BUILD)/bench-textbook

# N random models of a seed, from number FIRST on: emitted code for TARGET (--fp FP) against the interpreter, bit for bit;
# BLOCK=3 RAM=least: with that plan; BLOCK alone: each layer by itself so many rows a call; INTEGERS=int8, int16: quantised.
N ?= 20000
SEED ?= 1
FIRST ?= 0
TARGET ?= c99
.PHONY: fuzz-models
fuzz-models: packages-test
	@$(MAKE) --no-print-directory all $(BUILD)/tests/models/models
	@sh tests/models/run.sh $(BUILD)/conv1dc $(N) $(SEED) $(FIRST) $(TARGET) "$(FP)" "$(BLOCK)" "$(RAM)" "$(INTEGERS)"
# A corpus of models compiled in every way for every target: one hash each, the interpreter's.  SEED, SHAPES, ... as in its run.sh.
.PHONY: same-bits
same-bits: packages-test
	@$(MAKE) --no-print-directory all $(BUILD)/tests/samebits/corpus
	@SEED=$(SEED) sh tests/samebits/run.sh $(BUILD)/conv1dc whole
# Faults planted in the generator: how many do the tests catch?  Hours for 500.
.PHONY: mutation
MUTANTS ?= 500
mutation: packages-ci
	@$(MAKE) --no-print-directory all
	python3 tests/mutation/mutate.py --n $(MUTANTS) --log $(BUILD)/mutants.tsv

FUZZ_SECONDS ?= 60
FUZZ_FLAGS = -std=gnu11 -O1 -g -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -ffp-contract=off
fuzz: packages-ci
	@mkdir -p build-fuzz/fuzz
	@$(MAKE) --no-print-directory BUILD=build-fuzz CC=clang \
		CFLAGS='-O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all' build-fuzz/libconv1dc.a
	@for reader in json npy archive hdf5 tflite model; do \
		clang $(FUZZ_FLAGS) $(INCLUDE) -DFUZZ="\"$$reader\"" -o build-fuzz/fuzz/fuzz-$$reader tests/fuzz/fuzz.c \
			build-fuzz/libconv1dc.a $(PACKAGE_LIBS) || exit 1; done
	sh tests/fuzz/run.sh build-fuzz $(FUZZ_SECONDS)

# ---- installation -------------------------------------------------------------------------------------
install: all
	install -d "$(DESTDIR)$(PREFIX)/bin" "$(DESTDIR)$(PREFIX)/share/man/man1" \
		"$(DESTDIR)$(PREFIX)/share/bash-completion/completions" \
		"$(DESTDIR)$(PREFIX)/share/pkgconfig" "$(DESTDIR)$(PREFIX)/share/cmake/conv1dc"
	install -m 755 $(BUILD)/conv1dc "$(DESTDIR)$(PREFIX)/bin/conv1dc"
	install -m 644 docs/conv1dc.1 "$(DESTDIR)$(PREFIX)/share/man/man1/conv1dc.1"
	install -m 644 completions/conv1dc "$(DESTDIR)$(PREFIX)/share/bash-completion/completions/conv1dc"
	sed 's|@PREFIX@|$(PREFIX)|; s|@VERSION@|$(VERSION)|' tools/conv1dc.pc.in \
		> "$(DESTDIR)$(PREFIX)/share/pkgconfig/conv1dc.pc"
	for file in conv1dc-config conv1dc-config-version; do \
		sed 's|@VERSION@|$(VERSION)|' tools/$$file.cmake.in > "$(DESTDIR)$(PREFIX)/share/cmake/conv1dc/$$file.cmake" || exit 1; done

# ---- cleanliness ----------------------------------------------------------------------------------------
# runtime/activations.h is laid out by hand: it is pasted into the output, 4 spaces and 88 columns.
FORMATTED = $(filter-out tests/golden/%,$(shell git ls-files 'generator/*.c' 'generator/*.h' 'tests/*.c' 'tests/*.h' 'examples/*.c'))
.PHONY: lint format tidy
lint:
	@sh tools/lint.sh
	@clang-format --dry-run --Werror $(FORMATTED)
tidy:
	@mkdir -p $(BUILD)
	cppcheck --quiet --error-exitcode=1 --std=c11 --enable=warning,performance,portability --inline-suppr \
		--suppress=unknownMacro -D__GNUC__=12 -j2 $(INCLUDE) $(SOURCES) $(MAIN)
	printf '%s\n' $(SOURCES) $(MAIN) | xargs -P2 -n4 sh -c 'clang-tidy --quiet --warnings-as-errors="*" "$$@" -- \
		-std=c11 -D_POSIX_C_SOURCE=200809L $(INCLUDE) $(PACKAGE_CFLAGS) 2>$(BUILD)/tidy.log' tidy
format:
	clang-format -i $(FORMATTED)

clean:
	rm -rf $(BUILD)

help:
	@echo 'make              build $(BUILD)/conv1dc'
	@echo 'make demo         compile, verify and run the ECG example; draws an SVG'
	@echo 'make test         every test that takes minutes at most'
	@echo 'make install      PREFIX=$(PREFIX) DESTDIR='
	@echo 'make bench        emitted code against oneDNN, LiteRT and onnxruntime (TARGETS= COMPILERS= LAYERS=W1,W4 QUICK=1 PYTHON=)'
	@echo 'make tiles        what each tile of a vector kernel reaches with gcc and clang: rows of tiles.def (TARGETS= COMPILERS=)'
	@echo 'make bench-doc    the last figures of make bench into docs/performance.md'
	@echo 'make bench-textbook    c99 output against the textbook loop; what compiling costs as models grow'
	@echo 'make test-exhaustive   every activation at all 2^32 inputs'
	@echo 'make fuzz         the loaders under a fuzzer (FUZZ_SECONDS=60 each)'
	@echo 'make fuzz-models  random models, emitted code against the interpreter (N=20000 SEED=1 FIRST=0 TARGET=c99)'
	@echo 'make same-bits    a corpus of models, compiled in every way for every target: the same hash (SEED=1)'
	@echo 'make mutation     faults planted in the generator (MUTANTS=500): what the tests catch'
	@echo 'make lint tidy format   what a commit has to pass'
