/** Who is logged in, and where. */
export interface Session {
  readonly url: string;
  readonly email: string;
  /** The tenant's UUID; null for the platform's administrators. */
  readonly tenantId: string | null;
  readonly userId: string;
  readonly role: string;
  readonly token: string;
  /** ISO 8601. */
  readonly expiresAt: string;
}

const TEXTS = ['url', 'email', 'userId', 'role', 'token', 'expiresAt'] as const;

export function isSession(value: unknown): value is Session {
  if (typeof value !== 'object' || value === null) return false;
  const candidate = value as Record<string, unknown>;
  const { tenantId } = candidate;
  return (
    TEXTS.every((name) => typeof candidate[name] === 'string') &&
    (tenantId === null || typeof tenantId === 'string')
  );
}

export const hasEnded = ({ expiresAt }: Session, now: Date): boolean =>
  !(Date.parse(expiresAt) > now.getTime());
