import { simulate } from './simulation.ts'
const [from = '1', count = '1'] = process.argv.slice(2)
const t0 = performance.now()
let bad = 0, terms = 0
for (let s = Number(from); s < Number(from) + Number(count); s++) {
  const o = await simulate(s, { trace: count === '1' })
  terms += o.terms
  if (count === '1') console.log(o.trace.join('\n'), o.attributions)
  if (o.violations.length) { bad++; if (bad < 15) console.log(s, o.violations.slice(0, 3)) }
}
console.log({ bad, terms, msPerSeed: (performance.now() - t0) / Number(count) })
