#!/bin/sh
# Installs into build/oracle what others wrote and our tests compare with when it is there. Nothing
# needs it: make check without it reports these comparisons as skipped.
# usage: tools/oracles.sh [npm] [pip] [cargo]    (all)
set -u
cd "$(dirname "$0")/.." || exit 2
mkdir -p build/oracle
[ $# -gt 0 ] || set -- npm pip cargo
for kind; do
	case $kind in
	npm)
		npm install --prefix build/oracle --no-audit --no-fund --silent \
			@microsoft/sarif-multitool@5.7.0 yaml-language-server aws-cdk-lib \
			@aws-cdk/cloudformation-diff @cloud-copilot/iam-simulate@0.1.173 ;;
	pip)
		python3 -m venv build/oracle/python &&
			build/oracle/python/bin/pip install -q cfn-lint kiwi==10.3.0 ;;
	cargo)
		for crate in nitro-tpm-pcr-compute coldsnap; do
			cargo install --locked --root build/oracle "$crate"
		done ;;
	esac || echo "oracles: no $kind here"
done
