import { ALLOWED_CALLS, callableBy, eventsConsumedBy, SERVICES, type ServiceName } from '@nubo/contracts';

const operationsCalled = (from: ServiceName, to: ServiceName): string[] =>
  callableBy(from)
    .filter(({ service }) => service === to)
    .map(({ subject }) => `\`${subject}\``);

const calls = (from: ServiceName): string[] => ALLOWED_CALLS[from].map((to) => `  ${from} --> ${to}`);

const events = (to: ServiceName): string[] =>
  eventsConsumedBy(to)
    .filter((type) => type.service !== to)
    .map((type) => `  ${type.service} -. ${type.name} .-> ${to}`);

/** Who may call whom and which event goes where, as the page docs/call-graph.md (Markdown with a Mermaid picture). */
export function callGraph(): string {
  const edges = SERVICES.flatMap((service) => [...calls(service), ...events(service)]);
  const rows = SERVICES.flatMap((from) =>
    ALLOWED_CALLS[from].map(
      (to) => `| ${from} | ${to} | ${operationsCalled(from, to).join(', ') || 'nothing yet'} |`,
    ),
  );
  return `# Call graph

Generated from the contracts (\`libs/contracts\`); the bus lets nothing else pass. Solid: calls, without a cycle. Dotted: events.

\`\`\`mermaid
graph TD
${edges.join('\n')}
\`\`\`

| caller | callee | may call |
| --- | --- | --- |
${rows.join('\n')}
`;
}
