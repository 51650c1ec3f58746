import { type Keys } from './keys';
import {
  healthUrlOf,
  inherited,
  SERVICES,
  type ServicePlaces,
  settingsOf,
  withoutGiven,
} from './service-specs';

const keys: Keys = {
  jwtKeyFile: '/k/jwt.pem',
  jwtPublicKeyFile: '/k/jwt.pub.pem',
  sshKeyFile: '/k/ssh',
  sshPublicKeyFile: '/k/ssh.pub',
  postgresPassword: 'pg',
  sftpSecretFile: '/k/sftp',
  secretsKeyFile: '/k/secrets.key',
  dnsKeyFile: '/k/dns',
  dnsKey: 'dns',
  natsPasswords: {
    gateway: 'a',
    tenant: 'b',
    compute: 'c',
    network: 'd',
    pat: 'e',
    cdn: 'g',
    hosting: 'h',
    admin: 'f',
  },
};
const places: ServicePlaces = {
  dataDir: '/data',
  logDir: '/logs',
  databaseUrl: 'postgres://nubo:pg@127.0.0.1:15432/nubo',
  natsUrl: (name) => `nats://${name}@127.0.0.1:14222`,
  smtpUrl: 'smtp://127.0.0.1:1025',
  ports: { gateway: 8080, tenant: 8081, compute: 8082, network: 8083, pat: 8084, cdn: 8085, hosting: 8086 },
  keys,
  env: {},
  environment: {},
  owner: () => undefined,
};

const whoHas = (setting: string): string[] => SERVICES.filter((name) => setting in settingsOf(name, places));

describe('the settings of a service', () => {
  it('hold the database for every service but the gateway', () => {
    expect(whoHas('DATABASE_URL')).toEqual(['tenant', 'compute', 'network', 'pat', 'cdn', 'hosting']);
  });

  it('hold the key to the hosts only where hosts are reached', () => {
    expect(whoHas('NUBO_SSH_KEY_FILE')).toEqual(['compute', 'network', 'pat', 'cdn', 'hosting']);
  });

  it('hold the key to variables only where they are kept', () => {
    expect(whoHas('NUBO_SECRETS_KEY_FILE')).toEqual(['compute', 'hosting']);
  });

  it('let only the tenant service sign tokens and send mail', () => {
    expect(whoHas('NUBO_JWT_KEY_FILE')).toEqual(['tenant']);
    expect(whoHas('SMTP_URL')).toEqual(['tenant']);
  });

  it('give each service its own user on the bus and its own port', () => {
    expect(settingsOf('pat', places)).toMatchObject({
      NATS_URL: 'nats://pat@127.0.0.1:14222',
      NUBO_HTTP_PORT: '8084',
      NUBO_DATA_DIR: '/data/pat',
      NUBO_SERVICE: 'pat',
    });
  });

  it('leave the keys and the public address to the operator who gives them', () => {
    const given = { NUBO_SSH_KEY: 'own key', NUBO_PUBLIC_URL: 'https://cloud.example', NUBO_HTTP_PORT: '1' };
    const settings = withoutGiven(settingsOf('compute', places), given);
    expect(settings).not.toHaveProperty('NUBO_SSH_KEY_FILE');
    expect(settings).not.toHaveProperty('NUBO_PUBLIC_URL');
    expect(settings.NUBO_HTTP_PORT).toBe('8082');
  });

  it('let people of other machines in to the gateway when the operator says so, and to no other service', () => {
    const hosts = (environment: NodeJS.ProcessEnv) =>
      (['gateway', 'tenant'] as const).map(
        (name) => settingsOf(name, { ...places, environment }).NUBO_HTTP_HOST,
      );
    expect(hosts({})).toEqual(['127.0.0.1', '127.0.0.1']);
    expect(hosts({ NUBO_LISTEN: '0.0.0.0' })).toEqual(['0.0.0.0', '127.0.0.1']);
    expect(() => hosts({ NUBO_LISTEN: 'eth0' })).toThrow('NUBO_LISTEN must be an IPv4 address');
  });

  it('say where each tells of its health: where it listens', () => {
    const health = (NUBO_LISTEN: string) =>
      (['gateway', 'pat'] as const).map((name) =>
        healthUrlOf(name, { ...places, environment: { NUBO_LISTEN } }),
      );
    const pat = 'http://127.0.0.1:8084/health/ready';
    expect(health('0.0.0.0')).toEqual(['http://127.0.0.1:8080/health/ready', pat]);
    expect(health('192.0.2.7')).toEqual(['http://192.0.2.7:8080/health/ready', pat]);
  });

  it('leave it to the operator, too, where people are told to reach sites and SFTP', () => {
    const chosen = { NUBO_SFTP_HOST: '127.0.0.1', NUBO_SFTP_PORT: '8087', NUBO_HOSTING_WEB_PORT: '8088' };
    const hosting = settingsOf('hosting', { ...places, siteSettings: chosen });
    expect(withoutGiven(hosting, {})).toMatchObject(chosen);
    const given = { NUBO_SFTP_HOST: 'files.example', NUBO_SFTP_PORT: '22', NUBO_HOSTING_WEB_PORT: '80' };
    for (const name of Object.keys(given)) expect(withoutGiven(hosting, given)).not.toHaveProperty(name);
  });
});

describe('the environment of the operator', () => {
  it('reaches the services without the urls and ports that the platform chooses', () => {
    const environment = {
      PATH: '/bin',
      NUBO_PAT_PORTS: '5000-5001',
      DATABASE_URL_FILE: '/f',
      NUBO_HTTP_PORT: '1',
    };
    expect(inherited(environment)).toEqual({ PATH: '/bin', NUBO_PAT_PORTS: '5000-5001' });
  });
});
