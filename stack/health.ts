import { readFileSync } from 'node:fs';
import { get } from 'node:https';
import { text } from 'node:stream/consumers';

const TIMEOUT_MS = 2_000;

/**
 * Undefined = ready; otherwise the status and the beginning of what the service said. `caFile` holds the authority of an
 * https service.
 */
export async function notHealthy(url: string, caFile?: string): Promise<string | undefined> {
  try {
    const { status, body } = await (caFile ? askOverTls(url, caFile) : ask(url));
    return status === 200 ? undefined : `${url} answers ${status} ${body.slice(0, 500)}`;
  } catch (error) {
    return `${url}: ${reasonOf(error as Error)}`;
  }
}

interface Answer {
  status: number;
  body: string;
}

async function ask(url: string): Promise<Answer> {
  const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  return { status: response.status, body: await response.text() };
}

/** fetch of Node 20 believes the authorities that its process was started with, and no other. */
function askOverTls(url: string, caFile: string): Promise<Answer> {
  const options = { ca: readFileSync(caFile), signal: AbortSignal.timeout(TIMEOUT_MS) };
  return new Promise((resolve, reject) => {
    const answered = async (response: Parameters<typeof text>[0] & { statusCode?: number }) =>
      resolve({ status: response.statusCode ?? 0, body: await text(response) });
    get(url, options, (response) => void answered(response).catch(reject)).once('error', reject);
  });
}

/** fetch hides the reason ("fetch failed") in its cause. */
function reasonOf(error: Error): string {
  return error.cause instanceof Error ? error.cause.message || error.cause.name : error.message;
}
