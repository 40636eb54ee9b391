import { DatabaseSync } from 'node:sqlite'

/** Which way an effect goes. */
export type Direction = 'action' | 'compensation'

/** One effect, in the order in which effects happened. */
export interface Effect {
  readonly order: number
  readonly saga: string
  readonly step: string
  readonly direction: Direction
}

/** What a handler names when it takes effect. */
export interface EffectRequest {
  readonly saga: string
  readonly step: string
  readonly key: string
}

/**
 * The participants' own book, in a file outside the servers under test: what took effect, once for each idempotency key.
 * It does what a careful participant does: an undo leaves a tombstone, and an action that comes after it is refused.
 */
export class Ledger {
  readonly #database: DatabaseSync

  constructor(file: string) {
    this.#database = new DatabaseSync(file, { timeout: 10_000 })
    this.#database.exec(`
      pragma journal_mode = wal;
      pragma synchronous = normal;
      create table if not exists effects (
        id integer primary key autoincrement, saga text, step text, direction text, key text unique, undid integer);
      create table if not exists calls (saga text, step text, direction text);
    `)
  }

  /** Takes effect unless it has; false when the step was undone before: then it must not take effect any more. */
  act({ saga, step, key }: EffectRequest): boolean {
    return this.#transaction(() => {
      this.#call(saga, step, 'action')
      if (this.#count(saga, step, 'compensation') > 0) return this.#has(key)
      this.#insert({ saga, step, key }, 'action', 0)
      return true
    })
  }

  /** Undoes the step's effect if there is one, and bars it for the future. */
  undo({ saga, step, key }: EffectRequest): void {
    this.#transaction(() => {
      this.#call(saga, step, 'compensation')
      this.#insert({ saga, step, key }, 'compensation', this.#count(saga, step, 'action'))
      return true
    })
  }

  /** Effects that stand for something: actions, and the undos that had something to undo. */
  effects(): readonly Effect[] {
    const rows = this.#database
      .prepare(
        `select id as "order", saga, step, direction from effects where direction = 'action' or undid > 0 order by id`,
      )
      .all()
    return rows.map((row) => ({
      order: Number(row['order']),
      saga: String(row['saga']),
      step: String(row['step']),
      direction: row['direction'] === 'action' ? 'action' : 'compensation',
    }))
  }

  /** How often handlers were called, repetitions included. */
  calls(): number {
    return Number(this.#database.prepare('select count(*) as n from calls').get()?.['n'])
  }

  close(): void {
    this.#database.close()
  }

  #transaction(work: () => boolean): boolean {
    this.#database.exec('begin immediate')
    try {
      const result = work()
      this.#database.exec('commit')
      return result
    } catch (error) {
      this.#database.exec('rollback')
      throw error
    }
  }

  #insert({ saga, step, key }: EffectRequest, direction: Direction, undid: number): void {
    this.#database
      .prepare(
        'insert or ignore into effects (saga, step, direction, key, undid) values (?, ?, ?, ?, ?)',
      )
      .run(saga, step, direction, key, undid)
  }

  #call(saga: string, step: string, direction: Direction): void {
    this.#database
      .prepare('insert into calls (saga, step, direction) values (?, ?, ?)')
      .run(saga, step, direction)
  }

  #has(key: string): boolean {
    return this.#database.prepare('select 1 from effects where key = ?').get(key) !== undefined
  }

  #count(saga: string, step: string, direction: Direction): number {
    const row = this.#database
      .prepare('select count(*) as n from effects where saga = ? and step = ? and direction = ?')
      .get(saga, step, direction)
    return Number(row?.['n'])
  }
}
