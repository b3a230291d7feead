import { Exposition } from '../../kubectl-plugin/export/exposition.ts'
import { ElectionBook } from '../../kubectl-plugin/export/election-book.ts'
import type { ElectionPods } from '../../kubectl-plugin/export/pod-book.ts'
import type { StoreScene } from '../support/store-scene.ts'

const UNKNOWN: ElectionPods = { holderPod: '', holderNode: '', candidates: null, readyForMs: null }

/** What Prometheus would have stored of two exporters on a clock that a test moves; the second one never sees anything. */
export class Scraped {
  readonly intervalMs: number
  readonly #scene: StoreScene
  readonly #book: ElectionBook
  readonly #podsOf: (key: string) => ElectionPods | undefined
  readonly #exposition: Promise<Exposition> = Exposition.create()
  readonly #series = new Map<string, string[]>()
  #scrapes = 0

  constructor(scene: StoreScene, intervalMs: number, podsOf: (key: string) => ElectionPods | undefined) {
    this.#scene = scene
    this.intervalMs = intervalMs
    this.#podsOf = podsOf
    this.#book = new ElectionBook(scene.clock)
    this.#book.follow(scene.store)
  }

  async scrape(): Promise<void> {
    const exposition = await this.#exposition
    const view = this.#scene.store.view
    const blindMs = view.connected ? 0 : this.#scene.clock.monotonicMs() - view.staleSinceMs!
    const podsOf = (key: string): ElectionPods => this.#podsOf(key) ?? UNKNOWN
    this.#store(await exposition.text({ readings: this.#book.readings(), podsOf, blindMs }), 'seeing')
    this.#store(await exposition.text({ readings: [], podsOf, blindMs: this.#scrapes * this.intervalMs }), 'blind')
    this.#scrapes++
    for (const values of this.#series.values()) {
      // A series that was scraped before, and is not any more, is marked as stale.
      if (values.length < this.#scrapes) values.push(values.at(-1) === '_' || values.at(-1) === 'stale' || values.length === 0 ? '_' : 'stale')
    }
  }

  /** As the `input_series` of promtool. */
  inputSeries(): { readonly series: string; readonly values: string }[] {
    return [...this.#series].map(([series, values]) => ({ series, values: values.join(' ') }))
  }

  #store(text: string, instance: string): void {
    for (const [, name, labels, value] of text.matchAll(/^(leader_exporter_\w+)(?:\{(.*)\})? (\S+)$/gm)) {
      const series = `${name!}{${[labels, `job="leader-exporter"`, `instance="${instance}"`].filter(Boolean).join(',')}}`
      const values = this.#series.get(series) ?? Array.from({ length: this.#scrapes }, () => '_')
      values.push(value!)
      this.#series.set(series, values)
    }
  }
}
