import { join } from 'node:path'

export interface Layout {
  /** Everything of one cluster lies below here. */
  readonly directory: string
  readonly etcdClientPort: number
  readonly etcdPeerPort: number
  readonly apiServerPort: number
}

export const certificateDirectory = (layout: Layout): string => join(layout.directory, 'certificates')
export const serviceAccountKeyFile = (layout: Layout): string => join(layout.directory, 'service-account.pem')
export const tokenFile = (layout: Layout): string => join(layout.directory, 'tokens.csv')
export const etcdUrl = (layout: Layout): string => `http://127.0.0.1:${layout.etcdClientPort}`
export const apiServerUrl = (layout: Layout): string => `https://127.0.0.1:${layout.apiServerPort}`

/** etcd 3.4 and later. */
export function etcdFlags(layout: Layout): string[] {
  const peerUrl = `http://127.0.0.1:${layout.etcdPeerPort}`
  return [
    `--data-dir=${join(layout.directory, 'etcd')}`,
    `--listen-client-urls=${etcdUrl(layout)}`,
    `--advertise-client-urls=${etcdUrl(layout)}`,
    `--listen-peer-urls=${peerUrl}`,
    `--initial-advertise-peer-urls=${peerUrl}`,
    `--initial-cluster=default=${peerUrl}`,
    // Survives the SIGKILL of etcd, though not a crash of the machine. Several times faster on a slow disk.
    '--unsafe-no-fsync',
  ]
}

/** kube-apiserver 1.20 and later: only flags that all of them know. */
export function apiServerFlags(layout: Layout): string[] {
  return [
    `--etcd-servers=${etcdUrl(layout)}`,
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    `--secure-port=${layout.apiServerPort}`,
    // It writes a self-signed certificate here, once.
    `--cert-dir=${certificateDirectory(layout)}`,
    '--authorization-mode=RBAC',
    `--token-auth-file=${tokenFile(layout)}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${serviceAccountKeyFile(layout)}`,
    `--service-account-signing-key-file=${serviceAccountKeyFile(layout)}`,
    '--service-cluster-ip-range=10.0.0.0/24',
    // There is no controller manager that would make the service accounts which Pods want.
    '--disable-admission-plugins=ServiceAccount',
    '--endpoint-reconciler-type=none',
    '--allow-privileged=true',
  ]
}
