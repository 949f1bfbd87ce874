#!/bin/sh
# Tries the routes of a running service with whatever fits and does not fit their description:
#   SCHEMATHESIS=…/bin/st TOKEN=… schemathesis.sh http://127.0.0.1:3030 [more arguments]
# The stream of events never ends, so it is left out.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
address=$1
shift
# It keeps notes of its runs where it stands.
notes=$(mktemp -d)
trap 'rm -rf "$notes"' EXIT
cd "$notes"
"${SCHEMATHESIS:-st}" --config-file "$here/schemathesis.toml" run "$address/openapi.json" \
  --header "Authorization: Bearer $TOKEN" --exclude-path /whatsapp/events \
  --generation-database none --seed 1 --max-examples 50 --warnings off --no-color "$@"
