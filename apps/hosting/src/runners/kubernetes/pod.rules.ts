/** One replica as a pod: the program in its image, and the files that are fetched before it starts. */
import type { V1Container, V1PodSpec, V1SecurityContext } from '@kubernetes/client-node';
import { PROGRAM_PORT } from '../nubo/nubo.rules';
import type { Revision } from '../runner';
import { contentName, runName } from './names.rules';

/** www-data of our images. */
const WHO = { runAsNonRoot: true, runAsUser: 33, runAsGroup: 33 };
export const PROGRAM = 'program';
export const FETCHER = 'content';
/** Visitors still come for a moment when a replica has been told to go. */
const LEAVE_S = 5;
/** Longer than anybody waits for a program. */
const TRIES = 3_600;

const LOCKED: V1SecurityContext = {
  ...WHO,
  privileged: false,
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
};

/** The archive ends with the file `complete`: one that was cut off is no release. */
const FETCH = `set -eu -o pipefail
rm -rf /content/site /content/complete
wget -q -O - "$NUBO_CONTENT_URL" | tar -x -f - -C /content
test -e /content/complete`;

/**
 * Any answer below 500 counts, as with our own containers: Kubernetes' own HTTP probe would refuse 404. The pipe keeps the
 * connection open until the answer is there: nginx gives up on a client that closes its half. It is opened for both ends at once,
 * so that nobody waits for the other: Kubernetes 1.20 does not end a probe that hangs.
 */
const ASK = `p=/tmp/.nubo-ask-$$
mkfifo "$p"
exec 3<>"$p"
rm -f "$p"
{ printf 'GET %s HTTP/1.0\\r\\nHost: %s\\r\\nConnection: close\\r\\n\\r\\n' "$1" "$0"; read -r _ <&3; } |
  timeout 4 nc 127.0.0.1 ${PROGRAM_PORT} |
  { read -r line; echo >&3; case $line in HTTP/1.[01]\\ [1-4]*) ;; *) echo "it answers \${line:-nothing}"; exit 1 ;; esac; }`;

const sh = (script: string, ...args: string[]): string[] => ['/bin/busybox', 'sh', '-c', script, ...args];

export function podOf(revision: Revision, image: string): V1PodSpec {
  const memory = `${revision.memory}Mi`;
  return {
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    terminationGracePeriodSeconds: LEAVE_S + 10,
    securityContext: { ...WHO, seccompProfile: { type: 'RuntimeDefault' } },
    initContainers: [fetcherOf(revision, image)],
    containers: [programOf(revision, image)],
    volumes: [
      { name: 'content', emptyDir: {} },
      ...['tmp', 'run'].map((name) => ({ name, emptyDir: { medium: 'Memory', sizeLimit: memory } })),
    ],
  };
}

const common = ({ memory }: Revision, image: string) => ({
  image,
  imagePullPolicy: 'IfNotPresent',
  securityContext: LOCKED,
  resources: {
    requests: { memory: `${memory}Mi`, cpu: '50m' },
    limits: { memory: `${memory}Mi`, cpu: '1' },
  },
});

/** Runs nothing of the project's. */
function fetcherOf(revision: Revision, image: string): V1Container {
  const from = { secretKeyRef: { name: contentName(revision.id), key: 'url' } };
  return {
    ...common(revision, image),
    name: FETCHER,
    command: sh(FETCH),
    env: [{ name: 'NUBO_CONTENT_URL', valueFrom: from }],
    volumeMounts: [{ name: 'content', mountPath: '/content' }],
  };
}

function programOf(revision: Revision, image: string): V1Container {
  const exec = { command: sh(ASK, revision.project.hostname, revision.healthPath) };
  return {
    ...common(revision, image),
    name: PROGRAM,
    command: ['/sbin/nubo-run'],
    ports: [{ name: 'http', containerPort: PROGRAM_PORT, protocol: 'TCP' }],
    envFrom: [{ secretRef: { name: runName(revision.id) } }],
    env: [{ name: 'PORT', value: String(PROGRAM_PORT) }],
    // Asked each second until it answers for the first time, then seldom: a probe is a process in the container.
    startupProbe: { exec, periodSeconds: 1, timeoutSeconds: 5, failureThreshold: TRIES },
    readinessProbe: { exec, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 2 },
    lifecycle: { preStop: { exec: { command: sh(`sleep ${LEAVE_S}`) } } },
    volumeMounts: [
      { name: 'content', mountPath: '/site', subPath: 'site', readOnly: true },
      { name: 'tmp', mountPath: '/tmp' },
      { name: 'run', mountPath: '/run' },
    ],
  };
}
