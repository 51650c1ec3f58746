/** A small REST client, as anybody would write one with fetch. */

interface Problem {
  status: number;
  code: string;
  detail: string;
}

/** An answer that is not a success, with the problem+json that came. */
export class RestError extends Error {
  constructor(
    readonly problem: Problem,
    readonly request: string,
  ) {
    super(`${request} → ${problem.status} ${problem.code}: ${problem.detail}`);
  }
}

export interface RestAnswer<T> {
  status: number;
  headers: Headers;
  body: T;
}

/** Told of every answer, with its text; what it throws fails the request. */
export type Watch = (method: string, path: string, answer: RestAnswer<string>) => void;

export type Headed = Record<string, string>;
const TIMEOUT_MS = 150_000;

export class RestClient {
  constructor(
    readonly base: string,
    private readonly token?: string,
    private readonly watch?: Watch,
  ) {}

  /** The header's value; empty when nobody is logged in. */
  get authorization(): string {
    return this.token ? `Bearer ${this.token}` : '';
  }

  /** The same client, logged in. */
  as(token: string): RestClient {
    return new RestClient(this.base, token, this.watch);
  }

  async get<T>(path: string): Promise<T> {
    return (await this.send<T>('GET', path)).body;
  }

  async post<T>(path: string, body: object, headers: Headed = {}): Promise<T> {
    return (await this.send<T>('POST', path, body, headers)).body;
  }

  async put<T>(path: string, body: object): Promise<T> {
    return (await this.send<T>('PUT', path, body)).body;
  }

  async delete<T>(path: string): Promise<T> {
    return (await this.send<T>('DELETE', path)).body;
  }

  /** Throws {@link RestError} for every status from 400 up. */
  async send<T>(method: string, path: string, body?: object, headers: Headed = {}): Promise<RestAnswer<T>> {
    const response = await fetch(this.base + path, {
      method,
      headers: {
        accept: 'application/json',
        ...this.login(),
        ...(body && { 'content-type': 'application/json' }),
        ...headers,
      },
      body: body && JSON.stringify(body),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const text = await response.text();
    const { status, headers: told } = response;
    this.watch?.(method, path, { status, headers: told, body: text });
    const parsed = (text === '' ? undefined : JSON.parse(text)) as T;
    if (response.ok) return { status, headers: told, body: parsed };
    throw new RestError(parsed as Problem, `${method} ${path}`);
  }

  private login(): Headed {
    return this.token ? { authorization: this.authorization } : {};
  }
}
