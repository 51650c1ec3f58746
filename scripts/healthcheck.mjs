/** `node healthcheck.mjs URL`: exit code 0 when a GET is answered with 2xx. For containers. */
const [url] = process.argv.slice(2);
const ok = await fetch(url, { redirect: 'error' }).then(
  (response) => response.ok,
  () => false,
);
process.exit(ok ? 0 : 1);
