import type { ParityCase } from './parity-case.ts'
import { paritySuite } from './suite.ts'

const CASES: readonly ParityCase[] = [
  { name: 'token', user: { token: 'abc' }, outcome: 'answered' },
  { name: 'a token in any script', user: { token: 'zażółć' }, outcome: 'answered' },
  { name: 'a token with blanks around it', user: { token: ' abc ' }, outcome: 'answered' },
  { name: 'a token with a line break', user: { token: 'abc\ndef' }, outcome: 'refused' },
  { name: 'a token that ends in a line break', user: { token: 'abc\n' }, outcome: 'refused' },
  { name: 'an empty token beside basic credentials', user: { token: '', username: 'u', password: 'p' }, outcome: 'answered' },
  { name: 'tokenFile', user: { tokenFile: 'token' }, files: { '.kube/token': 'from-file' }, outcome: 'answered' },
  { name: 'tokenFile with line breaks around it', user: { tokenFile: 'token' }, files: { '.kube/token': '\n from-file \n\n' }, outcome: 'answered' },
  { name: 'tokenFile by its full path', user: ({ home }) => ({ tokenFile: `${home}/token` }), files: { token: 'from-file' }, outcome: 'answered' },
  { name: 'tokenFile before token', user: { token: 'abc', tokenFile: 'token' }, files: { '.kube/token': 'from-file' }, outcome: 'answered' },
  { name: 'tokenFile that is not there', user: { tokenFile: 'nowhere' }, outcome: 'refused' },
  { name: 'tokenFile that is not there beside token', user: { token: 'abc', tokenFile: 'nowhere' }, outcome: 'answered' },
  { name: 'tokenFile that is empty', user: { tokenFile: 'token' }, files: { '.kube/token': '' }, outcome: 'refused' },
  { name: 'tokenFile that is empty beside token', user: { token: 'abc', tokenFile: 'token' }, files: { '.kube/token': '' }, outcome: 'answered' },
  { name: 'tokenFile that is a folder', user: { tokenFile: 'folder' }, files: { '.kube/folder/x': '' }, outcome: 'refused' },
  { name: '--token before tokenFile', user: { tokenFile: 'token' }, files: { '.kube/token': 'from-file' }, args: ['--token', 'typed'], outcome: 'answered' },
  { name: 'basic credentials', user: { username: 'u', password: 'p' }, outcome: 'answered' },
  { name: 'basic credentials in any script', user: { username: 'użytkownik', password: 'hasło:x' }, outcome: 'answered' },
  { name: 'a user name without a password', user: { username: 'u' }, outcome: 'answered' },
  { name: 'a password without a user name', user: { password: 'p' }, outcome: 'refused' },
  { name: 'a password alone beside a plugin', user: ({ home }) => ({ password: 'p', exec: { apiVersion: 'client.authentication.k8s.io/v1', interactiveMode: 'Never', command: `${home}/login` } }), plugin: `echo '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":{"token":"t"}}'`, outcome: 'answered' },
  { name: '--password for the user of the kubeconfig', user: { username: 'u', password: 'p' }, args: ['--password', 'typed'], outcome: 'answered' },
  { name: 'token and basic credentials', user: { token: 'abc', username: 'u', password: 'p' }, outcome: 'refused' },
  { name: 'tokenFile and basic credentials', user: { tokenFile: 'token', username: 'u', password: 'p' }, files: { '.kube/token': 'x' }, outcome: 'refused' },
  { name: 'impersonation', user: { token: 'abc', as: 'joe', 'as-groups': ['a', 'b'], 'as-uid': '7' }, outcome: 'answered' },
  { name: 'extra fields of who is impersonated', user: { token: 'abc', as: 'joe', 'as-user-extra': { 'example.com/Reason %': ['x y', 'ü'] } }, outcome: 'answered' },
  { name: 'groups without who is impersonated', user: { token: 'abc', 'as-groups': ['a'] }, outcome: 'refused' },
  { name: 'a UID without who is impersonated', user: { token: 'abc', 'as-uid': '7' }, outcome: 'refused' },
  { name: 'extra fields without who is impersonated', user: { token: 'abc', 'as-user-extra': { a: ['b'] } }, outcome: 'refused' },
  { name: 'an empty list of groups', user: { token: 'abc', as: 'joe', 'as-groups': [] }, outcome: 'answered' },
  { name: 'a group that is empty', user: { token: 'abc', as: 'joe', 'as-groups': [''] }, outcome: 'answered' },
  { name: 'a line break in who is impersonated', user: { token: 'abc', as: 'joe\nImpersonate-Group: system:masters' }, outcome: 'refused' },
]

paritySuite('tokens', CASES)
