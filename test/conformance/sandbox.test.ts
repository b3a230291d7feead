import { startSandbox } from '../../shared/sandbox/index.ts'
import { HttpApi } from '../support/http-api.ts'
import { describeConformance } from './suite.ts'
import { NAMESPACE, OTHER_NAMESPACE, USERS } from './target.ts'

describeConformance('the sandbox', async () => {
  const sandbox = await startSandbox()
  const tokens = new Map(Object.entries(USERS).map(([name, rules]) => [name, sandbox.addUser({ name, rules })]))
  const admin = new HttpApi(sandbox)
  for (const name of [NAMESPACE, OTHER_NAMESPACE]) await admin.post('/api/v1/namespaces', { metadata: { name } })
  return {
    admin,
    as: (user) => admin.as(tokens.get(user)!),
    forgetPast: async () => sandbox.compact(),
    close: () => sandbox.close(),
  }
})
