#!/usr/bin/env bash
# What action.yml runs: gets the binary if it has to, compares with the base, annotates, and fills the step summary.
# The only network access is the download of a named release, whose checksum has to be given.
set -euo pipefail

work="${RUNNER_TEMP:-$(mktemp -d)}/linchpin"
mkdir -p "$work"

if [ "${VERSION:-none}" != none ]; then
    : "${SHA256:?give sha256 with version}" "${URL:?give url with version}"
    archive="linchpin-$VERSION-$(uname -m)-unknown-linux-gnu.tar.gz"
    curl --fail --silent --show-error --location --proto '=https' --output "$work/$archive" "$URL/v$VERSION/$archive"
    echo "$SHA256  $work/$archive" | sha256sum --check --quiet
    tar -xzf "$work/$archive" -C "$work"
    PATH="$work:$PATH"
fi

inputs=()
read -r -a paths <<< "${PATHS:-.}"
for path in "${paths[@]}"; do inputs+=(-m "$path"); done
read -r -a traces <<< "${TRACES:-}"
for path in "${traces[@]}"; do inputs+=(-t "$path"); done
read -r -a more <<< "${ARGS:-}"

base="${BASE:-${BASE_OF_PULL_REQUEST:-}}"
command=(scan)
if [ -n "$base" ]; then
    # A shallow checkout lacks the base: its commit alone is fetched, from where the checkout came from.
    git cat-file -e "$base^{commit}" 2>/dev/null || git fetch --quiet --no-tags --depth=1 origin "$base" || true
    command=(gate --base "$base")
fi

sarif="$work/linchpin.sarif" comment="$work/linchpin.md"
rm -f "$sarif" "$comment"
verdict=0
linchpin "${command[@]}" "${inputs[@]}" "${more[@]}" \
    -o text=- -o github=- -o "sarif=$sarif" -o "markdown=$comment" || verdict=$?

if [ -n "${GITHUB_STEP_SUMMARY:-}" ] && [ -f "$comment" ]; then cat "$comment" >> "$GITHUB_STEP_SUMMARY"; fi
if [ -n "${GITHUB_OUTPUT:-}" ]; then
    printf 'sarif=%s\ncomment=%s\nverdict=%s\n' "$sarif" "$comment" "$verdict" >> "$GITHUB_OUTPUT"
fi
exit "$verdict"
