/** What a gateway costs that does nothing: `GET /<anything>` → NATS → the answer's bytes. Argument: its port. */
import Fastify from 'fastify';
import { connect } from 'nats';
import { busOptions } from './bus';

async function main(): Promise<void> {
  const nats = await connect(busOptions(process.argv[3]));
  const app = Fastify();
  app.get('/:kind/:id', async (request, reply) => {
    const { kind, id } = request.params as { kind: string; id: string };
    const { data } = await nats.request(`bench.${kind}`, JSON.stringify({ id }));
    return reply.type('application/json').send(Buffer.from(data));
  });
  await app.listen({ port: Number(process.argv[2]), host: '127.0.0.1' });
}

void main();
