import { dial } from './dial';
import { RemoteError } from './remote-error';

/**
 * The key (`SHA256:…`) that a host shows now, without logging in. Rejects with RemoteError `unreachable`.
 */
export async function scanHostKey(address: string, port = 22, timeoutMs = 10_000): Promise<string> {
  const label = `${address}:${port}`;
  let seen: string | undefined;
  const look = (fingerprint: string): boolean => {
    seen = fingerprint;
    return false;
  };
  const host = { id: label, label };
  const keepalive = { keepaliveMs: 0, keepaliveCount: 0 };
  const nobody = { user: 'nobody', credential: { password: '' } };
  try {
    await dial({ host, address, port, ...nobody, trusts: look, timeoutMs, ...keepalive });
  } catch (error) {
    if (seen === undefined) throw error;
  }
  if (seen === undefined) throw new RemoteError('unreachable', host, 'showed no key');
  return seen;
}
