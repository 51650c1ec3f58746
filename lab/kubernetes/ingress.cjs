// The ingress of the lab's cluster: asks the API twice a second which name leads to which Service, and passes requests on to its address.
// Usage: ingress.cjs PORT, with NUBO_LAB_API and NUBO_LAB_TOKEN.
const http = require('node:http');

const { NUBO_LAB_API: api, NUBO_LAB_TOKEN: token } = process.env;
const EVERY_MS = 500;
let ways = new Map();

async function items(path) {
  const response = await fetch(`${api}${path}`, { headers: { Authorization: `Bearer ${token}` } });
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return (await response.json()).items;
}

async function look() {
  const [ingresses, services] = await Promise.all([
    items('/apis/networking.k8s.io/v1/ingresses'),
    items('/api/v1/services'),
  ]);
  const addresses = new Map(
    services.map(({ metadata, spec }) => [`${metadata.namespace}/${metadata.name}`, spec.clusterIP]),
  );
  ways = new Map(
    ingresses.flatMap(({ metadata, spec }) =>
      spec.rules.map(({ host, http: { paths } }) => {
        const { name, port } = paths[0].backend.service;
        return [host, { host: addresses.get(`${metadata.namespace}/${name}`), port: port.number }];
      }),
    ),
  );
}

const again = () =>
  look()
    .catch((error) => console.error(error.message))
    .finally(() => setTimeout(again, EVERY_MS));
again();

http
  .createServer((request, response) => {
    const way = ways.get(request.headers.host?.split(':')[0]);
    if (!way?.host) return response.writeHead(404).end('no such ingress\n');
    const { method, url: path, headers } = request;
    const onward = http.request({ ...way, method, path, headers, agent: false }, (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    });
    onward.setTimeout(30_000, () => onward.destroy());
    onward.on('error', (error) =>
      response.headersSent ? response.destroy() : response.writeHead(502).end(`${error.message}\n`),
    );
    request.pipe(onward);
  })
  .listen(Number(process.argv[2]), '0.0.0.0');
