/** Writes the OpenAPI document to docs/openapi.json without starting anything. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { openApiDocument } from './docs/offline';

async function write(): Promise<void> {
  const document = await openApiDocument();
  mkdirSync('docs', { recursive: true });
  writeFileSync('docs/openapi.json', `${JSON.stringify(document, null, 2)}\n`);
}

void write();
