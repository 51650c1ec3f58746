const TIMEOUT_MS = 2_000;

/** Undefined = ready; otherwise the status and the beginning of what the service said. */
export async function notHealthy(url: string): Promise<string | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    const body = await response.text();
    return response.ok ? undefined : `${url} answers ${response.status} ${body.slice(0, 500)}`;
  } catch (error) {
    return `${url}: ${reasonOf(error as Error)}`;
  }
}

/** fetch hides the reason ("fetch failed") in its cause. */
function reasonOf(error: Error): string {
  return error.cause instanceof Error ? error.cause.message || error.cause.name : error.message;
}
