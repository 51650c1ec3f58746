// The SSH layer against Debian's sshd with its own limits.
import { setTimeout as sleep } from 'node:timers/promises';
import { newPrivateKey, publicKeyOf, RemotePool, scanHostKey, enrol, sh } from '@nubo/remote';
import { Lab } from '../../lab';
import { enrolledHost, type EnrolledHost } from './enrolled';

const HOST = 'remote-a';

describe('a host behind a real sshd', () => {
  let lab: Lab;
  let host: EnrolledHost;

  beforeAll(async () => {
    lab = await Lab.attach();
    host = await enrolledHost(lab, HOST);
  }, 60_000);

  afterAll(async () => {
    host.pool.close();
    await lab.powerOff(HOST);
  });

  const truth = async (command: string) => (await lab.execOnHost(HOST, command)).stdout;

  it('is pinned with the key that it has', async () => {
    expect(host.target.hostKey).toBe(lab.host(HOST).hostKeyFingerprint);
    expect(await scanHostKey(host.target.address)).toBe(host.target.hostKey);
  });

  it('refuses a wrong password', async () => {
    const privateKey = newPrivateKey();
    const wrong = enrol({ address: host.target.address, user: 'root', password: 'not this', privateKey });
    await expect(wrong).rejects.toMatchObject({ kind: 'auth' });
    expect(await truth('cat /root/.ssh/authorized_keys')).not.toContain(publicKeyOf(privateKey));
  });

  it('runs commands as root, with stdin, outputs and status', async () => {
    const command = sh`id -u; cat; echo ${"it's"} >&2; exit ${7}`;
    expect(await host.remote.exec(command, { stdin: 'a document\n' })).toEqual({
      code: 7,
      stdout: '0\na document\n',
      stderr: "it's\n",
    });
  });

  it('takes far more commands at once than sshd has sessions', async () => {
    const answers = await Promise.all(Array.from({ length: 200 }, (_, i) => host.remote.run(sh`echo ${i}`)));
    expect(answers.map(Number)).toEqual(Array.from({ length: 200 }, (_, i) => i));
    expect(await truth('ps -C sshd -o args= | grep -c "root@notty"')).toBe('1\n');
  });

  it('answers at once: neither end waits for more to send', async () => {
    const took: number[] = [];
    for (let i = 0; i < 20; i++) {
      const started = performance.now();
      await host.remote.run(sh`true`);
      took.push(performance.now() - started);
    }
    // With Nagle's algorithm on either side each of these takes more than 40 ms.
    expect(Math.min(...took)).toBeLessThan(35);
  });

  it('passes megabytes both ways', async () => {
    const document = Buffer.alloc(8 * 1024 * 1024, 'nubo');
    const answer = await host.remote.run(sh`cat`, { stdin: document });
    expect(Buffer.from(answer).equals(document)).toBe(true);
  });

  it('ends a command that takes too long, on the host as well', async () => {
    const late = host.remote.run(sh`sleep 4711`, { timeoutMs: 500 });
    await sleep(250);
    expect(await truth('ps -C sleep -o args=')).toContain('4711');
    await expect(late).rejects.toMatchObject({ kind: 'timeout' });
    await sleep(2_500);
    expect(await truth('ps -C sleep -o args=')).not.toContain('4711');
  });

  it('keeps the fence in its place and lets no older run pass', async () => {
    await host.remote.fenced('vm-1', 5).run(sh`true`);
    expect(Number(await truth('cat /var/lib/nubo/fence/vm-1'))).toBe(5);
    await expect(host.remote.fenced('vm-1', 4).run(sh`true`)).rejects.toMatchObject({ kind: 'fenced' });
    await host.remote.forgetFence('vm-1');
    expect(await truth('ls /var/lib/nubo/fence')).toBe('');
  });

  it('has no socket where nobody listens', async () => {
    await expect(host.remote.openUnix(['/run/no-such'])).rejects.toMatchObject({ kind: 'exit' });
  });

  it('gives its commands an answer when its power is cut, and works again when it is back', async () => {
    const running = host.remote.run(sh`sleep 60`, { timeoutMs: 60_000 });
    const failed = running.catch((error: unknown) => error);
    await sleep(200);
    await lab.powerOff(HOST);
    expect(await failed).toMatchObject({ kind: 'closed', host: HOST });
    await expect(host.remote.run(sh`true`)).rejects.toMatchObject({
      kind: 'unreachable',
      message: expect.stringContaining(`${host.target.address}:22`) as string,
    });
    await lab.powerOn(HOST);
    await until(() => host.remote.run(sh`echo back`));
  }, 60_000);

  it('is refused once it shows another key, until it is pinned anew', async () => {
    const { hostKeyFingerprint } = await lab.changeHostKey(HOST);
    host.pool.drop(HOST);
    const again = host.pool.host(host.target);
    await expect(again.run(sh`true`)).rejects.toMatchObject({ kind: 'host-key-changed' });
    const pinned = host.pool.host({ ...host.target, hostKey: hostKeyFingerprint });
    expect(await pinned.run(sh`echo known`)).toBe('known\n');
  });

  it('knows no key but the one that was enrolled', async () => {
    const stranger = new RemotePool({ privateKey: newPrivateKey() });
    const { hostKeyFingerprint: hostKey } = lab.host(HOST);
    const refused = stranger.host({ ...host.target, hostKey }).run(sh`true`);
    await expect(refused).rejects.toMatchObject({ kind: 'auth' });
    stranger.close();
  });
});

async function until(works: () => Promise<unknown>): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const done = await works().then(
      () => true,
      () => false,
    );
    if (done) return;
    await sleep(200);
  }
  await works();
}
