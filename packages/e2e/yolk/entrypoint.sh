#!/bin/bash
# As images for community eggs do it: the startup line comes in STARTUP, with {{NAME}} for the variables.
cd /home/container || exit 1
line=$(sed -e 's/{{/${/g' -e 's/}}/}/g' <<<"$STARTUP")
line=$(eval "cat <<END
$line
END")
echo ":/home/container$ $line"
# shellcheck disable=SC2086
eval exec $line
