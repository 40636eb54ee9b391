import type { SimProcess } from './process.ts'
import type { Timeline } from './timeline.ts'

/** Counts who waits for an answer. Who dies before it comes waits no more. */
export class Callers {
  readonly #timeline: Timeline
  #underWay = 0

  constructor(timeline: Timeline) {
    this.#timeline = timeline
  }

  /** Whether everybody has an answer who is still there to have one. */
  get areAnswered(): boolean {
    return this.#underWay === 0
  }

  /** One more, who asks for this of that process. The work never rejects. */
  count(work: Promise<void>, { node }: SimProcess): void {
    this.#underWay += 1
    let isOver = false
    const over = (): void => {
      if (isOver) return
      isOver = true
      this.#underWay -= 1
    }
    void work.then(over)
    const look = (): void => {
      if (isOver) return
      if (node.isDead) over()
      else this.#timeline.after(500, null, 'a caller waits', look)
    }
    look()
  }
}
