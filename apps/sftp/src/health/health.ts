import { createServer, type Server } from 'node:http';
import { metricsText } from '@nubo/observability';

/** `/health/live`, `/health/ready`, `/metrics`, as the other services have them. Resolves when it listens. */
export function startHealth(host: string, port: number): Promise<Server> {
  const server = createServer((request, response) => {
    const path = request.url?.split('?')[0];
    if (path === '/metrics')
      void metricsText().then(({ contentType, body }) =>
        response.writeHead(200, { 'content-type': contentType }).end(body),
      );
    else if (path && /^\/health(\/live|\/ready)?$/.test(path))
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"status":"ok"}');
    else response.writeHead(404).end();
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve(server));
  });
}
