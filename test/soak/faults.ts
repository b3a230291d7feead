import { setTimeout as sleep } from 'node:timers/promises'
import type { Sandbox } from '../../shared/sandbox/index.ts'
import type { Random } from '../simulation/random.ts'

type Trouble = (sandbox: Sandbox, random: Random) => (() => void) | undefined

/** What goes wrong between clients and servers; what does not pass by itself returns how to end it. */
const TROUBLES: Readonly<Record<string, Trouble>> = {
  latency: ({ faults }, random) => faults.latency(random.integer(20, 1500)),
  'server errors': ({ faults }, random) => faults.error({ code: random.pick([429, 500, 503, 504]), times: random.integer(1, 20) }),
  'retry later': ({ faults }) => faults.error({ code: 429, retryAfterSeconds: 1, times: 5 }),
  'dropped requests': ({ faults }, random) => faults.drop({ times: random.integer(1, 20) }),
  'lost replies': ({ faults }, random) => faults.loseReply({ watch: false, times: random.integer(1, 10) }),
  'truncated answers': ({ faults }) => faults.truncate({ times: 5 }),
  'frozen server': ({ faults }) => faults.freeze(),
  'frozen watches': ({ faults }) => faults.freeze({ watch: true }),
  'broken watches': ({ faults }) => once(faults.breakWatches()),
  'ended watches': ({ faults }) => once(faults.endWatches()),
  'expired watches': ({ faults }) => once(faults.expireOpenWatches()),
  'watches that expire as they open': ({ faults }, random) => faults.expireWatches({ asHttpStatus: random.chance(0.5), times: 5 }),
  'garbage in watches': ({ faults }) => once(faults.garbage()),
  'a compacted past': (sandbox) => {
    sandbox.compact()
    sandbox.faults.breakWatches()
    return undefined
  },
  'a restarted server': (sandbox) => {
    const stopped = sandbox.stopListening()
    return () => {
      void stopped.then(() => sandbox.listen())
    }
  },
}

/** For what is over as soon as it was done. */
function once(_struck: number): undefined {
  return undefined
}

/** Does one thing that goes wrong, for up to three seconds, and makes it right again. Resolves with what it was. */
export async function makeTrouble(sandbox: Sandbox, random: Random): Promise<string> {
  const [name, trouble] = random.pick(Object.entries(TROUBLES))
  const end = trouble(sandbox, random)
  await sleep(random.integer(100, 3000))
  end?.()
  sandbox.faults.clear()
  return name
}
