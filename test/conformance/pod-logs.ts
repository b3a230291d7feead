import { describe, expect, it } from 'vitest'
import { freshName, pod, podsPath } from './objects.ts'
import type { ConformanceTarget } from './target.ts'

/** Logs, as far as they need no kubelet. */
export function describePodLogs(target: () => ConformanceTarget): void {
  describe('the log of a pod', () => {
    const containers = ['main', 'other'].map((name) => ({ name, image: 'registry.invalid/main:1' }))
    async function podNamed(spec: object = {}): Promise<string> {
      const name = freshName('pod')
      await target().admin.post(podsPath(), pod(name, spec))
      return name
    }
    const log = (name: string, query: Record<string, string> = {}) => target().admin.get(`${podsPath()}/${name}/log`, { query })

    it('is empty before the pod is on a node', async () => {
      expect((await log(await podNamed())).status).toBe(204)
    })

    it('is none where there is no such pod', async () => {
      const { status, body } = await log('no-such-pod')
      expect([status, body.reason, body.message]).toEqual([404, 'NotFound', 'pods "no-such-pod" not found'])
    })

    it('is none of a container that the pod does not have', async () => {
      const name = await podNamed()
      const { status, body } = await log(name, { container: 'nope' })
      expect([status, body.reason, body.message]).toEqual([400, 'BadRequest', `container nope is not valid for pod ${name}`])
    })

    it('wants to know of which container, where there are several', async () => {
      const name = await podNamed({ containers })
      const { status, body } = await log(name)
      expect([status, body.reason]).toEqual([400, 'BadRequest'])
      expect(body.message).toBe(`a container name must be specified for pod ${name}, choose one of: [main other]`)
    })

    it('is read with get on pods/log', async () => {
      const { status, body } = await target().as('nobody').get(`${podsPath()}/some-pod/log`)
      expect(status).toBe(403)
      expect(body.message).toContain('User "nobody" cannot get resource "pods/log" in API group ""')
    })
  })
}
