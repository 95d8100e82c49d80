# Sourced by both runs, in the plugin's folder, with $node set and $target the folder of cargo: compiles TypeScript, builds
# the addon as it is published ($OCP_ADDON), and the program ($OCP_PROGRAM).

# The compiler of TypeScript, as package.json pins it.
[ -x node_modules/.bin/tsc ] || npm install --no-audit --no-fund --no-package-lock --silent
node_modules/.bin/tsc
OCP_ADDON=$("$node" build.mjs --portable)
cargo build --quiet --profile quick -p openclaw-prometheus-cli --manifest-path ../Cargo.toml
export OCP_ADDON OCP_PROGRAM=$target/quick/openclaw-prometheus
