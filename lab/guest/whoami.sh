#!/bin/sh
# http://<guest>/cgi-bin/whoami: which guest answered, and which client address it saw.
# busybox httpd writes IPv4 clients as [::ffff:a.b.c.d].
client=$(echo "$REMOTE_ADDR" | sed 's/[][]//g; s/^::ffff://')
printf 'Content-Type: text/plain\r\n\r\nhost=%s client=%s\n' "$(hostname)" "$client"
