#!/bin/sh
# Tries the routes of a running service with whatever fits and does not fit their description:
#   SCHEMATHESIS=…/bin/st TOKEN=… schemathesis.sh http://127.0.0.1:3030 [more arguments]
# The stream of events never ends, so it is left out.
set -eu
here=$(dirname "$0")
address=$1
shift
exec "${SCHEMATHESIS:-st}" --config-file "$here/schemathesis.toml" run "$address/openapi.json" \
  --header "Authorization: Bearer $TOKEN" --exclude-path /whatsapp/events \
  --generation-database none --seed 1 --max-examples 50 --warnings off --no-color "$@"
