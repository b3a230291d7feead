import { expect, it } from 'vitest'
import { commandLine, type Command } from '../../shared/remedy.ts'

it.each<[string, Command]>([
  ['kubectl leader release -n a web --force', { program: 'kubectl leader', verb: 'release', namespace: 'a', operands: ['web'], options: { force: true } }],
  ['kubectl get -n a lease/web -o yaml', { program: 'kubectl', verb: 'get', namespace: 'a', operands: ['lease/web'], options: { o: 'yaml' } }],
  [
    'kubectl debug node/n -i -t --image=busybox -- chroot /host timedatectl',
    {
      program: 'kubectl',
      verb: 'debug',
      operands: ['node/n'],
      options: { i: true, t: true, image: 'busybox' },
      inContainer: ['chroot', '/host', 'timedatectl'],
    },
  ],
  [
    'kubectl leader generate rbac -n a lease/web --service-account=sa | kubectl apply -f -',
    { program: 'kubectl leader', verb: 'generate rbac', namespace: 'a', operands: ['lease/web'], options: { 'service-account': 'sa' }, isApplied: true },
  ],
  ['sudo timedatectl set-ntp true', { program: 'sudo', verb: 'timedatectl set-ntp true' }],
  [`kubectl logs -n a 'x; rm -rf ~' '--since=$(x)'`, { program: 'kubectl', verb: 'logs', namespace: 'a', operands: ['x; rm -rf ~'], options: { since: '$(x)' } }],
])('%s', (line, command) => {
  expect(commandLine(command)).toBe(line)
})
