# make help lists the targets.

PREFIX ?= /usr/local
PACKAGES = jackd2 libjack-jackd2-dev liblo-dev liblo-tools libsndfile1-dev libsoxr-dev libmysofa-dev libkissfft-dev \
  libedit-dev libsoup-3.0-dev lv2-dev pkg-config chrpath
# For the tests alone: nobody's sound should be PipeWire's because Weft was built.
TEST_PACKAGES = pipewire-jack jalv sordi lilv-utils
# jack_rec and jack_lsp: in jackd2, or in a package of their own where the system has one.
IF_AVAILABLE = jack-example-tools
# The instruction-set level that is built for: this machine's, unless WEFT_ARCH=x86-64-v2 or x86-64-v3 is given.
ifndef WEFT_ARCH
WEFT_ARCH := $(shell grep -qw avx2 /proc/cpuinfo 2>/dev/null && echo x86-64-v3 || echo x86-64-v2)
endif
export WEFT_ARCH
OTHER_ARCH = $(if $(filter x86-64-v3,$(WEFT_ARCH)),x86-64-v2,x86-64-v3)
SWIFT_BUILD = swift build -c release
WEFT = .build/release/weft

help: ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

play: build ## Build, then play the first example on JACK
	@command -v weft >/dev/null || echo 'The command weft in other terminals: sudo make install,' \
	  'or export PATH="$(CURDIR)/.build/release:$$PATH"'
	$(WEFT) play --web $(firstword $(sort $(wildcard Patches/*.json)))

demo: build ## Build, then play the guided minute: a patch is edited while it plays
	$(WEFT) demo

build: packages ## Build the program
	@command -v swift >/dev/null || { echo "make: Swift 6.3 or later is missing: https://www.swift.org/install/linux"; exit 1; }
	@start=$$(date +%s); [ -e $(WEFT) ] || echo "Building for $(WEFT_ARCH): several minutes at first"; \
	$(SWIFT_BUILD) && Sources/Install/prepare .build/release && echo "Built in $$(($$(date +%s) - start)) s: $(WEFT)"

build-both: build ## Build for both processor levels, x86-64-v2 and x86-64-v3; make install installs both
	for product in weft weft-web weft-c weft-lv2; do \
	  WEFT_ARCH=$(OTHER_ARCH) $(SWIFT_BUILD) --product $$product --scratch-path .build-other || exit 1; \
	done
	Sources/Install/prepare .build/release .build-other/release

test: PACKAGES += $(TEST_PACKAGES)
test: packages ## Check the style, build, run every test; ends with the minutes of each part
	Tests/run test-style test-build test-suite test-page test-python test-fuzz

test-long: packages ## Races under ThreadSanitizer, damaged input and leaks under AddressSanitizer, a package by URL
	Tests/run tsan test-asan test-leaks test-consumer

test-style:
	swift format lint --strict --recursive Sources Modules Tests Benchmarks Package.swift

test-build:
	$(SWIFT_BUILD) --build-tests

test-suite:
	swift test -c release --skip-build

test-consumer: ## Build and run a package that depends on this one by its git URL
	Tests/consumer

PAGE_PYTHON = .build/page/bin/python

page-python: PACKAGES += chromium python3-venv
page-python: build
	[ -x $(PAGE_PYTHON) ] || python3 -m venv .build/page
	$(PAGE_PYTHON) -m pip install -q -r Tests/Page/requirements.txt

test-page: page-python ## Drive the page in chromium, as mouse, keyboard and touch do (installs chromium and playwright)
	$(PAGE_PYTHON) -m pytest Tests/Page

TEST_PYTHON = .build/python/bin/python

test-python: PACKAGES += gcc iproute2 python3-venv valgrind
test-python: build ## Test the C library and the Python package: pytest, doctests, mypy --strict
	[ -x $(TEST_PYTHON) ] || python3 -m venv .build/python
	$(TEST_PYTHON) -m pip install -q -r Tests/Python/requirements.txt
	$(TEST_PYTHON) -m pip install -q dawdreamer || echo "make: no DawDreamer for this Python; plug-ins are not tried in it"
	$(TEST_PYTHON) -m pytest -q Tests/Python

bench-python: build ## Measure the Python package beside weft render, DawDreamer and pedalboard (installs them)
	[ -x $(TEST_PYTHON) ] || python3 -m venv .build/python
	$(TEST_PYTHON) -m pip install -q -r Tests/Python/requirements.txt dawdreamer pedalboard
	WEFT_LIBRARY=$(CURDIR)/.build/release/libweft-c.so PYTHONPATH=Sources/Python $(TEST_PYTHON) Benchmarks/Python/run.py

wheel: PACKAGES += python3-venv patchelf
wheel: build-both ## Make a Python wheel that needs no Swift: .build/wheel/weft-VERSION-py3-none-manylinux_…whl
	[ -x $(TEST_PYTHON) ] || python3 -m venv .build/python
	$(TEST_PYTHON) -m pip install -q build auditwheel
	rm -rf .build/wheel
	$(TEST_PYTHON) -m build -q --wheel --outdir .build/wheel/unrepaired Sources/Python
	$(TEST_PYTHON) -m auditwheel repair --wheel-dir .build/wheel .build/wheel/unrepaired/*.whl
	rm -r .build/wheel/unrepaired
	ls -l .build/wheel/*.whl

screenshot: page-python ## Write the picture of the page that the README shows: Tests/Page/page.png
	$(PAGE_PYTHON) -m pytest Tests/Page/test_picture.py --update

bench-page: page-python ## Measure the page in chromium: first paint, frames a second, delays, its cost on the engine
	$(PAGE_PYTHON) -m pip install -q JACK-Client
	$(PAGE_PYTHON) Benchmarks/Page/run.py

test-fuzz:
	.build/release/weft-fuzz modules --count 200
	.build/release/weft-fuzz commands midi --count 20000

test-asan:
	$(ASAN_BUILD)
	$(ASAN_ENV) .build-asan/debug/weft-fuzz packets commands patches --count 5000
	$(ASAN_ENV) .build-asan/debug/weft-fuzz scores midi sounds songs tunings --count 500

# The program itself: a release build. In a debug build the table of the command line is made at run time, and the lists
# that its enumerations hold by tagged pointers are taken for leaks.
test-leaks: build
	$(ASAN_SWIFT) -c release --product weft
	$(ASAN_SOAK) WEFT=.build-asan/release/weft .build/release/weft-soak 1 .build/asan.svg

tsan: packages ## Edits while the audio thread plays, under ThreadSanitizer
	WEFT_TESTS=EngineTests WEFT_SANITIZER=thread SWIFT_BACKTRACE=enable=no TSAN_OPTIONS="halt_on_error=1 $$TSAN_OPTIONS" \
	  swift test --sanitize=thread -c release --scratch-path .build-tsan --filter Race

# The programs under sanitizers are built by themselves: the whole test suite would take minutes. A debug build finds more, and
# is built sooner; a release build is a good ten times as fast.
ASAN_SWIFT = WEFT_TESTS= WEFT_SANITIZER=address swift build --sanitize=address -Xswiftc -use-ld=lld \
  --scratch-path .build-asan
ASAN_BUILD = $(ASAN_SWIFT) --product weft-fuzz
ASAN_ENV = SWIFT_BACKTRACE=enable=no ASAN_OPTIONS=detect_leaks=1:detect_stack_use_after_return=0
ASAN_SOAK = $(ASAN_ENV):quarantine_size_mb=1:thread_local_quarantine_size_kb=64
PACKETS ?= 1000000
FILES ?= 100000
SEED ?= 1

fuzz: packages ## Damaged packets, patches, scores, MIDI, sounds, tunings; PACKETS=n FILES=n SEED=n
	$(ASAN_BUILD) -c release
	$(ASAN_ENV) .build-asan/release/weft-fuzz packets commands --count $(PACKETS) --seed $(SEED)
	$(ASAN_ENV) .build-asan/release/weft-fuzz patches scores midi sounds songs tunings --count $(FILES) --seed $(SEED)

MINUTES ?= 10

soak: build ## Edits, notes, recordings and clients without a pause; MINUTES=n; draws .build/soak.svg
	.build/release/weft-soak $(MINUTES) .build/soak.svg

COMMITS ?= 10000
SECONDS ?= 60

storm: packages ## Random commits against the ideal mix; fifty a second on JACK; COMMITS=n SECONDS=n WEFT_REALTIME=1
	$(SWIFT_BUILD) --build-tests
	WEFT_COMMITS=$(COMMITS) swift test -c release --skip-build --filter IdealMixTests
	WEFT_COMMITS=$(COMMITS) swift test -c release --skip-build --filter IdealJackTests
	WEFT_SOAK=$(SECONDS) swift test -c release --skip-build --filter soakOfFiftyCommits

EDITS ?= 10000

edits: packages ## Clients over UDP, TCP and WebSocket edit one patch: their copies stay equal to it; EDITS=n
	$(SWIFT_BUILD) --build-tests
	WEFT_EDITS=$(EDITS) swift test -c release --skip-build --filter WebCopyTests

COUNT ?= 1000

kill-test: packages ## kill -9 at random during edits of patches of 10, 400 and 4,000 nodes; COUNT=n
	$(SWIFT_BUILD) --build-tests
	WEFT_KILLS=$(COUNT) swift test -c release --skip-build --filter KillTests

rtsan: build ## The soak with the program itself under RealtimeSanitizer; MINUTES=n
	WEFT_SANITIZER=realtime $(SWIFT_BUILD) --scratch-path .build-rtsan --product weft
	WEFT=.build-rtsan/release/weft .build/release/weft-soak $(MINUTES) .build/rtsan.svg

flood: build ## 50,000 messages a second for a minute
	.build/release/weft-soak flood 60

asan: build ## Damaged packets, patches, random edits and a minute of the soak under AddressSanitizer; leaks at exit
	WEFT_SANITIZER=address SWIFT_BACKTRACE=enable=no \
	  swift test --sanitize=address --disable-xctest -c release -Xswiftc -use-ld=lld --scratch-path .build-asan \
	  --filter 'damagedPackets|HundredThousandMutations|EditStorm'
	$(MAKE) test-leaks

bench: build ## Measure: modules, compiling, swapping, latency, start, memory
	.build/release/weft-bench all

bench-instructions: PACKAGES += valgrind
bench-instructions: build ## Instructions per voice and sample, counted; fails above the gate
	Benchmarks/instructions

bench-peers: build ## Side by side with scsynth, Csound, Pure Data and Faust (installs them)
	Benchmarks/Peers/run --install

bench-modules: build ## What each module costs beside the same unit of scsynth (installs it)
	Benchmarks/Peers/modules --install

bench-sound: build ## How it sounds, by numbers and plots, beside the same peers
	Benchmarks/Sound/run --plots Benchmarks/Sound/plots

linked: build ## What the program is linked with: file, package, version
	@Sources/Install/linked

install: ## Install what is built under PREFIX (/usr/local), below DESTDIR; needs neither Swift nor the network
	@PREFIX="$(PREFIX)" DESTDIR="$(DESTDIR)" Sources/Install/install

deb: PACKAGES += dpkg-dev
deb: build-both ## Make a Debian package that needs no Swift: .build/weft_VERSION_amd64.deb
	Sources/Install/deb

deb-test: PACKAGES += debootstrap
deb-test: packages ## Install that package in a new Debian system without Swift, play there, remove it; needs root
	Sources/Install/deb-test

uninstall: ## Remove what install has put there
	@PREFIX="$(PREFIX)" DESTDIR="$(DESTDIR)" Sources/Install/uninstall

# Asks apt only where something is missing; jackd2 would ask about real-time priorities: it must not.
packages:
	@missing=""; for package in $(PACKAGES); do \
	  dpkg-query -W -f='$${Status}' $$package 2>/dev/null | grep -q 'ok installed' || missing="$$missing $$package"; \
	done; \
	if [ -n "$$missing" ]; then \
	  echo "Installing$$missing"; \
	  sudo=""; [ "$$(id -u)" = 0 ] || sudo="sudo"; \
	  $$sudo apt-get update -qq || exit 1; \
	  for package in $(IF_AVAILABLE); do \
	    apt-cache show $$package >/dev/null 2>&1 && missing="$$missing $$package"; \
	  done; \
	  quiet=-qq; [ ! -t 1 ] || quiet=""; \
	  $$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y $$quiet --no-install-recommends $$missing; \
	fi

.PHONY: help play demo build test test-long test-style test-build test-suite test-fuzz test-asan test-leaks test-consumer test-python wheel bench-python page-python test-page screenshot bench-page tsan rtsan asan fuzz soak storm edits flood kill-test linked bench bench-instructions bench-peers \
  bench-modules bench-sound build-both install uninstall deb deb-test packages
