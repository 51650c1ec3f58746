/** How packages come onto a host. */

/** invoke-rc.d(8) asks it whether a daemon may be started. */
export const GUARD = '/usr/sbin/policy-rc.d';

/** A line of our guard. Many hosts have one of their own that looks the same otherwise. */
export const OURS = '# nubo installs packages';

const RESTORE = `restore() { rm -f "$guard"; [ ! -e "$kept" ] || mv -f "$kept" "$guard"; }
if grep -qsxF '${OURS}' "$guard" || [ -e "$kept" ]; then restore; fi`;

/** POSIX shell: `$1` is {@link GUARD}. Takes away the guard that an installation left which was killed. */
export const RESTORE_GUARD = `guard=$1; kept=$1.nubo-kept
${RESTORE}`;

/**
 * POSIX shell: `$1` is {@link GUARD}, the rest are packages. With a guard that exits with 101 ("forbidden") packages come in
 * without starting their daemons; what was there before is put back, also by the next run after a kill.
 */
export const GUARDED_INSTALL = `guard=$1; kept=$1.nubo-kept; shift
${RESTORE}
[ ! -e "$guard" ] || mv "$guard" "$kept" || exit 1
trap restore EXIT; trap 'exit 1' HUP INT TERM
printf '#!/bin/sh\\n${OURS}\\nexit 101\\n' >"$guard" && chmod 755 "$guard" || exit 1
export DEBIAN_FRONTEND=noninteractive
apt-get -q update >/dev/null
apt-get -q -y -o DPkg::Lock::Timeout=120 --no-install-recommends install "$@" </dev/null`;
