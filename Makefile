# What is done with the project. "make" alone lists the targets.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# As the released program is built; a compile with and one without cgo share nothing.
export CGO_ENABLED := 0
BUILD := go build -trimpath -buildvcs=auto -ldflags "-s -w"
# How long each fuzz target runs with "make fuzz".
FUZZTIME ?= 60s
# Where all real parts are installed (CI), a test that skips is a failure.
ALL := $(if $(filter true,$(CI)),-all)
# Packages tested at once, and tests of one: one more than there are processors, as many
# wait for servers and time limits; with more, those with time limits of their own would fail.
ATONCE := $(shell expr 1 + $$(getconf _NPROCESSORS_ONLN))

.PHONY: help check test race build page dist bench peers fuzz changelog clean

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile | expand -t 8

# The compiler and the analysers need a third less time where they collect garbage less
# often. Not so make test: some of it holds how much memory is taken.
check race: export GOGC := 400

check: ## format, vet, staticcheck, dead code, tidy, order of rooms, sizes
	.ci/tools
	@unformatted=$$(bin/gofumpt -l .); if [ -n "$$unformatted" ]; then echo "not formatted, run bin/gofumpt -w: $$unformatted"; exit 1; fi
	go vet ./...
	GOOS=windows go vet $$(.ci/windows)
	bin/staticcheck ./...
	GOOS=windows bin/staticcheck $$(.ci/windows)
	.ci/deadcode
	go mod tidy -diff
	go mod verify
	go test -count=1 ./internal/layers

# What takes longest is begun first, with what computes beside what waits for servers and
# time limits: else the last of it would run alone.
FIRST := recipe servers samba collector page contract sshd apply lab

# "make check" has vetted the code, so that the tests need not.
test: ## install the real parts (as root), then run every test
	.ci/packages
	@mkdir -p bin
	go build -o bin/summary ./internal/testkit/summary
	go test -json -vet=off -timeout 19m -p $(ATONCE) -parallel $(ATONCE) ./internal/probe $(addprefix ./test/,$(FIRST)) ./internal/cli ./... | bin/summary $(ALL)
	$(MAKE) --no-print-directory race

# Of the command line its interrupts and those stories in which something is done at
# once: the race detector makes minutes of the others.
ALONE := TestScripts/(accounts|badlists|callers-lint|collector|completion|config|diff|errors|feed|gpresult|help|hosts|lang|lint|man|output|proxy|regimport|sanitise|seen|servicesnew|unreadable|version|with)$$
race: ## the packages with goroutines under the race detector (needs a C compiler)
	@if command -v gcc >/dev/null; then export CGO_ENABLED=1; \
		go test -race -vet=off ./internal/survey ./internal/source ./internal/source/gather ./internal/source/files ./internal/source/remote ./internal/document; \
		go test -race -vet=off -run 'TestScripts|TestFirstInterrupt' -skip '$(ALONE)' ./internal/cli; \
	else echo "not run: -race needs gcc"; fi

build: ## the program for this machine, in bin/
	$(BUILD) -o bin/ ./cmd/tlsready

page: ## the check for a browser: dist/tlsready.html (needs xz)
	go run ./internal/page/pack -o dist/tlsready.html

dist: ## zip files for windows/amd64, windows/arm64 and linux/amd64 with SHA256SUMS, in dist/
	.ci/dist

bench: ## every benchmark once, with allocations
	go test -run '^$$' -bench . -benchtime 1s -benchmem ./...

peers: ## tlsready probe and the reading of captures beside other tools, with figures (Linux; takes twenty minutes)
	go run ./test/peers
	go run ./test/peers/watch

fuzz: ## every fuzz target for FUZZTIME (60s)
	@for package in $$(go list ./...); do \
		for target in $$(go test -list '^Fuzz' $$package | grep '^Fuzz' || true); do \
			echo "$$package $$target"; \
			go test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) $$package; \
		done; \
	done

changelog: ## move the entries of changelog.d into CHANGELOG.md, before a release
	go run ./internal/testkit/changelog

clean: ## remove bin/ and dist/
	rm -rf bin dist
