import type { FromPage, Playback } from '../messages.ts'
import type { TimelineStrings } from '../strings.ts'
import type { TimeOfDay } from '../wording.ts'

/** The controls of a recording: play and pause, the time, and the speed. */
export class PlaybackBar {
  readonly #play: HTMLElement
  readonly #position: HTMLInputElement
  readonly #text: HTMLElement
  readonly #speed: HTMLSelectElement
  readonly #strings: TimelineStrings
  readonly #timeText: TimeOfDay
  #shown: Playback | null = null

  constructor(element: (id: string) => HTMLElement, strings: TimelineStrings, timeText: TimeOfDay, post: (message: FromPage) => void) {
    this.#play = element('play')
    this.#position = element('position') as HTMLInputElement
    this.#text = element('position-text')
    this.#speed = element('speed') as HTMLSelectElement
    this.#strings = strings
    this.#timeText = timeText
    this.#play.addEventListener('click', () => post({ type: 'play', isPlaying: !this.#shown?.isPlaying }))
    this.#position.addEventListener('input', () => {
      if (this.#shown) post({ type: 'seek', atMs: this.#timeAt(this.#shown) })
    })
    this.#speed.addEventListener('change', () => post({ type: 'speed', speed: Number(this.#speed.value) }))
  }

  show(playback: Playback): void {
    const { fromMs, toMs, atMs, isPlaying, speed } = playback
    this.#shown = playback
    this.#play.textContent = isPlaying ? this.#strings.pause : this.#strings.play
    this.#position.value = String(toMs > fromMs ? Math.round(((atMs - fromMs) / (toMs - fromMs)) * Number(this.#position.max)) : this.#position.max)
    const text = this.#timeText(atMs)
    this.#position.setAttribute('aria-valuetext', text)
    this.#text.textContent = text
    this.#speed.value = String(speed)
  }

  #timeAt({ fromMs, toMs }: Playback): number {
    return fromMs + ((toMs - fromMs) * Number(this.#position.value)) / Number(this.#position.max)
  }
}
